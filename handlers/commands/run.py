"""A typed command, carried out: acts by the table, and the few commands that are no act."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from handlers import acts
from handlers.acts.registry import find_definition
from handlers.cases import merged, possible_acts
from handlers.cases.context import ActInput
from handlers.cases.views import view_for
from handlers.chat import case_choice, case_lookup, confirmations
from handlers.chat.inbound import InboundMessage
from handlers.commands import (
    arguments,
    binding,
    case_card,
    case_info,
    case_lists,
    desk_lines,
    doors,
    duty,
    notices,
    own_report,
    parser,
    registration,
    reporter_contact,
)
from handlers.commands.figures import (
    day_figures,
    false_alarms,
    hot_topics,
    meeting_records,
    monthly_report,
    published_reports,
    responsibilities,
)
from handlers.commands.parser import Command, nearest_word, parse, parse_bare
from handlers.commands.personal_data import participation
from handlers.commands.personal_data import typed as personal_data
from handlers.environment import units
from handlers.environment.spoken_units import find_spoken_unit
from handlers.errors import Ambiguous, MissingNeed, NotAllowed, NotFound, Refused
from handlers.intake.files.loose_files import take_loose_files
from handlers.intake.reports import messages
from handlers.notifications import notification
from handlers.wording import marks, parties, talk
from handlers.wording import refusals as say
from handlers.wording.subjects import subject
from models.cases import Case
from models.messages import Part, PartKind
from models.workflow import ACTS, BY_WORD, Act, ActField, Audience, Condition


def _run_confirmed(inbound: InboundMessage, _command: Command) -> str:
    return run_again(confirmations.confirm_latest(inbound))


def run_again(inbound: InboundMessage) -> str:
    """Carry out a command that was shown and confirmed; returns a slug."""
    command = parse_command(inbound)
    if command is None:
        raise NotFound(talk.NOTHING_TO_CONFIRM)
    return run_command(inbound, command)


def correct_case(inbound: InboundMessage, case: Case, words: str) -> str:
    """Record what the reporter, or somebody of the staff, puts right of a case: `/更正`. Returns a slug.

    The place where the words are one and the person may; else an addition. Raises Refused.
    """
    act, rest = own_report.choose_correction(inbound, case, words)
    return perform_typed(inbound, act, merged.target_case(inbound.session, act, inbound.actor, case), rest)


def _run_correction(inbound: InboundMessage, command: Command) -> str:
    return correct_case(inbound, own_report.find_corrected_case(inbound, command), command.rest)


def _run_transcription(inbound: InboundMessage, command: Command) -> str:
    """The words of a voice: of a line that waits for the desk, else of a case."""
    numbers = command.numbers or marks.find_numbers(inbound.incoming.quoted_text)
    if numbers and desk_lines.is_line(inbound, numbers[0].upper()):
        return desk_lines.transcribe_typed(inbound, command)
    return _run_act(inbound, BY_WORD[command.word], command)


OPENING = "立案"


def _open_case(inbound: InboundMessage, command: Command) -> str:
    """`/立案`: of a line that waits for the desk; quoting what somebody said in a group, of that."""
    if not command.numbers and own_report.quotes_people(inbound):
        return own_report.report_quoted(inbound, command)
    return desk_lines.open_typed(inbound, command)


_COMMANDS: Mapping[str, Callable[[InboundMessage, Command], str]] = {
    "查": case_info.show_case,
    "查询": case_info.show_case,
    "卡片": case_card.show_card,
    "我的": case_lists.list_own_cases,
    "帮助": case_info.show_help,
    "help": case_info.show_help,
    "待办": case_lists.list_waiting,
    "超时": case_lists.list_overdue,
    "议程": case_lists.list_agenda,
    "会商记录": meeting_records.send_record,
    "本网格": case_lists.list_area,
    "今日": day_figures.show_day,
    "抽查": case_lists.list_calls,
    "确认": _run_confirmed,
    "绑定": binding.bind_chat,
    "解绑": binding.unbind_chat,
    "通知": notices.draft_notice,
    "告知": notices.draft_answer,
    "发布": notices.publish_notice,
    "撤回通知": notices.withdraw_notice,
    "通知统计": notices.show_totals,
    "素材": notices.store_item,
    "导出个人信息": personal_data.ask_export,
    "删除个人信息": personal_data.ask_erasure,
    "同意个人信息": personal_data.approve_request,
    "关联账号": doors.join_accounts,
    "解除关联": doors.part_accounts,
    "参加": participation.join,
    "退出": participation.leave,
    "月报": monthly_report.show_month,
    "发布月报": published_reports.publish_month,
    "噪音": false_alarms.show_week,
    "热点": hot_topics.show_topics,
    "立主案": hot_topics.make_parent,
    "情况报告": hot_topics.draft_report,
    "关注": hot_topics.watch_words,
    "结束热点": hot_topics.end_topic,
    "取消关注": hot_topics.end_topic,
    "值班": duty.keep_roster,
    "换班": duty.swap_duty,
    "清单": responsibilities.search_list,
    "更正": _run_correction,
    "另报": own_report.report_another,
    "登记": registration.register_report,
    "转人工": desk_lines.call_person,
    "留言": desk_lines.list_lines,
    OPENING: _open_case,
    "答复": desk_lines.answer_typed,
    "不用管": desk_lines.drop_typed,
    "转写": _run_transcription,
    "听写": _run_transcription,
}


_VERDICT = re.compile("(?:不|未|没)?(?:通过|合格)")
_READING = frozenset(
    (
        "查",
        "查询",
        "卡片",
        "我的",
        "帮助",
        "help",
        "待办",
        "超时",
        "本网格",
        "今日",
        "议程",
        "抽查",
        "月报",
        "噪音",
        "热点",
        "清单",
        "通知统计",
    )
)
"""Commands that change nothing: their answers are looked up outside the transaction that writes."""


def is_reading(text: str) -> bool:
    """Whether a message is a command that only looks something up."""
    return (
        parser.is_command(text)
        and (command := parse(text, known_words())) is not None
        and (command.word in _READING)
    )


def read_command(inbound: InboundMessage, command: Command) -> str | None:
    """Carry out a command that only looks, with `kept_replies`. None: a choice has to be stored for it."""
    try:
        return _COMMANDS[command.word](inbound, command)
    except Refused as refused:
        if isinstance(refused, Ambiguous) and refused.numbers:
            return None
        inbound.reply(refused.sentence)
        return f"refused.{refused.slug}"


def known_words() -> frozenset[str]:
    """Every word that a command may begin with: those of the acts and those of the other commands."""
    return frozenset(_COMMANDS) | frozenset(BY_WORD)


def is_known(command: Command) -> bool:
    """Whether there is such a command."""
    return command.word in _COMMANDS or command.word in BY_WORD or command.word.lower() in BY_WORD


def parse_command(inbound: InboundMessage) -> Command | None:
    """The command a message is; None where it does not begin with a slash."""
    text = inbound.incoming.text
    return parse(text, known_words()) if parser.is_command(text) else None


def parse_text(text: str) -> Command:
    """The command that this text is; for texts of the program's own."""
    command = parse(text, known_words())
    if command is None:
        raise ValueError(f"{text!r} is no command")
    return command


def parse_bare_command(inbound: InboundMessage) -> Command | None:
    """The act that a message without a slash begins with: `签收`, `退回 不归我们管`; None: none.

    受理，马上给住建局 goes on to say more than its first word: that is read as what people say.
    """
    text = inbound.incoming.text.strip()
    words = [word for word in BY_WORD if not word.isascii() and not _speaks_of_people(word, text)]
    command = parse_bare(text, words)
    if command is None or _takes_unit(BY_WORD[command.word]) or not _HANDS_OVER.search(command.tail):
        return command
    return command if find_spoken_unit(inbound.session, command.tail) is None else None


def _speaks_of_people(word: str, text: str) -> bool:
    """Whether words begin with whom a case is about and go on telling of them: 当事人要求明天再谈."""
    goes_on = text.startswith(word) and text[len(word) :][:1].isalpha()
    return BY_WORD[word].names_people and goes_on and _TELEPHONE.search(text) is None


_TELEPHONE = re.compile(r"\d{7}")
_HANDS_OVER = re.compile(r"[给交转派]")


def _takes_unit(act: Act) -> bool:
    return bool({ActField.UNIT, ActField.SUGGESTED_UNIT} & {*act.required_fields, *act.optional_fields})


def run_command(inbound: InboundMessage, command: Command) -> str:
    """Carry out a command and answer in the chat, a refusal too. Returns a slug: never raises Refused."""
    try:
        if command.word in _COMMANDS:
            return _COMMANDS[command.word](inbound, command)
        act = BY_WORD.get(command.word) or BY_WORD.get(command.word.lower())
        if act is None:
            raise NotFound(say.unknown_command(command.word, nearest_word(command.word, known_words())))
        return _choose_runner(act)(inbound, act, command)
    except Ambiguous as unclear:
        if not (unclear.numbers and _ask_which(inbound, command, unclear)):
            inbound.reply(unclear.sentence)
        return f"refused.{unclear.slug}"
    except Refused as refused:
        inbound.reply(refused.sentence)
        return f"refused.{refused.slug}"


def _ask_which(inbound: InboundMessage, command: Command, unclear: Ambiguous) -> bool:
    """Ask with a button for each case that may be meant; False where a press could not carry on."""
    if unclear.said:
        return case_choice.ask_which(inbound, unclear.said, unclear.numbers)
    text = f"/{command.word} {marks.BLANK_NUMBER} {command.tail}".rstrip()
    case_choice.offer_cases(
        inbound, text, unclear.numbers,
        words=lambda lines: talk.which_fitting(BY_WORD[command.word].verb, len(unclear.numbers), lines),
    )  # fmt: skip
    return True


def _choose_runner(act: Act) -> Callable[[InboundMessage, Act, Command], str]:
    if act.opens_case:
        return _run_report
    if act.names_people:
        return _run_naming_act
    return reporter_contact.reveal_reporter if act.reveals_reporter else _run_act


def _run_report(inbound: InboundMessage, act: Act, command: Command) -> str:
    """`/上报 长江路有垃圾` is the same as saying it, and is believed to be a report."""
    files = tuple(part for part in inbound.incoming.parts if part.media is not None)
    if not command.tail and not files:
        raise MissingNeed(say.missing_field(act, ActField.EVIDENCE, ""))
    # Words of the bot itself are no part of what is reported.
    quote = () if marks.find_numbers(inbound.incoming.quoted_text) else inbound.incoming.quote
    said = replace(inbound.incoming, parts=(Part(PartKind.TEXT, command.tail), *files), quote=quote)
    return messages.receive_message(replace(inbound, incoming=said), explicit=True)


def _run_act(inbound: InboundMessage, act: Act, command: Command) -> str:
    command = _complete_numbers(inbound, act, command)
    if act is BY_WORD["核实"] and _VERDICT.match(command.rest):
        act = BY_WORD["核查"]  # who mixes up the two words says by the verdict which is meant
    if act.bulk and len(command.numbers) > 1:
        return _run_for_each(inbound, act, command)
    case, parent = _find_cases(inbound, act, command)
    case = merged.target_case(inbound.session, act, inbound.actor, case)
    meant = possible_acts.find_meant_act(inbound.session, act, inbound.actor, case)
    if meant.needs_confirmation and not inbound.is_confirmed and _would_succeed(inbound, act, case, command):
        return confirmations.ask_to_confirm(inbound, act, case, parent.number if parent else command.rest)
    return perform_typed(inbound, act, case, command.rest, parent=parent)


def _run_naming_act(inbound: InboundMessage, act: Act, command: Command) -> str:
    """An act that comes with names and numbers: alone with the bot, and nothing keeps the message itself."""
    if not inbound.in_private:
        raise NotAllowed(parties.in_private_only(act.verb))
    case, _ = _find_cases(inbound, act, command)
    act_input = arguments.parse_arguments(inbound.session, act, command.rest, inbound.env, now=inbound.now)
    event = acts.perform(
        inbound.session, act.key, case, inbound.actor, act_input,
        env=inbound.env, now=inbound.now, origin=inbound.origin_of(act.key), inbox_id=inbound.inbox_id,
    )  # fmt: skip
    seen = view_for(inbound.session, inbound.asker, case, inbound.env, now=inbound.now, event=event)
    inbound.reply(f"{subject(seen)}{find_definition(act).receipt(seen)}", case=case)
    return f"act.{act.key}"


def _complete_numbers(inbound: InboundMessage, act: Act, command: Command) -> Command:
    """The command with the numbers that are glued to words or stand before a unit: only the cases tell."""
    glued = parser.with_glued_number(command)
    if glued is not None and case_lookup.is_case_of_chat(inbound, glued.numbers[0]):
        return glued
    if act.required_fields and act.required_fields[0] in (ActField.UNIT, ActField.UNITS):
        while (more := parser.with_next_number(command)) and not units.is_unit_name(
            inbound.session, parser.split_first_word(command.rest)[0]
        ):
            command = more
    return command


def _would_succeed(inbound: InboundMessage, act: Act, case: Case, command: Command) -> bool:
    """Whether the act would succeed: what would be refused is refused at once, without asking to confirm."""
    complete = bool(command.rest) or ActField.REASON not in act.required_fields
    return complete and possible_acts.can_perform(inbound.session, act, inbound.actor, case)


def _find_cases(inbound: InboundMessage, act: Act, command: Command) -> tuple[Case, Case | None]:
    """The case, and the one it is to be merged into where the act wants that: `/并案 0032 0031`."""
    numbers, parent = command.numbers, None
    if ActField.PARENT in act.required_fields and numbers:
        parent, numbers = case_lookup.find_case(inbound, numbers[-1]), numbers[:-1]
    if len(numbers) > 1:
        raise Ambiguous(say.one_at_a_time(act, numbers[0]))
    return (
        case_lookup.find_case(inbound, numbers[0], act)
        if numbers
        else case_lookup.the_only_case_for(inbound, act, command.rest)
    ), parent


def _run_for_each(inbound: InboundMessage, act: Act, command: Command) -> str:
    """Perform the act on each number; a refusal for one does not keep the others from it."""
    done, refused = [], []
    for number in command.numbers:
        try:
            case = case_lookup.find_case(inbound, number, act)
            act_input = arguments.parse_arguments(
                inbound.session, act, command.rest, inbound.env, now=inbound.now
            )
            with inbound.session.begin_nested():
                acts.perform(
                    inbound.session, act.key, case, inbound.actor, act_input,
                    env=inbound.env, now=inbound.now, origin=inbound.origin_of(act.key),
                )  # fmt: skip
            done.append(case.number)
        except Refused as refusal:
            refused.append(refusal.sentence)
    inbound.reply(talk.bulk_result(act, done, refused))
    return f"act.{act.key}"


def perform_typed(
    inbound: InboundMessage, act: Act, case: Case, rest: str, *, parent: Case | None = None
) -> str:
    """Perform an act typed as a command, with the files that came along, and say so in the chat.

    `rest`: the words after the number; `parent`: the case to join it to. Returns a slug. Raises Refused.
    """
    act_input = arguments.parse_arguments(inbound.session, act, rest, inbound.env, now=inbound.now)
    return perform_said(inbound, act, case, replace(act_input, parent=parent))


def perform_said(
    inbound: InboundMessage, act: Act, case: Case, act_input: ActInput, *, quiet_to: Sequence[Audience] = ()
) -> str:
    """Perform an act said in words, with the files that came along, and say so in the chat.

    `quiet_to`: who hears nothing of it. Returns a slug of the act that it came to. Raises Refused.
    """
    # Files are kept only when the act goes through: a refusal rolls this message's part back.
    with inbound.session.begin_nested():
        files = inbound.store(case_id=case.id) or take_loose_files(inbound, act, case)
        act_input = replace(act_input, media=files)
        if act.requires is Condition.NOT_ARRIVED:
            act_input = replace(act_input, point=inbound.point)
        event = acts.perform(
            inbound.session, act.key, case, inbound.actor, act_input,
            env=inbound.env, now=inbound.now, origin=inbound.origin_of(act.key), inbox_id=inbound.inbox_id,
            said_in_chat_id=inbound.chat.id, skip_audiences=quiet_to,
        )  # fmt: skip
    # Where the act is announced to this very chat, that is the receipt.
    if not notification.was_notified(inbound.session, case, event, inbound.chat):
        seen = view_for(inbound.session, inbound.asker, case, inbound.env, now=inbound.now, event=event)
        inbound.reply(f"{subject(seen)}{find_definition(ACTS[event.act]).receipt(seen)}", case=case)
    return f"act.{event.act}"

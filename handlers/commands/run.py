"""A typed command, carried out: acts by the table, and the few commands that are no act."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from handlers import acts
from handlers.cases import merged
from handlers.cases.views import view
from handlers.chat import case_lookup, confirmations
from handlers.chat.inbound import Arrival
from handlers.commands import (
    arguments,
    binding,
    case_card,
    case_info,
    case_lists,
    false_alarms,
    hot_topics,
    monthly_report,
    notices,
    parser,
    reporter_contact,
)
from handlers.commands.parser import Command, nearest, parse, parse_bare
from handlers.environment import units
from handlers.errors import Ambiguous, MissingNeed, NotFound, Refused
from handlers.intake import reports
from handlers.notifications import notification
from handlers.wording import marks, receipts, talk
from handlers.wording import refusals as say
from models.cases import Case
from models.messages import Part, PartKind
from models.workflow import BY_WORD, Act, Need


def _confirm(arrival: Arrival, _command: Command) -> str:
    return rerun(confirmations.confirmed(arrival))


def rerun(arrival: Arrival) -> str:
    """A command that was shown and confirmed."""
    command = command_of(arrival)
    if command is None:
        raise NotFound(talk.NOTHING_TO_CONFIRM)
    return run(arrival, command)


_OTHERS: Mapping[str, Callable[[Arrival, Command], str]] = {
    "查": case_info.show,
    "查询": case_info.show,
    "卡片": case_card.show,
    "我的": case_info.mine,
    "帮助": case_info.help_page,
    "help": case_info.help_page,
    "待办": case_lists.waiting,
    "超时": case_lists.overdue,
    "本网格": case_lists.here,
    "今日": case_lists.today,
    "确认": _confirm,
    "绑定": binding.bind,
    "解绑": binding.unbind,
    "通知": notices.announce,
    "告知": notices.answer,
    "发布": notices.publish,
    "撤回通知": notices.withdraw,
    "月报": monthly_report.month,
    "噪音": false_alarms.week,
    "热点": hot_topics.show,
    "立主案": hot_topics.make_parent,
    "情况报告": hot_topics.report,
    "关注": hot_topics.watch,
    "结束热点": hot_topics.end,
    "取消关注": hot_topics.end,
}
WORDS = frozenset(_OTHERS) | frozenset(BY_WORD)
_BARE = tuple(word for word in BY_WORD if not word.isascii())


def command_of(arrival: Arrival) -> Command | None:
    """The command a message is, with or without a slash where it quotes a case."""
    return parse(arrival.incoming.text, WORDS)


def bare_command_of(arrival: Arrival) -> Command | None:
    """The act that a reply to a push begins with: `签收`, `退回 不归我们管`."""
    return parse_bare(arrival.incoming.text, _BARE)


def run(arrival: Arrival, command: Command) -> str:
    """Carry a command out and answer in the chat; a refusal is an answer too."""
    try:
        if command.word in _OTHERS:
            return _OTHERS[command.word](arrival, command)
        act = BY_WORD.get(command.word) or BY_WORD.get(command.word.lower())
        if act is None:
            raise NotFound(say.unknown_command(command.word, nearest(command.word, WORDS)))
        return _SPECIAL.get(act.key, _act)(arrival, act, command)
    except Refused as refused:
        arrival.answer(refused.sentence)
        return f"refused.{refused.slug}"


def _report(arrival: Arrival, act: Act, command: Command) -> str:
    """`/上报 长江路有垃圾` is the same as saying it, and is believed to be a report."""
    files = tuple(part for part in arrival.incoming.parts if part.media is not None)
    if not command.tail and not files:
        raise MissingNeed(say.missing(act, Need.EVIDENCE, ""))
    # Words of the bot itself are no part of what is reported.
    quote = () if marks.numbers(arrival.incoming.quoted_text) else arrival.incoming.quote
    said = replace(arrival.incoming, parts=(Part(PartKind.TEXT, command.tail), *files), quote=quote)
    return reports.receive(replace(arrival, incoming=said), explicit=True)


def _act(arrival: Arrival, act: Act, command: Command) -> str:
    command = _numbered(arrival, act, command)
    if act.many and len(command.numbers) > 1:
        return _several(arrival, act, command)
    case, parent = _meant(arrival, act, command)
    case = merged.answering(arrival.session, act, case)
    if act.danger and not arrival.confirmed and _would_be_done(arrival, act, case, command):
        return confirmations.ask(arrival, act, case, parent.number if parent else command.rest)
    perform(arrival, act, case, command.rest, parent=parent)
    return f"act.{act.key}"


def _numbered(arrival: Arrival, act: Act, command: Command) -> Command:
    """With the numbers that only what there is tells from words: those run into words or before a unit."""
    glued = parser.glued(command)
    if glued is not None and case_lookup.is_here(arrival, glued.numbers[0]):
        return glued
    if act.needs and act.needs[0] in (Need.UNIT, Need.UNITS):
        while (more := parser.one_more(command)) and not units.is_unit(
            arrival.session, parser.first_word(command.rest)[0]
        ):
            command = more
    return command


def _would_be_done(arrival: Arrival, act: Act, case: Case, command: Command) -> bool:
    """What would be refused anyway is refused at once, without asking first."""
    complete = bool(command.rest) or Need.REASON not in act.needs
    return complete and acts.could(arrival.session, act, arrival.actor, case)


def _meant(arrival: Arrival, act: Act, command: Command) -> tuple[Case, Case | None]:
    """The case, and the one it is to be merged into where the act wants that: `/并案 0032 0031`."""
    numbers, parent = command.numbers, None
    if Need.PARENT in act.needs and numbers:
        parent, numbers = case_lookup.case_of(arrival, numbers[-1]), numbers[:-1]
    if len(numbers) > 1:
        raise Ambiguous(say.one_at_a_time(act, numbers[0]))
    return (
        case_lookup.case_of(arrival, numbers[0], act) if numbers else case_lookup.only_one(arrival, act)
    ), parent


def _several(arrival: Arrival, act: Act, command: Command) -> str:
    """The same act on each number; what one refuses does not keep the others from it."""
    done, refused = [], []
    for number in command.numbers:
        try:
            case = case_lookup.case_of(arrival, number, act)
            given = arguments.read(arrival.session, act, command.rest, arrival.office, now=arrival.now)
            with arrival.session.begin_nested():
                acts.perform(
                    arrival.session, act.key, case, arrival.actor, given,
                    office=arrival.office, now=arrival.now, origin=arrival.origin(act.key),
                )  # fmt: skip
            done.append(case.number)
        except Refused as refusal:
            refused.append(refusal.sentence)
    arrival.answer(talk.acted_on(act, done, refused))
    return f"act.{act.key}"


_SPECIAL: Mapping[str, Callable[[Arrival, Act, Command], str]] = {
    "report": _report,
    "reveal": reporter_contact.reveal,
}


def perform(arrival: Arrival, act: Act, case: Case, rest: str, *, parent: Case | None = None) -> None:
    """Perform an act that was said in words, with the files that came along, and confirm it."""
    given = arguments.read(arrival.session, act, rest, arrival.office, now=arrival.now)
    # Files are kept only when the act goes through: a refusal rolls this message's part back.
    with arrival.session.begin_nested():
        given = replace(given, media=arrival.keep(case_id=case.id), parent=parent)
        event = acts.perform(
            arrival.session, act.key, case, arrival.actor, given,
            office=arrival.office, now=arrival.now, origin=arrival.origin(act.key), inbox_id=arrival.inbox_id,
            here=arrival.chat.id,
        )  # fmt: skip
    # Where the act is announced to this very chat, that is the receipt.
    if not notification.told(arrival.session, case, event, arrival.chat):
        seen = view(arrival.session, case, arrival.office, now=arrival.now, event=event)
        arrival.answer(receipts.acted(seen), case=case)

"""A typed command, carried out: acts by the table, and the few commands that are no act."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from handlers import acts, families, intake, telling
from handlers.arrivals import Arrival
from handlers.commands import (
    arguments,
    binding,
    carding,
    finding,
    lists,
    looking,
    notices,
    overhearing,
    parsing,
    previews,
    reporting,
    revealing,
    topics,
)
from handlers.commands.parsing import Command, nearest, parse, parse_bare
from handlers.refusals import Ambiguous, MissingNeed, NotFound, Refused
from handlers.views import view
from handlers.wording import marks, receipts, talk
from handlers.wording import refusals as say
from models.cases import Case
from models.messages import Part, PartKind
from models.workflow import BY_WORD, Act, Need


def _confirm(arrival: Arrival, _command: Command) -> str:
    return rerun(previews.confirmed(arrival))


def rerun(arrival: Arrival) -> str:
    """A command that was shown and confirmed."""
    command = command_of(arrival)
    if command is None:
        raise NotFound(talk.NOTHING_TO_CONFIRM)
    return run(arrival, command)


_OTHERS: Mapping[str, Callable[[Arrival, Command], str]] = {
    "查": looking.show,
    "查询": looking.show,
    "卡片": carding.show,
    "我的": looking.mine,
    "帮助": looking.help_page,
    "help": looking.help_page,
    "待办": lists.waiting,
    "超时": lists.overdue,
    "本网格": lists.here,
    "今日": lists.today,
    "确认": _confirm,
    "绑定": binding.bind,
    "解绑": binding.unbind,
    "通知": notices.announce,
    "告知": notices.answer,
    "发布": notices.publish,
    "撤回通知": notices.withdraw,
    "月报": reporting.month,
    "噪音": overhearing.week,
    "热点": topics.show,
    "立主案": topics.make_parent,
    "情况报告": topics.report,
    "关注": topics.watch,
    "结束热点": topics.end,
    "取消关注": topics.end,
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
    return intake.receive(replace(arrival, incoming=said), explicit=True)


def _act(arrival: Arrival, act: Act, command: Command) -> str:
    command = _numbered(arrival, act, command)
    if act.many and len(command.numbers) > 1:
        return _several(arrival, act, command)
    case, parent = _meant(arrival, act, command)
    case = families.answering(arrival.session, act, case)
    if act.danger and not arrival.confirmed and _would_be_done(arrival, act, case, command):
        return previews.ask(arrival, act, case, parent.number if parent else command.rest)
    perform(arrival, act, case, command.rest, parent=parent)
    return f"act.{act.key}"


def _numbered(arrival: Arrival, act: Act, command: Command) -> Command:
    """With the numbers that only what there is tells from words: those run into words or before a unit."""
    glued = parsing.glued(command)
    if glued is not None and finding.is_here(arrival, glued.numbers[0]):
        return glued
    if act.needs and act.needs[0] in (Need.UNIT, Need.UNITS):
        while (more := parsing.one_more(command)) and not arguments.is_unit(
            arrival.session, parsing.first_word(command.rest)[0]
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
        parent, numbers = finding.case_of(arrival, numbers[-1]), numbers[:-1]
    if len(numbers) > 1:
        raise Ambiguous(say.one_at_a_time(act, numbers[0]))
    return (finding.case_of(arrival, numbers[0], act) if numbers else finding.only_one(arrival, act)), parent


def _several(arrival: Arrival, act: Act, command: Command) -> str:
    """The same act on each number; what one refuses does not keep the others from it."""
    done, refused = [], []
    for number in command.numbers:
        try:
            case = finding.case_of(arrival, number, act)
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
    "reveal": revealing.reveal,
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
    if not telling.told(arrival.session, case, event, arrival.chat):
        seen = view(arrival.session, case, arrival.office, now=arrival.now, event=event)
        arrival.answer(receipts.acted(seen), case=case)

"""A typed command, carried out: acts by the table, and the few commands that are no act."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from handlers import acts, intake
from handlers.arrivals import Arrival
from handlers.commands import arguments, binding, finding, looking
from handlers.commands.parsing import Command, nearest, parse, parse_bare
from handlers.refusals import NotFound, Refused
from handlers.views import view
from handlers.wording import refusals as say
from handlers.wording import talk
from models.cases import Case
from models.workflow import BY_WORD, Act, Audience

_OTHERS: Mapping[str, Callable[[Arrival, Command], str]] = {
    "查": looking.show,
    "查询": looking.show,
    "我的": looking.mine,
    "帮助": looking.help_page,
    "help": looking.help_page,
    "绑定": binding.bind,
    "解绑": binding.unbind,
}
WORDS = frozenset(_OTHERS) | frozenset(BY_WORD)


def command_of(arrival: Arrival) -> Command | None:
    """The command a message is, with or without a slash where it quotes a case."""
    return parse(arrival.incoming.text, WORDS)


def bare_command_of(arrival: Arrival) -> Command | None:
    """The act that a reply to a push begins with: `签收`, `退回 不归我们管`."""
    return parse_bare(arrival.incoming.text, [word for word in BY_WORD if not word.isascii()])


def run(arrival: Arrival, command: Command) -> str:
    """Carry a command out and answer in the chat; a refusal is an answer too."""
    try:
        if command.word in _OTHERS:
            return _OTHERS[command.word](arrival, command)
        act = BY_WORD.get(command.word) or BY_WORD.get(command.word.lower())
        if act is None:
            raise NotFound(say.unknown_command(command.word, nearest(command.word, WORDS)))
        # `/上报 长江路有垃圾` is the same as saying it.
        return intake.receive(arrival) if act.key == "report" else _act(arrival, act, command)
    except Refused as refused:
        arrival.answer(refused.sentence)
        return f"refused.{refused.slug}"


def _act(arrival: Arrival, act: Act, command: Command) -> str:
    cases = [finding.case_of(arrival, number) for number in command.numbers]
    case = cases[0] if cases else finding.only_one(arrival, act)
    perform(arrival, act, case, command.rest)
    return f"act.{act.key}"


def perform(arrival: Arrival, act: Act, case: Case, rest: str) -> None:
    """Perform an act that was said in words, with the files that came along, and confirm it."""
    given = arguments.read(arrival.session, act, rest, arrival.office)
    # Files are kept only when the act goes through: a refusal rolls this message's part back.
    with arrival.session.begin_nested():
        given = replace(given, media=arrival.keep(case_id=case.id))
        event = acts.perform(
            arrival.session, act.key, case, arrival.actor, given,
            office=arrival.office, now=arrival.now, origin=arrival.origin(act.key), inbox_id=arrival.inbox_id,
        )  # fmt: skip
    if not _heard_anyway(arrival, act, case):
        seen = view(arrival.session, case, arrival.office, now=arrival.now, event=event)
        arrival.answer(talk.acted(seen), case=case)


def _heard_anyway(arrival: Arrival, act: Act, case: Case) -> bool:
    """The act's own announcement goes to this very chat."""
    return Audience.REPORTER in act.tells and arrival.chat.id == case.chat_id and act.key != "add"

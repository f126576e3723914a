"""/转人工, /留言, /立案, /答复 and /不用管: lines that the duty desk decides, typed, pressed or quoted."""

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import select

from handlers import acts
from handlers.cards.keys import LineKey
from handlers.cases import merged
from handlers.cases.context import ActInput
from handlers.chat import case_lookup, confirmations
from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command
from handlers.environment.people import doors
from handlers.errors import MissingNeed, NotAllowed, NotFound, Refused, WrongState
from handlers.intake.desk_lines import add_heard_words, hand_to_desk, is_grave, open_from_line
from handlers.notifications import desk_lines, pushes, recipients, relays
from handlers.wording import desk_lines as say
from handlers.wording import labels, marks
from handlers.wording import voices as say_voices
from models.cases import Case
from models.desk_lines import DeskLine, LineDecision
from models.messages import CardUpdatePush, Part, PartKind, TextPush
from models.organisation import Chat, ChatUse, Person
from models.pushes import PushPurpose
from models.reports import Report
from models.workflow import BY_WORD

_A_PAGE = 10


def call_person(inbound: InboundMessage, command: Command) -> str:
    """`/转人工 话`, or `/转人工 0031 话` of one's own case: the desk is rung. Returns a slug."""
    numbers = command.numbers or marks.find_numbers(inbound.incoming.quoted_text)
    words = command.rest if numbers else command.tail
    incoming = replace(inbound.incoming, parts=(Part(PartKind.TEXT, words), *_files(inbound)))
    said = replace(inbound, incoming=incoming)
    if not numbers or is_grave(said):
        return hand_to_desk(said, wants_person=True)
    act = BY_WORD[command.word]
    try:
        case = case_lookup.find_case(inbound, numbers[0], act)
    except NotFound:
        # Whatever they quote or name: who wants a person gets one.
        return hand_to_desk(said, wants_person=True)
    case = merged.target_case(inbound.session, act, inbound.actor, case)
    with inbound.session.begin_nested():
        acts.perform(
            inbound.session, act.key, case, inbound.actor,
            ActInput(text=words, media=inbound.store(case_id=case.id)), env=inbound.env, now=inbound.now,
            origin=inbound.origin_of(act.key), inbox_id=inbound.inbox_id, said_in_chat_id=inbound.chat.id,
        )  # fmt: skip
    return f"act.{act.key}"


def _files(inbound: InboundMessage) -> tuple[Part, ...]:
    return tuple(part for part in inbound.incoming.parts if part.media is not None)


def list_lines(inbound: InboundMessage, _command: Command) -> str:
    """`/留言`: what waits for the sender's desk, the oldest first. Returns a slug."""
    found, total = desk_lines.list_waiting_lines(inbound.session, inbound.person, limit=_A_PAGE)
    lines = [
        (
            line.number,
            f"{inbound.env.local(line.at):%m-%d %H:%M}",
            desk_lines.display_words(inbound.session, line, inbound.env),
        )
        for line in found
    ]
    inbound.reply(say.listing(lines, total))
    return "command.list"


def open_typed(inbound: InboundMessage, command: Command) -> str:
    """`/立案 LY261129-0001`. Returns a slug; raises Refused."""
    return _open_case(inbound, _require_line(inbound, command))


def answer_typed(inbound: InboundMessage, command: Command) -> str:
    """`/答复 LY261129-0001 话`. Returns a slug; raises Refused."""
    return _answer(inbound, _require_line(inbound, command), command.rest)


def drop_typed(inbound: InboundMessage, command: Command) -> str:
    """`/不用管 LY261129-0001`. Returns a slug; raises Refused."""
    return _drop(inbound, _require_line(inbound, command))


def transcribe_typed(inbound: InboundMessage, command: Command) -> str:
    """`/转写 LY261129-0001 话`: the words of a voice in a line; a danger is a case at once.

    Returns a slug; raises Refused.
    """
    line = _require_line(inbound, command)
    if not command.rest.strip():
        raise MissingNeed(say_voices.needs_words(line.number))
    if add_heard_words(inbound, line, command.rest.strip()):
        return _open_case(inbound, line)
    inbound.reply(say_voices.line_receipt(line.number))
    return "desk.transcribed"


def is_line(inbound: InboundMessage, number: str) -> bool:
    """Whether this number, as marked in a quoted text, is that of a line and of no case."""
    if not number.startswith(desk_lines.PREFIX) or inbound.env.case_prefix == desk_lines.PREFIX:
        return False
    return _find_line(inbound, number) is not None


def answer_quoted(inbound: InboundMessage, number: str) -> str:
    """Words that quote the desk's push of a line are the answer to it. Returns a slug."""
    try:
        line = _require_open(inbound, _find_line(inbound, number), number)
        return _answer(inbound, line, inbound.incoming.text)
    except Refused as refused:
        inbound.reply(refused.sentence)
        return f"refused.{refused.slug}"


def handle_press(inbound: InboundMessage, pressed: LineKey, task_id: str) -> str:
    """A press on the card of a line; whatever comes of it, the card is drawn anew. Returns a slug."""
    line = inbound.session.get(DeskLine, pressed.line_id, with_for_update=True)
    try:
        slug = _PRESSED[pressed.decision](inbound, _require_open(inbound, line, ""))
    except Refused as refused:
        inbound.reply(refused.sentence, part="refused")
        slug = f"refused.{refused.slug}"
    if line is not None:
        card = desk_lines.build_card(
            inbound.session, line, inbound.env, chat=inbound.chat, task_id=task_id,
            done=_describe_decision(inbound, line),
        )  # fmt: skip
        inbound.reply(CardUpdatePush(inbound.incoming.message_id, card), part="card")
    return slug


def _find_line(inbound: InboundMessage, number: str) -> DeskLine | None:
    return inbound.session.scalar(select(DeskLine).where(DeskLine.number == number.upper()).with_for_update())


def _require_line(inbound: InboundMessage, command: Command) -> DeskLine:
    numbers = command.numbers or marks.find_numbers(inbound.incoming.quoted_text)
    if not numbers:
        raise MissingNeed(say.no_such_line(""))
    return _require_open(inbound, _find_line(inbound, numbers[0]), numbers[0])


def _require_open(inbound: InboundMessage, line: DeskLine | None, number: str) -> DeskLine:
    """The line, where it waits and this person decides it; to others of the public it does not exist."""
    if line is None or not desk_lines.may_decide(inbound.session, inbound.person, line):
        if line is not None and inbound.chat.use == ChatUse.DUTY:
            raise NotAllowed(say.not_yours())
        raise NotFound(say.no_such_line(number))
    if line.decided_at is not None:
        raise WrongState(say.already_decided(line.number, _describe_decision(inbound, line)))
    return line


def _decide(inbound: InboundMessage, line: DeskLine, decision: LineDecision) -> None:
    line.decision, line.decided_by, line.decided_at = decision, inbound.person.id, inbound.now


def _describe_decision(inbound: InboundMessage, line: DeskLine) -> str:
    """Who decided it, when, and how; empty as long as it waits."""
    if line.decided_at is None or line.decision is None:
        return ""
    who = inbound.session.get(Person, line.decided_by)
    report = inbound.session.get_one(Report, line.report_id)
    case = inbound.session.get(Case, report.case_id) if report.case_id else None
    moment = f"{inbound.env.local(line.decided_at):%m-%d %H:%M}"
    verb = LineDecision(line.decision).chinese
    return say.decision(who.name if who else "", moment, verb, case.number if case else "")


def _open_case(inbound: InboundMessage, line: DeskLine) -> str:
    with inbound.session.begin_nested():
        case = open_from_line(inbound.session, line, inbound.env, now=inbound.now)
        if case is None:
            raise WrongState(say.nothing_to_open(line.number))
        _decide(inbound, line, LineDecision.OPENED)
    inbound.reply(say.opening_receipt(line.number, case.number), part="opened")
    return "desk.opened"


def _answer(inbound: InboundMessage, line: DeskLine, words: str) -> str:
    """Send the words to whoever said it, where they said it; in a group they are mentioned."""
    if not words.strip():
        raise MissingNeed(say.needs_words(line.number))
    (chat,) = doors.reach_once(inbound.session, [inbound.session.get_one(Chat, line.chat_id)])
    person = inbound.session.get_one(Person, line.person_id)
    alone = chat.use == ChatUse.DIRECT
    mentions = () if alone else recipients.find_accounts(inbound.session, [person.code])
    question = desk_lines.display_words(inbound.session, line, inbound.env)
    rows = relays.build_rows(
        inbound.session, chat, TextPush(say.answer(words, question), mentions), person_id=person.id,
        key=desk_lines.format_answer_key(line), env=inbound.env, now=inbound.now, purpose=PushPurpose.REPLY,
    )  # fmt: skip
    pushes.enqueue(inbound.session, *rows)
    line.answer = words
    _decide(inbound, line, LineDecision.ANSWERED)
    inbound.reply(say.answer_receipt(line.number), part="answered")
    return "desk.answered"


def _drop(inbound: InboundMessage, line: DeskLine) -> str:
    _decide(inbound, line, LineDecision.DROPPED)
    inbound.reply(say.dropping_receipt(line.number), part="dropped")
    return "desk.dropped"


def _ask_for_answer(inbound: InboundMessage, line: DeskLine) -> str:
    """Ask the officer for the words, as every button that wants some does."""
    verb = LineDecision.ANSWERED.chinese
    hint = labels.hint(verb, line.number, say.WANTED, line.number)
    confirmations.store_pending(inbound, f"/{verb} {line.number}：", quoted=hint)
    inbound.reply(hint, part="ask")
    return "click.asked"


_PRESSED: dict[LineDecision, Callable[[InboundMessage, DeskLine], str]] = {
    LineDecision.OPENED: _open_case,
    LineDecision.ANSWERED: _ask_for_answer,
    LineDecision.DROPPED: _drop,
}

"""Where every received message goes: click, command, follow-up, or intake.

Runs inside one transaction that the worker owns: everything a message causes is committed with
the mark that it was handled, or none of it is.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from handlers import clicks, followup, intake, people, waiting
from handlers.arrivals import Arrival
from handlers.commands import begun, finding, running
from handlers.commands.parsing import Command
from handlers.office import Office
from handlers.wording import marks, talk
from models.messages import Attachment, Incoming, IncomingKind, Lost
from models.workflow import BY_WORD


def prepare(session: Session, incomings: Sequence[Incoming]) -> None:
    """Look up at once what each message of a batch would look up for itself."""
    waiting.prepare(session, people.prepare(session, incomings))


def handle(
    session: Session,
    incoming: Incoming,
    *,
    inbox_id: int,
    office: Office,
    now: datetime,
    attachments: Sequence[Attachment] = (),
    lost: Sequence[Lost] = (),
) -> str:
    """Handle one message; answers with a stable slug of what came of it."""
    if incoming.kind is IncomingKind.IGNORED:
        return "ignored"
    chat, person = people.place_of(session, incoming)
    arrival = Arrival(
        session=session,
        incoming=incoming,
        inbox_id=inbox_id,
        chat=chat,
        person=person,
        office=office,
        now=now,
        attachments=tuple(attachments),
        lost=tuple(lost),
    )
    if incoming.kind is IncomingKind.ENTER:
        arrival.answer(talk.hello(arrival.office.bot_name))
        return "talk.welcome"
    if incoming.click is not None:
        return clicks.press(arrival, incoming.click)
    result = _understood(arrival)
    _tell_lost(arrival, result)
    return result


def _understood(arrival: Arrival) -> str:
    if (command := running.command_of(arrival)) is not None:
        return running.run(arrival, command)
    if begun.quoted(arrival):
        return begun.finish(arrival, running.rerun)
    if numbers := marks.numbers(arrival.incoming.quoted_text):
        return followup.follow(arrival, numbers[0])
    if (command := _slash_forgotten(arrival)) is not None:
        return running.run(arrival, command)
    return intake.receive(arrival)


def _slash_forgotten(arrival: Arrival) -> Command | None:
    """`反馈 0031 已清运`, said to the bot where that case is known: nobody reports anything like this."""
    if not (arrival.incoming.addressed or arrival.incoming.direct):
        return None
    command = running.bare_command_of(arrival)
    if command is None or not command.numbers or BY_WORD[command.word].key == "report":
        return None
    return command if all(finding.is_here(arrival, number) for number in command.numbers) else None


def _tell_lost(arrival: Arrival, result: str) -> None:
    """Say which files could not be had: the sender's own, and not those of talk merely overheard."""
    incoming = arrival.incoming
    own = sum(part.media is not None for part in incoming.parts)
    lost = [(item.kind, item.why) for item in arrival.lost if item.position < own]
    if lost and (incoming.addressed or incoming.direct or not result.startswith("talk.")):
        arrival.answer(talk.lost(lost, words=bool(incoming.text)), part="lost")

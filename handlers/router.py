"""Where every received message goes: click, command, follow-up, or intake.

Runs inside one transaction that the worker owns: everything a message causes is committed with
the mark that it was handled, or none of it is.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from handlers.chat import case_lookup, pending_input
from handlers.chat.inbound import Arrival
from handlers.commands import run
from handlers.commands.parser import Command
from handlers.environment import senders
from handlers.environment.snapshot import Environment
from handlers.intake import open_reports, reports
from handlers.interactions import button_clicks, quoted_replies
from handlers.wording import marks, talk
from models.messages import Attachment, Incoming, IncomingKind, Lost
from models.workflow import BY_WORD


def prepare(session: Session, incomings: Sequence[Incoming]) -> None:
    """Look up at once what each message of a batch would look up for itself."""
    open_reports.prepare(session, senders.prepare(session, incomings))


def handle(
    session: Session,
    incoming: Incoming,
    *,
    inbox_id: int,
    office: Environment,
    now: datetime,
    attachments: Sequence[Attachment] = (),
    lost: Sequence[Lost] = (),
) -> str:
    """Handle one message; answers with a stable slug of what came of it."""
    if incoming.kind is IncomingKind.IGNORED:
        return "ignored"
    chat, person = senders.place_of(session, incoming)
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
        return button_clicks.press(arrival, incoming.click)
    result = _understood(arrival)
    _tell_lost(arrival, result)
    return result


def _understood(arrival: Arrival) -> str:
    if (command := run.command_of(arrival)) is not None:
        return run.run(arrival, command)
    if pending_input.quoted(arrival):
        return pending_input.finish(arrival, run.rerun)
    if numbers := marks.numbers(arrival.incoming.quoted_text):
        return quoted_replies.follow(arrival, numbers[0])
    if (command := _slash_forgotten(arrival)) is not None:
        return run.run(arrival, command)
    return reports.receive(arrival)


def _slash_forgotten(arrival: Arrival) -> Command | None:
    """`反馈 0031 已清运`, said to the bot where that case is known: nobody reports anything like this."""
    if not (arrival.incoming.addressed or arrival.incoming.direct):
        return None
    command = run.bare_command_of(arrival)
    if command is None or not command.numbers or BY_WORD[command.word].key == "report":
        return None
    return command if all(case_lookup.is_here(arrival, number) for number in command.numbers) else None


def _tell_lost(arrival: Arrival, result: str) -> None:
    """Say which files could not be had: the sender's own, and not those of talk merely overheard."""
    incoming = arrival.incoming
    own = sum(part.media is not None for part in incoming.parts)
    lost = [(item.kind, item.why) for item in arrival.lost if item.position < own]
    if lost and (incoming.addressed or incoming.direct or not result.startswith("talk.")):
        arrival.answer(talk.lost(lost, words=bool(incoming.text)), part="lost")

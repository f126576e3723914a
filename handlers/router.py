"""Where every received message goes: click, command, follow-up, or intake.

Runs inside one transaction that the worker owns: everything a message causes is committed with
the mark that it was handled, or none of it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from handlers.acts import delivery
from handlers.cases import permissions, queries
from handlers.chat import case_lookup, confirmations, pending_input, smalltalk, unreadable_parts
from handlers.chat.inbound import InboundMessage
from handlers.commands import run
from handlers.commands.parser import Command
from handlers.environment import newcomers, senders
from handlers.environment.snapshot import Environment
from handlers.intake import open_reports
from handlers.interactions import button_clicks
from handlers.notifications import pushes
from handlers.talk import conversation, quoted_replies
from handlers.talk.heard import doubts
from handlers.wording import attachments as file_notes
from handlers.wording import marks, talk
from models.messages import MAX_WORDS, Attachment, Incoming, IncomingKind, LostFile, PartKind
from models.workflow import BY_WORD


def load_batch(session: Session, incomings: Sequence[Incoming]) -> None:
    """Look up chats, senders, their open reports and what they lack at once, instead of once a message."""
    pairs = senders.load_senders(session, incomings)
    open_reports.load_open_reports(session, pairs)
    # Commands that only look make a run of their own, whose answers are known by now.
    if not all(map(is_reading, incomings)):
        newcomers.load_newcomers(session, (person for _, person in pairs))


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """What came of a command that only looks: what is left is to queue its replies."""

    slug: str
    replies: Sequence[pushes.Row]


def is_reading(incoming: Incoming) -> bool:
    """Whether handling the message changes nothing but its own answer."""
    talks = incoming.kind is IncomingKind.MESSAGE and incoming.click is None and not incoming.media_parts()
    return talks and run.is_reading(incoming.text)


def read_answer(
    session: Session, incoming: Incoming, *, inbox_id: int, env: Environment, now: datetime
) -> ReadAnswer | None:
    """The answer to a command that only looks (`is_reading`), in a transaction that writes nothing.

    None where something has to be written for it all the same: a stranger is met, a choice is stored. Then
    `handle_message` answers.
    """
    known = senders.find_known(session, incoming)
    # What could not be said before goes out with the answer.
    if known is None or incoming.channel in env.terse_channels:
        return None
    replies: list[pushes.Row] = []
    inbound = InboundMessage(
        session=session, incoming=incoming, inbox_id=inbox_id, chat=known[0], person=known[1], env=env,
        now=now, kept_replies=replies,
    )  # fmt: skip
    command = run.parse_command(inbound)
    slug = run.read_command(inbound, command) if command is not None else None
    return ReadAnswer(slug, replies) if slug is not None else None


def give_answer(session: Session, answer: ReadAnswer) -> str:
    """Queue what `read_answer` found, in the transaction that marks the message as handled."""
    pushes.enqueue(session, *answer.replies)
    return answer.slug


def handle_message(
    session: Session,
    incoming: Incoming,
    *,
    inbox_id: int,
    env: Environment,
    now: datetime,
    attachments: Sequence[Attachment] = (),
    lost: Sequence[LostFile] = (),
) -> str:
    """Handle one message; returns a stable slug of what came of it, for the inbox row and the metrics.

    `inbox_id`: id of its inbox row; `now`: when it was received (aware UTC); `attachments`: its files,
    stored; `lost`: files of it that could not be fetched.
    """
    if incoming.kind is IncomingKind.IGNORED:
        return "ignored"
    if incoming.kind is IncomingKind.LEFT:
        return _take_leave(session, incoming, now=now)
    if incoming.kind is IncomingKind.UNDELIVERED:
        return _take_back(session, incoming, env, now=now)
    chat, person = senders.find_chat_and_sender(session, incoming)
    inbound = InboundMessage(
        session=session,
        incoming=incoming,
        inbox_id=inbox_id,
        chat=chat,
        person=person,
        env=env,
        now=now,
        attachments=tuple(item for item in attachments if item.kind is not PartKind.TEXT),
        rest=next((item for item in attachments if item.kind is PartKind.TEXT), None),
        lost=tuple(lost),
    )
    if incoming.channel in env.terse_channels and not incoming.attended:
        delivery.resend_unreached(session, chat, now=now)
    if incoming.kind is IncomingKind.ENTER:
        return _welcome(inbound)
    if incoming.click is not None:
        return button_clicks.handle_click(inbound, incoming.click)
    result = _route_words(inbound)
    _report_lost_media(inbound, result)
    _report_unreadable_parts(inbound, result)
    _report_cut_words(inbound, result)
    return result


def _take_leave(session: Session, incoming: Incoming, *, now: datetime) -> str:
    """Whoever left is not written to; of a stranger nothing is kept."""
    known = senders.find_known(session, incoming)
    if known is None:
        return "ignored"
    known[0].gone_at = now
    return "talk.left"


def _take_back(session: Session, incoming: Incoming, env: Environment, *, now: datetime) -> str:
    """What the platform accepted and could not deliver was not said."""
    known = senders.find_known(session, incoming)
    if known is None or incoming.failed_push is None:
        return "ignored"
    returned = delivery.take_back(session, known[0], incoming.failed_push, env, now=now)
    return "push.returned" if returned else "ignored"


def _welcome(inbound: InboundMessage) -> str:
    """Whoever opens the conversation is greeted, or is told where they are, if that is somewhere else."""
    before = inbound.chat.unit_id
    moved = senders.move_to_scene(inbound.session, inbound.incoming, inbound.chat, inbound.person)
    if inbound.incoming.addressed or inbound.chat.unit_id != before:
        inbound.reply(smalltalk.introduce(inbound, moved or inbound.scene))
    return "talk.welcome"


def _route_words(inbound: InboundMessage) -> str:
    if unreadable_parts.says_nothing_else(inbound.incoming):
        return smalltalk.reply_to(inbound, "unreadable")
    if (command := run.parse_command(inbound)) is not None:
        return run.run_command(inbound, command)
    if pending_input.quotes_hint(inbound):
        return pending_input.finish_act(inbound, run.run_again)
    if (answered := confirmations.take_answer(inbound, run.run_again)) is not None:
        return answered
    if numbers := marks.find_numbers(inbound.incoming.quoted_text):
        return quoted_replies.handle_reply(inbound, numbers[0])
    if (command := _command_without_slash(inbound)) is not None:
        return run.run_command(inbound, command)
    if (done := doubts.answer_doubt(inbound)) is not None:
        return done
    return conversation.receive_words(inbound)


def _command_without_slash(inbound: InboundMessage) -> Command | None:
    """`反馈 0031 已清运`, said to the bot where that case is known: nobody reports anything like this."""
    if not inbound.incoming.is_spoken_to:
        return None
    command = run.parse_bare_command(inbound)
    if command is None or not command.numbers or BY_WORD[command.word].opens_case:
        return None
    if not inbound.asker.is_outsider:
        return command if _may_mean_act(inbound, command) else None
    known = all(case_lookup.is_case_of_chat(inbound, number) for number in command.numbers)
    return command if known else None


def _may_mean_act(inbound: InboundMessage, command: Command) -> bool:
    """Whether this person could do that to one of the cases: a unit that says 办结 means its result."""
    cases = [
        case
        for number in command.numbers
        for case in queries.find_numbered(inbound.session, inbound.asker, number)
    ]
    act = BY_WORD[command.word]
    return not cases or any(
        permissions.may_perform(inbound.session, act, inbound.actor, case) for case in cases
    )


def _report_cut_words(inbound: InboundMessage, result: str) -> None:
    """Say that only the first words were read, and what became of the others."""
    incoming = inbound.incoming
    if incoming.rest and (incoming.is_spoken_to or not result.startswith("talk.")):
        kept = inbound.rest is not None and not result.startswith("talk.")
        inbound.reply(talk.too_many_words(MAX_WORDS, kept=kept), part="rest")


def _report_lost_media(inbound: InboundMessage, result: str) -> None:
    """Say which files nobody will see, and what to do; silent on small talk merely overheard.

    The files of a quoted push are no news; those of a message quoted to be reported belong to the report.
    """
    incoming = inbound.incoming
    parts = incoming.parts if marks.find_numbers(incoming.quoted_text) else (*incoming.parts, *incoming.quote)
    told = sum(part.media is not None for part in parts)
    lost = [(item.kind, item.reason) for item in inbound.lost if item.position < told]
    if lost and (incoming.is_spoken_to or not result.startswith("talk.")):
        inbound.reply(file_notes.lost_media(lost, words=bool(incoming.text)), part="lost")


def _report_unreadable_parts(inbound: InboundMessage, result: str) -> None:
    """Say what could not be read beside words that were understood; small talk has said it already."""
    incoming = inbound.incoming
    spoken_to = incoming.is_spoken_to
    if incoming.unreadable_kinds and spoken_to and not result.startswith("talk."):
        note = file_notes.unreadable_parts(incoming.unreadable_kinds, understood=True)
        inbound.reply(note, part="unreadable")

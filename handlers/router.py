"""Where every received message goes: click, command, follow-up, or intake.

Runs inside one transaction that the worker owns: everything a message causes is committed with
the mark that it was handled, or none of it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from handlers.acts import delivery
from handlers.cases import permissions, queries
from handlers.chat import case_lookup, confirmations, copies, pending_input, smalltalk, unreadable_parts
from handlers.chat.inbound import InboundMessage
from handlers.commands import own_report, run
from handlers.commands.parser import Command
from handlers.commands.personal_data import participation
from handlers.environment.people import newcomers, senders, staffing
from handlers.environment.snapshot import Environment
from handlers.intake import open_reports, recalls
from handlers.interactions import button_clicks
from handlers.notifications import alerts, contacts, pushes
from handlers.talk import conversation, quoted_replies
from handlers.talk.heard import doubts, questions
from handlers.talk.situation import list_numbers
from handlers.wording import attachments as file_notes
from handlers.wording import marks, talk
from models.messages import MAX_WORDS, Attachment, Incoming, IncomingKind, LostFile, Part, PartKind
from models.organisation import DESK, Chat, ChatUse
from models.workflow import BY_WORD


def load_batch(session: Session, incomings: Sequence[Incoming]) -> None:
    """Look up chats, senders, their open reports and what they lack at once, instead of once a message."""
    pairs = senders.load_senders(session, incomings)
    copies.lock_groups(session, (chat for chat, _ in pairs))
    open_reports.load_open_reports(session, pairs)
    questions.load_open_questions(session, (chat for chat, _ in pairs))
    # Commands that only look make a run of their own, whose answers are known by now.
    if not all(map(is_reading, incomings)):
        newcomers.load_newcomers(session, (person for _, person in pairs))
        participation.load_unasked(session, (person for _, person in pairs))


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
    # What could not be said before goes out with the answer; of several doors this is now the last used.
    # A copy of it may come by another channel.
    if (
        known is None
        or incoming.channel in env.terse_channels
        or known[1].joined_to is not None
        or _is_read_by_archive(known[0], env)
    ):
        return None
    staffing.enter_capacities(session, known[1], env.local(now).date())
    replies: list[pushes.Row] = []
    inbound = InboundMessage(
        session=session, incoming=incoming, inbox_id=inbox_id, chat=known[0], person=known[1], env=env,
        now=now, kept_replies=replies,
    )  # fmt: skip
    command = run.parse_command(inbound)
    slug = run.read_command(inbound, command) if command is not None else None
    return ReadAnswer(slug, replies) if slug is not None else None


def _is_read_by_archive(chat: Chat, env: Environment) -> bool:
    return chat.archive_channel is not None or chat.channel in env.mute_channels


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
        return _take_leave(session, incoming, inbox_id=inbox_id, env=env, now=now)
    if incoming.kind is IncomingKind.UNDELIVERED:
        return _take_back(session, incoming, env, now=now)
    if incoming.kind is IncomingKind.CONTACTS:
        senders.name_chat(session, incoming)
        return contacts.receive_changes(
            session, incoming.provider, incoming.contacts, inbox_id=inbox_id, env=env, now=now
        )
    if incoming.kind is IncomingKind.RECALLED:
        return recalls.take_back(session, incoming, env=env, now=now)
    chat, person = senders.find_chat_and_sender(session, incoming)
    staffing.enter_capacities(session, person, env.local(now).date())
    if chat.use == ChatUse.DIRECT:
        chat.heard_at = now
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
    _send_what_waits(inbound)
    if incoming.kind is IncomingKind.ENTER:
        return _welcome(inbound)
    if incoming.click is not None:
        return button_clicks.handle_click(inbound, incoming.click)
    if (passed := _pass_over(inbound)) is not None:
        return passed
    result = _route_words(inbound)
    participation.ask_if_due(inbound, result)
    questions.keep_question(inbound, result)
    _report_lost_media(inbound, result)
    _report_unreadable_parts(inbound, result)
    _report_cut_words(inbound, result)
    return result


def _pass_over(inbound: InboundMessage) -> str | None:
    """What is handled already, taken back, or carries an answer into a group; None: none of these."""
    questions.note_talk(inbound)
    if copies.note_message(inbound):
        return "copy"
    # Only an archive, which cannot speak, tells what was taken back.
    if inbound.incoming.channel in inbound.env.mute_channels and recalls.is_recalled(inbound):
        return "recalled"
    return delivery.record_carried(
        inbound.session, inbound.chat, inbound.person, marks.find_numbers(inbound.incoming.text),
        inbound.env, now=inbound.now,
    )  # fmt: skip


def _take_leave(
    session: Session, incoming: Incoming, *, inbox_id: int, env: Environment, now: datetime
) -> str:
    """Whoever left is not written to; of a stranger nothing is kept. A unit's group that did so is said."""
    chat = senders.find_chat(session, incoming)
    if chat is None or chat.gone_at is not None:
        return "ignored"
    chat.gone_at = now
    if not incoming.direct:
        alerts.alert_bot_removed(session, chat, inbox_id=inbox_id, env=env, now=now)
    return "talk.left"


def _take_back(session: Session, incoming: Incoming, env: Environment, *, now: datetime) -> str:
    """What the platform accepted and could not deliver was not said."""
    chat = senders.find_chat(session, incoming)
    if chat is None or incoming.failed_push is None:
        return "ignored"
    returned = delivery.take_back(session, chat, incoming.failed_push, env, now=now)
    return "push.returned" if returned else "ignored"


def _send_what_waits(inbound: InboundMessage) -> None:
    """Whoever speaks can be spoken to again: here, whichever of their doors it was meant for."""
    has_doors = inbound.person.joined_to is not None and inbound.in_private
    is_terse = inbound.incoming.channel in inbound.env.terse_channels
    if (is_terse or has_doors) and not inbound.incoming.attended:
        delivery.resend_unreached(inbound.session, inbound.chat, inbound.person, now=inbound.now)


def _welcome(inbound: InboundMessage) -> str:
    """Whoever opens the conversation is greeted, or is told where they are, if that is somewhere else."""
    incoming, chat = inbound.incoming, inbound.chat
    before = chat.unit_id
    if not inbound.in_private:
        inbound.reply(talk.hello_group(incoming.bot_name, is_bound=before is not None))
        return "talk.welcome"
    moved = senders.move_to_scene(inbound.session, incoming, chat, inbound.person)
    if incoming.addressed or chat.unit_id != before:
        inbound.reply(smalltalk.introduce(inbound, moved or inbound.scene))
    participation.ask_if_due(inbound)
    return "talk.welcome"


def _route_words(inbound: InboundMessage) -> str:
    if unreadable_parts.says_nothing_else(inbound.incoming):
        return smalltalk.reply_to(inbound, "unreadable")
    command = run.parse_command(inbound)
    # What others say to each other may begin with a slash and mean nothing.
    if command is not None and (inbound.is_spoken_to or run.is_known(command)):
        if _speaks_of_act(inbound, command):
            return conversation.receive_words(_without_slash(inbound))
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
    if (answered := participation.take_words(inbound)) is not None:
        return answered
    return conversation.receive_words(inbound)


def _speaks_of_act(inbound: InboundMessage, command: Command) -> bool:
    """Whether a desk only speaks of what a unit did, behind a slash: /退回理由不成立 0004 城管局先去."""
    if inbound.person.role not in DESK or command.word not in BY_WORD or command.numbers:
        return False
    numbers = list_numbers(command.tail)
    named = replace(command, numbers=tuple(numbers))
    is_known = any(queries.find_numbered(inbound.session, inbound.asker, number) for number in numbers)
    return is_known and not _may_mean_act(inbound, named)


def _without_slash(inbound: InboundMessage) -> InboundMessage:
    files = [part for part in inbound.incoming.parts if part.kind is not PartKind.TEXT]
    words = Part(PartKind.TEXT, inbound.incoming.text.strip().lstrip("/／").strip())
    return replace(inbound, incoming=replace(inbound.incoming, parts=(words, *files)))


def _command_without_slash(inbound: InboundMessage) -> Command | None:
    """`反馈 0031 已清运`, said to the bot where that case is known: nobody reports anything like this."""
    if not inbound.is_spoken_to:
        return None
    if inbound.incoming.text.strip() == run.OPENING and own_report.quotes_people(inbound):
        return run.parse_text(f"/{run.OPENING}")
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
    if incoming.rest and (inbound.is_spoken_to or not result.startswith("talk.")):
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
    if lost and (inbound.is_spoken_to or not result.startswith("talk.")):
        inbound.reply(file_notes.lost_media(lost, words=bool(incoming.text)), part="lost")


def _report_unreadable_parts(inbound: InboundMessage, result: str) -> None:
    """Say what could not be read beside words that were understood; small talk has said it already."""
    incoming = inbound.incoming
    if incoming.unreadable_kinds and inbound.is_spoken_to and not result.startswith("talk."):
        note = file_notes.unreadable_parts(incoming.unreadable_kinds, understood=True)
        inbound.reply(note, part="unreadable")

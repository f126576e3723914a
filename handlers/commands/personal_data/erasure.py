"""Erasing a person (个人信息保护法 第四十七条): the cases keep the facts, and do not say whose they were.

people, accounts, direct conversations    without name and ids: nobody is found by them
words of theirs, and of others about them  names, numbers, accounts hidden (`handlers.cases.privacy`)
photos                                    only the clean copy stays, without what the camera wrote
voices, videos, other files               gone
payloads and what was made of them        gone
ways to answer, begun commands, links      gone
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from handlers.cases.lists import word_index
from handlers.cases.privacy import REPORTER
from handlers.commands.personal_data.identity import Identity, Redact
from handlers.commands.personal_data.traces import Traces
from models.approvals import ApprovalRequest, SupervisionOrder
from models.archive import ArchiveConsent
from models.case_links import CaseLink
from models.cases import Case, Event, Rating, increment_counter
from models.console import ConsolePassword, ConsoleSession, SavedView
from models.doors import DoorCode, DoorTry
from models.group_talk import HeardMessage, OpenQuestion
from models.inbox import InboxRow, InboxState, ReplyHandle
from models.meetings import MeetingAction
from models.messages import PartKind
from models.organisation import Account, Chat, Person
from models.parties import Party
from models.pending_commands import PendingCommand
from models.personal_data import ERASED, DataRequest, format_push_key
from models.pushes import Push
from models.reports import Media, Message, Report
from models.site_checks import SiteCheck
from models.suggestions import Milestone, Publication
from models.understandings import Understanding

_BATCH = 500
_KEYS = frozenset({"key", "task_id", "id", "url", "message_id", "class_id", "unit", "kind"})
"""Names of values that the program reads and nobody else."""

_OF_CASES: dict[Any, tuple[str, ...]] = {
    ApprovalRequest: ("reason",),
    SupervisionOrder: ("requirement", "reply"),
    SiteCheck: ("text",),
    Party: ("name", "phone"),
    Milestone: ("text",),
    MeetingAction: ("text",),
    Publication: ("text",),
}
"""What staff wrote around a case; numbers of others that it concerned are needed no more."""


@dataclass(frozen=True, slots=True)
class ForgottenFiles:
    """Files that no row needs any more, to be deleted after the commit."""

    hashes: frozenset[str]
    """Of contents that are gone with all copies."""
    originals: frozenset[str]
    """Paths, relative to the media folder, of photos whose clean copy stays."""


def erase_person(session: Session, identity: Identity, traces: Traces, *, now: datetime) -> ForgottenFiles:
    """Erase a person in this transaction; the files to delete after it. Doing it again changes nothing.

    `identity`: by what they were known; `traces`: where they stand; `now`: aware UTC.
    """
    redact = identity.build_redaction()
    word_index.forget(session, traces.cases)
    _redact_words(session, traces, identity, redact)
    word_index.add(session, traces.cases)
    files = _forget_files(session, traces, redact)
    _empty_inbox(session, identity, traces)
    for row in _load(session, Push, traces.pushes):
        row.body = _redact_value(row.body, redact)
    for row in _load(session, PendingCommand, traces.previews):
        row.text = row.quoted = ""
        row.keep_files(())
    requests = select(DataRequest).where(DataRequest.person_id.in_(identity.person_ids))
    for request in session.scalars(requests):
        request.reason = redact(request.reason)
        asking = Push.dedupe_key.like(f"{format_push_key(request.id)}%")
        for push in session.scalars(select(Push).where(asking)):
            push.body = _redact_value(push.body, redact)
    _forget_identity(session, identity, traces, now)
    return files


def _redact_words(session: Session, traces: Traces, identity: Identity, redact: Redact) -> None:
    for event in _load(session, Event, traces.events):
        event.text = redact(event.text)
        event.fields = _redact_field(event.fields, redact)
        if event.actor_id in identity.person_ids:
            event.actor_name = REPORTER
    for report in _load(session, Report, traces.reports):
        report.text = redact(report.text)
        report.triage = _redact_value(report.triage, redact)
    for table, ids in ((Case, traces.cases), (Message, traces.messages), (Rating, traces.ratings)):
        for row in _load(session, table, ids):
            row.text = redact(row.text)
    for table, columns in _OF_CASES.items():
        for row in _load(session, table, traces.cases, table.case_id):
            for column in columns:
                setattr(row, column, redact(getattr(row, column)))


def _redact_field(fields: dict[str, Any], redact: Redact) -> dict[str, Any]:
    """The words of the case as an event set them: a case stays the sum of its events."""
    return fields | {"text": redact(fields["text"])} if fields.get("text") else fields


def _redact_value(value: Any, redact: Redact) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: item if name in _KEYS else _redact_value(item, redact) for name, item in value.items()}
    return [_redact_value(item, redact) for item in value] if isinstance(value, list) else value


def _forget_files(session: Session, traces: Traces, redact: Redact) -> ForgottenFiles:
    hashes, originals = set(), set()
    for file in list(_load(session, Media, traces.media)):
        if file.kind != PartKind.PHOTO or file.clean_path is None:
            hashes.add(file.sha256)
            session.delete(file)
            continue
        if file.path != file.clean_path:
            originals.add(file.path)
            file.path = file.clean_path
        file.text, file.stamped_place = redact(file.text), redact(file.stamped_place)
    session.flush()
    needed = select(Media.path).where(Media.path.in_(originals))
    return ForgottenFiles(frozenset(hashes), frozenset(originals - set(session.scalars(needed))))


def _empty_inbox(session: Session, identity: Identity, traces: Traces) -> None:
    """Nobody is named by a payload; who else spoke of their cases stays known by the row."""
    for row in _load(session, InboxRow, traces.inbox):
        if row.state == InboxState.DEAD:
            row.state, row.result = InboxState.DONE, ERASED
        row.raw = ""
        if row.sender in identity.user_ids:
            row.sender, row.lane = f"{ERASED}{row.id}", ERASED
    session.execute(delete(HeardMessage).where(HeardMessage.person_id.in_(identity.person_ids)))
    session.execute(delete(OpenQuestion).where(OpenQuestion.person_id.in_(identity.person_ids)))
    session.execute(delete(ArchiveConsent).where(ArchiveConsent.user_id.in_(identity.user_ids)))
    for ids in _iter_batches(traces.inbox):
        session.execute(delete(ReplyHandle).where(ReplyHandle.inbox_id.in_(ids)))
        session.execute(delete(Understanding).where(Understanding.inbox_id.in_(ids)))


def _forget_identity(session: Session, identity: Identity, traces: Traces, now: datetime) -> None:
    """Whoever writes from the account again is somebody new. The roster is built anew, without the name."""
    of_them = identity.person_ids
    for table in (Account, DoorTry, DoorCode, ConsoleSession, ConsolePassword, SavedView, CaseLink):
        session.execute(delete(table).where(table.person_id.in_(of_them)))
    for chat in _load(session, Chat, traces.chats):
        handles = ReplyHandle.channel == chat.channel, ReplyHandle.chat_id == chat.chat_id
        session.execute(delete(ReplyHandle).where(*handles))
        chat.code = chat.chat_id = f"{ERASED}{chat.id}"
        chat.name, chat.gone_at = "", now
    for person in _load(session, Person, of_them):
        person.code, person.name, person.occupation = f"{ERASED}{person.id}", "", ""
        person.duties, person.skills = [], []
        person.further_posts.clear()
        person.joined_to = None
    increment_counter(session, "organisation")


def _load(session: Session, table: type[Any], ids: Sequence[int], column: Any = None) -> Iterator[Any]:
    """The rows with these ids, in their `id` or in this column."""
    for some in _iter_batches(ids):
        yield from session.scalars(select(table).where((table.id if column is None else column).in_(some)))


def _iter_batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))

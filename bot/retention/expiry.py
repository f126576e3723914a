"""Deletes what was kept for long enough: in small batches, so that nobody waits for the database.

    payloads   the text of handled messages, and what was made of it, not their rows: what was heard once is
               not heard again
    pushes     what was sent, where `keep.pushes` says so
    inbox      rows of messages that nothing came of, where `keep.inbox` says so
    handles    ways to answer, some time after they expired
    media      rows of files of cases that ended long ago, where `keep.media` says so
    files      stored ones, whose rows are gone or never were: photos among small talk
    audit      records of exports and erasures
    links      of residents to their pages, some time after their case ended; forms that count no more
    doors      records of accounts that were joined or parted, as long as those of audit

What is in hand or parked as a dead letter keeps its payload, for it may be handled yet.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, cast
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import CursorResult, Row, Select, and_, delete, exists, func, select, update
from sqlalchemy.orm import Session

from bot.channels.base import Clock
from bot.config.periods import KeepSettings
from bot.media import delete_temp_files
from bot.media.stores import MediaStore, StoreUnreachable
from bot.retention import files
from models import case_links, upkeep
from models.archive import ArchiveFile, UndecryptedMessage
from models.case_archive import ArchivedCase, ArchivedFile
from models.case_links import COUNTED_WITHIN, CaseLink, PageReport
from models.cases import Case
from models.database import Database
from models.doors import DoorEvent
from models.group_talk import HeardMessage, OpenQuestion
from models.inbox import HAS_OLD_PAYLOAD, InboxRow, InboxState, ReplyHandle
from models.personal_data import DataRequest
from models.pushes import Push, PushState
from models.reports import Media, Message
from models.understandings import Understanding
from models.workflow import OPEN

log = structlog.get_logger()

_BATCH = 500
"""Rows of one transaction."""
_NIGHT = time(2, 0)
"""Local time after which the day's run begins."""


_REFERENCES = (
    Message.inbox_id, Media.inbox_id, Push.answers, HeardMessage.inbox_id, OpenQuestion.inbox_id,
    ArchiveFile.inbox_id,
)  # fmt: skip
"""What may have come of a message."""
_CAME_TO_NOTHING = and_(
    InboxRow.state == InboxState.DONE,
    *(~exists().where(reference == InboxRow.id) for reference in _REFERENCES),
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of rows: how a batch is read in the order of ids, which of it is over, how it is deleted."""

    batch: Callable[[int], Select[int, datetime]]
    """The next rows after an id: `id`, and `since`, from when they are kept."""
    before: datetime
    """What is kept since before that is over."""
    remove: Callable[[Session, list[int]], None]
    in_order: bool = True
    """Later rows are kept since later: after a young batch there is nothing more."""


class Retention:
    """Deletes what is over, once a day; any number of processes may."""

    def __init__(
        self, database: Database, keep: KeepSettings, *, store: MediaStore, zone: ZoneInfo, clock: Clock
    ) -> None:
        """`store`: of the media files; `zone`: whose nights are meant."""
        self._database = database
        self._keep = keep
        self._store = store
        self._zone = zone
        self._clock = clock
        self._last_run: object = None

    def run_nightly(self) -> None:
        """Delete what is over, if it is late enough and this process has not done so today."""
        local = self._clock().astimezone(self._zone)
        if local.time() >= _NIGHT and self._last_run != local.date():
            self._last_run = local.date()
            try:
                self.run()
            except StoreUnreachable as error:
                # The rows are done; the files are as old tomorrow.
                log.error("retention.files_not_deleted", reason=error.slug)

    def run(self) -> Mapping[str, int]:
        """Delete what is over; how many of each kind.

        Raises StoreUnreachable where the rows went and the files cannot yet.
        """
        now = self._clock()
        deleted = {name: self._delete_rows(kind) for name, kind in self._list_kinds(now).items()}
        deleted["undecrypted"] = self._delete_undecrypted(now - self._keep.raw)
        if self._keep.media is not None:
            deleted["archived_files"] = self._release_archived(now - self._keep.media)
        delete_temp_files(self._store.folder)
        deleted["files"] = files.delete_strays(self._database, self._store, before=now - self._keep.raw)
        with self._database.write() as session:
            upkeep.record_run(session, upkeep.RETENTION, now=now)
        log.info("retention.done", **deleted)
        return deleted

    def _delete_undecrypted(self, before: datetime) -> int:
        """What of an archive nobody had a key for is a payload like others."""
        with self._database.write() as session:
            old = delete(UndecryptedMessage).where(UndecryptedMessage.at < before)
            return int(cast(CursorResult[Any], session.execute(old)).rowcount)

    def _release_archived(self, before: datetime) -> int:
        """Files of archived cases are kept no longer than those of others."""
        over = select(ArchivedCase.case_id).where(
            ArchivedCase.ended_on < before.astimezone(self._zone).date()
        )
        with self._database.write() as session:
            released = delete(ArchivedFile).where(ArchivedFile.case_id.in_(over))
            return int(cast(CursorResult[Any], session.execute(released)).rowcount)

    def preview(self) -> Mapping[str, int]:
        """How many of each kind a run would delete now; files whose rows it would delete are not counted.

        Raises StoreUnreachable.
        """
        now = self._clock()
        with self._database.read() as session:
            counts = {
                name: sum(len(ids) for ids in self._iter_over(session, kind))
                for name, kind in self._list_kinds(now).items()
            }
        strays = files.iter_strays(self._database, self._store, before=now - self._keep.raw)
        return counts | {"files": sum(map(len, strays))}

    def _delete_rows(self, kind: _Kind) -> int:
        with self._database.read() as session:
            batches = list(self._iter_over(session, kind))
        for ids in batches:
            with self._database.write() as session:
                kind.remove(session, ids)
        return sum(map(len, batches))

    def _iter_over(self, session: Session, kind: _Kind) -> Iterator[list[int]]:
        """The ids of what is over, batch by batch."""
        last = 0
        while rows := session.execute(kind.batch(last)).all():
            over = [row.id for row in rows if _is_over(row, kind.before)]
            if not over and kind.in_order:
                return
            if over:
                yield over
            last = rows[-1].id

    def _list_kinds(self, now: datetime) -> dict[str, _Kind]:
        keep = self._keep
        kinds = {
            "payloads": _Kind(_payloads_after, now - keep.raw, _empty_payloads),
            "handles": _Kind(_handles_after, now - keep.handles, _delete_of(ReplyHandle)),
            "audit": _Kind(_requests_after, now - keep.audit, _delete_of(DataRequest), in_order=False),
            "links": _Kind(_links_after, now - keep.links, _delete_of(CaseLink), in_order=False),
            "forms": _Kind(_forms_after, now - COUNTED_WITHIN, _delete_of(PageReport)),
            "doors": _Kind(_door_events_after, now - keep.audit, _delete_of(DoorEvent)),
        }
        if keep.pushes is not None:
            kinds["pushes"] = _Kind(_pushes_after, now - keep.pushes, _delete_of(Push))
        if keep.inbox is not None:
            kinds["inbox"] = _Kind(_messages_after, now - keep.inbox, _delete_messages)
        if keep.media is not None:
            kinds["media"] = _Kind(_media_after, now - keep.media, _delete_of(Media), in_order=False)
        return kinds


def _is_over(row: Row[int, datetime], before: datetime) -> bool:
    return row.since is not None and row.since < before


def _payloads_after(last: int) -> Select[int, datetime]:
    since = InboxRow.received_at.label("since")
    old = select(InboxRow.id, since).where(HAS_OLD_PAYLOAD, InboxRow.id > last)
    return old.order_by(InboxRow.id).limit(_BATCH)


def _pushes_after(last: int) -> Select[int, datetime]:
    done = Push.state.in_((PushState.SENT, PushState.MERGED, PushState.MISSED))
    sent = select(Push.id, Push.created_at.label("since")).where(Push.id > last, done)
    return sent.order_by(Push.id).limit(_BATCH)


def _messages_after(last: int) -> Select[int, datetime]:
    old = select(InboxRow.id, InboxRow.received_at.label("since")).where(InboxRow.id > last, _CAME_TO_NOTHING)
    return old.order_by(InboxRow.id).limit(_BATCH)


def _handles_after(last: int) -> Select[int, datetime]:
    handles = select(ReplyHandle.id, ReplyHandle.expires_at.label("since")).where(ReplyHandle.id > last)
    return handles.order_by(ReplyHandle.id).limit(_BATCH)


def _requests_after(last: int) -> Select[int, datetime]:
    over = func.coalesce(DataRequest.done_at, DataRequest.asked_at).label("since")
    return select(DataRequest.id, over).where(DataRequest.id > last).order_by(DataRequest.id).limit(_BATCH)


def _links_after(last: int) -> Select[int, datetime]:
    return case_links.select_ended().where(CaseLink.id > last).order_by(CaseLink.id).limit(_BATCH)


def _forms_after(last: int) -> Select[int, datetime]:
    forms = select(PageReport.id, PageReport.at.label("since")).where(PageReport.id > last)
    return forms.order_by(PageReport.id).limit(_BATCH)


def _door_events_after(last: int) -> Select[int, datetime]:
    events = select(DoorEvent.id, DoorEvent.at.label("since")).where(DoorEvent.id > last)
    return events.order_by(DoorEvent.id).limit(_BATCH)


def _media_after(last: int) -> Select[int, datetime]:
    """Of an open case nothing is over; one that was refused or joined to another has no other time."""
    ended = func.coalesce(Case.closed_at, Case.opened_at).label("since")
    of_cases = select(Media.id, ended).join(Case, Case.id == Media.case_id)
    closed = of_cases.where(Media.id > last, Case.status.not_in(OPEN))
    return closed.order_by(Media.id).limit(_BATCH)


def _empty_payloads(session: Session, ids: list[int]) -> None:
    # Dead letters that were replayed meanwhile are in hand again.
    over = select(InboxRow.id).where(InboxRow.id.in_(ids), HAS_OLD_PAYLOAD)
    explained = delete(Understanding).where(Understanding.inbox_id.in_(over))
    session.execute(explained, execution_options={"synchronize_session": False})
    emptied = update(InboxRow).where(InboxRow.id.in_(ids), HAS_OLD_PAYLOAD).values(raw="")
    session.execute(emptied, execution_options={"synchronize_session": False})


def _delete_messages(session: Session, ids: list[int]) -> None:
    over = select(InboxRow.id).where(InboxRow.id.in_(ids), _CAME_TO_NOTHING)
    for table in (Understanding, ReplyHandle):
        explained = delete(table).where(table.inbox_id.in_(over))
        session.execute(explained, execution_options={"synchronize_session": False})
    _delete_of(InboxRow)(session, list(session.scalars(over)))


def _delete_of(table: type[Any]) -> Callable[[Session, list[int]], None]:
    def remove(session: Session, ids: list[int]) -> None:
        gone = delete(table).where(table.id.in_(ids))
        session.execute(gone, execution_options={"synchronize_session": False})

    return remove

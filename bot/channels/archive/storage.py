"""What was read of the archive, stored: the cursor moves in the transaction that stores the messages.

entry ──> undecryptable           kept with its key version, tried again once its key is there
      ──> two people alone        nothing of it is stored
      ──> a room nobody bound     the room is noted, nothing of what is said
      ──> who does not consent    nothing
      ──> a message, a recall     a row of the inbox; with files it waits there until they have come
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.channels.archive import payload
from bot.channels.archive.payload import EntryKind
from bot.channels.base import Envelope
from bot.channels.settings import ChannelHost
from bot.channels.wecom.json_body import Body
from models.account_ids import WECOM, spell_account
from models.archive import ArchiveConsent, ArchiveCursor, ArchiveFile, UndecryptedMessage
from models.database import insert_if_absent
from models.inbox import InboxRow
from models.organisation import Chat, ChatUse

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """An entry of the archive as it comes."""

    seq: int
    message_id: str
    key_version: int
    random_key: str
    ciphertext: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry with what it says, or with why nobody knows that."""

    sealed: SealedEntry
    body: Body | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """What became of a batch."""

    messages: int
    rooms: frozenset[str]
    """Rooms in which outside contacts spoke."""


class ArchiveStorage:
    """The rows of one archive channel."""

    def __init__(self, channel: str, host: ChannelHost, *, file_patience: timedelta) -> None:
        self._channel = channel
        self._host = host
        self._file_patience = file_patience

    def read_seq(self) -> int:
        """Number of the last entry that was read; 0: none was."""
        with self._host.database.read() as session:
            seq = session.scalar(select(ArchiveCursor.seq).where(ArchiveCursor.channel == self._channel))
        return seq or 0

    def store(self, entries: Sequence[Entry], *, after: int) -> StoredBatch | None:
        """Store the entries that follow number `after`, move the cursor; None: somebody had moved it."""
        now = self._host.clock()
        with self._host.database.write() as session:
            cursor = self._lock_cursor(session, now)
            if cursor.seq != after:
                return None
            stored = self._store_entries(session, entries, now)
            cursor.seq = max((entry.sealed.seq for entry in entries), default=after)
            cursor.moved_at = now
        if stored.messages:
            self._host.wake()
        return stored

    def skip_gap(self, seq: int, *, after: int) -> bool:
        """The platform has deleted all up to `seq`: go on there. False: somebody had moved the cursor."""
        now = self._host.clock()
        with self._host.database.write() as session:
            cursor = self._lock_cursor(session, now)
            if cursor.seq != after:
                return False
            cursor.seq, cursor.gap_at, cursor.moved_at = seq, now, now
        return True

    def list_undecrypted(self, versions: Collection[int]) -> list[SealedEntry]:
        """What could not be read, and may be with these versions of the key, the oldest first."""
        may_open = UndecryptedMessage.channel == self._channel, UndecryptedMessage.key_version.in_(versions)
        waits = select(UndecryptedMessage).where(*may_open, UndecryptedMessage.problem.not_in(HOPELESS))
        with self._host.database.read() as session:
            rows = session.scalars(waits.order_by(UndecryptedMessage.seq).limit(1000)).all()
        return [
            SealedEntry(row.seq, row.message_id, row.key_version, row.random_key, row.ciphertext)
            for row in rows
        ]

    def count_undecrypted(self) -> int:
        with self._host.database.read() as session:
            mine = select(UndecryptedMessage.id).where(UndecryptedMessage.channel == self._channel)
            return len(session.scalars(mine.limit(1000)).all())

    def store_late(self, entries: Sequence[Entry]) -> None:
        """Store entries that could not be read when they came."""
        now = self._host.clock()
        with self._host.database.write() as session:
            seqs = [entry.sealed.seq for entry in entries]
            session.execute(
                delete(UndecryptedMessage).where(
                    UndecryptedMessage.channel == self._channel, UndecryptedMessage.seq.in_(seqs)
                )
            )
            self._store_entries(session, entries, now)
        self._host.wake()

    def note_consents(self, room_id: str, consents: Mapping[str, bool]) -> None:
        """What the platform says of who agrees in a room; what people said themselves meanwhile stands."""
        now = self._host.clock()
        with self._host.database.write() as session:
            for user_id, agrees in sorted(consents.items()):
                values = {"channel": self._channel, "room_id": room_id, "user_id": user_id}
                insert_if_absent(session, ArchiveConsent, {**values, "agrees": agrees, "at": now})

    def knows_consents(self, room_id: str) -> bool:
        """Whether anything is known of who agrees in a room."""
        with self._host.database.read() as session:
            of_room = ArchiveConsent.channel == self._channel, ArchiveConsent.room_id == room_id
            return session.scalar(select(ArchiveConsent.user_id).where(*of_room).limit(1)) is not None

    def _lock_cursor(self, session: Session, now: datetime) -> ArchiveCursor:
        insert_if_absent(session, ArchiveCursor, {"channel": self._channel, "seq": 0, "moved_at": now})
        return session.get_one(ArchiveCursor, self._channel, with_for_update=True, populate_existing=True)

    def _store_entries(self, session: Session, entries: Iterable[Entry], now: datetime) -> StoredBatch:
        bound = self._load_rooms(session)
        envelopes: dict[str, tuple[Envelope, Body]] = {}
        rooms = set()
        for entry in entries:
            if entry.body is None:
                self._keep_undecrypted(session, entry, now)
                continue
            kept = self._sort_entry(session, entry.body, bound, now)
            if kept is not None:
                envelopes[kept.message_id] = kept, entry.body
                rooms |= {kept.chat_id} if payload.outside_sender(entry.body) else set()
        ids = self._host.store(session, self._channel, [envelope for envelope, _ in envelopes.values()])
        for message_id, inbox_id in ids.items():
            self._expect_files(session, inbox_id, envelopes[message_id][1], now)
        return StoredBatch(len(ids), frozenset(rooms))

    def _sort_entry(
        self, session: Session, body: Body, bound: Collection[str], now: datetime
    ) -> Envelope | None:
        """The envelope of what is to be stored; None where nothing of it is."""
        kind = payload.sort(body)
        if kind is EntryKind.CONSENT:
            self._keep_consent(session, payload.read_consent(body), now)
        if kind not in (EntryKind.MESSAGE, EntryKind.RECALL):
            return None
        room = payload.room_of(body)
        if room not in bound:
            self._note_room(session, room)
            return None
        envelope = payload.build_envelope(body)
        if not (envelope.sender and envelope.message_id):
            return None
        outside = payload.outside_sender(body) if kind is EntryKind.MESSAGE else ""
        if outside and not self._consents(session, room, outside):
            log.info("archive.without_consent")
            return None
        return envelope

    def _load_rooms(self, session: Session) -> frozenset[str]:
        """Ids of the rooms that somebody bound to a unit."""
        beside = select(Chat.archive_room_id).where(Chat.archive_channel == self._channel)
        alone = select(Chat.chat_id).where(Chat.channel == self._channel, Chat.use != ChatUse.UNBOUND)
        return frozenset(room for room in session.scalars(beside.union(alone)) if room)

    def _note_room(self, session: Session, room: str) -> None:
        """For whoever binds it: `gridbot check` names the rooms that wait for that."""
        values = {
            "code": f"{self._channel}:{room}", "name": "", "use": ChatUse.UNBOUND,
            "channel": self._channel, "chat_id": room,
        }  # fmt: skip
        insert_if_absent(session, Chat, values)

    def _keep_undecrypted(self, session: Session, entry: Entry, now: datetime) -> None:
        sealed = entry.sealed
        values = {
            "channel": self._channel, "seq": sealed.seq, "message_id": sealed.message_id,
            "key_version": sealed.key_version, "random_key": sealed.random_key,
            "ciphertext": sealed.ciphertext, "problem": entry.problem, "at": now,
        }  # fmt: skip
        insert_if_absent(session, UndecryptedMessage, values)
        log.error("archive.undecrypted", seq=sealed.seq, version=sealed.key_version, problem=entry.problem)

    def _keep_consent(self, session: Session, consent: payload.Consent, now: datetime) -> None:
        """The newest word counts, in whatever order they come."""
        key = (self._channel, consent.room_id, spell_account(WECOM, consent.user_id))
        at = consent.at or now
        row = session.get(ArchiveConsent, key)
        if row is None:
            session.add(
                ArchiveConsent(channel=key[0], room_id=key[1], user_id=key[2], agrees=consent.agrees, at=at)
            )
            session.flush()
        elif row.at <= at:
            row.agrees, row.at = consent.agrees, at

    def _consents(self, session: Session, room: str, user_id: str) -> bool:
        """Whether nobody knows of a refusal: of whoever refuses the platform hands nothing out."""
        of_user = ArchiveConsent.channel == self._channel, ArchiveConsent.user_id == user_id
        refused = select(ArchiveConsent.user_id).where(*of_user, ArchiveConsent.agrees.is_(False))
        return session.scalar(refused.where(ArchiveConsent.room_id == room).limit(1)) is None

    def _expect_files(self, session: Session, inbox_id: int, body: Body, now: datetime) -> None:
        """A message waits for its files, and the sender's next ones wait behind it."""
        files = payload.list_files(body)
        if not files:
            return
        until = now + self._file_patience
        session.add_all(
            ArchiveFile(
                channel=self._channel, inbox_id=inbox_id, position=position, file_id=file.file_id,
                md5=file.md5, next_at=now, until=until,
            )
            for position, file in enumerate(files)
        )  # fmt: skip
        session.execute(update(InboxRow).where(InboxRow.id == inbox_id).values(not_before=until))


HOPELESS = ("malformed", "no_json", "library_died")
"""Problems that no other key mends; what killed the library once is not handed to it again."""

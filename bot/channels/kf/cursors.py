"""How far the messages of each account were fetched, and who called since, in the database.

A process that fetches takes up where the one before stopped: the cursor is written beside the messages it
stands behind, and a call counts as answered only with the last page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from bot.channels.kf.settings import SUMMONS_LIFETIME
from models.database import Database, insert_if_absent
from models.inbox import IS_UNANSWERED_SUMMONS, ReplyHandle
from models.pull_cursors import PullCursor

_OPENING = ""
"""The source of the row that says since when the channel is open."""
_MARGIN = timedelta(minutes=1)
"""The platform's clock may be behind ours."""


class CursorMoved(Exception):
    """Another process has fetched this page meanwhile."""


@dataclass(frozen=True, slots=True)
class Summons:
    """The calls for one account that were not answered yet."""

    last: int
    """Id of the newest of them; 0: nobody called."""
    token: str = field(default="", repr=False)
    """Of the newest one that is still good; empty where none is."""


NO_SUMMONS = Summons(0)


@dataclass(frozen=True, slots=True)
class PullPosition:
    """How far the messages of an account were fetched."""

    cursor: str
    since: datetime
    """What was sent before is history (aware)."""


class PullCursors:
    """The positions of one channel's accounts."""

    def __init__(self, database: Database, channel: str) -> None:
        self._database = database
        self._channel = channel

    def open_channel(self, *, now: datetime) -> None:
        """Write down since when the channel is open, once: since now, or since it was first called."""
        with self._database.write() as session:
            query = select(func.min(ReplyHandle.expires_at)).where(self._is_unanswered())
            first = session.scalar(query)
            called = first - SUMMONS_LIFETIME if first is not None else now
            values = {"channel": self._channel, "source": _OPENING, "cursor": ""}
            insert_if_absent(session, PullCursor, {**values, "since": min(now, called) - _MARGIN})

    def list_accounts(self) -> list[str]:
        """The accounts (open_kfid) whose messages were ever fetched."""
        of_channel = PullCursor.channel == self._channel, PullCursor.source != _OPENING
        with self._database.read() as session:
            return list(session.scalars(select(PullCursor.source).where(*of_channel)))

    def list_summons(self, *, now: datetime) -> Mapping[str, Summons]:
        """The unanswered calls, by account."""
        found: dict[str, Summons] = {}
        with self._database.read() as session:
            calls = select(ReplyHandle).where(self._is_unanswered()).order_by(ReplyHandle.id)
            for call in session.scalars(calls):
                token = call.value if call.expires_at > now else ""
                found[call.chat_id] = Summons(call.id, token)
        return found

    def read_position(self, account: str) -> PullPosition:
        """Where to go on. KeyError before the channel was opened."""
        with self._database.read() as session:
            row = session.get(PullCursor, (self._channel, account))
            opened = session.get(PullCursor, (self._channel, _OPENING))
        if opened is None:
            raise KeyError(self._channel)
        return PullPosition(row.cursor, row.since) if row is not None else PullPosition("", opened.since)

    def advance(self, session: Session, account: str, position: PullPosition, cursor: str) -> None:
        """Move on to `cursor`, in the transaction that stores what stands before it. Raises CursorMoved."""
        key = PullCursor.channel == self._channel, PullCursor.source == account
        values = {"channel": self._channel, "source": account, "cursor": "", "since": position.since}
        insert_if_absent(session, PullCursor, values)
        moved = session.execute(
            update(PullCursor)
            .where(*key, PullCursor.cursor == position.cursor)
            .values(cursor=cursor)
            .returning(PullCursor.source)
        )
        if moved.scalar() is None:
            raise CursorMoved

    def answer(self, session: Session, account: str, summons: Summons, *, now: datetime) -> None:
        """Whoever called until then was heard: there is no further page."""
        session.execute(
            update(ReplyHandle)
            .where(self._is_unanswered(), ReplyHandle.chat_id == account, ReplyHandle.id <= summons.last)
            .values(used_at=now)
            .execution_options(synchronize_session=False)
        )

    def drop_summons(self, account: str, summons: Summons, *, now: datetime) -> None:
        """There is no such account: nothing is to be fetched."""
        with self._database.write() as session:
            self.answer(session, account, summons, now=now)

    def _is_unanswered(self) -> ColumnElement[bool]:
        return and_(IS_UNANSWERED_SUMMONS, ReplyHandle.channel == self._channel)

"""Outcomes of sends on their way into the database.

    sends ── settle, settle, settle ──┐           ┌──> each goes on
                                      └─ commit ──┘

Beside SQLite's one writer, what came while one transaction ran is written by the next one together: where
each send had a transaction of its own, they stood in the way of those who handle messages.
"""

import asyncio
from collections import deque
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import Clock, Outcome
from bot.outbox.queue import Outbox

log = structlog.get_logger()

_AT_ONCE = 64
_AGAIN = 1.0
"""Seconds until what the database refused is tried again."""


@dataclass(frozen=True, slots=True)
class _Settlement:
    push_id: int
    outcome: Outcome
    written: asyncio.Future[bool]
    """False where the database did not take the lot."""


class SettlementWriter:
    """Writes outcomes, trying again until the database answers. For one event loop."""

    def __init__(self, outbox: Outbox, *, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock
        self._pending: deque[_Settlement] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def settle(self, push_id: int, outcome: Outcome) -> None:
        """Record the outcome of a claimed push; returns when it is in the database."""
        if self._outbox.settles_many and await self._write_with_others(push_id, outcome):
            return
        # Alone: what the database does not take must not keep the others.
        while True:
            if await self._try_to_write({push_id: outcome}):
                return
            await asyncio.sleep(_AGAIN)

    async def _write_with_others(self, push_id: int, outcome: Outcome) -> bool:
        written: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._pending.append(_Settlement(push_id, outcome, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_pending())
        return await written

    async def _write_pending(self) -> None:
        while self._pending:
            batch = [self._pending.popleft() for _ in range(min(len(self._pending), _AT_ONCE))]
            written = await self._try_to_write({one.push_id: one.outcome for one in batch})
            for one in batch:
                if not one.written.done():
                    one.written.set_result(written)

    async def _try_to_write(self, outcomes: dict[int, Outcome]) -> bool:
        try:
            await asyncio.to_thread(self._outbox.settle, outcomes, now=self._clock())
        except SQLAlchemyError as error:
            log.error("outbox.not_settled", pushes=len(outcomes), error=type(error).__name__)
            return False
        return True

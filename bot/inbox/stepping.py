"""Work that an engine does beside all else, a piece at a time, for as long as the process lives."""

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.photo_readings import PhotoReading
from models.voices import Voice

log = structlog.get_logger()

_IDLE = 1.0
"""Seconds between two looks for work."""


Row = TypeVar("Row", Voice, PhotoReading)


def lease_next(
    session: Session, table: type[Row], *conditions: ColumnElement[bool], now: datetime, lease: timedelta
) -> Row | None:
    """The row that has waited longest, with one more try, out of everybody's way for the lease; or None."""
    row = session.scalar(
        select(table)
        .where(*conditions, table.not_before <= now)
        .order_by(table.not_before)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is not None:
        row.tries += 1
        row.not_before = now + lease
    return row


class SteppingTask(ABC):
    """`run` until `stop`."""

    name: str
    """In the log."""

    def __init__(self) -> None:
        self._stopping = asyncio.Event()

    @abstractmethod
    async def step(self) -> bool:
        """Do one piece; False where none waits."""

    async def run(self) -> None:
        """Look for work until `stop`."""
        while not self._stopping.is_set():
            try:
                busy = await self.step()
            except Exception as error:  # noqa: BLE001 - the outermost loop: the piece is tried again
                log.error("step.failed", task=self.name, error=type(error).__name__)
                busy = False
            if not busy:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), _IDLE)

    async def stop(self) -> None:
        """End; a question to the engine is dropped, and asked again by whoever is next."""
        self._stopping.set()

"""Who waits until a message is handled: told by its commit, in memory, instead of asking the database."""

import asyncio
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager

_LATEST = 1024
"""Messages remembered for whoever begins to wait only after they were handled."""


class HandledMessages:
    """The messages that this process handled. Used from its event loop only."""

    def __init__(self) -> None:
        self._waiting: dict[int, asyncio.Event] = {}
        self._latest: deque[int] = deque(maxlen=_LATEST)

    @contextmanager
    def expect(self, inbox_id: int) -> Iterator[asyncio.Event]:
        """An event that is set as soon as the message is handled, also where it already is."""
        handled = self._waiting[inbox_id] = asyncio.Event()
        if inbox_id in self._latest:
            handled.set()
        try:
            yield handled
        finally:
            del self._waiting[inbox_id]

    def announce(self, inbox_ids: Collection[int]) -> None:
        """These messages were handled, and what answers them is in the outbox."""
        self._latest.extend(inbox_ids)
        for inbox_id in inbox_ids & self._waiting.keys():
            self._waiting[inbox_id].set()

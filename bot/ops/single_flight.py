"""A blocking call with a bound: whoever asks waits so long and no longer, whatever the call does."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Runs `call` on a thread of its own, one run at a time.

    A database that stands still would otherwise take every thread of the server, one a request. Who asks
    while a run is under way waits for that run.
    """

    def __init__(self, call: Callable[[], T], *, name: str) -> None:
        self._call = call
        self._name = name
        self._lock = threading.Lock()
        self._running: Future[T] | None = None

    async def result(self, *, within: float) -> T:
        """What the call returns, or raises. Raises TimeoutError after `within` seconds; the run goes on."""
        running = asyncio.wrap_future(self._join())
        # Not wait_for: that would cancel the run for everybody else who waits for it.
        done, _ = await asyncio.wait({running}, timeout=within)
        if not done:
            running.add_done_callback(_discard_result)
            raise TimeoutError(self._name)
        return running.result()

    def _join(self) -> "Future[T]":
        with self._lock:
            if self._running is None or self._running.done():
                self._running = Future()
                threading.Thread(
                    target=self._run, args=(self._running,), name=self._name, daemon=True
                ).start()
            return self._running

    def _run(self, future: "Future[T]") -> None:
        try:
            result = self._call()
        except Exception as error:  # noqa: BLE001 - handed to whoever asked
            future.set_exception(error)
        else:
            future.set_result(result)


def _discard_result(future: "asyncio.Future[Any]") -> None:
    """Nobody asks any more: an error that nobody fetches would be printed."""
    if not future.cancelled():
        future.exception()

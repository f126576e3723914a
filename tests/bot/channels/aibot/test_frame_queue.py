"""Frames wait in memory while the database is away, up to a bound; nothing is given up unseen."""

import asyncio

import pytest

from bot.channels.aibot.frame_queue import FrameLanes
from bot.channels.base import Envelope, StoreUnavailable

pytestmark = pytest.mark.anyio


class Store:
    """A database that is away until it is back; it never takes what says `bad`."""

    def __init__(self) -> None:
        self.is_away = True
        self.tries = 0
        self.stored: list[str] = []

    async def __call__(self, envelope: Envelope) -> None:
        self.tries += 1
        if self.is_away:
            raise StoreUnavailable
        if envelope.raw == "bad":
            raise ValueError
        self.stored.append(envelope.message_id)


def frame(number: int, raw: str = "{}") -> Envelope:
    return Envelope(f"M-{number}", "wrA", "zhang", raw)


async def wait_for_tries(store: Store, tries: int) -> None:
    async with asyncio.timeout(60):
        while store.tries < tries:  # noqa: ASYNC110 - a counter has no event
            await asyncio.sleep(0.001)


async def test_no_number_of_tries_gives_up_what_only_waits_for_the_database() -> None:
    store = Store()
    async with FrameLanes(store, tries=3, pause=0.0) as lanes:
        for number in range(5):
            await lanes.put(frame(number))
        await wait_for_tries(store, 50)
        store.is_away = False
    assert (store.stored, lanes.lost_frames) == ([f"M-{number}" for number in range(5)], 0)


async def test_what_the_database_refuses_is_given_up_and_counted() -> None:
    store = Store()
    store.is_away = False
    async with FrameLanes(store, tries=3, pause=0.0) as lanes:
        await lanes.put(frame(1, "bad"))
        await lanes.put(frame(2))
    assert (store.stored, lanes.lost_frames, store.tries) == (["M-2"], 1, 4)


async def test_the_reader_waits_where_memory_is_full() -> None:
    store = Store()
    async with FrameLanes(store, pause=0.0, most_bytes=100) as lanes:
        await lanes.put(frame(1, "x" * 100))
        waiting = asyncio.create_task(lanes.put(frame(2)))
        await wait_for_tries(store, 20)
        assert not waiting.done()
        store.is_away = False
        await waiting
    assert store.stored == ["M-1", "M-2"]


async def test_what_could_not_be_stored_at_the_end_is_counted() -> None:
    store = Store()
    async with FrameLanes(store, pause=0.001, grace=0.05) as lanes:
        await lanes.put(frame(1))
        await lanes.put(frame(2))
    assert lanes.lost_frames == 2

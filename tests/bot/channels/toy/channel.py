"""The toy itself."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

from bot.channels.base import (
    BackgroundTask,
    ChannelHealth,
    Delivered,
    Delivery,
    Envelope,
    FileGone,
    MediaSource,
    OpenRequest,
    Outcome,
    PlainChannel,
    Query,
    RateLimit,
    RefusedInput,
    RequestAnswer,
    RouteRefused,
)
from bot.channels.settings import ChannelHost
from models.messages import Incoming, MediaRef, Part, PartKind, PushBody, TextPush
from tests.bot.channels.toy.settings import SLIP_LIFETIMES, ToySettings


class ToyChannel(PlainChannel):
    max_body = 10_000

    def __init__(self, name: str, settings: ToySettings, host: ChannelHost) -> None:
        self.name = name
        self.declaration = settings.declare()
        self.media = MediaSource(stream=self._stream)
        self._settings = settings
        self._host = host
        self._stopping = False
        self._reading = False
        if settings.word:
            self.callback = self.passive_replies = self
        else:
            self.lock_names = (f"folder:{name}",)

    # In ------------------------------------------------------------------------------------------

    def tasks(self) -> tuple[BackgroundTask, ...]:
        return () if self._settings.word else (BackgroundTask(self.run, self.stop),)

    def read_health(self) -> ChannelHealth | None:
        return None if self._settings.word else ChannelHealth(self._reading, "asleep", self._host.clock())

    async def run(self) -> None:
        while not self._stopping:
            self._reading = self._host.holds_lock(f"folder:{self.name}")
            for path in sorted((self._settings.folder / "in").glob("*.json")) if self._reading else ():
                await self._host.receive(self.name, _build_envelope(path.read_text()))
                path.unlink()
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        self._stopping = True

    def verify(self, query: Query) -> str:
        return f"hello {query['who']}"

    def open(self, query: Query, body: bytes) -> Envelope:
        if query.get("word") != self._settings.word:
            raise RefusedInput("wrong_word", 403)
        return _build_envelope(body.decode())

    def read(self, raw: str) -> Incoming:
        said = json.loads(raw)
        parts = [Part(PartKind.TEXT, said["says"].removeprefix(f"@{self._settings.doll}").strip())]
        if picture := said.get("picture"):
            parts.append(Part(PartKind.PHOTO, media=MediaRef(picture)))
        return Incoming(
            channel=self.name,
            message_id=said["id"],
            chat_id=said["room"],
            direct=False,
            sender=said["who"],
            provider=self.declaration.provider,
            bot_name=self.declaration.bot_name,
            parts=tuple(parts),
        )

    async def _stream(self, ref: MediaRef, _client: httpx.AsyncClient) -> AsyncIterator[bytes]:
        path = self._settings.folder / "files" / ref.url
        if not path.exists():
            raise FileGone
        yield path.read_bytes()

    # Out -----------------------------------------------------------------------------------------

    def can_reply(self, body: PushBody, request: OpenRequest) -> bool:
        return isinstance(body, TextPush) and request.incoming.chat_id == request.envelope.chat_id

    def build_reply(self, body: PushBody, request: OpenRequest) -> RequestAnswer:
        assert isinstance(body, TextPush)
        return RequestAnswer(f"{request.query['word']}: {body.text}".encode(), "text/plain")

    def can_send(self, delivery: Delivery) -> bool:
        return self.declaration.capabilities.carries(delivery.body)

    def rates(self, delivery: Delivery) -> tuple[RateLimit, ...]:
        return (RateLimit(f"toy:{delivery.chat_id}", 1000, 60.0),)

    async def send(self, delivery: Delivery) -> Outcome:
        if not isinstance(delivery.body, TextPush):
            return RouteRefused("only_words")
        slips = [handle.value for handle in delivery.handles if handle.kind == "slip"]
        said = {"room": delivery.chat_id, "text": delivery.body.text, "slips": slips}
        draft = self._settings.folder / "out" / f"{delivery.push_id}.draft"
        draft.write_text(json.dumps(said, ensure_ascii=False))
        draft.rename(draft.with_suffix(".json"))
        return Delivered("in_the_folder")


def _build_envelope(raw: str) -> Envelope:
    said: dict[str, Any] = json.loads(raw)
    return Envelope(
        message_id=said["id"],
        chat_id=said["room"],
        sender=said["who"],
        raw=raw,
        handle={"slip": f"slip-of-{said['id']}"},
        handle_lifetimes=SLIP_LIFETIMES,
    )

"""The AI bot's gateway on a real socket: acknowledges what it is told, as the test has scripted it."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

Frame = dict[str, Any]
_UPLOADS = {
    "aibot_upload_media_init": {"upload_id": "UP1"},
    "aibot_upload_media_finish": {"media_id": "MID", "type": "image", "created_at": "1767225600"},
}


class FakeGateway:
    def __init__(self) -> None:
        self.url = ""
        self.frames: list[Frame] = []
        self.connections: list[ServerConnection] = []
        self.open_at_once = 0
        self.codes: dict[str, list[int]] = defaultdict(list)
        """Error codes to answer a command with, in turn; 0 when used up."""
        self.silent: set[str] = set()
        """Commands that are never acknowledged."""
        self._frames_changed = asyncio.Condition()

    async def handle(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        self.open_at_once = max(self.open_at_once, sum(one.state.name == "OPEN" for one in self.connections))
        try:
            async for text in connection:
                await self._record_frame(connection, json.loads(text))
        except ConnectionClosed:
            return

    async def _record_frame(self, connection: ServerConnection, frame: Frame) -> None:
        async with self._frames_changed:
            self.frames.append(frame)
            self._frames_changed.notify_all()
        cmd = frame["cmd"]
        if cmd in self.silent:
            return
        code = self.codes[cmd].pop(0) if self.codes[cmd] else 0
        ack = {"headers": frame["headers"], "errcode": code, "errmsg": "x", "body": _UPLOADS.get(cmd, {})}
        await connection.send(json.dumps(ack))

    async def wait_for(self, cmd: str, count: int = 1) -> list[Frame]:
        async with asyncio.timeout(60), self._frames_changed:
            await self._frames_changed.wait_for(lambda: len(self.frames_of(cmd)) >= count)
        return self.frames_of(cmd)

    def frames_of(self, cmd: str) -> list[Frame]:
        return [frame for frame in self.frames if frame["cmd"] == cmd]

    async def push(self, body: Frame, *, req_id: str = "SRV-1", cmd: str = "aibot_msg_callback") -> None:
        frame = {"cmd": cmd, "headers": {"req_id": req_id}, "body": body}
        await self.connections[-1].send(json.dumps(frame))

    async def send_disconnected(self) -> None:
        body = {"msgtype": "event", "event": {"eventtype": "disconnected_event"}}
        await self.push(body, cmd="aibot_event_callback")


@asynccontextmanager
async def fake_gateway() -> AsyncIterator[FakeGateway]:
    gateway = FakeGateway()
    async with serve(gateway.handle, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        gateway.url = f"ws://127.0.0.1:{port}"
        yield gateway

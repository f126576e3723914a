"""Tells open pages what changed, as it changes."""

import asyncio

from starlette.websockets import WebSocket, WebSocketDisconnect

from sandbox.wire import Json
from sandbox.world import Message


class Hub:
    """Events of one tenant, fanned out to the pages that are open."""

    def __init__(self) -> None:
        self._pages: set[asyncio.Queue[Json | None]] = set()

    def publish_message(self, message: Message) -> None:
        self.publish({"type": "message", "message": message.to_json()})

    def publish(self, event: Json) -> None:
        for page in self._pages:
            page.put_nowait(event)

    async def serve(self, socket: WebSocket, first: Json) -> None:
        """`first` is the state to begin with; it must be taken in the same breath as this call."""
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        queue.put_nowait(first)
        self._pages.add(queue)
        await socket.accept()
        reader = asyncio.create_task(_watch_disconnect(socket, queue))
        try:
            while (event := await queue.get()) is not None:
                await socket.send_json(event)
        except (WebSocketDisconnect, RuntimeError):
            return
        finally:
            self._pages.discard(queue)
            reader.cancel()


async def _watch_disconnect(socket: WebSocket, queue: asyncio.Queue[Json | None]) -> None:
    try:
        while True:
            await socket.receive_text()
    except (WebSocketDisconnect, RuntimeError):
        queue.put_nowait(None)

"""Sends changes to the open pages over their WebSockets."""

import asyncio

from starlette.websockets import WebSocket, WebSocketDisconnect

from sandbox.wire import Json
from sandbox.world import Message


class Hub:
    """The open pages of one tenant; every event goes to all of them."""

    def __init__(self) -> None:
        self._pages: set[asyncio.Queue[Json | None]] = set()

    def publish_message(self, message: Message) -> None:
        """Send a new or changed message to every open page."""
        self.publish({"type": "message", "message": message.to_json()})

    def publish(self, event: Json) -> None:
        """Send an event to every open page; returns at once, the pages read from queues."""
        for page in self._pages:
            page.put_nowait(event)

    async def serve(self, socket: WebSocket, first: Json) -> None:
        """Send events to this page until it disconnects.

        `first` is the state to begin with. Build it without awaiting anything before this call: a change in
        between would be missed.
        """
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

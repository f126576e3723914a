"""A platform that calls back until it is answered: for whoever kills the program and counts what is left."""

import asyncio

from sandbox.callback import CallbackSender
from sandbox.tenant import Tenant
from sandbox.tickets import Ticket
from sandbox.wire import Json
from sandbox.world import Bot


class InsistentPlatform(CallbackSender):
    """Calls back until it is answered 200, one message of a person after the other.

    So "acknowledged" means something: what is in `acknowledged` was stored, or is lost for ever.
    """

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(tenant)
        self.acknowledged: list[str] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._last: dict[str, asyncio.Task[None]] = {}

    def has_acknowledged(self, count: int) -> bool:
        return len(self.acknowledged) >= count

    def deliver(self, bot: Bot, ticket: Ticket, body: Json) -> None:
        self._loop = asyncio.get_running_loop()
        before = self._last.get(ticket.user)
        task = self._loop.create_task(self._deliver_in_turn(before, bot, ticket, body))
        self._last[ticket.user] = task

    async def _deliver_in_turn(
        self, before: asyncio.Task[None] | None, bot: Bot, ticket: Ticket, body: Json
    ) -> None:
        if before is not None:
            await before
        await self._deliver_with_retries(bot, ticket, body)
        self.acknowledged.append(body["msgid"])

    def finish(self) -> None:
        """From another thread: close what this platform holds open."""
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(self.close(), self._loop).result(timeout=60)

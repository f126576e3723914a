"""POSTs to the callback addresses of bots, apps and accounts: in the background, tried again, counted."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import cache, cached_property
from ssl import SSLContext
from typing import Any, TypeVar

import httpx
import structlog

from sandbox.tenant import Tenant

log = structlog.get_logger()

_Answer = TypeVar("_Answer")


@cache
def _load_trusted_authorities() -> SSLContext:
    """One for all receivers: httpx reads every authority anew for each client."""
    return httpx.create_ssl_context(trust_env=False)


class CallbackDelivery:
    """The deliveries of one kind of receiver; `name`: what their log events begin with."""

    def __init__(self, tenant: Tenant, name: str) -> None:
        self._tenant = tenant
        self._failed = f"{name}.failed"
        self._tasks: set[asyncio.Task[None]] = set()

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        """The HTTP client, made when first needed: most bots have a socket."""
        # A proxy of the developer's machine must not come between two local programs. Who waits for a place
        # among a bounded number of connections and gives up leaves one taken for ever, until none is left.
        return httpx.AsyncClient(
            timeout=self._tenant.options.callback_timeout,
            trust_env=False,
            verify=_load_trusted_authorities(),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=5.0),
        )

    async def close(self) -> None:
        """Cancel the deliveries under way and close the HTTP client."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if "_client" in self.__dict__:
            await self._client.aclose()

    def start(self, delivering: Coroutine[Any, Any, None]) -> None:
        """Deliver in the background."""
        task = asyncio.create_task(delivering)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def verify(self, url: str, query: Mapping[str, str], echo: str) -> str | None:
        """Send the GET that saving the address sends; None, or what was wrong with the answer."""
        try:
            response = await self._client.get(url, params=query)
        except httpx.HTTPError as error:
            return type(error).__name__
        if response.status_code != 200 or response.content != echo.encode():
            return f"status {response.status_code}, echo differs or status is not 200"
        return None

    async def try_often(
        self, post: Callable[[], Awaitable[_Answer | None]], *, tries: int | None = None
    ) -> _Answer | None:
        """The answer of the first try that comes through; None once all have failed.

        `tries`: as many as the options say, where it is None.
        """
        for attempt in range(self._tenant.options.callback_tries if tries is None else tries):
            if attempt:
                await asyncio.sleep(self._tenant.options.callback_retry_delay)
            if (answer := await post()) is not None:
                return answer
        return None

    async def post(self, url: str, query: Mapping[str, str], **body: Any) -> bytes | None:
        """The body of the answer; None when the POST failed. `body`: as httpx takes it."""
        self._tenant.stats.callback_posts += 1
        try:
            # httpx's own timeout restarts with every byte; the platform's is for the whole answer.
            async with asyncio.timeout(self._tenant.options.callback_timeout):
                response = await self._client.post(url, params=query, **body)
        except (httpx.HTTPError, TimeoutError) as error:
            self.record_failure(type(error).__name__)
            return None
        if response.status_code != 200:
            self.record_failure(f"status {response.status_code}")
            return None
        return response.content

    async def post_xml(self, url: str, query: Mapping[str, str], text: str) -> bytes | None:
        """`post` with a text of XML."""
        return await self.post(url, query, content=text.encode(), headers={"Content-Type": "text/xml"})

    def record_failure(self, reason: str) -> None:
        """Count what went wrong with a delivery or its answer."""
        self._tenant.stats.callback_failures.append(reason)
        log.info(self._failed, reason=reason)

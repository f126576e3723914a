"""One way to call a platform over HTTP, and one reading of how such a call can end.

connect failed, 5xx, 429, no JSON ──> RetryLater      the platform itself has not taken it
sent, but no answer               ──> OutcomeUnknown  it may have arrived
an answer                         ──> the JSON        the channel judges `errcode`
"""

import logging
from collections.abc import Mapping
from functools import cache
from ssl import SSLContext
from typing import Any

import httpx

from bot.channels.base import Outcome, OutcomeUnknown, RetryLater, RouteRefused

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)

IDLE = 2.0
"""Seconds a connection is kept for the next call. Servers close one after 5 (uvicorn, Node) or more, and
a call that crosses with that gets no answer: a push that nobody may send again."""

NOT_CONNECTED = RetryLater("connect_failed", after=5.0, outage=True)
_OF_THE_CALL = frozenset({400, 404, 405, 410, 411, 413, 414, 415, 422, 431})
"""Statuses that the same call would have again; WeCom itself answers 200, whatever it thinks of a call."""
_NOT_THE_PLATFORM = RetryLater("answer_not_json", after=5.0, outage=True)
"""A page of a proxy, a portal or a gateway in maintenance: the platform answers in JSON."""


def new_client(*, timeout: float = 10.0, idle: float = IDLE) -> httpx.AsyncClient:
    """A client with time limits (seconds), which does not log URLs, since they hold secrets."""
    # httpx logs every URL at INFO, and a webhook's key is in its URL.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # The other two are httpx's own.
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=idle)
    return httpx.AsyncClient(
        timeout=httpx.Timeout(timeout, connect=5.0), limits=limits, verify=_load_trusted_authorities()
    )


@cache
def _load_trusted_authorities() -> SSLContext:
    """One for all clients: httpx reads every authority anew for each, as long as ten calls take."""
    return httpx.create_ssl_context()


async def post(
    client: httpx.AsyncClient, url: str, *, params: Mapping[str, str] | None = None, **body: Any
) -> Mapping[str, Any] | Outcome:
    """The platform's JSON answer, or how the call failed. `body` is httpx's `json=` or `files=`."""
    return await _call(client, "POST", url, params=params, **body)


async def get(
    client: httpx.AsyncClient, url: str, *, params: Mapping[str, str] | None = None
) -> Mapping[str, Any] | Outcome:
    """The platform's JSON answer to a question, or how the call failed."""
    return await _call(client, "GET", url, params=params)


async def _call(
    client: httpx.AsyncClient, method: str, url: str, *, params: Mapping[str, str] | None, **body: Any
) -> Mapping[str, Any] | Outcome:
    try:
        answer = await client.request(method, url, params=params, **body)
    except _NOT_SENT:
        return NOT_CONNECTED
    except httpx.TransportError as error:
        return OutcomeUnknown(_error_slug(error))
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        return RouteRefused("bad_url")
    return _parse_answer(answer)


def errcode(answer: Mapping[str, Any], *, missing: int = -1) -> int:
    """The error code of an answer, the only part of it that decisions may rest on; 0: accepted.

    `missing`: where it has none, which with an API that always gives one is a gateway's JSON, so that the
    platform counts as busy.
    """
    code = answer.get("errcode", missing)
    return code if isinstance(code, int) else -1


def _parse_answer(answer: httpx.Response) -> Mapping[str, Any] | Outcome:
    if answer.status_code == 429:
        return RetryLater("http_429", after=60.0, uncounted=True)
    if answer.status_code >= 500:
        return RetryLater(f"http_{answer.status_code}", after=5.0, outage=True)
    if answer.status_code in _OF_THE_CALL:
        return RouteRefused(f"http_{answer.status_code}")
    if answer.status_code != 200:
        # A proxy that wants a password, or sends the call elsewhere: it came no further.
        return RetryLater(f"http_{answer.status_code}", after=5.0, outage=True)
    try:
        data = answer.json()
    except ValueError:
        return _NOT_THE_PLATFORM
    return data if isinstance(data, dict) else _NOT_THE_PLATFORM


def _error_slug(error: httpx.TransportError) -> str:
    return "answer_timeout" if isinstance(error, httpx.TimeoutException) else "connection_lost"

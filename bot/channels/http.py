"""One way to call a platform over HTTP, and one reading of how such a call can end.

connect failed, 5xx, 429 ──> RetryLater      it cannot have arrived
sent, but no answer      ──> OutcomeUnknown  it may have arrived
an answer                ──> the JSON        the channel judges `errcode`
"""

import logging
from collections.abc import Mapping
from typing import Any

import httpx

from bot.channels.base import Outcome, OutcomeUnknown, RetryLater, RouteRefused

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)

IDLE = 2.0
"""Seconds a connection is kept for the next call. Servers close one after 5 (uvicorn, Node) or more, and
a call that crosses with that gets no answer: a push that nobody may send again."""

NOT_CONNECTED = RetryLater("connect_failed", after=5.0)


def new_client(*, timeout: float = 10.0, idle: float = IDLE) -> httpx.AsyncClient:
    """A client with time limits (seconds), which does not log URLs, since they hold secrets."""
    # httpx logs every URL at INFO, and a webhook's key is in its URL.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # The other two are httpx's own.
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=idle)
    return httpx.AsyncClient(timeout=httpx.Timeout(timeout, connect=5.0), limits=limits)


async def post(
    client: httpx.AsyncClient, url: str, *, params: Mapping[str, str] | None = None, **body: Any
) -> Mapping[str, Any] | Outcome:
    """The platform's JSON answer, or how the call failed. `body` is httpx's `json=` or `files=`."""
    try:
        answer = await client.post(url, params=params, **body)
    except _NOT_SENT:
        return NOT_CONNECTED
    except httpx.TransportError as error:
        return OutcomeUnknown(_error_slug(error))
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        return RouteRefused("bad_url")
    return _parse_answer(answer)


def errcode(answer: Mapping[str, Any]) -> int:
    """The error code of an answer, the only part of it that decisions may rest on; 0: accepted."""
    code = answer.get("errcode", 0)
    return code if isinstance(code, int) else -1


def _parse_answer(answer: httpx.Response) -> Mapping[str, Any] | Outcome:
    if answer.status_code == 429:
        return RetryLater("http_429", after=60.0, uncounted=True)
    if answer.status_code >= 500:
        return RetryLater(f"http_{answer.status_code}", after=5.0)
    if answer.status_code != 200:
        return RouteRefused(f"http_{answer.status_code}")
    try:
        data = answer.json()
    except ValueError:
        return OutcomeUnknown("answer_not_json")
    return data if isinstance(data, dict) else OutcomeUnknown("answer_not_json")


def _error_slug(error: httpx.TransportError) -> str:
    return "answer_timeout" if isinstance(error, httpx.TimeoutException) else "connection_lost"

"""Who may talk to the sandbox: its own page, and programs on this machine.

Any web page a browser has open can send requests to 127.0.0.1, and can make its own name point there.
So the Host must be one of ours, and an Origin, which only browsers send, must be this very server.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class OriginGate:
    """ASGI middleware: refuses with 403 what comes for another host or from another page."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str]) -> None:
        """`hosts`: names beside the loopback ones, without port."""
        self._app = app
        self._hosts = LOOPBACK | {host.lower() for host in hosts if host}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or self._is_ours(Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "foreign origin"})
        else:
            await PlainTextResponse("foreign host or origin", 403)(scope, receive, send)

    def _is_ours(self, headers: Headers) -> bool:
        host = headers.get("host", "")
        name = urlsplit(f"//{host}").hostname if _is_plain(host) else None
        origin = headers.get("origin")
        return name in self._hosts and (origin is None or urlsplit(origin).netloc.lower() == host.lower())


def _is_plain(host: str) -> bool:
    return bool(host) and not set(host) & set("/?#@\\ ")

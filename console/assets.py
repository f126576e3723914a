"""Style sheet and script: each under an address with the hash of its content, so that browsers keep it."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Request
from starlette.responses import Response

from handlers.errors import NotFound
from handlers.wording import pages as say

_KINDS = {
    "console.css": "text/css; charset=utf-8",
    "resident.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
}


@dataclass(frozen=True, slots=True)
class _Asset:
    digest: str
    plain: bytes
    packed: bytes


@cache
def _load_asset(name: str) -> _Asset:
    data = files("console").joinpath("static", name).read_bytes()
    return _Asset(hashlib.sha256(data).hexdigest()[:16], data, gzip.compress(data, 9))


def find_address(name: str) -> str:
    """The address of this asset. KeyError for one that there is not."""
    if name not in _KINDS:
        raise KeyError(name)
    return f"/static/{_load_asset(name).digest}/{name}"


def add_routes(router: APIRouter) -> None:
    """Add `GET /static/{digest}/{name}` to the router."""

    @router.get("/static/{digest}/{name}")
    def send_asset(digest: str, name: str, request: Request) -> Response:
        """404 for a digest of another version: a page never gets a script that is not its own."""
        if name not in _KINDS or digest != _load_asset(name).digest:
            raise NotFound(say.no_such_page())
        asset, headers = _load_asset(name), dict(_HEADERS)
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            return Response(asset.plain, media_type=_KINDS[name], headers=headers)
        return Response(asset.packed, media_type=_KINDS[name], headers=headers | {"Content-Encoding": "gzip"})

"""One Jinja environment and one way to answer with a page.

Everything is escaped, a name that a template does not know is an error, and no page carries a script or
a style of its own: the security headers forbid them.
"""

import gzip
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import reduce
from typing import Any

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from console import assets
from console.context import PageSettings
from console.navigation import list_pages, oversees
from handlers.insight import papers
from handlers.insight.maps.frames import Tile
from handlers.insight.periods import name_period
from handlers.wording import formats, pages, reports

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "private, no-store",
    "Vary": "Accept-Encoding, Cookie",
}
_FOR_STAFF = {"Referrer-Policy": "same-origin"}
_FOR_PUBLIC = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
_WORTH_PACKING = 1024


class Pages:
    """The templates of one installation."""

    def __init__(self, settings: PageSettings) -> None:
        origin = "/".join(settings.tiles.split("/")[:3])
        policy = _POLICY.replace("img-src 'self'", f"img-src 'self' {origin}") if origin else _POLICY
        self._headers = {**_HEADERS, "Content-Security-Policy": policy}
        self._environment = Environment(
            loader=PackageLoader("console"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(
            site=settings,
            spell_tile=_build_speller(settings.tiles),
            asset=assets.find_address,
            list_pages=list_pages,
            oversees=oversees,
            nobody=reports.NOBODY,
            percent=reports.spell_percent,
            points=reports.spell_points,
            time_left=pages.time_left,
            span=formats.format_span,
            format_time=formats.format_time,
            reason_kinds=pages.REASON_KINDS,
            name_period=name_period,
            list_paper_kinds=papers.list_kinds,
            new_name=lambda: secrets.token_hex(8),
        )
        self._environment.filters["share"] = _share_spent

    def render(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        public: bool = False,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response:
        """The page of this template, packed where the browser takes it.

        `viewer` in a template is whoever is signed in, else None. `public`: a page of residents, which no
        search engine keeps and which tells no other site its address.
        """
        viewer = getattr(request.state, "viewer", None)
        text = self._environment.get_template(template).render(viewer=viewer, **values)
        response = HTMLResponse(_pack(request, text), status)
        if request.method != "HEAD" and len(text) > _WORTH_PACKING and _takes_gzip(request):
            response.headers["Content-Encoding"] = "gzip"
        response.headers.update(
            {**self._headers, **(_FOR_PUBLIC if public else _FOR_STAFF), **(headers or {})}
        )
        return response


def _build_speller(address: str) -> Callable[[Tile], str]:
    """What spells the address of a tile; "" where there is no map server."""

    def spell(tile: Tile) -> str:
        parts = {"{z}": tile.zoom, "{x}": tile.column, "{y}": tile.row}
        return reduce(lambda text, part: text.replace(part, str(parts[part])), parts, address)

    return spell


def _share_spent(due: datetime, opened: datetime, now: datetime) -> int:
    """How much of the time from `opened` to `due` is over, in per cent."""
    whole = (due - opened).total_seconds()
    return 100 if whole <= 0 else max(0, min(100, round((now - opened).total_seconds() / whole * 100)))


def _takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("Accept-Encoding", "")


def _pack(request: Request, text: str) -> bytes:
    data = text.encode()
    return gzip.compress(data, 6) if len(text) > _WORTH_PACKING and _takes_gzip(request) else data

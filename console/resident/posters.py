"""`/posters`: what is printed and hung up in a grid, so that people find its form and its chat by a QR code.

/posters             the grids of one's own area         /posters/{unit}          to print
/posters/{unit}.svg  the code of the form, also .png     /posters/{unit}/chat.png  of the chat
"""

import io
from collections.abc import Sequence
from typing import Annotated, Literal

import segno
from fastapi import APIRouter, Depends, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from console.cases.reading import build_asker
from console.context import ConsoleContext, SceneCodeRefused
from console.problems import WrongForm
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from handlers.environment.units import select_subtree
from handlers.errors import NotAllowed, NotFound
from handlers.insight import cohort
from handlers.wording import posters as say
from models.organisation import TERRITORIAL, Unit

PictureFormat = Literal["svg", "png"]
_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
_SCALE, _QUIET = 12, 4
"""Pixels of a module, and modules around the code: ISO/IEC 18004 wants four."""
_CORRECTION = "q"
"""A quarter of it may be torn or dirty: it hangs outside."""
_HEADERS = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add the pages and the codes to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]

    def load_unit(viewer: Viewer, code: str) -> Unit:
        with context.database.read() as session:
            return _find_unit(session, context, viewer, code)

    @router.get("/posters")
    def list_posters(request: Request, viewer: reader) -> Response:
        with context.database.read() as session:
            units = _list_units(session, context, viewer)
        return pages.render(request, "posters/list.html", units=units)

    @router.get("/posters/{code}.{kind}")
    def send_code(code: str, kind: PictureFormat, viewer: reader) -> Response:
        picture = draw_code(build_address(context, load_unit(viewer, code)), kind)
        return Response(picture, media_type=_TYPES[kind], headers=_HEADERS)

    @router.get("/posters/{code}")
    def show_poster(request: Request, code: str, viewer: reader) -> Response:
        unit = load_unit(viewer, code)
        address = build_address(context, unit)
        return pages.render(
            request, "posters/poster.html", unit=unit, address=address, has_chat=context.has_scene_codes
        )

    @router.get("/posters/{code}/chat.png")
    async def send_chat_code(code: str, viewer: reader) -> Response:
        """The code by which a chat with the official account, or with customer service, begins."""
        unit = await run_in_threadpool(load_unit, viewer, code)
        try:
            found = await context.find_scene_code(unit.code)
        except SceneCodeRefused as refused:
            raise WrongForm(say.chat_code_refused()) from refused
        picture = found.picture or draw_code(found.address, "png")
        return Response(picture, media_type=_find_type(picture), headers=_HEADERS)


def build_address(context: ConsoleContext, unit: Unit) -> str:
    """Where the form of this unit is found."""
    return f"{context.settings.base_url}/report/{unit.code}"


def draw_code(content: str, kind: PictureFormat) -> bytes:
    """The QR code of an address."""
    out = io.BytesIO()
    segno.make(content, error=_CORRECTION, micro=False).save(out, kind=kind, scale=_SCALE, border=_QUIET)
    return out.getvalue()


def _find_type(picture: bytes) -> str:
    """What the platform drew, which it does not say."""
    return "image/png" if picture.startswith(b"\x89PNG") else "image/jpeg"


def _list_units(session: Session, context: ConsoleContext, viewer: Viewer) -> Sequence[Unit]:
    """The areas of the viewer's own, each with a form. Raises NotAllowed."""
    asker = build_asker(viewer, context.env())
    own = asker.unit(session)
    if own is None or not cohort.may_read_table(asker):
        raise NotAllowed(say.not_yours())
    areas = select(Unit).where(Unit.id.in_(select_subtree(own)), Unit.kind.in_(TERRITORIAL))
    return session.scalars(areas.order_by(Unit.path)).all()


def _find_unit(session: Session, context: ConsoleContext, viewer: Viewer, code: str) -> Unit:
    """One of these. Raises NotAllowed, NotFound."""
    found = next((unit for unit in _list_units(session, context, viewer) if unit.code == code), None)
    if found is None:
        raise NotFound(say.no_such_poster())
    return found

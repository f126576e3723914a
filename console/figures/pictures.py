"""`/pictures/…`: charts as pictures, to look at, to keep, and to send to a group."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from console.cases.reading import build_asker
from console.context import ConsoleContext
from console.figures.periods import read_period
from console.posting import Posted
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from handlers.insight import cohort, pictures
from handlers.insight.periods import Period
from handlers.insight.pictures import posting

_PAGES = {"ranking": "/units"}
"""Where a chart stands; all others stand beside the rates."""


def add_routes(router: APIRouter, context: ConsoleContext, guards: Guards) -> None:
    """Add the addresses of pictures to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]
    author = Annotated[Viewer, Depends(guards.author)]

    def draw(session: Session, viewer: Viewer, kind: str, period: Period) -> tuple[str, str]:
        env = context.env()
        unit = cohort.find_table_unit(session, build_asker(viewer, env))
        return posting.draw_chart(session, env, kind, period, unit, now=context.clock())

    def find_period(first: str, last: str) -> Period:
        today = context.env().local(context.clock()).date()
        return read_period(month="", first=first, last=last, today=today).period

    @router.get("/pictures/{kind}.png")
    def show_picture(kind: str, request: Request, viewer: reader) -> Response:
        asked = request.query_params
        with context.database.read_copy() as session:
            _, drawing = draw(session, viewer, kind, find_period(asked.get("from", ""), asked.get("to", "")))
        headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
        return Response(pictures.draw_png(drawing), media_type=pictures.MEDIA_TYPE, headers=headers)

    @router.post("/pictures/{kind}/send")
    def send_picture(kind: str, viewer: author, posted: Posted) -> Response:
        period = find_period(posted.text("from"), posted.text("to"))
        with context.database.write() as session:
            title, drawing = draw(session, viewer, kind, period)
            chat = posting.send_chart(
                session, context.env(), viewer.person, posted.text("chat"), title, drawing,
                key=posted.text("once"), now=context.clock(),
            )  # fmt: skip
            sent = {"from": period.first, "to": period.last, "sent": chat.code}
        context.wake()
        return RedirectResponse(f"{_PAGES.get(kind, '/rates')}?{urlencode(sent)}", 303)

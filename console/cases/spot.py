"""`/cases/{number}/spot`: a place picked on a map, by clicks on a picture, each of which looks closer.

The picture is a button that says where it was clicked, which needs no script. It stands on the page twice,
for a phone and for a desk, since what it says is counted in the pixels of its own size.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from console.cases.acting import read_point
from console.cases.narrowing import read_bounds, write_bounds
from console.cases.reading import build_asker, find_readable
from console.context import ConsoleContext
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from handlers.cases import possible_acts
from handlers.cases.lists.rows import load_rows
from handlers.environment.areas import Areas, Point
from handlers.environment.units import find_top_unit
from handlers.errors import NotFound, WrongState
from handlers.insight.maps import outlines
from handlers.insight.maps.frames import WIDTH, Frame
from handlers.wording import pages as say
from models.cases import Case
from models.organisation import Unit
from models.workflow import ACTS

_PICTURES = {"phone": 326, "desk": 720}
"""Width of each picture, in pixels."""
_CLOSER = 5
_CLOSEST = 120.0
"""Metres from the middle of a sheet to its edge, below which it comes no closer."""
_LONGEST = 8
"""Digits of a click."""
_HEADERS = {
    "Cache-Control": "private, max-age=600",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}


@dataclass(frozen=True, slots=True)
class Picked:
    """What is looked at: the sheet, and the point that was picked on it, if any."""

    frame: Frame
    point: Point | None


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add the page, and the picture on it, to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]

    @router.get("/cases/{number}/spot")
    def show_sheet(number: str, request: Request, viewer: reader) -> Response:
        env = context.env()
        asker, act = build_asker(viewer, env), ACTS["place"]
        with context.database.read() as session:
            case = find_readable(session, asker, number)
            reading = asker.reading(session, case)
            if reading is None or not reading.is_whole:
                raise NotFound(say.no_such_case())
            if why := possible_acts.explain_refusal(session, act, asker.actor, case):
                raise WrongState(why)
            whole = "whole" in request.query_params
            picked = _read_picked(
                request.query_params, lambda: _find_sheet(session, env.areas, case, whole=whole)
            )
            name = outlines.name_point(session, env.areas, picked.point) if picked.point else ""
            [row] = load_rows(session, asker, [case], env, with_acts=False)
        drawn = {"frame": write_bounds(picked.frame.bounds)}
        if picked.point is not None:
            drawn["mark"] = f"{picked.point[0]:.6f},{picked.point[1]:.6f}"
        return pages.render(
            request,
            "cases/spot.html",
            case=row,
            # What is masked would be lost if it were sent back.
            place=case.place if row.place == case.place else "",
            act=act,
            frame=picked.frame,
            drawn=drawn,
            picture=f"/map.svg?{urlencode(drawn)}",
            pictures=_PICTURES,
            name=name,
        )

    @router.get("/map.svg")
    def draw_sheet(request: Request, _viewer: reader) -> Response:
        """A sheet as a picture, with a mark on it."""
        env = context.env()
        picked = _read_picked(request.query_params, lambda: None)
        with context.database.read() as session:
            around = outlines.draw_surroundings(session, env.areas, picked.frame)
        mark = picked.frame.locate(*picked.point) if picked.point is not None else None
        answer = pages.render(request, "cases/sheet.svg", frame=picked.frame, around=around, mark=mark)
        answer.headers.update({**_HEADERS, "Content-Type": "image/svg+xml"})
        return answer


def _find_sheet(session: Session, areas: Areas, case: Case, *, whole: bool) -> Picked:
    """Where to begin: around the point of the case, else its area, else, or with `whole`, all there is."""
    if case.lat is not None and case.lon is not None and not whole:
        return Picked(Frame.around((case.lat, case.lon), _CLOSEST * _CLOSER), (case.lat, case.lon))
    known = case.area_id is not None and not whole
    unit: Unit | None = session.get(Unit, case.area_id) if known else find_top_unit(session)
    while unit is not None:
        drawn = outlines.draw_area(session, areas, unit)
        if drawn is not None:
            return Picked(drawn.frame, None)
        unit = session.get(Unit, unit.parent_id) if unit.parent_id is not None else None
    raise NotFound(say.no_outlines())


def _read_picked(asked: Mapping[str, str], find_sheet: Callable[[], Picked | None]) -> Picked:
    """What the address says; a click on a picture marks its point, and comes closer to it.

    Raises NotFound for an address that nobody clicked together.
    """
    if "frame" not in asked:
        found = find_sheet()
        if found is None:
            raise NotFound(say.no_such_page())
        return found
    frame = Frame.fit(read_bounds(asked["frame"]), margin=0)
    clicked = _read_click(asked, frame)
    if clicked is not None:
        return Picked(Frame.around(clicked, max(frame.metres / _CLOSER, _CLOSEST)), clicked)
    try:
        point = read_point(asked["mark"]) if "mark" in asked else None
    except ValueError as error:
        raise NotFound(say.no_such_page()) from error
    return Picked(frame, point)


def _read_click(asked: Mapping[str, str], frame: Frame) -> Point | None:
    for name, pixels in _PICTURES.items():
        x, y = asked.get(f"{name}.x", ""), asked.get(f"{name}.y", "")
        if not (x.isdecimal() and y.isdecimal() and len(x + y) <= _LONGEST):
            continue
        left, top = int(x) * WIDTH / pixels, int(y) * WIDTH / pixels
        if left <= WIDTH and top <= frame.height:
            return frame.read(left, top)
    return None

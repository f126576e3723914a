"""`/map`: an area, its parts, and the open cases that whoever asks finds in the list, where they lie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session
from starlette.responses import Response

from console.cases.narrowing import write_bounds
from console.cases.reading import build_asker
from console.context import ConsoleContext
from console.figures.areas import list_areas
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from handlers.cases.queries import Asker
from handlers.environment.snapshot import Environment
from handlers.errors import NotFound
from handlers.insight.maps import outlines, spots
from handlers.insight.maps.frames import Bounds
from handlers.insight.maps.outlines import AreaMap
from handlers.insight.maps.spots import Age, Colouring, PartCount, Spot
from handlers.wording import pages as say
from models.cases import Case
from models.workflow import Status

_MOST_CLASSES = 6
"""More colours than that nobody tells apart."""
_OTHER = "other"


@dataclass(frozen=True, slots=True)
class LegendLine:
    """One colour: its place in the row of colours, what it means, how many cases have it, where these are."""

    key: str
    colour: int
    name: str
    count: int
    link: str
    """"" for several kinds that share the colour."""


@dataclass(frozen=True, slots=True)
class DrawnSpot:
    """A spot as it is drawn, and where it leads."""

    x: float
    y: float
    radius: float
    count: int
    colour: int
    name: str
    link: str


@dataclass(frozen=True, slots=True)
class PartLine:
    """An area to go into, and its open cases."""

    code: str
    name: str
    count: PartCount


@dataclass(frozen=True, slots=True)
class _Filters:
    """What the address asks for, beside the area."""

    class_id: str
    class_name: str
    status: str
    colouring: Colouring

    @property
    def fields(self) -> dict[str, str]:
        """As filters of the list of all cases."""
        found = {"class": self.class_id, "status": self.status}
        return {name: value for name, value in found.items() if value}

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions."""
        by_class = [Case.class_id == self.class_id] if self.class_id else []
        return by_class + ([Case.status == self.status] if self.status else [])


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add `GET /map` to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]
    page = _MapPage(context, pages)

    @router.get("/map")
    def show_map(request: Request, viewer: reader) -> Response:
        return page.show(request, viewer)


class _MapPage:
    """One sheet, with what stands on it."""

    def __init__(self, context: ConsoleContext, pages: Pages) -> None:
        self._context = context
        self._pages = pages

    def show(self, request: Request, viewer: Viewer) -> Response:
        """The sheet of the area in the address. Raises NotFound for what is not theirs to see."""
        env, now = self._context.env(), self._context.clock()
        asker, asked = build_asker(viewer, env), request.query_params
        filters = _read_filters(env, asked)
        with self._context.database.read_copy() as session:
            above = list_areas(session, asker, asked.get("area", ""))
            unit = above[-1]
            drawn = outlines.draw_area(session, env.areas, unit)
            parts = outlines.find_parts(session, unit)
            counts = spots.count_parts(session, asker, env, unit, parts, now=now, further=filters.conditions)
            placed = sum(count.open - count.unplaced for count in counts.values())
            legend, found = (
                _load_spots(session, asker, env, drawn, filters, total=placed, now=now)
                if drawn is not None
                else ((), ())
            )
        kept = {**filters.fields, "by": filters.colouring.value}
        return self._pages.render(
            request,
            "figures/map.html",
            unit=unit,
            above=above[:-1],
            drawn=drawn,
            spots=found,
            legend=legend,
            lines=[PartLine(part.code, part.name, counts.get(part.code, PartCount())) for part in parts],
            rest=counts.get("", PartCount()),
            filters=filters,
            address=lambda **changes: f"/map?{urlencode({'area': unit.code, **kept, **changes})}",
            listed=lambda **more: f"/cases?{urlencode({**filters.fields, **more})}",
            statuses=[status for status in Status if status in _OPEN_STATUSES],
            classes=list(env.classes.values()),
            colourings=say.COLOURINGS,
        )


_OPEN_STATUSES = (
    Status.NEW, Status.ACCEPTED, Status.DISPATCHED, Status.IN_PROGRESS, Status.SUSPENDED, Status.SUBMITTED,
    Status.CALLBACK,
)  # fmt: skip


def _read_filters(env: Environment, asked: Mapping[str, str]) -> _Filters:
    name, status, by = asked.get("class", "").strip(), asked.get("status", ""), asked.get("by", "")
    if by and by not in set(Colouring):
        raise NotFound(say.no_such_page())
    info = env.find_class(name, by_part_of_name=True) if name else None
    return _Filters(
        info.id if info is not None else "",
        info.name if info is not None else "",
        status if status in _OPEN_STATUSES else "",
        Colouring(by or Colouring.STATE),
    )


def _load_spots(
    session: Session,
    asker: Asker,
    env: Environment,
    drawn: AreaMap,
    filters: _Filters,
    *,
    total: int,
    now: datetime,
) -> tuple[Sequence[LegendLine], Sequence[DrawnSpot]]:
    found = spots.list_spots(
        session, asker, env, drawn.frame, filters.colouring,
        total=total, now=now, further=filters.conditions,
    )  # fmt: skip
    legend = _build_legend(env, found.kinds, drawn.frame.bounds, filters, now=now)
    colours = {line.key: line for line in legend}
    return legend, [_draw_spot(spot, colours.get(spot.kind, legend[-1]), filters) for spot in found.spots]


def _draw_spot(spot: Spot, line: LegendLine, filters: _Filters) -> DrawnSpot:
    alone = spot.count == 1
    radius = 12 if alone else min(15 + spot.count**0.5 * 2, 34)
    link = f"/cases/{spot.number}" if alone else _link_to(filters, {"spot": write_bounds(spot.bounds)})
    return DrawnSpot(round(spot.x), round(spot.y), radius, spot.count, line.colour, line.name, link)


def _link_to(filters: _Filters, more: Mapping[str, str]) -> str:
    return f"/cases?{urlencode({**filters.fields, **more})}"


def _build_legend(
    env: Environment, kinds: Mapping[str, int], bounds: Bounds, filters: _Filters, *, now: datetime
) -> Sequence[LegendLine]:
    """A line for each kind on the sheet: by step, by age, or the most frequent first."""
    spot, today = {"spot": write_bounds(bounds)}, env.local(now).date()

    def line(at: int, key: str, name: str, **more: str) -> LegendLine:
        return LegendLine(key, at, name, kinds[key], _link_to(filters, {**spot, **more}))

    if filters.colouring is Colouring.STATE:
        states = enumerate(_OPEN_STATUSES)
        return [line(at, state, state.chinese, status=state) for at, state in states if state in kinds]
    if filters.colouring is Colouring.AGE:
        return [
            line(at, age, say.AGES[age], **_spell_days(age, today))
            for at, age in enumerate(Age)
            if age in kinds
        ]
    known = [key for key in kinds if key in env.classes]
    first = enumerate(known[:_MOST_CLASSES])
    found = [line(at, key, env.class_info(key).name, **{"class": key}) for at, key in first]
    others = sum(kinds.values()) - sum(one.count for one in found)
    return found + ([LegendLine(_OTHER, _MOST_CLASSES, say.OTHER_CLASSES, others, "")] if others else [])


def _spell_days(age: Age, today: date) -> Mapping[str, str]:
    first, last = age.spread(today)
    days = {"from": first, "to": last}
    return {name: day.isoformat() for name, day in days.items() if day is not None}

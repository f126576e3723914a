"""Areas as paths of a sheet: what is too small to be seen is left out, so that a page stays small."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.environment.areas import Areas, Point
from handlers.environment.units import path_covers
from handlers.insight.maps.frames import WIDTH, Bounds, Frame
from models.organisation import TERRITORIAL, UNIT_NAME, Unit
from models.places import PlaceName

_FINEST = 1.5
"""Units of a sheet below which nobody sees a corner."""
_SMALLEST = 60.0
"""Units from side to side below which a name has no room."""
_BELOW_EDGE = 28.0
_MOST_NAMES = 40


@dataclass(frozen=True, slots=True)
class AreaPart:
    """An area to go into: its unit, and its outline as the `d` of a path; "" where it has none."""

    unit_id: int
    code: str
    name: str
    path: str
    """Of the tree of units."""
    line: str = ""
    label: tuple[float, float] | None = None
    """Where its name stands; None: there is no room for it."""


@dataclass(frozen=True, slots=True)
class AreaMap:
    """A sheet of one area: its own outline, and its parts."""

    frame: Frame
    line: str
    parts: Sequence[AreaPart]


def draw_area(session: Session, areas: Areas, unit: Unit) -> AreaMap | None:
    """The sheet of a unit with the areas right beneath it; None where neither it nor they have an outline."""
    parts = tuple(_list_parts(session, areas, unit))
    return _draw(areas, unit.code, parts)


def find_parts(session: Session, unit: Unit) -> Sequence[AreaPart]:
    """The areas right beneath the unit, whether or not they have an outline."""
    depth = unit.path.count("/") + 1
    return [part for part in _list_territory(session, unit) if part.path.count("/") == depth]


def _list_territory(session: Session, unit: Unit) -> list[AreaPart]:
    """All areas beneath the unit, each before those beneath it."""
    columns = select(Unit.id, Unit.code, UNIT_NAME, Unit.path).where(Unit.kind.in_(TERRITORIAL))
    beneath = columns.where(Unit.path.startswith(unit.path, autoescape=True), Unit.id != unit.id)
    return [AreaPart(*row) for row in session.execute(beneath.order_by(Unit.path))]


def _list_parts(session: Session, areas: Areas, unit: Unit) -> Iterable[AreaPart]:
    """Of each branch beneath the unit the first area that has an outline."""
    taken: list[str] = []
    for part in _list_territory(session, unit):
        if areas.find_shape(part.code) is None or any(path_covers(path, part.path) for path in taken):
            continue
        taken.append(part.path)
        yield part


@lru_cache(maxsize=256)
def _draw(areas: Areas, code: str, parts: tuple[AreaPart, ...]) -> AreaMap | None:
    """Kept: outlines change when the organisation is imported, which makes new `areas`."""
    own = areas.find_shape(code)
    shapes = [shape for shape in (own, *(areas.find_shape(part.code) for part in parts)) if shape is not None]
    if not shapes:
        return None
    frame = Frame.fit(_join_bounds(shapes))
    return AreaMap(
        frame,
        _draw_line(own, frame) if own is not None else "",
        [_draw_part(part, areas.find_shape(part.code), frame) for part in parts],
    )


def _draw_part(part: AreaPart, shape: Any, frame: Frame) -> AreaPart:
    return AreaPart(
        part.unit_id, part.code, part.name, part.path, _draw_line(shape, frame), _find_label(shape, frame)
    )


def _join_bounds(shapes: Sequence[Any]) -> Bounds:
    sides = [shape.bounds for shape in shapes]
    west, south = (min(side[at] for side in sides) for at in (0, 1))
    east, north = (max(side[at] for side in sides) for at in (2, 3))
    return south, west, north, east


def _find_label(shape: Any, frame: Frame) -> tuple[float, float] | None:
    left, bottom = frame.locate(shape.bounds[1], shape.bounds[0])
    right, top = frame.locate(shape.bounds[3], shape.bounds[2])
    if right - left < _SMALLEST or bottom - top < _SMALLEST / 2:
        return None
    return _move_up(shape, frame.locate(*_middle(shape)), frame, top)


def _middle(shape: Any) -> Point:
    inside = shape.representative_point()
    return inside.y, inside.x


def _move_up(shape: Any, spot: tuple[float, float], frame: Frame, top: float) -> tuple[float, float]:
    """Near the upper edge, where fewer cases stand, if that is still within the area."""
    from shapely import Point as Corner

    x, y = spot[0], top + _BELOW_EDGE
    lat, lon = frame.read(x, y)
    return (x, y) if y < spot[1] and shape.contains(Corner(lon, lat)) else spot


def _draw_line(shape: Any, frame: Frame) -> str:
    """The `d` of a path, in whole units."""
    _, west, _, east = frame.bounds
    rough = shape.simplify((east - west) / WIDTH * _FINEST)
    faces = getattr(rough, "geoms", [rough])
    rings = [ring for face in faces for ring in (face.exterior, *face.interiors)]
    return "".join(_draw_ring(ring.coords, frame) for ring in rings)


def _draw_ring(corners: Iterable[tuple[float, float]], frame: Frame) -> str:
    points = [f"{x:.0f} {y:.0f}" for x, y in (frame.locate(lat, lon) for lon, lat in corners)]
    return f"M{'L'.join(points[:-1])}Z"


# A sheet of any place -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is to be seen on a sheet: lines of areas, and names with where they stand."""

    lines: Sequence[str]
    names: Sequence[tuple[float, float, str]]


def draw_surroundings(session: Session, areas: Areas, frame: Frame) -> Surroundings:
    """The outlines that cross the sheet, and the names of the smallest areas and of the places on it."""
    south, west, north, east = frame.bounds
    shapes = {code: shape for code, shape in areas.list_within(frame.bounds) if _is_seen(shape, frame)}
    units = select(Unit.code, UNIT_NAME, Unit.path).where(Unit.code.in_(shapes)).order_by(Unit.path)
    found = session.execute(units).all()
    following = [path for _, _, path in found[1:]] + [""]
    labels = [
        (*_middle_of(shapes[code], frame), name)
        for (code, name, path), after in zip(found, following, strict=True)
        if not path_covers(path, after)
    ]
    there = PlaceName.lat.between(south, north), PlaceName.lon.between(west, east)
    places = select(PlaceName.name, PlaceName.lat, PlaceName.lon).where(*there).limit(_MOST_NAMES)
    labels += [
        (*frame.locate(lat, lon), name)
        for name, lat, lon in session.execute(places)
        if lat is not None and lon is not None
    ]
    return Surroundings([_draw_line(shape, frame) for shape in shapes.values()], labels)


def _is_seen(shape: Any, frame: Frame) -> bool:
    left, _ = frame.locate(shape.bounds[1], shape.bounds[0])
    right, _ = frame.locate(shape.bounds[3], shape.bounds[2])
    return right - left >= _SMALLEST


def _middle_of(shape: Any, frame: Frame) -> tuple[float, float]:
    """A point of the area that is on the sheet."""
    from shapely import box

    south, west, north, east = frame.bounds
    seen = shape.intersection(box(west, south, east, north))
    return _move_up(seen, frame.locate(*_middle(seen)), frame, frame.locate(seen.bounds[3], west)[1])


def name_point(session: Session, areas: Areas, point: Point) -> str:
    """How a point is called: the areas it lies in, but the district; "" outside."""
    code = areas.locate(*point)
    unit = session.scalar(select(Unit).where(Unit.code == code)) if code is not None else None
    if unit is None:
        return ""
    above = select(Unit.code, UNIT_NAME).where(Unit.code.in_(unit.path.strip("/").split("/")))
    names: dict[str, str] = dict(session.execute(above.where(Unit.parent_id.is_not(None))).all())
    return "".join(names[code] for code in unit.path.strip("/").split("/") if code in names)

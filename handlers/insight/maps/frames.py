"""A piece of the earth on a sheet, in the projection of all maps on the web (Mercator's): north is up.

On a sheet of one district that is as good as true to scale, and the tiles of a map server fit beneath it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asinh, atan, cos, degrees, floor, log2, pi, radians, sinh, tan
from typing import Self

from handlers.environment.areas import Point

Bounds = tuple[float, float, float, float]
"""South, west, north, east; degrees, WGS-84."""

WIDTH = 1000
"""Units of every sheet from west to east."""
_LOWEST, _HIGHEST = 0.55, 1.1
"""Height of a sheet to its width, at least and at most: it is to be seen whole on a phone."""
_MARGIN = 0.05
_METRE = 1 / 111_320
"""Degrees of latitude."""
_NARROWEST = 200 * _METRE
_TILES_ACROSS, _DEEPEST = 4, 18


@dataclass(frozen=True, slots=True)
class Frame:
    """A sheet of WIDTH by `height` units over these bounds; a unit to the south counts as one to the east."""

    bounds: Bounds
    height: int

    @classmethod
    def fit(cls, bounds: Bounds, *, margin: float = _MARGIN) -> Self:
        """The smallest sheet that shows all of the bounds, and so much more on each side."""
        south, west, north, east = bounds
        middle, centre = (south + north) / 2, (west + east) / 2
        tall = max(north - south, _NARROWEST) * (1 + 2 * margin)
        # A degree to the east is so much shorter than one to the north.
        wide = max((east - west) * cos(radians(middle)), _NARROWEST) * (1 + 2 * margin)
        wide, tall = max(wide, tall / _HIGHEST), max(tall, wide * _LOWEST)
        half = wide / cos(radians(middle)) / 2
        shown = (middle - tall / 2, centre - half, middle + tall / 2, centre + half)
        return cls(shown, round(WIDTH * (_northing(shown[2]) - _northing(shown[0])) / radians(2 * half)))

    @classmethod
    def around(cls, point: Point, metres: float, *, height: float = 1.0) -> Self:
        """The sheet with the point in its middle that shows so much to the east and to the west.

        `height`: of the sheet to its width.
        """
        side, up = metres * _METRE / cos(radians(point[0])), metres * _METRE * height
        return cls.fit((point[0] - up, point[1] - side, point[0] + up, point[1] + side), margin=0)

    @property
    def metres(self) -> float:
        """From the middle to its eastern edge."""
        south, west, north, east = self.bounds
        return (east - west) / 2 * cos(radians((south + north) / 2)) / _METRE

    def locate(self, lat: float, lon: float) -> tuple[float, float]:
        """Where the point stands: units from the west and from the north."""
        south, west, north, east = self.bounds
        top, bottom = _northing(north), _northing(south)
        return (
            (lon - west) / (east - west) * WIDTH,
            (top - _northing(lat)) / (top - bottom) * self.height,
        )

    def read(self, x: float, y: float) -> Point:
        """The point that stands there."""
        south, west, north, east = self.bounds
        top, bottom = _northing(north), _northing(south)
        lat = degrees(atan(sinh(top - y / self.height * (top - bottom))))
        return lat, west + x / WIDTH * (east - west)

    def list_tiles(self) -> Sequence["Tile"]:
        """The squares that a map server draws this sheet with: few, each some hundred units wide."""
        south, west, north, east = self.bounds
        zoom = min(floor(log2(_TILES_ACROSS * 360 / (east - west))), _DEEPEST)
        side = 360 / 2**zoom
        size = side / (east - west) * WIDTH
        columns = range(floor((west + 180) / side), floor((east + 180) / side) + 1)
        rows = range(floor(_tile_row(north, zoom)), floor(_tile_row(south, zoom)) + 1)
        top = _tile_row(north, zoom)
        return [
            Tile(zoom, column, row, (column * side - 180 - west) / side * size, (row - top) * size, size)
            for row in rows
            for column in columns
        ]


@dataclass(frozen=True, slots=True)
class Tile:
    """One square of a map server, and where it lies on the sheet."""

    zoom: int
    column: int
    row: int
    x: float
    y: float
    size: float


def _tile_row(lat: float, zoom: int) -> float:
    return (1 - _northing(lat) / pi) / 2 * (1 << zoom)


def _northing(lat: float) -> float:
    return asinh(tan(radians(lat)))

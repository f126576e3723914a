"""Where a point lies: the two ways of counting coordinates, and the outlines of the units.

Phones and cameras write WGS-84. Chinese maps, and the outlines and locations that come from them,
are shifted by some hundred metres: GCJ-02. Everything is kept in WGS-84 and converted at the edge.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from math import cos, pi, radians, sin, sqrt
from typing import Any

Point = tuple[float, float]
"""Latitude and longitude, WGS-84 unless the name says otherwise."""

_AXIS, _FLATNESS = 6378245.0, 0.00669342162296594323
"""The ellipsoid that the shift is reckoned on (Krasovsky 1940)."""
_CHINA = (0.8293, 55.8271, 72.004, 137.8347)
"""South, north, west, east: outside of this box the two systems are one."""
_NEAR_ENOUGH = 1e-10
"""Degrees; a hundredth of a millimetre."""
BORDER = 5 / 111_320
"""Degrees, five metres: outlines are drawn and phones measure no better than that."""

_FAR = 0.2
"""Degrees, some twenty kilometres: a point so far from every outline is none of the territory."""


class CRS(StrEnum):
    """What coordinates are counted in."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"


def to_gcj02(lat: float, lon: float) -> Point:
    """The WGS-84 point (degrees) as Chinese maps show it; unchanged outside China."""
    if not in_china(lat, lon):
        return lat, lon
    north, east = _gcj02_shift(lat, lon)
    return lat + north, lon + east


def to_wgs84(lat: float, lon: float) -> Point:
    """The GCJ-02 point (degrees) in WGS-84: the shift has no inverse in a formula, so it is approximated."""
    if not in_china(lat, lon):
        return lat, lon
    guess = lat, lon
    for _ in range(10):
        north, east = _gcj02_shift(*guess)
        better = lat - north, lon - east
        if abs(better[0] - guess[0]) + abs(better[1] - guess[1]) < _NEAR_ENOUGH:
            return better
        guess = better
    return guess


def from_crs(lat: float, lon: float, *, crs: CRS) -> Point:
    """The point (degrees, counted in `crs`) in WGS-84."""
    return to_wgs84(lat, lon) if crs is CRS.GCJ02 else (lat, lon)


def read_fix(lat: float, lon: float, *, crs: CRS) -> Point | None:
    """The point that a telephone sent (degrees, counted in `crs`), in WGS-84.

    None for what is no place on earth, and for 0, 0, which is what one without a fix sends.
    """
    if not (-90 <= lat <= 90 and -180 <= lon <= 180) or lat == lon == 0:
        return None
    return from_crs(lat, lon, crs=crs)


def outline_from(geometry: Mapping[str, Any], *, crs: CRS) -> dict[str, Any]:
    """The GeoJSON geometry, counted in `crs`, converted to WGS-84."""
    if crs is CRS.WGS84:
        return dict(geometry)
    return {**geometry, "coordinates": _corners_to_wgs84(geometry["coordinates"])}


def in_china(lat: float, lon: float) -> bool:
    """Whether the shift applies here; a box, as every program that knows of it has it."""
    south, north, west, east = _CHINA
    return south <= lat <= north and west <= lon <= east


def _corners_to_wgs84(value: Any) -> Any:
    if isinstance(value[0], list | tuple):
        return [_corners_to_wgs84(item) for item in value]
    lat, lon = to_wgs84(value[1], value[0])
    return [round(lon, 7), round(lat, 7)]


def _gcj02_shift(lat: float, lon: float) -> Point:
    """Degrees that a Chinese map moves this point to the north and to the east."""
    x, y = lon - 105.0, lat - 35.0
    waves = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    north += (waves + 20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    east += (waves + 20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    slant = 1 - _FLATNESS * sin(radians(lat)) ** 2
    meridian = _AXIS * (1 - _FLATNESS) / (slant * sqrt(slant)) * pi / 180
    parallel = _AXIS / sqrt(slant) * cos(radians(lat)) * pi / 180
    return north / meridian, east / parallel


class Areas:
    """The outlines of the territory, asked by point; immutable after it is made."""

    def __init__(self, outlines: Iterable[tuple[str, Mapping[str, Any]]] = ()) -> None:
        pairs = list(outlines)
        if not pairs:
            self._codes: tuple[str, ...] = ()
            self._shapes: Mapping[str, Any] = {}
            return
        from shapely import STRtree
        from shapely.geometry import shape

        self._codes = tuple(code for code, _ in pairs)
        self._tree = STRtree([shape(geometry) for _, geometry in pairs])
        self._shapes = dict(zip(self._codes, self._tree.geometries, strict=True))

    def find_shape(self, code: str) -> Any:
        """The outline of this unit as shapely has it (x: longitude, y: latitude); None where it has none."""
        return self._shapes.get(code)

    def list_within(self, bounds: tuple[float, float, float, float]) -> list[tuple[str, Any]]:
        """Code and outline of each that comes into these bounds: south, west, north, east, in degrees."""
        if not self._codes:
            return []
        from shapely import box

        south, west, north, east = bounds
        found = self._tree.query(box(west, south, east, north), "intersects")
        return [(self._codes[at], self._tree.geometries[at]) for at in sorted(int(one) for one in found)]

    def is_far(self, lat: float, lon: float) -> bool:
        """Whether the point (WGS-84, degrees) lies nowhere near: in the sea, in another city.

        False where the territory has no outlines to tell by.
        """
        if not self._codes:
            return False
        from shapely import Point as Corner

        return len(self._tree.query(Corner(lon, lat), "dwithin", _FAR)) == 0

    def locate(self, lat: float, lon: float) -> str | None:
        """Code of the smallest area that holds the point (WGS-84, degrees), or that is only a few metres off.

        None where the point lies in no area.
        """
        if not self._codes:
            return None
        from shapely import Point as Corner

        point, shapes = Corner(lon, lat), self._tree.geometries
        near = [int(number) for number in self._tree.query(point, "dwithin", BORDER)]
        holding = [number for number in near if shapes[number].covers(point)]
        finest = min(holding, key=lambda number: shapes[number].area, default=None)
        # Just outside a grid, but inside its village: the grid. Inside the grid next door: that one.
        beside = [
            number
            for number in near
            if number not in holding
            and (finest is None or shapes[finest].covers(shapes[number].representative_point()))
        ]
        if beside:
            finest = min(beside, key=lambda number: (shapes[number].distance(point), shapes[number].area))
        return self._codes[finest] if finest is not None else None

"""Points: two ways of counting coordinates, and which outline a point lies in."""

from math import cos, hypot, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.environment import areas
from handlers.environment.areas import CRS, Areas

DEGREE = 111_320.0


def box(west: float, south: float, east: float, north: float) -> dict[str, object]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def metres(one: areas.Point, other: areas.Point) -> float:
    return hypot((one[0] - other[0]) * DEGREE, (one[1] - other[1]) * DEGREE * cos(radians(one[0])))


TOWN = box(121.12, 31.86, 121.20, 31.92)
VILLAGE = box(121.15, 31.87, 121.18, 31.90)
GRID = box(121.16, 31.88, 121.17, 31.89)
NEXT = box(121.17, 31.88, 121.18, 31.89)
AREAS = Areas([("T", TOWN), ("T-V", VILLAGE), ("T-V-1", GRID), ("T-V-2", NEXT)])


@given(st.floats(18, 53), st.floats(74, 135))
def test_there_and_back_is_within_a_millimetre(lat: float, lon: float) -> None:
    assert metres(areas.to_wgs84(*areas.to_gcj02(lat, lon)), (lat, lon)) < 0.001


@given(st.floats(18, 53), st.floats(74, 135))
def test_a_chinese_map_is_off_by_some_hundred_metres(lat: float, lon: float) -> None:
    assert 5 < metres(areas.to_gcj02(lat, lon), (lat, lon)) < 1_100


def test_the_shift_is_the_one_that_everybody_knows() -> None:
    """Tian'anmen: the pair that open implementations print in their documents."""
    lat, lon = areas.to_gcj02(39.907333, 116.391083)
    assert (round(lat, 4), round(lon, 4)) == (39.9087, 116.3973)


@pytest.mark.parametrize("point", [(48.8566, 2.3522), (-33.8688, 151.2093), (60.0, 100.0)])
def test_outside_china_nothing_is_shifted(point: areas.Point) -> None:
    assert areas.to_gcj02(*point) == areas.to_wgs84(*point) == point


def test_an_outline_of_a_chinese_map_is_moved_corner_by_corner() -> None:
    moved = areas.outline_from(TOWN, crs=CRS.GCJ02)
    lon, lat = moved["coordinates"][0][0]
    assert metres((lat, lon), areas.to_wgs84(31.86, 121.12)) < 0.02
    assert areas.outline_from(TOWN, crs=CRS.WGS84) == TOWN


def test_the_finest_area_that_holds_the_point_is_named() -> None:
    assert AREAS.locate(31.885, 121.165) == "T-V-1"
    assert AREAS.locate(31.875, 121.155) == "T-V"
    assert AREAS.locate(31.861, 121.121) == "T"


def test_a_point_far_from_every_area_is_nowhere() -> None:
    assert AREAS.locate(30.0, 120.0) is None
    assert Areas().locate(31.885, 121.165) is None


def test_some_metres_outside_the_border_still_count() -> None:
    assert AREAS.locate(31.86 - 3 / DEGREE, 121.15) == "T"
    assert AREAS.locate(31.86 - 9 / DEGREE, 121.15) is None


def test_some_metres_outside_a_grid_are_the_grid_and_not_merely_its_village() -> None:
    assert AREAS.locate(31.88 - 3 / DEGREE, 121.165) == "T-V-1"


def test_just_across_the_border_of_two_grids_the_one_that_holds_the_point_wins() -> None:
    assert AREAS.locate(31.885, 121.17 + 2 / DEGREE) == "T-V-2"
    assert AREAS.locate(31.885, 121.17 - 2 / DEGREE) == "T-V-1"


def test_an_area_in_two_parts_is_one_area() -> None:
    parts = [GRID["coordinates"], box(121.0, 31.0, 121.01, 31.01)["coordinates"]]
    areas = Areas([("G", {"type": "MultiPolygon", "coordinates": parts})])
    assert areas.locate(31.005, 121.005) == areas.locate(31.885, 121.165) == "G"


@pytest.mark.parametrize(
    ("point", "far"),
    [((31.885, 121.165), False), ((31.95, 121.30), False), ((31.0, 124.0), True), ((39.9, 116.4), True)],
)
def test_the_sea_and_another_city_are_far(point: areas.Point, far: bool) -> None:
    assert AREAS.is_far(*point) is far
    assert not Areas().is_far(*point)


@given(st.floats(-90, 90), st.floats(-180, 180), st.sampled_from(CRS))
def test_whatever_lies_in_an_area_is_not_far(lat: float, lon: float, crs: CRS) -> None:
    found = areas.read_fix(lat, lon, crs=crs)
    assert found is not None or lat == lon == 0
    assert found is None or AREAS.locate(*found) is None or not AREAS.is_far(*found)


@pytest.mark.parametrize(("lat", "lon"), [(0.0, 0.0), (91.0, 121.0), (31.0, 181.0), (float("nan"), 121.0)])
def test_what_is_no_place_on_earth_is_no_fix(lat: float, lon: float) -> None:
    assert areas.read_fix(lat, lon, crs=CRS.GCJ02) is None

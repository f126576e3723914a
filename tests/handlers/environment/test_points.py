"""A point that comes with a report: a photo's own position, or a location that somebody sent."""

import pytest

from models.messages import Incoming, Part, PartKind
from models.organisation import Unit
from tests.district import LAMP, District, make_photo

IN_GRID = (31.885, 121.165)
"""In 解放新村网格 of 海门街道, which is drawn."""
IN_THE_SEA = (31.0, 124.0)
IN_RIVERSIDE = (31.83, 121.15)
"""In 滨江街道, of which only the town is drawn."""


def area(district: District) -> str | None:
    case = district.case()
    with district.database.read() as session:
        return session.get_one(Unit, case.area_id).code if case.area_id else None


def send_location(
    district: District,
    point: tuple[float, float],
    label: str = "",
    *,
    chat: str = "wrINTAKE",
    direct: bool = False,
) -> str:
    part = Part(PartKind.LOCATION, label, point=point)
    incoming = Incoming(
        "grid", f"location-{point}-{chat}", chat, direct, "zhangsf", "wecom", "网格助手", parts=(part,)
    )
    return district.handle(district.receive(incoming), incoming)


def test_a_photo_of_the_grid_puts_the_case_into_the_grid(district: District) -> None:
    lat, lon = IN_GRID
    assert district.say("wrINTAKE", "zhangsf", "路灯不亮", photos=[make_photo(0, lat=lat, lon=lon)]) == (
        "case.opened"
    )
    assert area(district) == "HM-HM-JF-1"
    assert district.case().place == "解放新村网格"


def test_a_point_beats_the_unit_of_the_group(district: District) -> None:
    lat, lon = IN_RIVERSIDE
    district.say("wrINTAKE", "zhangsf", "路灯不亮", photos=[make_photo(0, lat=lat, lon=lon)])
    assert area(district) == "HM-BJ"


def test_a_finer_place_in_the_words_beats_the_point(district: District) -> None:
    lat, lon = IN_RIVERSIDE
    district.say("wrINTAKE", "zhangsf", "滨江大道15号路灯不亮", photos=[make_photo(0, lat=lat, lon=lon)])
    assert area(district) == "HM-BJ-BJ-1"


def test_a_place_that_nobody_knows_lies_where_the_point_is(district: District) -> None:
    lat, lon = IN_GRID
    district.say("wrINTAKE", "zhangsf", "鑫源大厦门口路灯不亮", photos=[make_photo(0, lat=lat, lon=lon)])
    assert (area(district), district.case().place) == ("HM-HM-JF-1", "鑫源大厦门口")


def test_a_named_place_in_another_town_beats_the_town_of_the_group(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", "滨江大道15号路灯不亮")
    assert area(district) == "HM-BJ-BJ-1"


def test_a_location_and_then_the_words_are_one_case_that_is_not_asked_where(district: District) -> None:
    assert send_location(district, IN_GRID) == "report.waiting"
    assert district.say("wrINTAKE", "zhangsf", "路灯不亮") == "case.opened"
    assert (area(district), district.case().lat, district.case().lon) == ("HM-HM-JF-1", *IN_GRID)
    assert "地点" not in district.chat_text("wrINTAKE")


def test_words_and_then_a_location_are_one_case(district: District) -> None:
    assert district.say("wrINTAKE", "zhangsf", "路灯不亮") == "report.waiting"
    assert send_location(district, IN_GRID) == "case.opened"
    assert area(district) == "HM-HM-JF-1"


def test_the_name_that_the_map_gives_a_location_is_the_place(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", "路灯不亮")
    send_location(district, IN_GRID, "解放路28号")
    assert district.case().place == "解放路28号"


@pytest.mark.parametrize("beside", [(), ("photo",), ("voice",), ("voice", "photo")])
@pytest.mark.parametrize("after", [(), ("photo",)])
@pytest.mark.parametrize("words", ["解放路28号门口堆了好多建筑垃圾", "解放新村3幢门口堆了好多建筑垃圾"])
def test_the_words_after_a_location_are_its_matter_whatever_place_they_name(
    sqlite_district: District, beside: tuple[str, ...], after: tuple[str, ...], words: str
) -> None:
    district = sqlite_district
    for kind in (*beside, "location", *after):
        match kind:
            case "voice":
                district.speak("wrINTAKE", "zhangsf")
            case "photo":
                district.say("wrINTAKE", "zhangsf", photos=[make_photo(0)])
            case _:
                send_location(district, IN_GRID, "解放路28号")
    assert district.cases() == []
    assert district.say("wrINTAKE", "zhangsf", words) == "case.opened"
    [case] = district.cases()
    assert (case.class_id, case.lat, case.lon) == ("env.rubble", *IN_GRID)


def test_a_location_outweighs_where_the_photo_was_taken(district: District) -> None:
    lat, lon = IN_RIVERSIDE
    district.say("wrINTAKE", "zhangsf", photos=[make_photo(0, lat=lat, lon=lon)])
    send_location(district, IN_GRID)
    district.say("wrINTAKE", "zhangsf", "路灯不亮")
    assert area(district) == "HM-HM-JF-1"


def test_a_point_outside_every_outline_still_answers_where(district: District) -> None:
    assert district.say(
        "wrINTAKE", "zhangsf", "路灯不亮", photos=[make_photo(0, lat=43.467, lon=11.885)]
    ) == ("case.opened")
    assert area(district) == "HM-HM"


def test_a_location_in_the_sea_is_no_place_and_costs_nothing(district: District) -> None:
    assert district.say("zhangsf", "zhangsf", "路灯不亮", direct=True) == "report.waiting"
    assert send_location(district, IN_THE_SEA, chat="zhangsf", direct=True) == "location.far"
    assert "离本地太远" in district.last_text("zhangsf")
    assert send_location(district, IN_GRID, chat="zhangsf", direct=True) == "case.opened"
    assert (district.case().lat, district.case().lon) == IN_GRID


def test_a_photo_with_a_position_tells_where_an_open_case_is(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", LAMP)
    lat, lon = IN_GRID
    district.say("wrINTAKE", "zhangsf", photos=[make_photo(0, lat=lat, lon=lon)])
    assert (district.case().lat, district.case().lon) == IN_GRID


def test_a_bare_location_after_the_report_joins_its_case(district: District) -> None:
    """The act that adds wants words or a file: a location had neither, and could not be handled at all."""
    assert district.say("wrINTAKE", "zhangsf", LAMP) == "case.opened"
    assert send_location(district, IN_GRID) == "case.added"
    assert (district.case().lat, district.case().lon) == IN_GRID
    assert district.events()[-1].text == "发来了定位。"


@pytest.mark.parametrize(
    "label",
    [
        "解放路15号，解放路15号",
        "江苏省南通市海门区解放路15号",
        "城东垃圾中转站，海门区解放路15号",
        "海门消防救援大队",
    ],
)
@pytest.mark.parametrize("place_first", [True, False])
def test_what_a_map_calls_a_place_says_nothing_of_the_matter(
    sqlite_district: District, label: str, place_first: bool
) -> None:
    """A photo and a place, in either order: what is the matter is still to come, and opens one case."""
    town = sqlite_district

    def send_photo() -> str:
        return town.say("wrINTAKE", "zhangsf", photos=1)

    def send_place() -> str:
        return send_location(town, IN_GRID, label)

    for send in (send_place, send_photo) if place_first else (send_photo, send_place):
        assert send() == "report.waiting"
    assert town.say("wrINTAKE", "zhangsf", "门口堆了好多建筑垃圾，没人清") == "case.opened"
    assert (town.case().class_id, town.case().urgent) == ("env.rubble", False)


def test_a_photo_and_a_place_of_which_nobody_says_more_become_a_case_of_no_class(
    sqlite_district: District,
) -> None:
    town = sqlite_district
    town.say("wrINTAKE", "zhangsf", photos=1)
    send_location(town, IN_GRID, "解放路15号，解放路15号")
    town.advance(minutes=3)
    town.tick()
    assert "已收到。" in town.last_text("wrINTAKE")
    town.advance(minutes=30)
    town.tick()
    assert (town.case().class_id, town.case().place) == ("other", "解放路15号")

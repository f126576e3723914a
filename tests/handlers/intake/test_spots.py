"""Words that only say where it is, and what lies in the estate of its group."""

import pytest

from handlers.intake.spots import name_estate, says_only_where
from tests.district import District


@pytest.mark.parametrize("text", ["小区门口", "超市过去一点", "一楼到三楼", "往前走一点", "斜对面"])
def test_nothing_but_where(text: str) -> None:
    assert says_only_where(text)


@pytest.mark.parametrize("text", ["小区门口堵了", "灯不亮", "", "门口那个卖鱼的缺斤少两"])
def test_more_than_where(text: str) -> None:
    assert not says_only_where(text)


@pytest.mark.parametrize(
    ("place", "known", "named"),
    [
        ("3栋一单元", ["白鹤新村"], "白鹤新村3栋一单元"),
        ("3栋一单元", ["望仙路", "碧桂园小区"], "碧桂园小区3栋一单元"),
        ("3栋", ["碧桂园小区", "白鹤新村"], "3栋"),
        ("3栋", ["望仙路"], "3栋"),
        ("3栋", ["碧桂园", "白鹤新村"], "3栋"),
        ("东四路3栋", ["白鹤新村"], "东四路3栋"),
        ("楼下", ["白鹤新村"], "楼下"),
    ],
)
def test_a_building_is_named_with_the_only_estate_of_its_grid(
    place: str, known: list[str], named: str
) -> None:
    assert name_estate(place, known) == named


@pytest.mark.parametrize("cry", ["有个小孩掉进去", "有人晕倒在门口", "火烧到楼上"])
def test_an_accident_is_more_than_where(sqlite_district: District, cry: str) -> None:
    sqlite_district.say("wrINTAKE", "zhangsf", "静海路")
    sqlite_district.say("wrINTAKE", "zhangsf", cry)
    assert sqlite_district.case().urgent


def test_who_is_sent_to_a_danger_hears_what_its_reporter_takes_back(sqlite_district: District) -> None:
    district = sqlite_district
    district.say("wrINTAKE", "zhangsf", "静海路88号有人拿刀打架，快来人")
    district.say("wrDUTY", "duty1", "/交办 0001 公安局")
    district.say("wrINTAKE", "zhangsf", "搞错了，刚才那个是在拍戏，不用来了")
    assert "险情以现场为准" in district.last_text("wrGA")
    assert district.case().status == "DISPATCHED"

"""Pairs of reports a duty officer would, or would not, call one matter; and the laws of likeness."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.triage.similarity import (
    SAME_THRESHOLD,
    PreparedReport,
    ReportFeatures,
    Similarity,
    compare_reports,
    prepare_report,
)

LAMP, RUBBISH, NOISE, PARKING, WATER = (
    "fac.lamp", "env.rubbish", "env.noise_build", "traffic.parking", "util.water",
)  # fmt: skip

ONE_MATTER = [
    ("3号楼路灯坏了一直不亮", "3号楼", "三号楼的路灯一直不亮，坏了", "三号楼", LAMP),
    ("长江路静海路口工地门口建筑垃圾", "长江路静海路口", "静海路长江路交叉口一大堆建筑垃圾没人清",
     "静海路长江路交叉口", RUBBISH),
    ("阳光花园12栋电梯又停了，老人上不去", "阳光花园12栋", "阳光花园十二栋电梯坏了没人修",
     "阳光花园十二栋", "safe.elevator"),
    ("解放路28号门口窨井盖没了，太危险", "解放路28号门口", "解放路二十八号前面井盖丢了",
     "解放路二十八号前面", "fac.manhole"),
    ("滨江小区北门垃圾堆成山了没人清运", "滨江小区北门", "滨江小区北门口垃圾好几天没人收", "滨江小区北门口", RUBBISH),
    ("叠石桥家纺城后面河水发黑发臭", "叠石桥家纺城后面", "叠石桥家纺城后面那条河又黑又臭",
     "叠石桥家纺城后面那条河", "env.water"),
    ("幸福里二期凌晨还在施工，吵死了", "幸福里二期", "幸福里2期工地半夜施工噪音太大睡不着", "幸福里2期工地", NOISE),
    ("中山路与建设路路口红绿灯坏了", "中山路与建设路路口", "建设路中山路口红绿灯不亮", "建设路中山路口", "traffic.signal"),
    ("三星镇汇南村河道里漂着死猪", "三星镇汇南村", "汇南村河里有死猪漂着", "汇南村", "env.water"),
    ("学府路人行道地砖松动，下雨溅一身水", "学府路人行道", "学府路人行道砖头松了，一踩一身水", "学府路人行道", "fac.road"),
    ("东方广场地下车库漏水", "东方广场地下车库", "东方广场地下车库一直在渗水漏水", "东方广场", "prop.leak"),
    ("海门中学门口放学时家长车乱停，堵死了", "海门中学门口", "海门中学门口放学乱停车堵得一塌糊涂", "海门中学门口", PARKING),
    ("长江路中段一堆建筑垃圾没人清", "长江路中段", "静海路与长江路交叉口一堆建筑垃圾没人清",
     "静海路与长江路交叉口", RUBBISH),
    ("平安里7号天天凌晨装修电钻声", "平安里7号", "平安里七号凌晨装修太吵", "平安里七号", NOISE),
    ("昨天夜里开始整个小区都没有自来水，打电话也没人接", "", "昨天夜里开始，整个小区都没有自来水！打电话也没有人接", "", WATER),
]  # fmt: skip

TWO_MATTERS = [
    ("3号楼路灯坏了一直不亮", "3号楼", "5号楼路灯坏了一直不亮", "5号楼", LAMP),
    ("3号楼路灯坏了一直不亮", "", "5号楼路灯坏了一直不亮", "", LAMP),
    ("长江路12号路灯不亮", "长江路12号", "长江路88号路灯不亮", "长江路88号", LAMP),
    ("长江路静海路口建筑垃圾没人清", "长江路静海路口", "长江路解放路口建筑垃圾没人清", "长江路解放路口", RUBBISH),
    ("长江路路灯坏了", "长江路", "黄河路路灯坏了", "黄河路", LAMP),
    ("人民东路路灯坏了", "人民东路", "人民西路路灯坏了", "人民西路", LAMP),
    ("阳光花园东门垃圾没人收", "阳光花园东门", "阳光花园西门垃圾没人收", "阳光花园西门", RUBBISH),
    ("路灯坏了", "", "路灯坏了", "", LAMP),
    ("垃圾没人收", "", "垃圾没人收！", "", RUBBISH),
    ("路灯坏了", "", "长江路路灯坏了", "长江路", LAMP),
    ("学府路中学门口乱停车", "学府路中学门口", "学府路小学门口乱停车", "学府路小学门口", PARKING),
    ("翡翠湾停水了", "翡翠湾", "金鼎苑停水了", "金鼎苑", WATER),
    ("汇南村三组路灯不亮", "汇南村三组", "汇南村五组路灯不亮", "汇南村五组", LAMP),
    ("金色家园2单元楼道灯坏了", "金色家园2单元", "金色家园3单元楼道灯坏了", "金色家园3单元", LAMP),
    ("长江路有工地夜间施工", "长江路", "长江路广场舞声音太大", "长江路", NOISE),
    ("三号楼路灯坏了", "三号楼", "三号线路灯坏了", "", LAMP),
    ("幸福里一期停水", "幸福里一期", "幸福里二期停水", "幸福里二期", WATER),
]  # fmt: skip


def judge(one: ReportFeatures, other: ReportFeatures) -> Similarity:
    return compare_reports(prepare_report(one), prepare_report(other))


@pytest.mark.parametrize(("one", "place", "other", "there", "class_id"), ONE_MATTER)
def test_one_matter_said_two_ways_is_the_same(
    one: str, place: str, other: str, there: str, class_id: str
) -> None:
    assert judge(ReportFeatures(one, class_id, place), ReportFeatures(other, class_id, there)).same


@pytest.mark.parametrize(("one", "place", "other", "there", "class_id"), TWO_MATTERS)
def test_two_matters_are_never_the_same(one: str, place: str, other: str, there: str, class_id: str) -> None:
    assert not judge(ReportFeatures(one, class_id, place), ReportFeatures(other, class_id, there)).same


def test_another_class_at_one_place_needs_nearly_the_same_words() -> None:
    lamp = ReportFeatures("滨江小区3号楼楼道灯坏了", LAMP, "滨江小区3号楼")
    assert not judge(lamp, ReportFeatures("滨江小区3号楼楼道堆满垃圾", RUBBISH, "滨江小区3号楼")).same
    assert judge(lamp, ReportFeatures("滨江小区三号楼楼道灯坏了！", "prop.service", "滨江小区三号楼")).same


def test_one_photo_is_one_matter_unless_the_places_contradict() -> None:
    one = ReportFeatures("这里太脏了", RUBBISH, "长江路", photos=("f0e1d2c3b4a59687",))
    seen = ReportFeatures("麻烦派人来扫", RUBBISH, "长江路", photos=("f0e1d2c3b4a59683",))
    assert judge(one, seen) == Similarity(0.95, ("place", "photo"), same=True)
    assert not judge(one, ReportFeatures("麻烦派人来扫", RUBBISH, "黄河路", photos=one.photos)).same


@pytest.mark.parametrize("blank", ["0000000000000000", "ffffffffffffffff", "", "不是哈希"])
def test_photos_that_show_nothing_are_not_alike(blank: str) -> None:
    one, other = (
        ReportFeatures("太脏", RUBBISH, photos=(blank,)),
        ReportFeatures("灯坏", LAMP, photos=(blank,)),
    )
    assert not judge(one, other).same


def test_points_speak_for_a_spot_and_against_a_distant_one() -> None:
    here = ReportFeatures("垃圾堆在路边没人收", RUBBISH, "长江路", point=(31.8900, 121.1700))
    near = ReportFeatures("路边一堆垃圾", RUBBISH, "长江路", point=(31.8902, 121.1701))
    far = ReportFeatures("垃圾堆在路边没人收了", RUBBISH, "长江路", point=(31.9200, 121.1700))
    assert judge(here, near) == judge(near, here)
    assert "point" in judge(here, near).reasons
    assert judge(here, near).same
    assert not judge(here, far).same


def test_streets_of_one_name_in_two_towns_are_two() -> None:
    one = ReportFeatures("长江路垃圾没人收", RUBBISH, "长江路", area="HM-HM")
    assert not judge(one, ReportFeatures("长江路上垃圾没人收", RUBBISH, "长江路", area="HM-SX")).same
    assert judge(one, ReportFeatures("长江路上垃圾没人收", RUBBISH, "长江路", area="HM-HM-JF")).same


def test_a_place_left_out_may_be_told_by_the_text() -> None:
    named = ReportFeatures("叠石桥家纺城后门下水道堵了，污水流了一地", "fac.drain", "叠石桥家纺城后门")
    bare = ReportFeatures("叠石桥家纺城的下水道堵了，污水流了一地没人管", "fac.drain")
    assert judge(named, bare).same


TEXTS = st.sampled_from([text for pair in ONE_MATTER + TWO_MATTERS for text in (pair[0], pair[2])])
PLACES = st.sampled_from(["", *(place for pair in ONE_MATTER + TWO_MATTERS for place in (pair[1], pair[3]))])
LOOKS = st.builds(
    ReportFeatures,
    text=TEXTS,
    class_id=st.sampled_from([LAMP, RUBBISH, NOISE]),
    place=PLACES,
    area=st.sampled_from([None, "HM", "HM-HM", "HM-SX"]),
    point=st.sampled_from([None, (31.89, 121.17), (31.8901, 121.17), (31.95, 121.17)]),
    photos=st.sampled_from([(), ("f0e1d2c3b4a59687",), ("0f1e2d3c4b5a6978",)]),
).map(prepare_report)


@given(LOOKS, LOOKS)
def test_likeness_is_symmetric_and_between_nothing_and_one(
    one: PreparedReport, other: PreparedReport
) -> None:
    told = compare_reports(one, other)
    assert told == compare_reports(other, one)
    assert 0 <= told.score <= 1
    assert told.same == (told.score >= SAME_THRESHOLD)


@given(LOOKS.filter(lambda look: bool(look.place.names or look.is_distinctive)))
def test_a_report_that_tells_something_is_the_same_as_itself(look: PreparedReport) -> None:
    assert compare_reports(look, look).score == 1


@given(st.sampled_from(ONE_MATTER[:12]), st.text("！？。…~ 　😡🙏", max_size=4))
def test_signs_and_the_way_numbers_are_written_change_nothing(
    row: tuple[str, str, str, str, str], signs: str
) -> None:
    text, place, *_, class_id = row
    written = str.maketrans("三二七十1２３８", "叁贰柒拾１2三8")
    retold = ReportFeatures(
        signs + text.translate(written) + signs + "[流泪]", class_id, place.translate(written)
    )
    assert judge(ReportFeatures(text, class_id, place), retold).same


@given(TEXTS, st.integers(1, 60), st.integers(1, 60))
def test_two_house_numbers_are_never_one_matter(text: str, one: int, other: int) -> None:
    looks = [prepare_report(ReportFeatures(text, LAMP, f"幸福新村{number}号楼")) for number in (one, other)]
    assert compare_reports(*looks).same == (one == other)


def test_a_stock_phrase_about_a_whole_street_is_not_surely_the_one_at_a_gate() -> None:
    gate = ReportFeatures("江海路解放新村门口路灯不亮", "fac.lamp", "江海路解放新村门口")
    street = ReportFeatures("江海路路灯不亮", "fac.lamp", "江海路")
    assert not compare_reports(prepare_report(gate), prepare_report(street)).same

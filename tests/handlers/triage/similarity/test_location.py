"""Two places, as people name them."""

import pytest

from handlers.triage.similarity.location import PlaceRelation, compare_places, parse_place

PLACES = {
    # One place said two ways.
    PlaceRelation.EQUAL: (
        ("阳光花园三号楼", "阳光花园3栋"),
        ("阳光花园3#楼", "阳光花园3幢门口"),
        ("长江路静海路口", "静海路与长江路交叉口"),
        ("长江路和静海路十字路口", "静海路长江路交汇处"),
        ("解放路28号门口", "解放路二十八号前面"),
        ("阳光花园小区", "阳光花园"),
        ("阳光花园3-201", "阳光花园3栋201室"),
        ("G204国道", "204国道"),
        ("市海门街道阳光花园", "海门街道阳光花园附近"),
    ),
    # One says less, or a range that the other lies in.
    PlaceRelation.PART: (
        ("长江路", "长江路静海路口"),
        ("阳光花园", "阳光花园3号楼"),
        ("人民路", "人民东路"),
        ("海门街道阳光花园", "阳光花园北门"),
        ("三星镇", "三星镇汇南村"),
        ("3号楼", "三号楼"),
        ("阳光花园1至3号楼", "阳光花园2号楼"),
    ),
    # Numbers, gates and junctions that contradict one another.
    PlaceRelation.APART: (
        ("3号楼", "5号楼"),
        ("长江路12号", "长江路88号"),
        ("长江路10012号", "长江路10088号"),
        ("长江路静海路口", "长江路解放路口"),
        ("阳光花园东门", "阳光花园西门"),
        ("阳光花园1至3号楼", "阳光花园五号楼"),
        ("阳光花园3号楼1单元", "阳光花园3号楼2单元"),
        ("幸福里一期", "幸福里二期"),
        ("汇南村三组", "汇南村5组"),
        ("长江路静海路口东南角", "长江路静海路口西北角"),
        ("阳光花园3号楼201室", "阳光花园3号楼502室"),
        ("地下车库2号入口", "地下车库三号入口"),
        ("政务大厅3号窗口", "政务大厅5号窗口"),
        ("阳光花园1号梯", "阳光花园2号电梯"),
        ("地铁站A口", "地铁站B出口"),
    ),
    # Other names.
    PlaceRelation.OTHER: (
        ("长江路", "黄河路"),
        ("人民东路", "人民西路"),
        ("学府路中学门口", "学府路小学门口"),
        ("阳光花园", "翡翠湾"),
        ("海门街道长江路", "三星镇长江路"),
    ),
    # One name, misspelt.
    PlaceRelation.NEAR: (("叠石桥家纺城", "叠石桥家访城"),),
    # No place.
    PlaceRelation.UNKNOWN: (("", "长江路"), ("", "")),
}


@pytest.mark.parametrize(
    ("how", "one", "other"), [(how, *pair) for how, pairs in PLACES.items() for pair in pairs]
)
def test_two_places_stand_to_each_other_as_people_mean_them(how: PlaceRelation, one: str, other: str) -> None:
    assert (
        compare_places(parse_place(one), parse_place(other))
        is compare_places(parse_place(other), parse_place(one))
        is how
    )


def test_the_numbers_of_a_short_text_count_where_the_place_has_none() -> None:
    assert (
        compare_places(parse_place("", "3号楼路灯坏了"), parse_place("", "五号楼路灯坏了"))
        is PlaceRelation.APART
    )

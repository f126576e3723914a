"""Groups in a heap: every voice about one matter, and nobody else's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.triage.similarity import (
    PreparedReport,
    ReportFeatures,
    cluster_reports,
    find_topics,
    prepare_report,
)

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)

LAMPS = [
    ReportFeatures("长江路静海路口路灯不亮", "fac.lamp", "长江路静海路口"),
    ReportFeatures("静海路与长江路交叉口的路灯坏了好几天", "fac.lamp", "静海路与长江路交叉口"),
]
BUS = [
    ReportFeatures("学府路公交站台玻璃碎了一地", "fac.public", "学府路公交站台"),
    ReportFeatures("学府路公交站台的玻璃被砸碎了", "fac.public", "学府路公交站台"),
]
ALONE = [
    ReportFeatures("长江路解放路口路灯不亮", "fac.lamp", "长江路解放路口"),
    ReportFeatures("翡翠湾5号楼电梯困人", "safe.elevator", "翡翠湾5号楼"),
    ReportFeatures("路灯坏了", "fac.lamp"),
    ReportFeatures("路灯坏了", "fac.lamp"),
    ReportFeatures("垃圾没人收", "env.rubbish"),
]
# Ten neighbours of one pond, each in words of their own, told by a name and a thing.
POND = [
    "枫桥雅苑旁边的鱼塘臭得要命，窗都不敢开", "枫桥雅苑后面鱼塘死了好多鱼没人捞",
    "鱼塘的蚊子飞到枫桥雅苑来，小孩咬得满身包", "请问枫桥雅苑门前鱼塘到底归谁管",
    "枫桥雅苑住户天天闻着鱼塘的味道吃饭", "昨晚有人往枫桥雅苑边的鱼塘倒泔水",
    "枫桥雅苑外头鱼塘没有栏杆，老人差点滑下去", "鱼塘抽水机半夜轰隆隆，枫桥雅苑没法睡",
]  # fmt: skip
OTHERS = [
    "滨江小区电梯停了两天", "学府路红绿灯一直是红的", "平安里有人养大公鸡", "翡翠湾物业费又涨了", "金鼎苑快递柜坏了",
    "人民东路小贩占道", "解放路井盖松了车一压就响", "幸福新村楼道堆满纸箱", "中山路树枝压着电线", "汇南村自来水发黄",
    "东方广场音响太大", "海门中学门口家长车乱停", "老邮局弄堂里没有灯", "建设路洒水车溅人一身", "叠石桥黑车拉客",
    "三星镇卫生院挂不上号", "长江路共享单车倒一片", "静海路工地扬尘", "文峰大厦玻璃松动", "秀山路绿化带杂草比人高",
]  # fmt: skip


def ready(looks: list[ReportFeatures]) -> list[PreparedReport]:
    return [prepare_report(look) for look in looks]


def pond() -> list[ReportFeatures]:
    classes = ["env.water", "env.odor", "env.noise_life", "other"]
    told = [ReportFeatures(text, classes[number % 4], "枫桥雅苑") for number, text in enumerate(POND)]
    return [*told, *(ReportFeatures(text, "other", text[:3]) for text in OTHERS)]


def test_reports_about_one_matter_come_together_and_no_others() -> None:
    assert cluster_reports(ready([*LAMPS, *BUS, *ALONE])) == [{0, 1}, {2, 3}]


def test_an_empty_heap_has_no_groups() -> None:
    assert cluster_reports([]) == []
    assert find_topics([], []) == []


def test_many_voices_about_one_thing_at_one_name_are_one_group() -> None:
    assert cluster_reports(ready(pond())) == [set(range(len(POND)))]


def test_three_different_matters_at_one_place_are_no_group() -> None:
    told = ["枫桥雅苑电梯困人", "枫桥雅苑停车乱收费", "枫桥雅苑有人烧纸钱"]
    heap = [
        *(ReportFeatures(text, "other", "枫桥雅苑") for text in told),
        *(ReportFeatures(t, "other", t[:3]) for t in OTHERS),
    ]
    assert cluster_reports(ready(heap)) == []


def test_a_text_copied_a_hundred_times_is_one_group() -> None:
    copies = [ReportFeatures("恒达厂夜里偷排废气，气味刺鼻，请查处", "env.odor", "恒达厂")] * 100
    assert cluster_reports(ready([*copies, *ALONE])) == [set(range(100))]


@settings(max_examples=25)
@given(st.permutations(range(len(LAMPS + BUS + ALONE))), st.booleans())
def test_the_order_of_the_heap_makes_no_difference(order: list[int], crowded: bool) -> None:
    heap = ready([*LAMPS, *BUS, *ALONE, *(pond() if crowded else [])])
    mixed = [*order, *range(len(order), len(heap))]
    mixed.reverse()
    found = cluster_reports([heap[number] for number in mixed])
    assert sorted(sorted(mixed[m] for m in group) for group in found) == sorted(
        map(sorted, cluster_reports(heap))
    )


def test_a_hot_group_tells_its_words_place_and_class() -> None:
    heap = pond()
    hot = find_topics(ready(heap), [NOON] * len(heap))
    assert [(group.members, group.place) for group in hot] == [(frozenset(range(len(POND))), "枫桥雅苑")]
    assert "鱼塘" in hot[0].words


def test_one_class_at_one_name_is_hot_whatever_the_doors() -> None:
    heap = [ReportFeatures(f"阳光花园{n}号楼停水了", "util.water", f"阳光花园{n}号楼") for n in (3, 5, 12)]
    assert cluster_reports(ready(heap)) == []
    hot = find_topics(ready(heap), [NOON, NOON, NOON])
    assert [(set(group.members), group.words, group.class_id) for group in hot] == [
        ({0, 1, 2}, ("停水",), "util.water")
    ]


@pytest.mark.parametrize(("hours", "members"), [((0, 24, 72), {0, 1, 2}), ((0, 24, 73), None)])
def test_only_reports_within_three_days_are_hot(hours: tuple[int, ...], members: set[int] | None) -> None:
    heap = [ReportFeatures("学府路公交站台玻璃碎了一地", "fac.public", "学府路公交站台")] * 3
    hot = find_topics(ready(heap), [NOON + timedelta(hours=each) for each in hours])
    assert [set(group.members) for group in hot] == ([members] if members else [])


def test_of_a_long_row_the_densest_three_days_are_told() -> None:
    heap = [ReportFeatures("学府路公交站台玻璃碎了一地", "fac.public", "学府路公交站台")] * 6
    at = [NOON + timedelta(days=each) for each in (0, 10, 10, 11, 12, 30)]
    assert [set(group.members) for group in find_topics(ready(heap), at)] == [{1, 2, 3, 4}]


RUBBLE = [
    ReportFeatures("静海路88号门口瓦砾堆没人管", "env.rubble", "静海路88号"),
    ReportFeatures("静海路88号瓦砾堆在门口好几天没人管", "env.rubble", "静海路88号"),
    ReportFeatures("静海路88号门口瓦砾堆挡路没人管", "env.rubble", "静海路88号"),
]


def test_one_voice_thrice_is_not_hot_and_neither_is_nobodys() -> None:
    at = [NOON] * len(RUBBLE)
    assert find_topics(ready(RUBBLE), at, reporters=[7, 7, 8]) == []
    assert find_topics(ready(RUBBLE), at, reporters=[7, 8, None]) == []
    assert [set(group.members) for group in find_topics(ready(RUBBLE), at, reporters=[7, 8, 9])] == [
        {0, 1, 2}
    ]


def test_the_window_with_the_most_people_is_the_hot_one() -> None:
    heap = [RUBBLE[0]] * 8
    at = [NOON + timedelta(days=each) for each in (0, 0, 0, 0, 10, 10, 11, 12)]
    hot = find_topics(ready(heap), at, reporters=[1, 1, 2, 2, 3, 4, 5, 5])
    assert [set(group.members) for group in hot] == [{4, 5, 6, 7}]


@pytest.mark.parametrize("class_id", ["green.tree", "other"])
def test_a_tree_among_the_rubble_is_not_of_it(class_id: str) -> None:
    photo = ("0f0f33cc55aa0ff0",)
    seen = [replace(look, photos=photo) for look in RUBBLE]
    tree = ReportFeatures("静海路88号大树倒了", class_id, "静海路88号", photos=photo)
    assert cluster_reports(ready([*seen, tree])) == [{0, 1, 2, 3}]
    hot = find_topics(ready([*seen, tree]), [NOON] * 4, fallback_class="other")
    assert [set(group.members) for group in hot] == [{0, 1, 2}]

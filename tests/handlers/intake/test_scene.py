"""What others on the spot add to a danger: it joins the danger, reaches the unit, and opens nothing new."""

import pytest

from models.workflow import Status
from tests.district import District

FIRE = "静海路88号三楼着火了"


@pytest.fixture
def fire(sqlite_district: District) -> District:
    """A fire just reported in the grid group."""
    sqlite_district.say("wrINTAKE", "zhangsf", FIRE)
    return sqlite_district


@pytest.mark.parametrize(
    "said", ["我也看到了 楼上有个老人没下来", "烟越来越大了", "4楼有人在窗户边上喊救命！是一楼楼梯口着的"]
)
def test_somebody_else_on_the_spot_becomes_a_witness_though_nobody_asked_them(
    fire: District, said: str
) -> None:
    assert fire.say("wrINTAKE", "liay", said, addressed=False) == "case.opened"
    first, witness = fire.cases()
    assert witness.status == Status.DUPLICATE
    assert witness.parent_id == first.id
    assert said in fire.chat_text("wrDUTY")
    assert "按紧急事件处置" in fire.last_text("wrINTAKE")


def test_a_witness_goes_on_without_another_number(fire: District) -> None:
    fire.say("wrINTAKE", "liay", "我也看到了 楼上有个老人没下来", addressed=False)
    assert fire.say("wrINTAKE", "liay", "消防车进不来 巷子口停了两部车") == "case.added"
    assert len(fire.cases()) == 2
    assert "消防车进不来" in fire.chat_text("wrDUTY")


def test_who_reported_it_adds_in_few_words(fire: District) -> None:
    assert fire.say("wrINTAKE", "zhangsf", "老人七十多岁 穿灰外套", addressed=False) == "case.added"
    assert len(fire.cases()) == 1


@pytest.mark.parametrize(
    "said", ["今天菜市场白菜便宜", "那我绕路走了", "消防车来了没有", "大家注意安全", "收到"]
)
def test_talk_beside_a_danger_stays_talk(fire: District, said: str) -> None:
    fire.say("wrINTAKE", "liay", said, addressed=False)
    assert len(fire.cases()) == 1
    assert said not in fire.chat_text("wrDUTY")


def test_another_place_and_a_later_hour_are_another_matter(fire: District) -> None:
    fire.say("wrINTAKE", "liay", "解放路15号消防栓被车挡住了")
    assert Status.DUPLICATE not in {case.status for case in fire.cases()}
    assert len(fire.cases()) == 2
    fire.advance(minutes=11)
    assert fire.say("wrINTAKE", "wangjz", "我到了 里面还有人", addressed=False) != "case.added"


@pytest.mark.parametrize(
    ("accepted", "assigned", "asked"),
    [("", " 先关总阀", "先关总阀"), (" 联系燃气公司", "", "联系燃气公司")],
)
def test_what_the_desk_writes_reaches_the_unit(
    sqlite_district: District, accepted: str, assigned: str, asked: str
) -> None:
    number = sqlite_district.report_case().tail
    sqlite_district.say("wrDUTY", "duty1", f"/受理 {number}{accepted}")
    sqlite_district.say("wrDUTY", "duty1", f"/交办 {number} 城管局{assigned}")
    assert f"交办要求：{asked}。" in sqlite_district.last_text("wrCG")


def test_another_matter_of_who_reported_a_danger_stays_another(fire: District) -> None:
    assert fire.say("wrINTAKE", "zhangsf", "我家水管爆了怎么办") == "report.waiting"


def test_that_it_is_over_is_told_of_it_within_the_hour(fire: District) -> None:
    fire.advance(minutes=40)
    fire.say("wrINTAKE", "liay", "明火扑灭了，一家三口都接下来了，没人受伤", addressed=False)
    first, witness = fire.cases()
    assert witness.parent_id == first.id
    assert "明火扑灭了" in fire.chat_text("wrDUTY")


def test_a_theft_overnight_rings_nobody(sqlite_district: District) -> None:
    sqlite_district.say("wrINTAKE", "zhangsf", "长江路8号车棚电瓶被偷了，锁都剪断了，昨晚十点还在的")
    assert not sqlite_district.case().urgent


@pytest.mark.parametrize("said", ["/核实 {} 通过", "{}照片看过了，可以，过"])
def test_a_verdict_is_a_verdict_in_whatever_word(sqlite_district: District, said: str) -> None:
    number = sqlite_district.submit_case().tail
    assert sqlite_district.say("wrDUTY", "duty1", said.format(number)) == "act.verify"


@pytest.mark.parametrize("before", ["长江路静海路口工地门口有建筑垃圾", "有建筑垃圾"])
def test_danger_is_added_to_the_danger_also_by_who_reported_something_harmless(
    fire: District, before: str
) -> None:
    fire.say("wrINTAKE", "liay", before)
    assert fire.say("wrINTAKE", "liay", "煤气罐还在里面") == "case.opened"
    witness = next(case for case in fire.cases() if case.text == "煤气罐还在里面")
    assert witness.parent_id == fire.cases()[0].id
    assert len(fire.cases()) == 3


def test_a_danger_put_right_is_told_to_the_desk_and_whoever_was_called(fire: District) -> None:
    fire.say("wrINTAKE", "zhangsf", "说错了，是静海路86号")
    assert fire.case().place == "静海路86号"
    assert "静海路86号火情" in fire.last_text("wrDUTY")
    assert "地点已更正" in fire.last_text("wrDUTY")


@pytest.mark.parametrize("user", ["zhangsf", "liay"])
@pytest.mark.parametrize(
    "said",
    ["静海路和人民路口有个老人晕倒了，头上流血", "人民路12号有人触电了", "静海路与解放路交叉口有人被车撞了"],
)
def test_another_danger_at_another_place_is_a_case_of_its_own(fire: District, user: str, said: str) -> None:
    fire.advance(minutes=3)
    assert fire.say("wrINTAKE", user, said, addressed=False) == "case.opened"
    first, second = fire.cases()
    assert second.urgent
    assert second.parent_id is None
    assert second.class_id != first.class_id


def test_somebody_hurt_in_the_house_that_burns_belongs_to_the_fire(fire: District) -> None:
    fire.advance(minutes=1)
    assert fire.say("wrINTAKE", "zhangsf", "静海路88号有个老人被烟呛晕倒了", addressed=False) == "case.added"
    assert len(fire.cases()) == 1


@pytest.mark.parametrize(
    ("before", "said", "place"),
    [
        ("解放新村着火了", "解放新村5幢1单元302 我爸还在屋里", "解放新村5幢1单元302"),
        ("解放新村着火了", "5幢1单元302 里面还有人", "解放新村5幢1单元302"),
        ("着火了！快来人", "解放路15号 烟好大 楼上还有个老人", "解放路15号"),
        ("人民路着火了", "人民路12号，有人困在里面", "人民路12号"),
    ],
)
def test_where_a_danger_exactly_is_rings_the_desk_with_all_that_was_said(
    sqlite_district: District, before: str, said: str, place: str
) -> None:
    sqlite_district.say("wrINTAKE", "zhangsf", before)
    sqlite_district.advance(minutes=1)
    assert sqlite_district.say("wrINTAKE", "zhangsf", said, addressed=False) == "act.place"
    assert sqlite_district.case().place == place
    told = sqlite_district.pushes("wrDUTY")[-1]
    assert f"原话：{said}" in told.text
    assert told.row.body["mentions"]


def test_another_house_said_of_a_fire_does_not_move_it(fire: District) -> None:
    fire.say("wrINTAKE", "zhangsf", "静海路90号那边看得到烟", addressed=False)
    assert fire.cases()[0].place == "静海路88号三楼"


@pytest.mark.parametrize("said", ["快点啊！！！", "怎么还没人来啊"])
def test_who_cries_that_nobody_comes_rings_the_desk(fire: District, said: str) -> None:
    fire.advance(minutes=2)
    assert fire.say("wrINTAKE", "zhangsf", said, addressed=False) == "act.nudge"
    assert fire.pushes("wrDUTY")[-1].row.body["mentions"]


@pytest.mark.parametrize("said", ["厨房里着火了", "楼道里着火了，快来人！！"])
def test_a_danger_of_which_only_the_grid_is_known_is_asked_where(
    sqlite_district: District, said: str
) -> None:
    sqlite_district.say("wrRESIDENTS", "chendy", said)
    assert "在什么地方" in sqlite_district.chat_text("wrRESIDENTS")


def test_a_cry_without_a_place_is_of_the_danger_that_is_on(fire: District) -> None:
    fire.say("wrINTAKE", "liay", "屋里那个婆婆怎么叫都叫不答应", addressed=False)
    first, witness = fire.cases()
    assert (witness.parent_id, witness.class_id) == (first.id, first.class_id)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (FIRE, "我爸倒在屋里叫不答应了"),
        ("静海路88号有人冒充公检法，我刚把钱转过去了", "楼下有个人晕倒了喊不答应"),
    ],
)
def test_ones_own_people_and_what_no_scene_can_hurt_are_heard_alone(
    sqlite_district: District, before: str, said: str
) -> None:
    sqlite_district.say("wrINTAKE", "zhangsf", before)
    sqlite_district.say("wrINTAKE", "liay", said, addressed=False)
    assert [case.class_id for case in sqlite_district.cases()][1:] == ["med.emergency"]


def test_whoever_is_sent_to_a_danger_reads_behind_which_door_it_is(fire: District) -> None:
    fire.say("wrINTAKE", "zhangsf", "3单元602，两个老人", addressed=False)
    fire.say("wrDUTY", "duty1", f"/转办 {fire.case().tail} 城管局")
    assert "3单元602" in fire.last_text("wrCG")

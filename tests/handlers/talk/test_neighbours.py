"""What others in the group say of a case that somebody reported there: a detail, or a question about it."""

import pytest

from models.organisation import Role
from tests.district import District

BIKES = "解放路地铁2号口的共享单车把盲道全占了"


@pytest.fixture
def bikes(sqlite_district: District) -> District:
    """Bicycles just reported in the grid group."""
    sqlite_district.say("wrINTAKE", "zhangsf", BIKES)
    sqlite_district.advance(minutes=3)
    return sqlite_district


@pytest.mark.parametrize(
    "said",
    [
        "嗯咯 一路堆到公交站牌那边 刚看见一个拄拐的娭毑差点绊一跤",
        "我也碰到过，上个礼拜推轮椅的都过不去",
    ],
)
def test_what_another_saw_joins_the_case_without_a_word(bikes: District, said: str) -> None:
    before = bikes.chat_text("wrINTAKE")
    assert bikes.say("wrINTAKE", "liay", said, addressed=False) == "case.added"
    assert bikes.acts() == ["report", "add"]
    assert said in bikes.chat_text("wrDUTY")
    assert "李" not in bikes.chat_text("wrDUTY")
    assert bikes.chat_text("wrINTAKE") == before


@pytest.mark.parametrize(
    "said",
    [
        "中午去哪吃饭", "那边食堂今天有红烧肉", "下午两点社区开会哈", "收到", "一到下雨就淹，政府干什么吃的！",
        "我们这边电梯也坏了，解放新村3幢，没人来修",
    ],
)  # fmt: skip
def test_other_talk_does_not(bikes: District, said: str) -> None:
    bikes.say("wrINTAKE", "liay", said, addressed=False)
    assert bikes.acts(bikes.cases()[0]) == ["report"]


def test_long_after_only_what_names_the_matter_is_about_it(bikes: District) -> None:
    bikes.advance(minutes=30)
    bikes.say("wrINTAKE", "liay", "我也碰到过，推轮椅的都过不去", addressed=False)
    assert bikes.acts() == ["report"]


def test_a_neighbours_question_is_answered_with_that_case_and_not_with_their_own(bikes: District) -> None:
    """It used to urge their own case of another matter, with these words."""
    bikes.say("wrINTAKE", "liay", "解放新村3幢后门有条大黄狗不牵绳到处窜")
    bikes.advance(hours=1)
    assert bikes.say("wrINTAKE", "liay", "共享单车那个事搞到哪一步了 莫拖咯") == "talk.progress"
    assert "非机动车" in bikes.last_text("wrINTAKE")
    assert "nudge" not in [event.act for event in bikes.list_events()]


def test_what_is_restricted_is_nobodys_to_ask_for(sqlite_district: District) -> None:
    district = sqlite_district
    district.say("wrINTAKE", "zhangsf", "举报：解放路城管队长收钱放烧烤摊")
    district.say("wrINTAKE", "liay", "烧烤摊收钱那个事搞到哪一步了")
    assert "现在是" not in district.chat_text("wrINTAKE")


def test_the_grid_officers_finding_is_a_piece_of_the_case(bikes: District) -> None:
    officer = bikes.hire("grid9", Role.GRID, "HM-HM")
    said = "地铁2号口的共享单车我去看了，确实堵死了，有六十多台"
    assert bikes.say("wrINTAKE", officer, said, photos=1) == "case.added"
    assert len(bikes.cases()) == 1


@pytest.mark.parametrize("said", ["机器人你会不会累啊 给你点杯奶茶", "你吃饭没", "消防车到哒 两台"])
def test_nothing_is_made_of_a_state_alone(bikes: District, said: str) -> None:
    """A closed case beside one that waits for the desk once made a joke reopen the first."""
    district, number = bikes, bikes.case().number
    district.say("wrDUTY", "duty1", f"/交办 {number} 城管局")
    district.say("wrCG", "cg1", f"/签收 {number}")
    district.say("wrCG", "cg1", f"/反馈 {number} 已清走", photos=1)
    district.say("wrDUTY", "duty1", f"/核查 {number} 通过")
    before = district.acts()
    district.say("wrINTAKE", "zhangsf", said)
    assert district.acts() == before


def test_a_result_of_another_matter_is_not_told_to_the_reporter_of_the_only_case(bikes: District) -> None:
    number = bikes.case().number
    bikes.say("wrDUTY", "duty1", f"/交办 {number} 城管局")
    bikes.say("wrCG", "cg1", f"/签收 {number}")
    before = bikes.acts()
    assert bikes.say("wrCG", "cg1", "狗主人找到了，批评教育，犬证下周补", photos=1) == "talk.which"
    assert bikes.acts() == before


def test_what_was_put_off_goes_on_with_its_result(bikes: District) -> None:
    number = bikes.case().number
    bikes.say("wrDUTY", "duty1", f"/交办 {number} 城管局")
    bikes.say("wrCG", "cg1", f"/签收 {number}")
    bikes.say("wrDUTY", "duty1", f"{number} 先挂起到明天")
    resumed = bikes.case().resume_at
    assert resumed is not None
    assert (bikes.env.local(resumed).date() - bikes.env.local(bikes.now).date()).days == 1
    assert bikes.say("wrCG", "cg1", f"{number} 都清走了，盲道通了", photos=1) == "act.feedback"
    assert bikes.acts()[-2:] == ["resume", "feedback"]


def test_a_stall_that_is_back_is_the_same_case_though_nothing_names_it(sqlite_district: District) -> None:
    district = sqlite_district
    district.say("wrINTAKE", "zhangsf", "解放路15号粮油店旁边那个烧烤摊天天搞到半夜")
    district.advance(hours=12)
    said = "昨晚城管来了他收摊，走了不到半小时又摆出来"
    assert district.say("wrINTAKE", "zhangsf", said) == "act.nudge"
    assert len(district.cases()) == 1
    assert "现在是「" in district.last_text("wrINTAKE")


def test_their_own_case_comes_before_that_of_a_neighbour(bikes: District) -> None:
    """A correction of one's own lamp once went to the traffic light of somebody else."""
    bikes.say("wrINTAKE", "liay", "解放路15号路灯不亮")
    bikes.advance(minutes=5)
    said = "哎等哈 整错了 路灯那个不是解放路是静海路"
    assert bikes.say("wrINTAKE", "liay", said, addressed=False) == "act.place"
    first, second = bikes.cases()
    assert bikes.acts(first) == ["report"]
    assert "静海路" in second.place


def test_what_a_grid_officer_tells_of_a_case_in_hand_is_added(bikes: District) -> None:
    """It used to be refused as a result that others have to give."""
    officer = bikes.hire("grid9", Role.GRID, "HM-HM")
    bikes.say("wrDUTY", "duty1", f"/交办 {bikes.case().number} 城管局")
    quoted = bikes.last_text("wrINTAKE")
    said = "城管的人到了，单车清走一半了，还有一半下午来"
    assert bikes.say("wrINTAKE", officer, said, quote=quoted, addressed=False).startswith(
        ("act.add", "case.added")
    )


def test_two_problems_of_one_message_stay_two_though_the_first_is_a_danger(sqlite_district: District) -> None:
    said = "解放新村3幢东面外墙瓷砖掉下来差点砸到小孩；另外解放新村5幢后面这几天有人遛大狗不牵绳，吓到老人了"
    sqlite_district.say("wrINTAKE", "zhangsf", said)
    assert [case.class_id for case in sqlite_district.cases()][-1] == "civil.dog"


def test_who_jumps_in_to_save_somebody_does_not_want_to_die(sqlite_district: District) -> None:
    district = sqlite_district
    district.say("wrINTAKE", "zhangsf", "快来人！解放公园湖里有个孩子掉下去了！")
    district.say("wrINTAKE", "liay", "俺看见了 保安跳下去捞了 谁家有绳子快拿来", addressed=False)
    assert {case.risk for case in district.cases()} == {None}
    assert len([case for case in district.cases() if case.parent_id is None]) == 1

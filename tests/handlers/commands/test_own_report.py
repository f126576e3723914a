"""What people make of their own report: another place, an addition, another matter."""

import pytest

from models.workflow import Status
from tests.district import RUBBLE, District


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("长江路99号", "长江路99号"),
        ("地点是长江路99号", "长江路99号"),
        ("应该在解放路15号", "解放路15号"),
        ("是解放路15号，不是静海路", "解放路15号"),
    ],
)
def test_a_place_is_put_right(district: District, words: str, place: str) -> None:
    case = district.dispatch_case()
    assert district.say("wrINTAKE", "zhangsf", f"/更正 {case.tail} {words}") == "act.place"
    assert district.case().place == place
    assert place in district.last_text("wrCG")


def test_other_words_are_an_addition(district: District) -> None:
    case = district.dispatch_case()
    said = "不是建筑垃圾，是有人倒的生活垃圾，很臭"
    assert district.say("wrINTAKE", "zhangsf", f"/更正 {case.tail} {said}") == "act.add"
    assert district.events()[-1].text == f"更正：{said}"
    assert f"更正：{said}" in district.last_text("wrCG")
    assert district.case().place == case.place


def test_what_a_follower_puts_right_is_an_addition_to_the_case_of_all(district: District) -> None:
    case = district.dispatch_case()
    district.say("wrRESIDENTS", "chendy", RUBBLE)
    own = district.case()
    assert district.say("wrRESIDENTS", "chendy", f"/更正 {own.tail} 长江路99号") == "act.add"
    assert district.case(case.number).place == case.place
    assert "长江路99号" in district.last_text("wrCG")


def test_nothing_said_is_asked_for(district: District) -> None:
    case = district.report_case()
    assert district.say("wrINTAKE", "zhangsf", f"/更正 {case.tail}") == "refused.missing_need"


def test_a_reopening_offers_another_report(district: District) -> None:
    case = district.close_case()
    before = len(district.media())
    said = "解放路15号路灯不亮"
    assert district.say("wrINTAKE", "zhangsf", f"/重开 {case.tail} {said}", photos=1) == "act.reopen"
    assert district.case().status == Status.ACCEPTED
    assert [button.text for button in district.last_card("wrINTAKE").buttons] == [
        "催一催",
        "另报一件",
        "更多",
    ]
    assert district.press("wrINTAKE", "zhangsf", "另报一件") == "case.opened"
    assert district.case(case.number).status == Status.CLOSED
    other = district.case()
    assert (other.number != case.number, other.text) == (True, said)
    assert [media.case_id for media in district.media()][before:] == [other.id]
    assert district.find_drift() == {}


def test_what_is_reported_anew_by_command_is_the_same(district: District) -> None:
    case = district.close_case()
    district.say("wrINTAKE", "zhangsf", f"/重开 {case.tail} 解放路15号路灯不亮")
    assert district.say("wrINTAKE", "zhangsf", f"/另报 {case.tail}") == "case.opened"
    assert district.say("wrINTAKE", "zhangsf", f"/另报 {case.tail}") == "refused.wrong_state"
    assert len(district.cases()) == 2


def test_another_matter_is_no_piece_of_what_was_reported_just_before(district: District) -> None:
    case = district.close_case()
    district.say("wrINTAKE", "zhangsf", "建议在解放新村篮球场装上夜间照明灯")
    district.say("wrINTAKE", "zhangsf", f"/重开 {case.tail} 又堆起来了")
    assert district.say("wrINTAKE", "zhangsf", f"/另报 {case.tail}") != "report.joined"
    assert "又堆起来了" not in district.chat_text("wrDUTY").split("重新办理：又堆起来了")[-1]


def test_nobody_makes_another_matter_of_what_somebody_else_reopened_or_of_long_ago(
    district: District,
) -> None:
    case = district.close_case()
    assert district.say("wrDUTY", "duty1", f"/重开 {case.tail} 抽查不合格") == "act.reopen"
    assert district.say("wrINTAKE", "zhangsf", f"/另报 {case.tail}") == "refused.wrong_state"
    assert district.case().status == Status.ACCEPTED


def test_after_five_minutes_it_stays_reopened(district: District) -> None:
    case = district.close_case()
    district.say("wrINTAKE", "zhangsf", f"/重开 {case.tail} 解放路15号路灯不亮")
    district.advance(minutes=6)
    assert district.press("wrINTAKE", "zhangsf", "另报一件") == "refused.wrong_state"
    assert district.case().status == Status.ACCEPTED
    assert len(district.cases()) == 1

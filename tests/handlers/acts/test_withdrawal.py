"""What a reporter says about their own case: it need not be done, it is handled badly, a person is wanted."""

import pytest
from sqlalchemy import select

from handlers.cases.queries import Asker
from models.cases import Case
from models.messages import TextPush
from models.organisation import Person, Role
from models.workflow import Status, Withdrawal
from tests.district import GAS, RUBBLE, District, load_person


def card_words(district: District, chat: str) -> list[str]:
    return [button.text for button in district.last_card(chat).buttons]


def drift_is_none(district: District) -> bool:
    return district.find_drift() == {}


def test_what_is_withdrawn_keeps_its_state_and_the_desk_has_two_buttons(district: District) -> None:
    case = district.dispatch_case()
    assert district.say("wrINTAKE", "zhangsf", f"/撤回 {case.tail} 已经有人清了") == "act.withdraw"
    case = district.case()
    assert (case.status, case.withdrawal) == (Status.DISPATCHED, Withdrawal.STOPS)
    assert "先不派人" in district.last_text("wrINTAKE")
    assert "积存建筑垃圾渣土" in district.last_text("wrINTAKE")
    assert "先别派人" in district.last_text("wrCG")
    assert "已经有人清了" in district.chat_text("wrDUTY")
    assert card_words(district, "wrDUTY") == ["作废", "继续办", "更多"]
    assert "报事人已撤回" in district.last_card("wrDUTY").title
    assert district.say("wrINTAKE", "zhangsf", f"/撤回 {case.tail}") == "refused.wrong_state"
    assert drift_is_none(district)


def test_the_desk_voids_it_with_one_tap_and_alone(district: District) -> None:
    case = district.sign_case()
    district.say("wrINTAKE", "zhangsf", f"/撤回 {case.tail}")
    assert district.press("wrDUTY", "duty1", "作废") == "act.void_withdrawn"
    case = district.case()
    assert (case.status, case.requested) == (Status.VOID, None)
    assert all(share.ended_at for share in district.assignments())
    assert "已按您说的撤回" in district.last_text("wrINTAKE")
    assert "不必再办" in district.last_text("wrCG")
    assert drift_is_none(district)


def test_the_word_of_the_desk_for_it_needs_no_second_person_either(district: District) -> None:
    case = district.report_case()
    district.say("wrINTAKE", "zhangsf", f"/撤回 {case.tail}")
    assert district.say("wrDUTY", "duty1", f"/作废 {case.tail}") == "act.void_withdrawn"
    assert district.case().status == Status.VOID


def test_it_goes_on_when_the_desk_says_so_and_everybody_hears(district: District) -> None:
    case = district.dispatch_case()
    district.say("wrINTAKE", "zhangsf", f"/撤回 {case.tail}")
    assert district.press("wrDUTY", "duty1", "继续办") == "act.carry_on"
    assert district.case().withdrawal is None
    assert "继续办" in district.last_text("wrINTAKE")
    assert "继续办" in district.last_text("wrCG")
    assert card_words(district, "wrDUTY") == ["催办", "更多"]
    assert district.say("wrINTAKE", "zhangsf", f"/撤回 {case.tail}") == "act.withdraw"


def test_its_reporter_may_think_better_of_it(district: District) -> None:
    case = district.report_case()
    district.say("wrINTAKE", "zhangsf", f"/撤回 {case.tail}")
    assert district.say("wrINTAKE", "zhangsf", f"/继续办 {case.tail} 又来一车") == "act.carry_on"
    assert "又来一车" in district.chat_text("wrDUTY")
    assert card_words(district, "wrDUTY")[0] == "交办"


def test_nobody_else_withdraws_it(district: District) -> None:
    case = district.dispatch_case()
    assert district.say("wrINTAKE", "liay", f"/撤回 {case.tail}") == "refused.not_found"
    assert district.say("wrCG", "cg1", f"/撤回 {case.tail}") == "refused.not_allowed"
    assert district.say("wrCG", "cg1", f"/继续办 {case.tail}") == "refused.not_allowed"
    assert district.case().withdrawal is None


def test_what_is_urgent_goes_on_and_the_desk_is_told(district: District) -> None:
    case = district.report_case(GAS)
    assert district.say("wrINTAKE", "zhangsf", f"/撤回 {case.tail} 闻错了") == "act.withdraw"
    case = district.case()
    assert case.withdrawal == Withdrawal.GOES_ON
    assert "闻错了" in district.last_text("wrDUTY")
    assert "照常处置" in district.last_text("wrDUTY")
    assert "作废" not in card_words(district, "wrDUTY")
    assert "先别派人" not in "".join(push.text for push in district.pushes())
    assert district.say("wrINTAKE", "zhangsf", f"/撤回 {case.tail}") == "refused.wrong_state"
    assert district.say("wrDUTY", "duty1", f"/撤回作废 {case.tail}") == "refused.wrong_state"


def test_what_others_reported_too_goes_on_and_none_of_them_hears_of_it(district: District) -> None:
    case = district.report_case()
    assert district.say("wrRESIDENTS", "chendy", RUBBLE) == "case.opened"
    own = district.case()
    assert own.parent_id == case.id
    heard = len(district.pushes("wrRESIDENTS"))
    assert district.say("wrINTAKE", "zhangsf", f"/撤回 {case.tail}") == "act.withdraw"
    assert district.case(case.number).withdrawal == Withdrawal.GOES_ON
    assert "别人也反映了" in district.last_text("wrINTAKE")
    assert len(district.pushes("wrRESIDENTS")) == heard


@pytest.mark.parametrize("which", ["own", "root"])
def test_a_follower_leaves_alone(district: District, which: str) -> None:
    case = district.report_case()
    district.say("wrRESIDENTS", "chendy", RUBBLE)
    own = district.case()
    desk = len(district.pushes("wrDUTY"))
    number = own.tail if which == "own" else case.tail
    assert district.say("wrRESIDENTS", "chendy", f"/撤回 {number}") == "act.withdraw"
    assert "不再跟进" in district.last_text("wrRESIDENTS")
    assert (district.case(own.number).withdrawal, district.case(case.number).withdrawal) == ("stops", None)
    assert len(district.pushes("wrDUTY")) == desk
    heard = len(district.pushes("wrRESIDENTS"))
    assert district.say("wrDUTY", "duty1", f"/交办 {case.tail} 城管局") == "act.assign"
    assert len(district.pushes("wrRESIDENTS")) == heard
    assert district.say("wrRESIDENTS", "chendy", f"/继续办 {own.tail}") == "act.carry_on"
    assert district.say("wrCG", "cg1", f"/签收 {case.tail}") == "act.sign"
    assert "已签收" in district.last_text("wrRESIDENTS")
    assert drift_is_none(district)


def test_nobody_is_joined_to_what_was_withdrawn(district: District) -> None:
    case = district.report_case()
    district.say("wrINTAKE", "zhangsf", f"/撤回 {case.tail}")
    assert district.say("wrRESIDENTS", "chendy", RUBBLE) == "case.opened"
    other = district.case()
    assert other.parent_id is None
    district.say("wrDUTY", "duty1", f"/并案 {other.tail} {case.tail}")
    district.say("wrDUTY", "duty1", "/确认")
    assert "先发 /继续办" in district.last_text("wrDUTY")
    assert district.case(other.number).parent_id is None


def test_asked_whether_it_is_solved_a_withdrawal_says_yes(district: District) -> None:
    case = district.verify_case()
    assert district.say("wrINTAKE", "zhangsf", f"/撤回 {case.tail} 不用管了") == "act.rate"
    assert district.case().status == Status.CLOSED
    assert [(rating.solved, rating.satisfied) for rating in district.ratings()] == [(True, None)]
    assert district.case().withdrawal is None


def test_taking_back_with_nothing_to_take_back_means_it(district: District) -> None:
    district.report_case()
    assert district.say("wrINTAKE", "zhangsf", "/撤销") == "act.withdraw"
    assert district.case().withdrawal == Withdrawal.STOPS
    # Twice said is said once.
    assert district.say("wrINTAKE", "zhangsf", "/撤销") == "refused.not_found"
    assert district.acts() == ["report", "withdraw"]


def test_staff_who_reported_it_do_not_withdraw_it_by_taking_back_a_step(district: District) -> None:
    district.say("wrDUTY", "duty1", RUBBLE)
    district.tick(district.advance(minutes=2))
    case = district.case()
    district.say("wrDUTY", "duty1", f"/交办 {case.tail} 城管局")
    assert district.say("wrDUTY", "duty1", f"/撤销 {case.tail}") == "refused.wrong_state"
    assert district.case().withdrawal is None


def test_what_turns_out_to_be_urgent_goes_on_by_itself(district: District) -> None:
    case = district.dispatch_case()
    district.say("wrINTAKE", "zhangsf", f"/撤回 {case.tail}")
    assert district.say("wrDUTY", "duty1", f"/改类 {case.tail} 燃气泄漏") == "act.classify"
    assert district.acts()[-2:] == ["classify", "carry_on"]
    assert district.case().withdrawal is None
    assert "继续办" in district.last_text("wrCG")


# The place put right --------------------------------------------------------------------------


def test_the_reporter_puts_the_place_right(district: District) -> None:
    case = district.dispatch_case()
    assert district.say("wrINTAKE", "zhangsf", f"/定位 {case.tail} 长江路99号") == "act.place"
    assert district.case().place == "长江路99号"
    assert "长江路99号" in district.last_text("wrCG")
    assert district.say("wrINTAKE", "zhangsf", "/撤销") == "act.undo"


def test_before_any_unit_has_it_the_desk_hears_of_the_place(district: District) -> None:
    case = district.report_case()
    assert district.say("wrINTAKE", "zhangsf", f"/定位 {case.tail} 长江路99号") == "act.place"
    assert "长江路99号" in district.chat_text("wrDUTY")


def test_a_follower_does_not_move_the_case_of_another(district: District) -> None:
    case = district.report_case()
    district.say("wrRESIDENTS", "chendy", RUBBLE)
    assert district.say("wrRESIDENTS", "chendy", f"/定位 {case.tail} 长江路99号") == "refused.not_allowed"
    assert district.case(case.number).place != "长江路99号"


# A word on those who handle it -----------------------------------------------------------------


def read_history(district: District, chat: str, user: str, number: str) -> str:
    district.say(chat, user, f"/查 {number}")
    return district.last_text(chat)


def test_a_complaint_reaches_desk_and_leader_and_never_the_unit(district: District) -> None:
    case = district.sign_case()
    district.say("leader1", "leader1", "你好", direct=True)
    unit = len(district.pushes("wrCG"))
    said = f"/投诉办理 {case.tail} 城管的人来了就走"
    assert district.say("wrINTAKE", "zhangsf", said) == "act.complain"
    assert "承办单位看不到" in district.last_text("wrINTAKE")
    assert "来了就走" in district.last_text("wrDUTY")
    assert "来了就走" in district.last_text("leader1")
    assert len(district.pushes("wrCG")) == unit
    assert len(district.cases()) == 1
    assert "投诉办理" in read_history(district, "wrDUTY", "duty1", case.tail)
    assert "投诉办理" in read_history(district, "wrINTAKE", "zhangsf", case.tail)
    assert "投诉办理" not in read_history(district, "wrCG", "cg1", case.tail)
    district.say("wrCG", "cg1", f"/卡片 {case.tail}")
    assert "投诉办理" not in district.pushes("wrCG")[-1].text


def test_a_leader_of_the_unit_hears_nothing_of_it(district: District) -> None:
    case = district.sign_case()
    district.hire("cglead", Role.LEADER, "HM-CG")
    district.say("cglead", "cglead", "你好", direct=True)
    heard = len(district.pushes("cglead"))
    district.say("wrINTAKE", "zhangsf", f"/投诉办理 {case.tail} 态度很差")
    assert len(district.pushes("cglead")) == heard
    assert "投诉办理" not in read_history(district, "cglead", "cglead", case.tail)


def test_a_person_is_wanted_for_a_case(district: District) -> None:
    case = district.sign_case()
    assert district.say("wrINTAKE", "zhangsf", f"/转人工 {case.tail} 电话里说不清") == "act.call_person"
    assert "已转值班员" in district.last_text("wrINTAKE")
    rung = [push.body for push in district.pushes("wrDUTY") if isinstance(push.body, TextPush)][-1]
    assert "电话里说不清" in rung.text
    assert rung.mentions == ("duty1", "duty2")


def test_lists_of_a_person_still_show_what_they_withdrew(district: District) -> None:
    """It is theirs until the desk has decided."""
    case = district.report_case()
    district.say("wrINTAKE", "zhangsf", f"/撤回 {case.tail}")
    with district.database.read() as session:
        person = load_person(session, "zhangsf")
        assert isinstance(person, Person)
        stored = session.scalars(select(Case)).one()
        assert Asker(person).reading(session, stored) is not None
    district.say("wrINTAKE", "zhangsf", f"/查 {case.tail}")
    assert "报事人已撤回" in district.last_text("wrINTAKE")

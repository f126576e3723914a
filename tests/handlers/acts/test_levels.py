"""Levels (requirements A19, A20, B16, C17): raised to named persons, ended high enough, sent down and back."""

import pytest
from sqlalchemy import select

from handlers.environment.levels.ending_rules import ClosingRule
from models.organisation import Chat, ChatUse, Role, Unit
from models.workflow import Status, Step
from scheduler import escalation
from tests.district import LAMP, District


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and rights: which database it is cannot matter."""
    return sqlite_district


def add_group(district: District, chat_id: str, unit: str, use: ChatUse) -> None:
    with district.database.write() as session:
        unit_id = session.scalars(select(Unit.id).where(Unit.code == unit)).one()
        session.add(
            Chat(code=chat_id, name=chat_id, use=use, unit_id=unit_id, channel="grid", chat_id=chat_id)
        )


# Raised ------------------------------------------------------------------------------------------


def test_a_case_is_raised_to_the_level_that_is_named_and_to_its_head(district: District) -> None:
    district.sign_case()
    assert district.say("wrDUTY", "duty1", "/提级 0001 镇 社区协调不了") == "act.raise"
    assert district.case().level == 1
    assert "已提级（镇街部门）：社区协调不了。请海门街道 海门街道联络员牵头。" in district.chat_text("wrDUTY")
    assert district.say("wrDUTY", "duty1", "/提级 0001 县 三个部门意见不一") == "act.raise"
    assert "已提级（区县）：三个部门意见不一。请海门区 周主任牵头。" in district.chat_text("wrDUTY")
    assert ("级别", "区县 海门区 周主任") in district.last_card("wrDUTY").rows
    assert district.say("wrDUTY", "duty1", "/提级 0001 镇 再提") == "refused.wrong_state"
    assert district.find_drift() == {}


def test_the_county_is_reached_at_once_and_nothing_below_today(district: District) -> None:
    district.sign_case()
    assert district.say("wrDUTY", "duty1", "/提级 0001 村 再看看") == "refused.wrong_state"
    assert "已经是村居网格一级，不能提到村居网格" in district.last_text("wrDUTY")
    assert district.say("wrDUTY", "duty1", "/提级 0001 县级") == "refused.missing_need"
    assert district.say("wrDUTY", "duty1", "/提级 0001 县级 跨镇") == "act.raise"
    assert district.case().level == 2


def test_the_head_of_the_town_and_its_desk_are_told(district: District) -> None:
    add_group(district, "wrTOWN", "HM-HM", ChatUse.DUTY)
    with district.database.write() as session:
        session.scalars(select(Unit).where(Unit.code == "HM-HM")).one().lead = district.hire(
            "hmlead", Role.LEADER, "HM-HM"
        )
    district.enter("hmlead")
    district.sign_case()
    district.say("wrTOWN", "duty1", "/提级 0001 镇 社区协调不了")
    assert "请海门街道 hmlead本人牵头" in district.last_text("hmlead")
    assert "督办" in [button.text for button in district.last_card("hmlead").buttons]
    assert "已提级（镇街部门）" in district.chat_text("wrTOWN")
    district.say("wrTOWN", "duty1", "/提级 0001 县 还是不行")
    assert "已提级（区县）" in district.chat_text("wrDUTY")


# Proposed ----------------------------------------------------------------------------------------


def test_what_two_offices_have_to_do_with_is_proposed_once_and_one_tap_raises_it(district: District) -> None:
    district.sign_case()
    district.say("wrDUTY", "duty1", "/协办 0001 住建局")
    assert district.acts()[-2:] == ["assist", "propose_raise"]
    card = district.last_card("wrDUTY")
    assert card.body.startswith("建议提级：涉及住建局、城管局 2 个单位")
    district.say("wrDUTY", "duty1", "/协办 0001 公安局")
    assert district.acts().count("propose_raise") == 1
    assert district.press("wrDUTY", "duty1", "提级") == "act.raise"
    event = district.events()[-1]
    assert (district.case().level, event.text) == (1, "涉及住建局、城管局 2 个单位")


def test_the_village_that_helps_is_no_second_office(district: District) -> None:
    district.sign_case()
    district.say("wrDUTY", "duty1", "/协办 0001 静海社区")
    assert "propose_raise" not in district.acts()


def test_what_is_late_is_proposed_on_one_card_without_words(district: District) -> None:
    district.sign_case()
    district.advance(days=4, hours=1)
    with district.database.write() as session:
        escalation.fire_due(session, district.env, now=district.now)
    assert district.case().raise_proposed_at == district.now
    assert "建议提级：办结到期还没有完成" in district.last_card("wrDUTY").body
    assert "建议提级" not in district.last_text("wrDUTY")
    assert district.press("wrDUTY", "duty1", "提级") == "act.raise"


# Ended -------------------------------------------------------------------------------------------


def close_at(district: District, level: str) -> None:
    rules = tuple(ClosingRule.model_validate({"nature": one, "level": level}) for one in ("投诉", "求助"))
    district.change_limits(closing=rules)


def test_a_desk_below_the_level_ends_nothing_and_hears_who_does(district: District) -> None:
    close_at(district, "县")
    district.hire("townduty", Role.DUTY, "HM-HM")
    district.submit_case()
    assert district.say("townduty", "townduty", "/核查 0001 通过", direct=True) == "refused.not_allowed"
    assert "这类事要区县一级才能核查，请海门区的值班员来做" in district.last_text("townduty")
    # What is not good enough anybody may say.
    assert district.say("townduty", "townduty", "/核查 0001 不通过 还有垃圾", direct=True) == "act.verify"
    district.say("wrCG", "cg1", "/反馈 0001 清完了")
    assert district.say("wrDUTY", "duty1", "/核查 0001 通过") == "act.verify"
    assert district.deliver_results() == 1
    assert district.say("townduty", "townduty", "/结案 0001", direct=True) == "refused.not_allowed"
    assert district.say("wrINTAKE", "zhangsf", "/评价 0001 已解决 满意") == "act.rate"
    assert district.case().status == Status.CLOSED


def test_the_grid_solves_nothing_that_the_town_must_end(district: District) -> None:
    close_at(district, "镇")
    district.say("wrRESIDENTS", "chendy", "解放新村3幢楼道堆满垃圾")
    district.tick(district.advance(minutes=2))
    assert district.say("wgxw", "wgxw", "/自办 0001 已清走", direct=True) == "refused.not_allowed"
    assert "请海门街道的值班员来做" in district.last_text("wgxw")
    assert district.case().status == Status.NEW


def test_time_closes_at_any_level(district: District) -> None:
    district.verify_case()
    close_at(district, "县")
    district.advance(days=8)
    with district.database.write() as session:
        escalation.fire_due(session, district.env, now=district.now)
    assert district.case().status == Status.CLOSED


# Sent down ---------------------------------------------------------------------------------------


def sign_lamp(district: District) -> None:
    """A lamp in 解放社区, signed for by 城管局."""
    district.report_case(LAMP)
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    assert district.say("wrCG", "cg1", "/签收 0001") == "act.sign"


def test_what_is_sent_down_comes_back_to_the_unit_and_the_clock_runs_on(district: District) -> None:
    add_group(district, "wrJF", "HM-HM-JF", ChatUse.HANDLING)
    sign_lamp(district)
    due = district.case().due_at
    assert district.say("wrCG", "cg1", "/下派 0001 解放社区 先看看哪根灯杆") == "act.send_down"
    case = district.case()
    assert (case.status, case.unit_id, case.due_at) == (
        Status.IN_PROGRESS, district.unit("HM-CG").id, due,
    )  # fmt: skip
    assert "城管局请你们去办。要求：先看看哪根灯杆。" in district.chat_text("wrJF")
    assert district.say("wrJF", "wgxw", "已换好灯泡", quote=district.last_text("wrJF")) == "act.partner_done"
    assert "网格员小王（下派）：已换好灯泡。请看过以后发 /反馈 0001 结果" in (district.chat_text("wrCG"))
    assert "反馈结果" in [button.text for button in district.last_card("wrCG").buttons]
    assert district.case().due_at == due
    assert [share.role for share in district.assignments() if share.ended_at] == ["assist"]
    (finish,) = [one for one in district.clocks() if one.step == Step.FINISH and one.stopped_at is None]
    assert finish.pauses == []


def test_it_is_sent_to_villages_and_grids_there_and_to_nobody_else(district: District) -> None:
    sign_lamp(district)
    for unit in ("住建局", "滨江社区", "海门街道"):
        assert district.say("wrCG", "cg1", f"/下派 0001 {unit}") == "refused.wrong_state"
        assert "可以下派：" in district.last_text("wrCG")
        assert "解放社区" in district.last_text("wrCG")
    assert district.say("wrDUTY", "duty1", "/下派 0001 解放社区") == "refused.not_allowed"
    assert "这一步由承办单位来做" in district.last_text("wrDUTY")


def test_a_grid_without_a_group_is_told_through_whoever_answers_for_it(district: District) -> None:
    sign_lamp(district)
    district.say("wrCG", "cg1", "/下派 0001 解放路网格")
    assert "没有群，也没有人私聊过我，收不到。请打电话" in district.chat_text("wrCG")
    district.enter("wgxw")
    district.say("wrCG", "cg1", "/下派 0001 解放社区")
    assert "城管局请你们去办" in district.last_text("wgxw")
    assert "协办完成" in [button.text for button in district.last_card("wgxw").buttons]

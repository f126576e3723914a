"""To whom: whistle and check-in, helping units, returns that are judged, arbitration."""

from datetime import timedelta

import pytest

from models.clocks import ClockRow
from models.workflow import Status, Step
from scheduler import escalation
from tests.district import District


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and rights: which database it is cannot matter."""
    return sqlite_district


def clocks(district: District, step: Step) -> list[ClockRow]:
    return [clock for clock in district.clocks() if clock.step == step]


def whistled(district: District) -> None:
    district.sign_case()
    assert district.say("wrDUTY", "duty1", "/吹哨 0001 公安局 市场监管局 有人打架") == "act.whistle"


def test_a_whistle_brings_a_card_to_check_in_with_into_each_units_group(district: District) -> None:
    whistled(district)
    for chat in ("wrGA", "wrSCJG"):
        assert [button.text for button in district.last_card(chat).buttons] == ["报到", "协办完成", "更多"]
        assert "📢 吹哨" in district.last_text(chat)
        assert getattr(district.pushes(chat)[-1].body, "mentions", ()) != ()
    assert "值班一号已吹哨：公安局、市场监管局" in district.last_text("wrDUTY")
    assert "值班一号请来协同的单位：公安局、市场监管局" in district.last_text("wrCG")


def test_the_time_to_arrive_is_measured_for_each_unit(district: District) -> None:
    whistled(district)
    district.advance(minutes=12)
    assert district.press("wrGA", "ga1", "报到") == "act.check_in"
    assert "公安一号已到场报到，用时 12 分" in district.last_text("wrDUTY")
    arrived = [share.arrived_at for share in district.assignments() if share.role == "assist"]
    assert arrived == [district.now, None]
    assert [clock.stopped_at is None for clock in clocks(district, Step.ARRIVE)] == [False, True]


def test_the_card_of_a_called_unit_stays_its_own_and_asks_once_to_check_in(district: District) -> None:
    whistled(district)
    old = district.last_card("wrGA")
    assert district.press("wrGA", "ga1", "报到") == "act.check_in"
    assert buttons(district, "wrGA") == ["协办完成", "更多"]
    assert district.click("wrGA", "ga1", old.buttons[0].key, task_id=old.task_id) == "refused.wrong_state"
    assert "你们已经报过到了" in district.last_text("wrGA")
    district.press("wrGA", "ga1", "更多")
    assert "报到" not in buttons(district, "wrGA")


def test_a_unit_that_was_not_called_cannot_check_in(district: District) -> None:
    whistled(district)
    assert district.say("wrZJ", "zj1", "/报到 0001") == "refused.not_found"


def test_a_called_unit_needs_no_number_in_its_own_group(district: District) -> None:
    whistled(district)
    assert district.say("wrGA", "ga1", "/报到") == "act.check_in"


def test_a_unit_that_is_on_its_way_still_has_the_button_when_another_has_arrived(district: District) -> None:
    whistled(district)
    district.press("wrGA", "ga1", "报到")
    district.say("wrSCJG", "scjg1", "/卡片 0001")
    assert buttons(district, "wrSCJG") == ["报到", "协办完成", "更多"]


def test_the_unit_that_has_the_case_checks_in_once_by_button(district: District) -> None:
    district.sign_case()
    district.press("wrCG", "cg1", "已到场")
    assert "已到场" not in buttons(district, "wrCG")
    assert "反馈结果" in buttons(district, "wrCG")


def test_a_unit_that_is_done_before_it_arrived_owes_no_arrival_until_it_is_called_again(
    district: District,
) -> None:
    whistled(district)
    assert district.say("wrGA", "ga1", "/协办完成 0001 电话里劝开了") == "act.partner_done"
    assert [clock.stopped_at is None for clock in clocks(district, Step.ARRIVE)] == [False, True]
    assert district.say("wrDUTY", "duty1", "/吹哨 0001 公安局 又打起来了") == "act.whistle"
    assert [clock.stopped_at is None for clock in clocks(district, Step.ARRIVE)] == [False, True, True]


def test_whoever_is_called_already_is_not_called_twice(district: District) -> None:
    whistled(district)
    assert district.say("wrDUTY", "duty1", "/吹哨 0001 公安局") == "refused.wrong_state"
    assert "已经在办了" in district.last_text("wrDUTY")
    assert district.say("wrDUTY", "duty1", "/吹哨 0001 公安局 住建局") == "act.whistle"
    assert len(clocks(district, Step.ARRIVE)) == 3


def test_a_helping_unit_tells_when_its_part_is_done(district: District) -> None:
    district.sign_case()
    assert district.say("wrDUTY", "duty1", "/协办 0001 住建局") == "act.assist"
    assert "请协办" in district.last_text("wrZJ")
    assert clocks(district, Step.ARRIVE) == []
    assert district.say("wrZJ", "zj1", "/协办完成 0001 路面已修", photos=1) == "act.partner_done"
    assert "住建一号（协办）：路面已修" in district.chat_text("wrCG")
    assert district.case().status == Status.IN_PROGRESS
    assert district.say("wrZJ", "zj1", "/协办完成 0001 再说一次") == "refused.not_allowed"


def test_a_helping_unit_may_say_it_in_a_reply(district: District) -> None:
    district.sign_case()
    district.say("wrDUTY", "duty1", "/协办 0001 住建局")
    slug = district.say("wrZJ", "zj1", "路面已修好", quote=district.last_text("wrZJ"), photos=1)
    assert slug == "act.partner_done"


def test_what_was_decided_in_a_meeting_is_told_to_all(district: District) -> None:
    district.sign_case()
    assert district.say("wrDUTY", "duty1", "/会商 0001 交警疏导，住建月底前修好") == "act.meet"
    assert "会商记录：交警疏导，住建月底前修好" in district.last_text("wrCG")


def returned(district: District, unit: str = "住建局") -> None:
    district.sign_case()
    district.advance(hours=1)
    assert district.say("wrCG", "cg1", f"/退回 0001 属于道路养护 {unit}") == "act.return"


def test_a_return_does_not_stop_the_clock(district: District) -> None:
    due = district.sign_case().due_at
    district.say("wrCG", "cg1", "/退回 0001 不归我们")
    assert district.case().due_at == due
    (clock,) = clocks(district, Step.FINISH)
    assert (clock.pauses, clock.stopped_at) == ([], None)


def test_a_return_that_is_upheld_gives_its_time_back(district: District) -> None:
    returned(district)
    before, since = district.case().due_at, district.now
    district.advance(hours=5)
    district.say("wrDUTY", "duty1", "/交办 0001 住建局")
    assert before is not None
    assert district.case().due_at == before + (district.now - since)


def test_a_return_that_was_wrong_gives_nothing_back(district: District) -> None:
    returned(district)
    before = district.case().due_at
    district.advance(hours=5)
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    assert district.case().due_at == before


def test_the_same_unit_returns_a_case_once(district: District) -> None:
    returned(district)
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    assert district.say("wrCG", "cg1", "/退回 0001 还是不归我们") == "refused.wrong_state"
    assert "你们退过一次" in district.last_text("wrCG")


def test_what_its_unit_returned_before_has_no_button_to_return_it(district: District) -> None:
    returned(district)
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    assert buttons(district, "wrCG") == ["签收", "更多"]
    district.press("wrCG", "cg1", "签收")
    assert "退回" not in buttons(district, "wrCG")
    district.press("wrCG", "cg1", "更多")
    assert "退回" not in buttons(district, "wrCG")


def test_another_unit_that_gets_what_was_returned_has_a_button_to_return_it(district: District) -> None:
    returned(district)
    district.say("wrDUTY", "duty1", "/交办 0001 住建局")
    assert "退回" in buttons(district, "wrZJ")


def buttons(district: District, chat: str) -> list[str]:
    return [button.text for button in district.last_card(chat).buttons]


def bounced(district: District) -> None:
    """Two units have refused."""
    returned(district)
    district.say("wrDUTY", "duty1", "/交办 0001 住建局")
    assert district.say("wrZJ", "zj1", "/退回 0001 属于城管职责") == "act.return"


def test_the_second_return_is_arbitrated_and_the_program_proposes_to_raise_the_case(
    district: District,
) -> None:
    bounced(district)
    case = district.case()
    assert (case.arbitration, case.returns, case.level) == (True, 2, 0)
    assert district.acts()[-2:] == ["return", "propose_raise"]
    assert "建议提级：已被退回 2 次" in district.last_card("wrDUTY").body
    assert district.press("wrDUTY", "duty1", "提级") == "act.raise"
    assert (district.case().level, district.case().raise_proposed_at) == (1, None)
    assert district.events()[-1].text.startswith("已被退回 2 次")
    assert "提级" not in [button.text for button in district.last_card("wrDUTY").buttons]


def test_a_return_never_suggests_the_unit_that_returns(district: District) -> None:
    bounced(district)
    told = next(said.text for said in reversed(district.pushes("wrDUTY")) if "住建一号退回" in said.text)
    assert "建议" not in told
    select = district.last_card("wrDUTY").select
    assert select is not None
    assert select.options[0].text == "请选择"


def test_what_was_decided_for_good_has_no_button_to_return_it(district: District) -> None:
    bounced(district)
    district.say("wrDUTY", "duty1", "/裁定 0001 公安局 属地在交警")
    assert "退回" not in [button.text for button in district.last_card("wrGA").buttons]
    district.say("wrGA", "ga1", "签收")
    district.say("wrGA", "ga1", "/卡片 0001")
    assert "退回" not in [button.text for button in district.last_card("wrGA").buttons]


def test_a_case_to_be_arbitrated_is_not_just_dispatched(district: District) -> None:
    bounced(district)
    for verb in ("交办", "转办"):
        assert district.say("wrDUTY", "duty1", f"/{verb} 0001 城管局") == "refused.wrong_state"
        assert "请发 /裁定 0001 单位" in district.last_text("wrDUTY")


def test_what_was_decided_for_good_cannot_be_returned(district: District) -> None:
    bounced(district)
    assert district.say("wrDUTY", "duty1", "/裁定 公安局 属地在交警") == "act.arbitrate"
    case = district.case()
    assert (case.status, case.final, case.arbitration) == (Status.DISPATCHED, True, False)
    assert district.say("wrGA", "ga1", "/退回 0001 不归我们") == "refused.wrong_state"
    assert "已裁定由你们办理" in district.last_text("wrGA")


def test_who_returned_it_last_hears_what_was_decided(district: District) -> None:
    bounced(district)
    district.say("wrDUTY", "duty1", "/裁定 公安局 属地在交警")
    assert "已改由公安局办理" in district.last_text("wrZJ")


def test_a_unit_it_is_decided_for_is_not_told_that_it_went_elsewhere(district: District) -> None:
    bounced(district)
    district.say("wrDUTY", "duty1", "/裁定 住建局 属地在住建")
    assert "不用再办" not in district.chat_text("wrZJ")


def test_nothing_is_arbitrated_that_did_not_bounce(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/受理 0001")
    assert district.say("wrDUTY", "duty1", "/裁定 0001 城管局") == "refused.wrong_state"


def test_a_case_at_the_top_may_still_bounce(district: District) -> None:
    returned(district)
    for _ in range(2):
        assert district.say("wrDUTY", "duty1", "/提级 0001 多次反映") == "act.raise"
    district.say("wrDUTY", "duty1", "/交办 0001 住建局")
    assert district.say("wrZJ", "zj1", "/退回 0001 属于城管职责") == "act.return"
    assert district.case().level == 2


def test_passing_on_gives_the_next_unit_its_own_time_to_sign(district: District) -> None:
    district.dispatch_case()
    (first,) = clocks(district, Step.SIGN)
    district.advance(hours=3)
    district.say("wrDUTY", "duty1", "/转办 0001 住建局")
    old, new = clocks(district, Step.SIGN)
    assert (old.id, old.stopped_at) == (first.id, district.now)
    assert (new.unit_id, new.started_at) == (district.unit("HM-ZJ").id, district.now)
    (finish,) = clocks(district, Step.FINISH)
    assert finish.stopped_at is None


def test_a_limit_beyond_the_ceiling_is_no_order(district: District) -> None:
    district.report_case()
    assert district.say("wrDUTY", "duty1", "/交办 0001 城管局 40天") == "refused.wrong_state"
    assert "超过最长时限 20 天" in district.last_text("wrDUTY")


def test_several_cases_are_dispatched_in_one_go(district: District) -> None:
    district.report_case()
    district.report_case()
    district.close_case()
    slug = district.say("wrDUTY", "duty1", "/交办 0001、0002、0003 城管局 4小时")
    assert slug == "act.assign"
    assert district.last_text("wrDUTY").startswith("已交办 2 件：0001、0002。\n")
    assert "〔WG260330-0003〕" in district.last_text("wrDUTY")
    assert {case.due_at for case in district.cases()[:2]} == {district.now + timedelta(hours=4)}


def test_several_cases_are_dispatched_with_spaces_between_their_numbers(district: District) -> None:
    district.report_case()
    district.report_case()
    assert district.say("wrDUTY", "duty1", "/交办 0001 0002 城管局 4小时") == "act.assign"
    assert district.last_text("wrDUTY").startswith("已交办 2 件：0001、0002。")
    assert {case.due_at for case in district.cases()} == {district.now + timedelta(hours=4)}


def test_an_act_for_one_case_refuses_two_numbers_before_a_unit(district: District) -> None:
    district.dispatch_case()
    district.dispatch_case()
    assert district.say("wrDUTY", "duty1", "/转办 0001 0002 住建局") == "refused.ambiguous"
    assert {case.unit_id for case in district.cases()} == {district.unit("HM-CG").id}


def test_several_cases_are_signed_in_one_go(district: District) -> None:
    district.dispatch_case()
    district.dispatch_case()
    assert district.say("wrCG", "cg1", "/签收 0001 0002") == "act.sign"
    assert {case.status for case in district.cases()} == {Status.IN_PROGRESS}
    assert district.find_drift() == {}


def test_the_desk_hears_which_unit_has_not_arrived(district: District) -> None:
    whistled(district)
    district.press("wrGA", "ga1", "报到")
    with district.database.write() as session:
        escalation.fire_due(session, district.env, now=district.advance(minutes=31))
    late = [said.text for said in district.pushes("wrDUTY") if "到场 " in said.text and "已到期" in said.text]
    assert [("市场监管局到场" in text, "公安局" in text) for text in late] == [(True, False)]
    assert "🔴 市场监管局到场 " in district.last_text("wrSCJG")

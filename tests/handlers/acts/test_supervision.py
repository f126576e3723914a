"""Pressing and looking: orders, nudges, instructions, surveys, stages, mediation, reveal, lists, restricted cases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, update

from handlers.insight import monthly_report
from models.approvals import SupervisionOrder
from models.messages import TextPush
from models.organisation import Account, Chat
from models.site_checks import SiteCheck
from models.workflow import Status, Step
from tests.district import LAMP, RUBBLE, District


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and rights: which database it is cannot matter."""
    return sqlite_district


def ordered(district: District) -> None:
    district.sign_case()
    assert district.say("leader1", "leader1", "/督办 0001 今天必须清完 4小时", direct=True) == "act.supervise"


def test_a_supervision_order_has_a_number_a_requirement_and_a_clock(district: District) -> None:
    ordered(district)
    assert "📌 督办单 DB260330-001：今天必须清完。13:07 前请发" in district.chat_text("wrCG")
    (clock,) = [clock for clock in district.clocks() if clock.step == Step.ORDER]
    assert (clock.label, clock.target_at) == ("DB260330-001", district.now + timedelta(hours=4))
    assert district.case().supervised


def test_one_matter_has_one_order(district: District) -> None:
    ordered(district)
    assert district.say("wrDUTY", "duty1", "/督办 0001 再快点") == "refused.wrong_state"


def test_an_order_is_answered_to_desk_and_leader(district: District) -> None:
    ordered(district)
    assert district.say("wrCG", "cg1", "/督办回复 0001 已增派两台车") == "act.answer_order"
    for chat in ("wrDUTY", "leader1"):
        assert "城管一号回复督办单 DB260330-001：已增派两台车" in district.chat_text(chat)
    (clock,) = [clock for clock in district.clocks() if clock.step == Step.ORDER]
    assert clock.stopped_at == district.now
    assert district.say("wrCG", "cg1", "/督办回复 0001 再说一次") == "refused.wrong_state"


def orders(district: District) -> list[SupervisionOrder]:
    with district.database.read() as session:
        return list(session.scalars(select(SupervisionOrder).order_by(SupervisionOrder.id)))


def test_an_order_that_nobody_answered_ends_with_its_case(district: District) -> None:
    district.submit_case()
    assert district.say("wrDUTY", "duty1", "/督办 0001 立即清理") == "act.supervise"
    district.say("wrDUTY", "duty2", "/核查 0001 通过")
    assert orders(district)[0].replied_at is None
    district.say("wrINTAKE", "zhangsf", "/评价 0001 已解决 满意")
    (order,) = orders(district)
    assert (order.replied_at, order.replied_by, order.reply) == (district.case().closed_at, None, "")
    district.say("wrINTAKE", "zhangsf", "/重开 0001 又堆起来了")
    assert district.say("wrDUTY", "duty1", "/督办 0001 这次盯紧") == "act.supervise"
    assert len(orders(district)) == 2


def test_an_order_waits_on_while_the_reporter_is_asked(district: District) -> None:
    district.sign_case()
    district.say("wrDUTY", "duty1", "/督办 0001 立即清理")
    district.say("wrCG", "cg1", "/反馈 0001 已清理", photos=1)
    district.say("wrDUTY", "duty2", "/核查 0001 通过")
    district.say("wrINTAKE", "zhangsf", "/评价 0001 未解决 还有一堆")
    assert [c.stopped_at for c in district.clocks() if c.step == Step.ORDER] == [None]
    assert district.say("wrCG", "cg1", "/督办回复 0001 今天清完") == "act.answer_order"


def test_an_order_waits_again_where_the_refusal_that_ended_it_is_taken_back(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/督办 0001 立即清理")
    district.say("wrDUTY", "duty1", "/不予受理 0001 不属实")
    assert orders(district)[0].replied_at is not None
    assert district.say("wrDUTY", "duty1", "/撤销 0001") == "act.undo"
    assert orders(district)[0].replied_at is None
    assert [c.stopped_at for c in district.clocks() if c.step == Step.ORDER] == [None]


def test_a_leaders_instruction_reaches_the_unit(district: District) -> None:
    district.sign_case()
    assert district.say("leader1", "leader1", "/批示 0001 举一反三", direct=True) == "act.instruct"
    assert "周主任批示：举一反三" in district.last_text("wrCG")


def test_a_reporter_nudges_by_button_and_the_unit_is_rung(district: District) -> None:
    case = district.sign_case()
    assert district.click("wrINTAKE", "zhangsf", f"nudge:{case.number}") == "act.nudge"
    assert "催办（第 1 次）" in district.last_text("wrCG")
    assert district.click("wrINTAKE", "liay", f"nudge:{case.number}") == "refused.not_found"


def test_several_cases_are_nudged_at_once(district: District) -> None:
    district.sign_case()
    district.sign_case()
    assert district.say("wrDUTY", "duty1", "/催办 0001 0002") == "act.nudge"
    assert district.last_text("wrDUTY") == "已催办 2 件：0001、0002。"
    assert [case.nudges for case in district.cases()] == [1, 1]


def test_raising_tells_the_same_chat_once(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/提级 0001 涉及两个部门")
    assert district.chat_text("wrDUTY").count("已提级（镇街部门）") == 1


def test_the_top_is_the_top(district: District) -> None:
    district.report_case()
    slugs = [district.say("wrDUTY", "duty1", "/提级 0001 多次反映") for _ in range(3)]
    assert slugs == ["act.raise", "act.raise", "refused.wrong_state"]


def surveyed(district: District) -> None:
    """Somebody else's report, so that 张师傅 may be asked to look."""
    district.say("wrINTAKE", "liay", RUBBLE)
    district.tick(district.advance(minutes=2))
    for user in ("zhangsf", "wgxw"):
        district.enter(user)
    assert district.say("wrDUTY", "duty1", "/核实 0001 还有没有渣土") == "act.survey"


def test_informants_of_the_grid_are_asked_to_look(district: District) -> None:
    surveyed(district)
    assert "请张师傅到现场看一看" in district.chat_text("zhangsf")
    assert "看一看：还有没有渣土" in district.chat_text("zhangsf")
    assert [button.text for button in district.last_card("zhangsf").buttons] == ["看过了", "去不了", "更多"]
    assert district.pushes("liay") == []


def mentioned(district: District, chat: str) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (said.text, said.body.mentions) for said in district.pushes(chat)
        if isinstance(said.body, TextPush) and "看一看" in said.text
    ]  # fmt: skip


def test_whoever_has_no_chat_with_the_bot_is_mentioned_in_the_group(district: District) -> None:
    district.say("wrINTAKE", "liay", RUBBLE)
    district.tick(district.advance(minutes=2))
    district.enter("wgxw")
    assert district.say("wrDUTY", "duty1", "/核实 0001 还有没有渣土") == "act.survey"
    ((words, accounts),) = mentioned(district, "wrINTAKE")
    assert accounts == ("zhangsf",)
    assert "请张师傅到现场看一看" in words
    assert "网格员小王" not in words
    ((words, accounts),) = mentioned(district, "wgxw")
    assert "请网格员小王到现场看一看" in words
    assert accounts == ()
    assert "已请张师傅、网格员小王到现场核实。" in district.last_text("wrDUTY")


def test_who_cannot_be_told_is_not_reported_as_told(sqlite_district: District) -> None:
    district = sqlite_district
    district.say("wrINTAKE", "liay", RUBBLE)
    district.tick(district.advance(minutes=2))
    with district.database.write() as session:
        session.execute(delete(Account).where(Account.person_id == district.person("wgxw").id))
    assert district.say("wrDUTY", "duty1", "/核实 0001 还有没有渣土") == "act.survey"
    assert "已请张师傅到现场核实。网格员小王联系不上" in district.last_text("wrDUTY")


def test_where_nobody_can_be_told_nobody_is_asked(sqlite_district: District) -> None:
    district = sqlite_district
    district.say("wrINTAKE", "liay", RUBBLE)
    district.tick(district.advance(minutes=2))
    with district.database.write() as session:
        session.execute(update(Chat).where(Chat.use != "duty").values(use="handling"))
    assert district.say("wrDUTY", "duty1", "/核实 0001 还有没有渣土") == "refused.wrong_state"
    assert "没有请到人核实：张师傅、网格员小王联系不上" in district.last_text("wrDUTY")
    with district.database.read() as session:
        assert session.scalars(select(SiteCheck)).all() == []


def test_a_report_made_in_private_is_not_read_out_to_the_group(sqlite_district: District) -> None:
    district = sqlite_district
    district.say("liay", "liay", f"/上报 {RUBBLE}，隔壁老板天天骂人", direct=True)
    district.tick(district.advance(minutes=2))
    assert district.say("wrDUTY", "duty1", "/核实 0001 还有没有渣土") == "act.survey"
    assert not any("看一看" in said.text for said in district.pushes("liay"))
    ((words, accounts),) = mentioned(district, "wrINTAKE")
    assert "zhangsf" in accounts
    assert "长江路静海路口" in words
    assert "骂人" not in district.chat_text("wrINTAKE")


def test_what_was_seen_is_attached_and_told(district: District) -> None:
    surveyed(district)
    slug = district.say("zhangsf", "zhangsf", "/核实结果 0001 还有半车", photos=1, direct=True)
    assert slug == "act.survey_report"
    assert "现场核实：还有半车" in district.chat_text("wrDUTY")
    assert (district.media()[-1].role, district.media()[-1].case_id) == ("process", district.case().id)
    assert district.say("zhangsf", "zhangsf", "/核实结果 0001 又看了", direct=True) == "refused.not_allowed"


def test_a_reply_with_a_photo_is_an_account_of_what_was_seen(district: District) -> None:
    surveyed(district)
    slug = district.say(
        "zhangsf", "zhangsf", "还有半车", quote=district.last_card("zhangsf").desc, photos=1, direct=True
    )
    assert slug == "act.survey_report"


def test_whoever_cannot_go_says_so_by_button(district: District) -> None:
    surveyed(district)
    assert district.press("zhangsf", "zhangsf", "去不了") == "act.survey_decline"
    assert "张师傅现在去不了现场" in district.last_text("wrDUTY")


def test_somebody_who_was_not_asked_does_not_report(district: District) -> None:
    surveyed(district)
    assert district.say("wrRESIDENTS", "chendy", "/核实结果 0001 我看了") == "refused.not_found"


def in_stages(district: District, *done: str) -> None:
    """A building without leave, signed for, and as many of its stages as were done."""
    district.report_case("解放路15号楼顶违章建筑")
    assert district.case().class_id == "street.illegal_build"
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    district.say("wrCG", "cg1", "/签收 0001")
    for each in done:
        assert district.say("wrCG", "cg1", f"/阶段 0001 {each}") == "act.stage"


def stages(district: District) -> list[tuple[str, bool]]:
    """Names of the stages so far, and whether they run."""
    return [
        (clock.label, clock.stopped_at is None) for clock in district.clocks() if clock.step == Step.STAGE
    ]


def test_building_without_leave_goes_in_stages_of_its_own_time(district: District) -> None:
    in_stages(district, "已责令停工", "已立案处罚")
    assert district.say("wrCG", "cg1", "/阶段 0001 已拆除") == "refused.wrong_state"
    assert "已经是最后一个阶段" in district.last_text("wrCG")
    assert stages(district) == [("制止", False), ("处罚", False), ("拆除", True)]
    assert district.case().due_at is not None


def test_a_case_beyond_the_stages_there_are_by_now_is_in_the_last_one(district: District) -> None:
    in_stages(district, "已责令停工", "已立案处罚")
    limits = district.env.limits
    shorter = [row.model_copy(update={"stages": row.stages[:1]}) for row in limits.limits]
    district.env = replace(district.env, limits=limits.model_copy(update={"limits": shorter}))
    assert district.say("wrCG", "cg1", "/进展 0001 还在拆") == "act.progress"
    assert stages(district) == [("制止", False), ("处罚", False), ("拆除", False), ("制止", True)]
    assert district.say("wrCG", "cg1", "/阶段 0001 已拆除") == "refused.wrong_state"


def test_a_stage_goes_on_where_it_was_when_the_signature_is_taken_back(district: District) -> None:
    in_stages(district, "已责令停工")
    (before,) = [c for c in district.clocks() if c.step == Step.STAGE and c.stopped_at is None]
    district.advance(days=1)
    district.say("wrDUTY", "duty1", "/撤签 0001 没有动静")
    district.say("wrDUTY", "duty1", "/转办 0001 住建局")
    district.advance(days=1)
    district.say("wrZJ", "zj1", "/签收 0001")
    (after,) = [c for c in district.clocks() if c.step == Step.STAGE and c.stopped_at is None]
    assert (after.id, after.label, after.target_at) == (before.id, "处罚", before.target_at)
    assert after.unit_id == district.unit("HM-ZJ").id


def test_a_return_that_is_upheld_gives_a_stage_its_time_back(district: District) -> None:
    in_stages(district)
    district.say("wrCG", "cg1", "/退回 0001 不归我们")
    (before,) = [c for c in district.clocks() if c.step == Step.STAGE]
    since = district.now
    district.advance(hours=1)
    district.say("wrDUTY", "duty1", "/交办 0001 住建局")
    district.say("wrZJ", "zj1", "/签收 0001")
    (after,) = [c for c in district.clocks() if c.step == Step.STAGE]
    assert after.id == before.id
    assert after.target_at == before.target_at + timedelta(hours=1, seconds=1), since


def test_another_class_has_no_such_stages(district: District) -> None:
    in_stages(district, "已责令停工")
    district.say("wrDUTY", "duty1", "/改类 0001 路灯不亮")
    assert district.case().stage == 0
    assert [c for c in district.clocks() if c.step == Step.STAGE and c.stopped_at is None] == []


@pytest.mark.parametrize(
    ("said", "fen"),
    [
        ("双方签了协议，追回工资4000元", 400_000),
        ("已退回 1,200.50 元", 120_050),
        ("要回货款1.2万元", 1_200_000),
        ("劝了半天", 0),
        ("追回,元，数目忘了", 0),
        ("追回 4,,000元", 400_000),
    ],
)
def test_money_recovered_is_counted(district: District, said: str, fen: int) -> None:
    district.sign_case()
    assert district.say("wrCG", "cg1", f"/调解 0001 {said}") == "act.mediate"
    assert district.case().recovered_fen == fen


@pytest.mark.parametrize("said", ["追回3000万元", f"追回{'9' * 20}元", f"追回{'9' * 200}元"])
def test_more_money_than_can_be_counted_is_asked_about(district: District, said: str) -> None:
    district.sign_case()
    district.say("wrCG", "cg1", "/调解 0001 追回2000万元")
    slug = district.say("wrCG", "cg1", f"/调解 0001 {said}")
    if "9" * 200 in said:
        assert slug == "act.mediate"  # no amount, as far as anybody can read
    else:
        assert slug == "refused.missing_need"
        assert "最多记 2147 万元" in district.last_text("wrCG")
    assert district.case().recovered_fen == 2_000_000_000


def test_first_contact_stops_its_clock(district: District) -> None:
    district.dispatch_case()
    assert district.say("wrCG", "cg1", "/联系 0001 电话说明了情况") == "act.contact"
    assert district.case().contacted_at == district.now
    (clock,) = [clock for clock in district.clocks() if clock.step == Step.CONTACT]
    assert clock.stopped_at == district.now


def test_a_call_back_and_praise_are_kept(district: District) -> None:
    district.close_case()
    assert district.say("wrDUTY", "duty1", "/回访 0001 联系上 已解决 很满意") == "act.call_back"
    assert district.say("wrINTAKE", "zhangsf", "/表扬 0001 动作真快") == "act.praise"
    assert "表扬城管局：动作真快" in district.last_text("wrCG")
    assert district.case().status == Status.CLOSED


# Who reported it ---------------------------------------------------------------------------------


def test_who_reported_is_told_in_private_only_and_kept_on_record(district: District) -> None:
    district.dispatch_case()
    assert district.say("wrCG", "cg1", "/查看联系人 0001 需要上门核对") == "refused.not_allowed"
    assert "只在私聊里说" in district.last_text("wrCG")
    assert district.say("cg1", "cg1", "/查看联系人 0001 需要上门核对", direct=True) == "act.reveal"
    assert "报事人：张师傅" in district.last_text("cg1")
    event = district.events()[-1]
    assert (event.act, event.actor_name, event.text) == ("reveal", "城管一号", "需要上门核对")
    assert "张师傅" not in district.chat_text("wrCG")


def test_who_reported_is_told_for_a_reason_and_to_those_who_work_on_it(district: District) -> None:
    district.dispatch_case()
    assert district.say("cg1", "cg1", "/查看联系人 0001", direct=True) == "refused.missing_need"
    assert district.say("zj1", "zj1", "/查看联系人 0001 看看", direct=True) == "refused.not_found"
    assert district.acts() == ["report", "assign"]


# Restricted ---------------------------------------------------------------------------------------

SECRET = "举报解放路15号城管队员收受商户红包"


@pytest.fixture
def secret(district: District) -> District:
    """A restricted case, and duty2 as the one who may read it."""
    district.env = replace(district.env, restricted_to=frozenset({"duty2"}))
    district.enter("duty2")
    district.enter("duty1")
    district.enter("zhangsf")
    assert district.say("wrINTAKE", "zhangsf", SECRET) == "case.opened"
    district.tick(district.advance(minutes=2))
    assert district.case().restricted
    return district


@pytest.mark.parametrize("command", ["/查 0001", "/受理 0001", "/催办 0001", "/作废 0001 不对"])
def test_a_restricted_case_does_not_exist_for_others(secret: District, command: str) -> None:
    assert secret.say("duty1", "duty1", command, direct=True) == "refused.not_found"
    assert "没有找到编号" in secret.last_text("duty1")
    assert secret.say("wrDUTY", "duty1", command) == "refused.not_found"


def test_a_restricted_case_is_in_nobody_elses_list(secret: District) -> None:
    for command in ("/待办", "/超时", "/本网格", "/我的"):
        secret.say("duty1", "duty1", command, direct=True)
        assert "0001" not in secret.last_text("duty1")
    secret.say("duty1", "duty1", "/今日", direct=True)
    assert "新收 0 件" in secret.last_text("duty1")
    secret.say("duty2", "duty2", "/待办", direct=True)
    assert "0001 待受理" in secret.last_text("duty2")


def test_the_named_few_work_on_it_in_private(secret: District) -> None:
    assert "红包" in secret.chat_text("duty2")
    assert secret.say("wrDUTY", "duty2", "/受理 0001") == "refused.not_allowed"
    assert secret.say("duty2", "duty2", "/受理 0001", direct=True) == "act.accept"


def test_no_group_hears_of_a_restricted_case(secret: District) -> None:
    for command in ("/受理 0001", "/交办 0001 公安局", "/吹哨 0001 市场监管局", "/提级 0001 严重"):
        assert secret.say("duty2", "duty2", command, direct=True).startswith("act.")
    for chat in ("wrDUTY", "wrGA", "wrSCJG", "wrCG", "wrINTAKE"):
        said = [push for push in secret.pushes(chat) if "红包" in push.text or "交公安局" in push.text]
        assert said == []
    assert secret.pushes("wrGA") == []
    assert "已收到，由专人办理并为您保密" in secret.last_text("wrINTAKE")
    assert "已交公安局办理" in secret.chat_text("zhangsf")


def test_a_button_made_up_for_it_finds_nothing(secret: District) -> None:
    number = secret.case().number
    assert secret.click("wrCG", "cg1", f"sign:{number}") == "refused.not_found"
    assert [push for push in secret.pushes("wrCG") if push.card] == []


# Lists --------------------------------------------------------------------------------------------


def listed(district: District, user: str, command: str) -> str:
    assert district.say(user, user, command, direct=True).startswith("command.")
    return district.last_text(user)


def test_what_waits_for_me_depends_on_who_i_am(district: District) -> None:
    district.sign_case()
    district.report_case(LAMP)
    assert "0001" in listed(district, "cg1", "/待办")
    assert "0002" not in listed(district, "cg1", "/待办")
    assert "0002 待受理" in listed(district, "duty1", "/待办")
    assert "0001" not in listed(district, "duty1", "/待办")
    assert listed(district, "zj1", "/待办") == "待办：没有。"
    assert listed(district, "zhangsf", "/待办") == "待办：没有。"


def test_a_called_unit_finds_the_case_among_what_waits(district: District) -> None:
    district.sign_case()
    district.say("wrDUTY", "duty1", "/协办 0001 住建局")
    assert "0001" in listed(district, "zj1", "/待办")


def test_what_a_leader_must_decide_waits_for_them(district: District) -> None:
    district.sign_case()
    assert listed(district, "leader1", "/待办") == "待办：没有。"
    district.say("wrCG", "cg1", "/延期 0001 1天 等配件")
    assert "0001" in listed(district, "leader1", "/待办")


def test_what_waits_for_a_reporter_is_their_answer(district: District) -> None:
    district.verify_case()
    assert "0001 待回访" in listed(district, "zhangsf", "/待办")


def test_overdue_is_listed_and_counted(district: District) -> None:
    district.sign_case()
    district.advance(days=20)
    assert "0001" in listed(district, "cg1", "/超时")
    assert "0001" in listed(district, "zhangsf", "/超时")
    assert listed(district, "chendy", "/超时") == "超时：没有。"
    assert "在办 1 件，其中超时 1 件" in listed(district, "duty1", "/今日")


def put_off(district: District) -> None:
    district.sign_case()
    assert district.say("wrDUTY", "duty1", "/挂账 0001 等雨停") == "act.suspend"


@pytest.mark.parametrize("go", [put_off, District.submit_case, District.verify_case])
def test_what_does_not_run_is_not_overdue(district: District, go: Callable[[District], object]) -> None:
    go(district)
    district.advance(days=60)
    for user in ("duty1", "cg1", "zhangsf"):
        assert listed(district, user, "/超时") == "超时：没有。"
    assert "在办 1 件，其中超时 0 件" in listed(district, "duty1", "/今日")
    with district.database.read() as session:
        table = monthly_report.build_report(session, district.env, date(2026, 3, 1), None, now=district.now)
    assert table.overdue == 0


def test_today_counts_what_came_and_what_went(district: District) -> None:
    district.close_case()
    district.report_case()
    assert (
        listed(district, "duty1", "/今日")
        == "今日：新收 2 件，办结 1 件；在办 1 件，其中超时 0 件、还没派出去 1 件。"
    )


def test_a_grid_officer_sees_the_open_cases_of_the_grid(district: District) -> None:
    district.say("wrRESIDENTS", "chendy", "解放新村3幢楼道堆放杂物")
    assert "0001" in listed(district, "wgxw", "/本网格")
    assert "0001" not in listed(district, "wgxl", "/本网格")

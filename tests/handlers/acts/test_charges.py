"""包案 and 首接负责 (B15): who answers for a case beside the unit that handles it."""

from datetime import date

import pytest
from sqlalchemy import select

from handlers.insight import monthly_report
from models.charges import Charge
from models.clocks import ClockRow
from models.figures import ChargeFigures, FirstReceipts
from models.organisation import Role
from models.time_limits import TimeLimit
from models.workflow import Status, Step
from scheduler import escalation
from tests.district import District


@pytest.fixture
def district(sqlite_district: District) -> District:
    return sqlite_district


def charges(district: District) -> list[Charge]:
    with district.database.read() as session:
        return list(session.scalars(select(Charge).order_by(Charge.id)))


def finish_clock(district: District) -> ClockRow:
    return next(
        clock for clock in district.clocks() if clock.step == Step.FINISH and clock.stopped_at is None
    )


def spend(district: District, share: float) -> None:
    """Let so much of the time to finish pass, and fire what is due."""
    clock = finish_clock(district)
    assert TimeLimit.parse(clock.limit) == TimeLimit(10, "h")
    at = clock.started_at + (clock.target_at - clock.started_at) * share
    district.now = max(at, district.now)
    with district.database.write() as session:
        escalation.fire_due(session, district.env, now=district.now)


def signed(district: District) -> District:
    district.enter("leader1")
    district.report_case()
    district.say("wrDUTY", "duty1", "/交办 0001 城管局 10小时")
    district.say("wrCG", "cg1", "/签收 0001")
    return district


def count_reminders(district: District) -> list[str]:
    return [said.text for said in district.pushes("leader1") if "包案的这件" in said.text]


def test_a_charge_from_half_the_time_to_the_end(district: District) -> None:
    signed(district)
    assert district.say("wrDUTY", "duty1", "/包案 0001 周主任") == "act.charge"
    assert "由周主任包案，城管局照常办理" in district.chat_text("wrCG")
    assert "您包案了" in district.chat_text("leader1")
    assert (district.case().status, district.case().charged_at) == (Status.IN_PROGRESS, district.now)
    for share, said in ((0.51, "过了 50%"), (0.81, "过了 80%"), (1.01, "已到期")):
        spend(district, share)
        reminded = count_reminders(district)
        assert said in reminded[-1]
        assert "周主任包案的这件" in reminded[-1]
    assert len(reminded) == 3
    assert "包案的这件" not in district.chat_text("wrDUTY")  # in private only
    district.say("wrCG", "cg1", "/反馈 0001 已清运", photos=1)
    district.say("wrDUTY", "duty1", "/核查 0001 通过")
    district.deliver_results()
    district.say("wrINTAKE", "zhangsf", "/评价 0001 已解决")
    assert "您包案的这件结束了：已办结" in district.last_text("leader1")
    [charge] = charges(district)
    assert (charge.ended_at, district.case().charged_at) == (district.now, None)
    with district.database.read() as session:
        month = monthly_report.build_report(session, district.env, date(2026, 3, 1), None, now=district.now)
    assert month.charges == (ChargeFigures("leader1", "周主任", taken=1, finished=1, late=1),)
    district.say("wrDUTY", "duty1", "/月报 2026-03")
    assert "领导包案：周主任 1 件（办结 1，超期 1）" in district.last_text("wrDUTY")
    assert district.find_drift() == {}


def test_without_a_charge_nobody_is_reminded_at_half_and_late_ones_hear_what_is_ahead(
    district: District,
) -> None:
    signed(district)
    spend(district, 0.6)
    assert finish_clock(district).marks == []
    assert district.say("leader1", "leader1", "/包案 0001", direct=True) == "act.charge"
    assert finish_clock(district).marks == ["charge50%"]
    spend(district, 0.81)
    assert len(count_reminders(district)) == 1
    # More time begins the reminders anew.
    district.say("wrCG", "cg1", "/延期 0001 2天 等车")
    district.say("wrDUTY", "duty1", "/同意 0001")
    assert "charge80%" not in finish_clock(district).marks


def test_a_leader_takes_it_with_one_press_and_gives_it_back_with_a_reason(district: District) -> None:
    signed(district)
    district.say("leader1", "leader1", "/卡片 0001", direct=True)
    assert district.press("leader1", "leader1", "包案") == "act.charge"
    assert "包案" not in [button.text for button in district.last_card("leader1").buttons]
    assert district.say("wrDUTY", "duty1", "/包案 0001 周主任") == "refused.wrong_state"
    assert "已经有领导包案" in district.last_text("wrDUTY")
    assert district.say("leader1", "leader1", "/解除包案 0001", direct=True) == "refused.missing_need"
    assert district.say("leader1", "leader1", "/解除包案 0001 分工调整", direct=True) == "act.discharge"
    assert "周主任不再包案：分工调整" in district.chat_text("wrCG")
    assert (charges(district)[0].ended_at, district.case().charged_at) == (district.now, None)
    spend(district, 1.01)
    assert count_reminders(district) == []
    assert district.find_drift() == {}


@pytest.mark.parametrize(
    ("chat", "user", "said", "why"),
    [
        ("wrDUTY", "duty1", "/包案 0001", "请写上领导的姓名"),
        ("wrDUTY", "duty1", "/包案 0001 张师傅", "没有找到领导"),
        ("wrDUTY", "duty1", "/包案 0001 other", "不是管这件的领导"),
        ("wrDUTY", "leader1", "/包案 0001 other", "领导只能自己包案"),
        ("wrCG", "cg1", "/包案 0001", "这一步由领导或值班员来做"),
        ("wrDUTY", "duty1", "/解除包案 0001 不用了", "没有领导包案"),
    ],
)
def test_a_charge_is_refused_with_who_may(
    district: District, chat: str, user: str, said: str, why: str
) -> None:
    district.hire("other", Role.LEADER, "HM-BJ")
    signed(district)
    assert district.say(chat, user, said).startswith("refused.")
    assert why in district.last_text(chat)
    assert charges(district) == []


def test_undoing_the_end_of_a_case_undoes_the_end_of_its_charge(district: District) -> None:
    district.enter("leader1")
    district.report_case()
    district.say("wrDUTY", "duty1", "/包案 0001 leader1")
    district.say("wrDUTY", "duty1", "/不予受理 0001 不属实")
    assert charges(district)[0].ended_at is not None
    assert district.say("wrDUTY", "duty1", "/撤销 0001") == "act.undo"
    assert charges(district)[0].ended_at is None
    assert district.case().charged_at is not None
    assert district.find_drift() == {}


def test_the_first_receiver_hears_state_unit_time_and_end_and_nothing_said_since(district: District) -> None:
    signed(district)
    district.say("wrCG", "cg1", "/退回 0001 不归我们")
    district.say("wrDUTY", "duty1", "/交办 0001 住建局")
    heard = district.last_text("wrCG")
    assert heard.startswith("你们首接的〔WG260330-0001〕由住建局办，现在是「待签收」，")
    assert f"{district.env.local(finish_clock(district).target_at):%H:%M} 前办结" in heard
    before = district.chat_text("wrCG")
    district.say("wrZJ", "zj1", "/签收 0001")
    district.say("wrZJ", "zj1", "/进展 0001 正在联系施工方")
    assert district.chat_text("wrCG") == before
    district.say("wrZJ", "zj1", "/反馈 0001 施工方已清运", photos=1)
    district.say("wrDUTY", "duty1", "/核查 0001 通过")
    district.deliver_results()
    photos = len(district.photos("wrCG"))
    district.say("wrINTAKE", "zhangsf", "/评价 0001 已解决 满意 谢谢")
    assert "你们首接的〔WG260330-0001〕结束了：已办结" in district.last_text("wrCG")
    said = district.chat_text("wrCG").removeprefix(before)
    assert "施工方" not in said
    assert "谢谢" not in said
    assert len(district.photos("wrCG")) == photos
    with district.database.read() as session:
        month = monthly_report.build_report(session, district.env, date(2026, 3, 1), None, now=district.now)
    assert month.first_receipts == (
        FirstReceipts("HM-CG", "城管局", "cg1", "城管一号", received=1, passed=1, finished=1),
    )


def test_who_never_took_it_is_no_first_receiver(district: District) -> None:
    district.dispatch_case()
    district.say("wrDUTY", "duty1", "/转办 0001 住建局")
    assert "首接" not in district.chat_text("wrCG")

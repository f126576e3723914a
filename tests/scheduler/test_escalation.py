"""What happens as time passes: reminders, what is done by itself, and that each happens once."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from models.clocks import ClockRow
from models.pushes import PushPurpose
from models.workflow import Status
from scheduler import daily_checks, escalation
from tests.district import GAS, LAMP, District


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and times: which database it is cannot matter."""
    return sqlite_district


def tick(district: District, at: datetime | None = None) -> int:
    district.now = at or district.now
    with district.database.write() as session:
        return escalation.fire_due(session, district.env, now=district.now)


def told(district: District, chat: str, light: str) -> list[str]:
    """The reminders of this colour that a chat got."""
    return [said.text for said in district.pushes(chat) if light in said.text]


def within(district: District, share: float) -> datetime:
    """When this share of the signed case's time has run: four working days of one week."""
    case = district.case()
    assert case.due_at is not None
    return case.opened_at + (case.due_at - case.opened_at) * share


def contacted(district: District) -> None:
    """Signed, spoken to and at work, so that only the finish is left to remind of."""
    district.sign_case()
    district.say("wrCG", "cg1", "/联系 0001")


def test_yellow_comes_at_four_fifths_of_the_time(district: District) -> None:
    contacted(district)
    assert tick(district, within(district, 0.8) - timedelta(seconds=1)) == 0
    assert tick(district, within(district, 0.8)) == 1
    (reminder,) = told(district, "wrCG", "🟡")
    assert reminder == ("长江路静海路口工地门口积存建筑垃圾渣土〔WG260330-0001〕🟡 办结 明天 09:05 到期。")


def test_red_comes_when_it_runs_out_to_the_unit_and_the_desk(district: District) -> None:
    contacted(district)
    tick(district, within(district, 0.8))
    assert tick(district, within(district, 1.0)) == 1
    for chat in ("wrCG", "wrDUTY"):
        (reminder,) = told(district, chat, "🔴")
        assert "🔴 办结 09:05 已到期，请马上处理。" in reminder
    assert told(district, "wrINTAKE", "🔴") == []


def test_a_reminder_that_has_not_left_gives_way_to_the_next_of_its_clock(district: District) -> None:
    contacted(district)
    tick(district, within(district, 0.8))
    tick(district, within(district, 1.0))
    rows = [said.row for said in district.pushes("wrCG") if said.row.purpose == PushPurpose.REMINDER]
    yellow, red = (row.merge_key for row in rows)
    assert yellow == red is not None


def test_a_day_late_it_is_raised_once(district: District) -> None:
    contacted(district)
    for hours in (0, 24, 48, 96):
        tick(district, within(district, 1.0) + timedelta(hours=hours))
    assert district.case().level == 1
    assert district.acts().count("raise") == 1
    assert len(told(district, "wrDUTY", "办结已超期")) == 1


def test_ticking_again_says_nothing_again(district: District) -> None:
    contacted(district)
    tick(district, within(district, 1.0))
    before = len(district.pushes())
    assert [tick(district) for _ in range(3)] == [0, 0, 0]
    assert len(district.pushes()) == before


def test_whoever_was_away_for_days_is_told_the_last_mark_only(district: District) -> None:
    contacted(district)
    before = len(district.pushes("wrCG"))
    tick(district, within(district, 1.0) + timedelta(days=3))
    news = [said.text for said in district.pushes("wrCG")[before:]]
    assert not [text for text in news if "🟡 办结" in text]
    assert [text for text in news if "办结已超期" in text] or told(district, "wrDUTY", "办结已超期")
    assert district.case().level == 1
    assert tick(district) == 0


def test_many_reminders_for_one_chat_are_one_list(district: District) -> None:
    for _ in range(6):
        district.dispatch_case()
    before = len(district.pushes("wrCG"))
    tick(district, district.now + timedelta(hours=22))
    (digest,) = district.pushes("wrCG")[before:]
    assert digest.text.startswith("时限提醒（12 件）")
    assert len(digest.text.splitlines()) == 13


def test_time_that_was_extended_has_a_yellow_and_a_red_of_its_own(district: District) -> None:
    contacted(district)
    tick(district, within(district, 0.8))
    first = district.case().due_at
    assert district.say("wrCG", "cg1", "/延期 0001 2天 等车辆") == "act.extend"
    assert district.say("wrDUTY", "duty1", "/同意 0001") == "act.approve"
    assert first is not None
    assert district.case().due_at == first + timedelta(days=2)
    tick(district, first)
    assert told(district, "wrCG", "🔴") == []
    tick(district, first + timedelta(days=1.6))
    assert len(told(district, "wrCG", "🟡 办结 ")) == 2
    tick(district, first + timedelta(days=2))
    assert len(told(district, "wrCG", "🔴 办结 ")) == 1


def test_while_a_case_waits_nothing_is_told(district: District) -> None:
    contacted(district)
    district.say("wrDUTY", "duty1", "/挂账 0001 等雨停")
    assert tick(district, within(district, 1.0) + timedelta(days=30)) == 0


def test_a_silent_handler_loses_the_case_after_five_working_days(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/交办 0001 城管局 15天")
    district.say("wrCG", "cg1", "/签收 0001")
    district.say("wrCG", "cg1", "/联系 0001")
    # 4 to 6 April 2026 are Qingming.
    tick(district, datetime(2026, 4, 8, 1, 30, tzinfo=UTC))
    case = district.case()
    assert (case.status, case.handler_id) == (Status.DISPATCHED, None)
    assert "签收已收回" in district.chat_text("wrCG")
    assert district.events()[-1].actor_name == "系统"


def test_progress_keeps_the_case_with_its_handler(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/交办 0001 城管局 15天")
    district.say("wrCG", "cg1", "/签收 0001")
    district.now = datetime(2026, 4, 2, 1, 30, tzinfo=UTC)
    district.say("wrCG", "cg1", "/进展 0001 设备已进场")
    tick(district, datetime(2026, 4, 8, 1, 30, tzinfo=UTC))
    assert district.case().status == Status.IN_PROGRESS


def test_an_unanswered_question_closes_after_seven_days_and_counts_for_nobody(district: District) -> None:
    district.verify_case()
    asked = district.now
    tick(district, asked + timedelta(days=7) - timedelta(seconds=1))
    assert district.case().status == Status.CALLBACK
    tick(district, asked + timedelta(days=7))
    assert district.case().status == Status.CLOSED
    assert district.ratings() == []
    assert "已办结" in district.last_text("wrINTAKE")


def test_a_case_nobody_accepted_presses_the_desk(district: District) -> None:
    district.report_case(LAMP)
    tick(district, district.case().opened_at + timedelta(days=1))
    assert told(district, "wrDUTY", "🔴 受理 ")


def test_a_unit_without_a_group_is_pressed_through_the_desk(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/交办 0001 司法所")
    tick(district, district.now + timedelta(hours=20))
    assert told(district, "wrDUTY", "🟡 签收 ")


def test_an_urgent_case_is_pressed_at_once(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", GAS)
    tick(district, district.now + timedelta(minutes=30))
    assert any("🔴 签收 " in said.text and said.row.urgent for said in district.pushes())


def test_a_suspension_ends_on_its_day(district: District) -> None:
    contacted(district)
    due = district.case().due_at
    district.say("wrDUTY", "duty1", "/挂账 0001 等材料 到4月10日")
    began, ends = district.now, datetime(2026, 4, 10, 0, 30, tzinfo=UTC)
    assert district.case().resume_at == ends
    district.now = ends
    with district.database.write() as session:
        assert daily_checks.resume_due(session, district.env, now=district.now) == 1
    case = district.case()
    assert case.status == Status.IN_PROGRESS
    assert due is not None
    assert case.due_at is not None
    # The working time between 31 March and 10 April was not lost.
    assert case.due_at > ends + (due - began) - timedelta(days=1)
    assert "已恢复办理" in district.last_text("wrINTAKE")


def test_what_was_rolled_back_fires_the_next_time(district: District) -> None:
    contacted(district)
    at, before = within(district, 1.0), len(district.pushes())
    for _ in range(2):
        with suppress(RuntimeError), district.database.write() as session:
            assert escalation.fire_due(session, district.env, now=at) == 1
            raise RuntimeError("the power went")
    assert len(district.pushes()) == before
    assert tick(district, at) == 1
    assert len(told(district, "wrCG", "🔴 办结 ")) == 1


def test_a_case_that_no_clock_drives_is_found_at_night(district: District) -> None:
    case = district.report_case()
    with district.database.write() as session:
        session.execute(update(ClockRow).values(stopped_at=district.now))
    district.now = datetime(2026, 3, 30, 18, 30, tzinfo=UTC)
    for _ in range(2):
        with district.database.write() as session:
            daily_checks.run_checks(session, district.env, now=district.now)
    found = [said.text for said in district.pushes("wrDUTY") if "没有着落" in said.text]
    assert len(found) == 1
    assert case.number in found[0]

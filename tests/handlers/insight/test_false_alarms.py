"""How much talk a group has, and how often the bot takes it for a report."""

from datetime import timedelta

from sqlalchemy import insert

from handlers.insight import false_alarms
from models.figures import ChatFigures
from models.inbox import InboxRow
from tests.district import LAMP, MONDAY, RUBBLE, District


def figures(district: District, *, days: int = 7) -> list[ChatFigures]:
    with district.database.read() as session:
        return false_alarms.load_figures(session, district.env.zone, days=days, now=district.now)


def test_a_day_counts_what_was_heard_and_what_came_of_it(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", "今天天气不错", addressed=False)
    district.say("wrINTAKE", "zhangsf", "吃了吗", addressed=False)
    district.report_case(RUBBLE)
    wrong = district.report_case(LAMP)
    district.say("wrDUTY", "duty1", f"/不予受理 {wrong.number} 不是诉求")
    (found,) = figures(district)
    assert (found.chat, found.day.isoformat()) == ("intake-hm", "2026-03-30")
    assert (found.heard, found.talk, found.opened, found.false) == (4, 2, 2, 1)


def test_a_report_that_was_asked_for_more_is_counted(sqlite_district: District) -> None:
    sqlite_district.say("wrINTAKE", "zhangsf", "路灯不亮")
    sqlite_district.tick(sqlite_district.advance(minutes=3))
    (found,) = figures(sqlite_district)
    assert found.asked == 1


def test_days_are_those_of_the_office(sqlite_district: District) -> None:
    for hours in (0, 14, 15):
        sqlite_district.say(
            "wrINTAKE", "zhangsf", "吃了吗", addressed=False, at=MONDAY + timedelta(hours=hours)
        )
    assert [(each.day.day, each.heard) for each in figures(sqlite_district)] == [(31, 1), (30, 2)]


def test_days_before_are_left_out(sqlite_district: District) -> None:
    sqlite_district.say("wrINTAKE", "zhangsf", "吃了吗", addressed=False)
    sqlite_district.advance(days=3)
    assert figures(sqlite_district, days=3) == []
    assert len(figures(sqlite_district, days=4)) == 1


def test_the_rows_of_a_day_are_found_among_many_without_reading_them_all(sqlite_district: District) -> None:
    """Rows are numbered nearly in the order of their times, with gaps."""
    times = [MONDAY + timedelta(minutes=number - number % 3 * 2) for number in range(5000)]
    rows = [
        {
            "id": 3 * number + 1, "channel": "grid", "message_id": f"x{number}", "lane": "grid:wrINTAKE:zhangsf",
            "raw": "", "received_at": at, "not_before": MONDAY, "state": "done", "attempts": 0, "orphaned": 0,
            "result": "talk.chatter",
        }
        for number, at in enumerate(times)
    ]  # fmt: skip
    with sqlite_district.database.write() as session:
        session.execute(insert(InboxRow), rows)
    sqlite_district.now = MONDAY + timedelta(minutes=5000)
    found = figures(sqlite_district)
    assert sum(each.heard for each in found) == 5000
    local = [at.astimezone(sqlite_district.env.zone).date() for at in times]
    assert [each.heard for each in found] == [local.count(each.day) for each in found]


def test_the_desk_reads_its_groups_noise_in_the_chat(sqlite_district: District) -> None:
    sqlite_district.say("wrINTAKE", "zhangsf", "吃了吗", addressed=False)
    sqlite_district.report_case()
    assert sqlite_district.say("wrDUTY", "duty1", "/噪音") == "command.noise"
    said = sqlite_district.last_text("wrDUTY")
    assert "听到 2 条，闲聊 1 条，立案 1 件（误开 0 件），追问 0 次" in said


def test_a_reporter_may_not_ask_for_it(sqlite_district: District) -> None:
    assert sqlite_district.say("wrINTAKE", "zhangsf", "/噪音").startswith("refused.")


def test_what_its_reporter_took_back_was_no_false_alarm(sqlite_district: District) -> None:
    number = sqlite_district.report_case().number
    sqlite_district.say("wrINTAKE", "zhangsf", f"/撤回 {number}")
    assert sqlite_district.say("wrDUTY", "duty1", f"/作废 {number}") == "act.void_withdrawn"
    found = [day for day in figures(sqlite_district) if day.opened]
    assert [(day.opened, day.false) for day in found] == [(1, 0)]

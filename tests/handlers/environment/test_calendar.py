"""The office's own word on a day: for new limits only, and never in silence."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from handlers.environment import calendar
from handlers.environment.snapshot import Environment
from models.calendar import WorkCalendar
from models.database import Database
from scheduler import escalation
from tests.district import District

WEDNESDAY = date(2026, 4, 1)


def resting(env: Environment, day: date) -> Environment:
    """The same office, where this day is no working day any more."""
    days = {**env.calendar.days, day: False}
    return replace(env, calendar=WorkCalendar(env.zone, days, env.calendar.hours))


def test_a_running_clock_keeps_its_due_time_when_a_reminder_fires(sqlite_district: District) -> None:
    case = sqlite_district.sign_case()
    before = {clock.id: clock.target_at for clock in sqlite_district.clocks()}
    assert case.due_at is not None
    with sqlite_district.database.write() as session:
        escalation.fire_due(
            session, resting(sqlite_district.env, WEDNESDAY), now=case.due_at + timedelta(hours=1)
        )
    assert {clock.id: clock.target_at for clock in sqlite_district.clocks() if clock.id in before} == before
    assert any(clock.marks for clock in sqlite_district.clocks())


def test_a_new_clock_counts_with_the_new_day(sqlite_district: District) -> None:
    before = sqlite_district.report_case().due_at
    sqlite_district.env = resting(sqlite_district.env, WEDNESDAY)
    after = sqlite_district.report_case("秀山路与丝绸路路口工地门口建筑垃圾").due_at
    assert before is not None
    assert after is not None
    assert after - before > timedelta(hours=23)


def test_a_recomputed_due_time_stands_in_the_record_with_the_old_one(sqlite_district: District) -> None:
    case = sqlite_district.sign_case()
    before = case.due_at
    sqlite_district.say("wrDUTY", "duty1", f"/挂账 {case.number} 等雨停 到4月1日")
    sqlite_district.env = resting(sqlite_district.env, date(2026, 4, 3))
    sqlite_district.say("wrDUTY", "duty1", f"/恢复 {case.number}")
    after = sqlite_district.case().due_at
    (resumed,) = [event for event in sqlite_district.events() if event.act == "resume"]
    assert before is not None
    assert after is not None
    assert after > before
    assert datetime.fromisoformat(resumed.fields["due_at"]) == after


def test_clocks_of_working_time_across_a_day_are_counted(sqlite_district: District) -> None:
    sqlite_district.sign_case()
    zone = sqlite_district.env.zone
    with sqlite_district.database.read() as session:
        counted = [calendar.load_across(session, day, zone) for day in (WEDNESDAY, date(2027, 1, 1))]
    assert counted[0] > 0
    assert counted[1] == 0


def test_an_announced_year_does_not_come_back_over_the_offices_word(database: Database) -> None:
    with database.write() as session:
        calendar.override_day(session, WEDNESDAY, working=False, note="停电")
        calendar.seed_calendar(session, [2026])
    with database.read() as session:
        day = calendar.list_year(session, 2026)[WEDNESDAY]
    assert (day.working, day.source, day.note) == (False, "office", "停电")

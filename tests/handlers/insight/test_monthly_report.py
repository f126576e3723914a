"""The month's table: what counts for what, and who may read it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from handlers.commands.figures.monthly_report import parse_month
from handlers.insight import monthly_report
from models.figures import Figures, MonthlyReport
from models.organisation import Unit
from scheduler import escalation
from tests.district import MONDAY, District

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


def table(district: District, *, unit: str | None = None, first: date = MARCH) -> MonthlyReport:
    with district.database.read() as session:
        scope = session.scalar(select(Unit).where(Unit.code == unit)) if unit else None
        return monthly_report.build_report(session, district.env, first, scope, now=district.now)


def test_a_case_closed_by_time_is_neither_solved_nor_satisfied(sqlite_district: District) -> None:
    district = sqlite_district
    case = district.verify_case()
    for _ in range(60):
        with district.database.write() as session:
            escalation.fire_due(session, district.env, now=district.advance(hours=12))
    assert district.case(case.number).status == "CLOSED"
    total = table(district).total
    assert (total.answered, total.unrated) == (1, 1)
    assert (total.rated, total.solved, total.satisfied) == (0, 0, 0)
    assert (total.solve_rate, total.satisfaction) == (None, None)


def test_solved_without_a_word_on_satisfaction_is_not_judged(sqlite_district: District) -> None:
    number = sqlite_district.verify_case().number
    sqlite_district.say("wrINTAKE", "zhangsf", f"/评价 {number} 已解决")
    total = table(sqlite_district).total
    assert (total.rated, total.solved, total.judged) == (1, 1, 0)


@pytest.mark.parametrize(("words", "judged"), [("未解决", 0), ("未解决 不满意", 1), ("已解决 不满意", 1)])
def test_satisfaction_counts_what_was_said(sqlite_district: District, words: str, judged: int) -> None:
    number = sqlite_district.verify_case().number
    sqlite_district.say("wrINTAKE", "zhangsf", f"/评价 {number} {words}")
    total = table(sqlite_district).total
    assert (total.rated, total.judged, total.satisfied) == (1, judged, 0)
    assert (total.reworked, total.redone) == ((1, 1) if words.startswith("未解决") else (0, 0))


def test_what_was_rejected_is_shown_and_counts_for_nothing_else(sqlite_district: District) -> None:
    number = sqlite_district.report_case().number
    sqlite_district.say("wrDUTY", "duty1", f"/不予受理 {number} 不属于本区")
    total = table(sqlite_district).total
    assert total == Figures(excluded=1)


@pytest.mark.parametrize("then", ["", "/作废 {number}", "/继续办 {number}"])
def test_what_its_reporter_took_back_stands_apart(sqlite_district: District, then: str) -> None:
    number = sqlite_district.report_case().number
    sqlite_district.say("wrINTAKE", "zhangsf", f"/撤回 {number}")
    if then:
        sqlite_district.say("wrDUTY", "duty1", then.format(number=number))
    goes_on = then.startswith("/继续办")
    assert table(sqlite_district).total == (Figures(received=1) if goes_on else Figures(withdrawn=1))
    sqlite_district.say("wrDUTY", "duty1", "/月报 3月")
    assert ("报事人撤回的 1 件" in sqlite_district.last_text("wrDUTY")) is not goes_on


def test_restricted_cases_are_in_no_table(sqlite_district: District) -> None:
    case = sqlite_district.close_case()
    with sqlite_district.database.write() as session:
        session.merge(case).restricted = True
    assert table(sqlite_district).lines == ()


def test_what_is_not_due_yet_is_neither_in_time_nor_late(sqlite_district: District) -> None:
    sqlite_district.sign_case()
    assert (table(sqlite_district).total.due, table(sqlite_district).overdue) == (0, 0)
    sqlite_district.advance(days=30)
    assert (table(sqlite_district).total.due, table(sqlite_district).overdue) == (1, 1)
    assert table(sqlite_district).total.on_time == 0


def test_months_end_at_local_midnight(sqlite_district: District) -> None:
    # 31 March 23:59 and 1 April 0:01 in Shanghai.
    sqlite_district.now = datetime(2026, 3, 31, 15, 59, tzinfo=UTC)
    sqlite_district.report_case()
    sqlite_district.now = datetime(2026, 3, 31, 16, 1, tzinfo=UTC)
    sqlite_district.report_case()
    assert table(sqlite_district).total.received == 1
    april = table(sqlite_district, first=APRIL)
    assert (april.total.received, april.before.received) == (1, 1)


def test_a_table_of_a_unit_holds_its_own_cases_only(sqlite_district: District) -> None:
    sqlite_district.close_case()
    assert table(sqlite_district, unit="HM-CG").total.received == 1
    assert table(sqlite_district, unit="HM-ZJ").total.received == 0


def test_units_of_equal_score_share_a_rank() -> None:
    best = Figures(received=1, answered=1, rated=1, solved=1, judged=1, satisfied=1)
    assert best.score == pytest.approx(1.0)
    assert Figures(received=1, answered=1).score is None
    assert (best + best).received == 2


def test_the_desk_asks_for_the_month_in_the_group(district: District) -> None:
    district.close_case()
    district.now = MONDAY + timedelta(days=3)
    assert district.say("wrDUTY", "duty1", "/月报") == "command.month"
    said = district.last_text("wrDUTY")
    assert "2026 年 3 月月报 海门区" in said
    assert "1. 城管局：受理 1 件\n回应 100 % 解决 100 % 满意 100 % 按时 100 %" in said
    assert max(map(len, said.splitlines())) <= 36
    district.say("wrDUTY", "duty1", "/发布月报 3月 全省第 2 名")
    district.say("wrDUTY", "duty1", "/发布月报 3月")
    assert "第 2 版" in district.last_text("wrDUTY")
    district.say("wrDUTY", "duty1", "/月报")
    assert "已发布第 2 版。现在和那时比：没有变化" in district.last_text("wrDUTY")


@pytest.mark.parametrize(("user", "text"), [("zhangsf", "/月报"), ("chendy", "/月报 2026-03")])
def test_reporters_get_no_table(sqlite_district: District, user: str, text: str) -> None:
    assert sqlite_district.say("wrINTAKE", user, text) == "refused.not_allowed"


@pytest.mark.parametrize(
    ("text", "slug"), [("去年", "missing_need"), ("2026-13", "missing_need"), ("2027-01", "wrong_state")]
)
def test_a_month_that_is_none_is_refused(sqlite_district: District, text: str, slug: str) -> None:
    assert sqlite_district.say("wrDUTY", "duty1", f"/月报 {text}") == f"refused.{slug}"


@pytest.mark.parametrize(
    ("text", "found"),
    [("2026-03", MARCH), ("2026年3月", MARCH), ("3月", MARCH), ("12月", date(2025, 12, 1)), ("三月", None)],
)
def test_months_are_written_in_several_ways(text: str, found: date | None) -> None:
    assert parse_month(text, APRIL) == found


def test_at_the_end_of_a_month_this_one_is_offered_too(sqlite_district: District) -> None:
    for day, offered in ((29, False), (30, True), (31, True)):
        sqlite_district.now = datetime(2026, 3, day, 4, tzinfo=UTC)
        sqlite_district.say("wrDUTY", "duty1", "/月报")
        said = sqlite_district.last_text("wrDUTY")
        assert said.startswith("2026 年 2 月月报")
        assert ("看本月到今天的：发 /月报 2026-03" in said) is offered

"""Figures that are kept by day say what a recount of all cases says, whatever happened since they were kept."""

import random
from datetime import date

from sqlalchemy import select, update

from handlers.insight.counts import folding, kept
from handlers.insight.counts.cuts import Cut
from handlers.insight.periods import Period
from models.figures import Figures
from models.kept_figures import KeptCase, KeptFigures
from tests.district import District
from tests.handlers.insight.recounts import find_differences, keep_figures

TABLES = ("HM", "HM-CG", "HM-HM", "HM-HM-CJ")
"""The district, a department, a town and a village of it."""
WEEKS = Period(date(2026, 3, 30), date(2026, 4, 30))


def _compare(district: District) -> dict[int | None, Figures]:
    """The figures as they are read, which are those of a recount in every cut and in the table of every unit."""
    with district.database.read() as session:
        assert find_differences(session, district, WEEKS, TABLES) == {}
        return kept.load_table(session, district.env.zone, WEEKS, None, now=district.now)


def test_what_is_read_is_a_recount_at_any_time(district: District) -> None:
    dice = random.Random(5)
    for _ in range(4):
        first = district.dispatch_case()
        district.report_case()
        _compare(district)
        district.advance(days=1)
        if dice.random() < 0.7:
            assert keep_figures(district) > 0
        _compare(district)
        district.say("wrCG", "cg1", f"/签收 {first.number}")
        district.say("wrCG", "cg1", f"/反馈 {first.number} 已清运", photos=1)
        _compare(district)
        district.say("wrDUTY", "duty1", f"/核查 {first.number} 通过")
    figures = sum(_compare(district).values(), Figures())
    assert (figures.received, figures.in_grid) == (8, 0)
    assert figures.due > figures.on_time > 0


def test_what_happens_to_a_day_that_is_kept_is_kept_with_it(district: District) -> None:
    case = district.report_case()
    assert keep_figures(district) == 1, "the running day"
    assert keep_figures(district) == 0
    district.advance(days=1)
    assert keep_figures(district) > 0, "the day that runs now, and what is late of yesterday"
    assert keep_figures(district) == 0
    district.say("wrDUTY", "duty1", f"/不予受理 {case.number} 不属于本区")
    district.advance(minutes=5)
    assert keep_figures(district) == 1
    with district.database.read() as session:
        days = session.scalars(select(KeptFigures).where(KeptFigures.cut == Cut.UNIT)).all()
        assert [(row.received, row.excluded, row.overdue) for row in days] == [(0, 1, 0)]


def test_only_the_cases_with_news_are_counted(district: District) -> None:
    """However many the running day has: what else there is comes from what is kept."""
    first = district.report_case()
    district.dispatch_case()
    keep_figures(district)
    with district.database.write() as session:
        session.execute(update(KeptFigures).values(received=KeptFigures.received + 10))
    district.say("wrDUTY", "duty1", f"/不予受理 {first.number} 不属于本区")
    with district.database.read() as session:
        found = kept.load(session, district.env.zone, Cut.SOURCE, WEEKS, ("received",), now=district.now)
    assert [*found.values()] == [(2 + 10 - 1,)]


def test_a_limit_that_runs_out_counts_at_once(district: District) -> None:
    case = district.dispatch_case()
    keep_figures(district)
    assert case.due_at is not None
    district.advance(seconds=(case.due_at - district.now).total_seconds() + 1)
    late = sum(_compare(district).values(), Figures())
    assert (late.due, late.on_time) == (1, 0)
    keep_figures(district)
    assert sum(_compare(district).values(), Figures()) == late


def test_a_recount_finds_a_day_that_is_wrong(district: District) -> None:
    district.report_case()
    opened = district.env.local(district.now).date()
    district.advance(days=1)
    keep_figures(district)
    with district.database.write() as session:
        of_hours = update(KeptFigures).where(KeptFigures.cut == Cut.HOUR)
        session.execute(of_hours.values(received=KeptFigures.received + 1))
    with district.database.read() as session:
        assert folding.recount(session, district.env.zone) == {opened: ["hour"]}


def test_a_recount_finds_a_case_that_is_wrong(district: District) -> None:
    """Though its day adds up."""
    district.report_case()
    keep_figures(district)
    with district.database.write() as session:
        session.execute(update(KeptCase).values(answered=1))
        session.execute(update(KeptFigures).values(answered=1))
    with district.database.read() as session:
        (found,) = folding.recount(session, district.env.zone).values()
    assert "cases" in found

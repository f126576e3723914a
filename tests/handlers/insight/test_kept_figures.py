"""Figures that are kept by day say what a recount of all cases says, whatever happened since they were kept."""

import random
from datetime import date

from sqlalchemy import select, update

from handlers.insight.cohort import lies_in_table
from handlers.insight.counts import cuts, folding, kept, responsibility
from handlers.insight.counts.cuts import COLUMNS, FIGURES, Cut
from handlers.insight.periods import Period
from models.cases import Case
from models.figures import Figures
from models.kept_figures import KeptFigures
from models.organisation import Unit
from tests.district import District

TABLES = ("HM", "HM-CG", "HM-HM", "HM-HM-CJ")
"""The district, a department, a town and a village of it."""
WEEKS = Period(date(2026, 3, 30), date(2026, 4, 30))


def _keep(district: District) -> int:
    with district.database.read() as session:
        counted = folding.count_changed(session, district.env.zone, now=district.now)
    if counted is None:
        return 0
    with district.database.write() as session:
        return folding.store(session, counted)


def _compare(district: District) -> dict[int | None, Figures]:
    """The figures as they are read, which are those of a recount in every cut and in the table of every unit."""
    zone, now = district.env.zone, district.now
    begins, ends = WEEKS.bounds(zone)
    opened = Case.opened_at >= begins, Case.opened_at < ends
    with district.database.read() as session:
        assert folding.recount(session, zone, now=now) == {}
        for cut, names in COLUMNS.items():
            columns = cuts.list_columns(names, zone, now)
            counted = cuts.count(session, columns, FIGURES, lies_in_table(None), *opened, now=now)
            assert kept.load(session, zone, cut, WEEKS, now=now) == counted, cut
        for unit in session.scalars(select(Unit).where(Unit.code.in_(TABLES))):
            scope = lies_in_table(unit)
            counted = cuts.count(
                session, cuts.list_columns(COLUMNS[Cut.UNIT], zone, now), FIGURES, scope, *opened, now=now
            )
            read = kept.load_table(session, zone, WEEKS, unit, now=now)
            assert read == {key or None: kept.to_figures(numbers) for (key,), numbers in counted.items()}
            receipts = responsibility.count_receipts(session, scope, *opened)
            assert kept.load_receipts(session, zone, WEEKS, unit) == receipts
        return kept.load_table(session, zone, WEEKS, None, now=now)


def test_what_is_read_is_a_recount_at_any_time(district: District) -> None:
    dice = random.Random(5)
    for _ in range(4):
        first = district.dispatch_case()
        district.report_case()
        _compare(district)
        district.advance(days=1)
        if dice.random() < 0.7:
            assert _keep(district) > 0
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
    district.advance(days=1)
    assert _keep(district) == 1
    assert _keep(district) == 0
    district.say("wrDUTY", "duty1", f"/不予受理 {case.number} 不属于本区")
    district.advance(minutes=5)
    assert _keep(district) == 1
    with district.database.read() as session:
        days = session.scalars(select(KeptFigures).where(KeptFigures.cut == Cut.UNIT)).all()
        assert [(row.received, row.excluded) for row in days] == [(0, 1)]


def test_a_recount_finds_a_day_that_is_wrong(district: District) -> None:
    district.report_case()
    opened = district.env.local(district.now).date()
    district.advance(days=1)
    _keep(district)
    with district.database.write() as session:
        of_hours = update(KeptFigures).where(KeptFigures.cut == Cut.HOUR)
        session.execute(of_hours.values(received=KeptFigures.received + 1))
    with district.database.read() as session:
        assert folding.recount(session, district.env.zone, now=district.now) == {opened: ["hour"]}

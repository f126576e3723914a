"""Figures that are kept by day say what a recount of all cases says, whatever happened since they were kept."""

import random
from datetime import date

from sqlalchemy import update

from handlers.insight.cohort import lies_in_table
from handlers.insight.counts import kept
from handlers.insight.periods import Period
from models.figures import Figures
from models.kept_figures import KeptFigures
from tests.district import District

WEEKS = Period(date(2026, 3, 30), date(2026, 4, 30))


def _keep(district: District) -> int:
    with district.database.read() as session:
        counted = kept.count_changed(session, district.env, now=district.now)
    if counted is None:
        return 0
    with district.database.write() as session:
        return kept.store(session, counted)


def _compare(district: District) -> dict[int | None, Figures]:
    """The figures as they are read, which are those of a recount."""
    env, now = district.env, district.now
    with district.database.read() as session:
        read = kept.load_table(session, env, WEEKS, now=now)
        bounds = WEEKS.bounds(env.zone)
        assert read == kept.count_cohort(session, lies_in_table(None), *bounds, now=now)
        assert kept.recount(session, env, now=now) == {}
    return read


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
        days = session.query(KeptFigures).all()
        assert [(row.received, row.excluded) for row in days] == [(0, 1)]


def test_a_recount_finds_a_day_that_is_wrong(district: District) -> None:
    district.report_case()
    opened = district.env.local(district.now).date()
    district.advance(days=1)
    _keep(district)
    with district.database.write() as session:
        session.execute(update(KeptFigures).values(received=KeptFigures.received + 1))
    with district.database.read() as session:
        assert kept.recount(session, district.env, now=district.now) == {opened: ["received"]}

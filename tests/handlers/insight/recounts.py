"""The figures as they are read beside those of a recount of all cases, and the ticker that keeps them."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handlers.insight.cohort import OVERDUE, define_figures, lies_in_table
from handlers.insight.counts import cuts, folding, kept, responsibility
from handlers.insight.counts.cuts import COLUMNS, FIGURES, STORED, Cut
from handlers.insight.periods import Period
from models.cases import Case
from models.organisation import Unit
from tests.district import District


def keep_figures(district: District) -> int:
    """One look of the ticker; of how many days it kept something."""
    with district.database.read() as session:
        counted = folding.count_changed(session, district.env.zone, now=district.now)
    if counted is None:
        return 0
    with district.database.write() as session:
        return folding.store(session, counted)


def find_differences(
    session: Session,
    district: District,
    period: Period,
    tables: Iterable[str],
    which: Iterable[Cut] = tuple(Cut),
) -> Mapping[str, Any]:
    """Where what is read of the period is not what is counted now: in these cuts, and in the tables of the
    units of these codes; and which kept days do not say what their cases say.
    """
    zone, now = district.env.zone, district.now
    begins, ends = period.bounds(zone)
    opened = Case.opened_at >= begins, Case.opened_at < ends
    pairs: dict[str, tuple[Any, Any]] = {"days": (folding.recount(session, zone), {})}
    for cut in which:
        columns = cuts.list_columns(COLUMNS[cut], zone, now)
        counted = cuts.count(session, columns, STORED, lies_in_table(None), *opened, now=now)
        pairs[cut] = kept.load(session, zone, cut, period, STORED, now=now), counted
    by_unit = cuts.list_columns(COLUMNS[Cut.UNIT], zone, now)
    for unit in session.scalars(select(Unit).where(Unit.code.in_(tuple(tables)))):
        scope = lies_in_table(unit)
        counted = cuts.count(session, by_unit, FIGURES, scope, *opened, now=now)
        figures = {key or None: kept.to_figures(numbers) for (key,), numbers in counted.items()}
        pairs[unit.code] = kept.load_table(session, zone, period, unit, now=now), figures
        receipts = responsibility.count_receipts(session, scope, *opened)
        pairs[f"{unit.code} first"] = kept.load_receipts(session, zone, period, unit, now=now), receipts
        late = select(Case.unit_id, func.count()).where(scope, define_figures(now)[OVERDUE])
        overdue = dict(session.execute(late.group_by(Case.unit_id)).all())
        pairs[f"{unit.code} late"] = kept.load_overdue(session, zone, unit, now=now), overdue
    return {name: (read, counted) for name, (read, counted) in pairs.items() if read != counted}

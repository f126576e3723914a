"""Which case counts for which figure: said once, for the counts of a report and for the lists behind them.

All figures are of one cohort, the cases opened in a period, in the state they have now; so a rate
never mixes one month's cases with another's answers. Definitions follow domain standards §9:

    excluded   void, rejected, merged: left out of everything else, and shown beside it
    withdrawn  its reporter took it back, whatever became of it: likewise, and not among the excluded
    answered   the result was sent to the reporter; 回应率 = answered ÷ received
    solved     by the reporter's own last rating; 解决率 = solved ÷ rated. What they called solved and was
               reopened is not rated any more, until they say so again
    satisfied  likewise; 满意率 = satisfied ÷ judged: whoever said nothing of it is not judged, solved or not
    in grid    solved by the grid itself (自办自结), no department was troubled: given to a unit, it is not
    redone     did not pass the check at least once; reopened: taken up again after its end
    unrated    closed without a rating: automatic closing is neither solved nor satisfied
    on time    fed back (or closed) by its limit; 按时率 = on time ÷ due, suspended cases deferred

Restricted cases (举报、作风) are in no table: one case of one unit would be as good as its name.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from handlers.cases import queries
from handlers.cases.queries import AREA_READERS, Asker
from handlers.environment.units import select_subtree
from handlers.errors import NotAllowed
from handlers.wording import reports as say
from models.cases import ASSIST, Assignment, Case, Rating
from models.organisation import OVERSEERS, Unit
from models.workflow import Status, Withdrawal

EXCLUDED = frozenset({Status.VOID, Status.REJECTED, Status.DUPLICATE})
MISSES = {
    "unanswered": ("received", "answered"),
    "unsolved": ("rated", "solved"),
    "dissatisfied": ("judged", "satisfied"),
    "not_on_time": ("due", "on_time"),
}
"""What is counted in the first figure and not in the second, its part."""
OVERDUE = "overdue"
"""Past their limit now, of whatever period; not what its reporter took back, which the desk is to decide."""
_STANDS = or_(Rating.solved.is_(False), Case.reopenings == 0, Case.closed_at == Rating.at)
"""The rating says something of the case as it is: what was called solved was not reopened since."""


def may_read_table(asker: Asker) -> bool:
    """Whether the figures of an area are theirs to read case by case: they look after one."""
    reader = as_table_reader(asker)
    return reader.oversees_area and reader.actor.unit_id is not None


def as_table_reader(asker: Asker) -> Asker:
    """The asker in the post by which they read figures: one that decides before one that only looks."""
    person = asker.person
    return asker.in_post(OVERSEERS if person is not None and person.find_post(OVERSEERS) else AREA_READERS)


def find_table_unit(session: Session, asker: Asker) -> Unit:
    """The unit whose figures, with all beneath it, the asker reads. Raises NotAllowed."""
    unit = as_table_reader(asker).unit(session)
    if unit is None or not may_read_table(asker):
        raise NotAllowed(say.may_not_read_rates())
    return unit


def lies_in_table(unit: Unit | None) -> ColumnElement[bool]:
    """Condition for the cases in the table of this unit and all beneath it; None means everything."""
    public = queries.is_visible(queries.PUBLIC)
    if unit is None:
        return public
    units = select_subtree(unit)
    # What nobody has placed yet belongs to the table of the whole district only.
    nowhere = and_(Case.area_id.is_(None), Case.unit_id.is_(None)) if unit.parent_id is None else ~true()
    return and_(public, or_(Case.area_id.in_(units), Case.unit_id.in_(units), nowhere))


# The tables of a page ask for all of them a dozen times at one moment, and they are some hundred expressions.
@lru_cache(maxsize=4)
def define_figures(now: datetime) -> Mapping[str, ColumnElement[bool]]:
    """Of each figure the condition for a case to count in it; true or false, never NULL.

    Those that `Figures` has, MISSES, and OVERDUE.
    """
    withdrawn = func.coalesce(Case.withdrawal, "") == Withdrawal.STOPS
    excluded = Case.status.in_(EXCLUDED)
    received = and_(~withdrawn, ~excluded)
    rated = and_(received, func.coalesce(_last_word(_STANDS), False))
    solved, satisfied = _last_word(Rating.solved).is_(True), _last_word(Rating.satisfied)
    finished = func.coalesce(Case.submitted_at, Case.closed_at)
    has_limit = and_(Case.due_at.is_not(None), Case.status != Status.SUSPENDED)
    due = and_(received, has_limit, or_(finished.is_not(None), Case.due_at < now))
    figures = {
        "received": received,
        "excluded": and_(~withdrawn, excluded),
        "withdrawn": withdrawn,
        "answered": and_(received, Case.replied_at.is_not(None)),
        "rated": rated,
        "solved": and_(rated, solved),
        "judged": and_(rated, satisfied.is_not(None)),
        "satisfied": and_(rated, satisfied.is_(True)),
        "unrated": and_(received, ~rated, Case.status == Status.CLOSED),
        "due": due,
        "on_time": and_(due, finished.is_not(None), finished <= Case.due_at),
        "in_grid": and_(received, Case.in_grid),
        "redone": and_(received, Case.reworks > 0),
        "reopened": and_(received, Case.reopenings > 0),
        "sent_back": and_(received, has_share(ShareKind.SENT_BACK)),
        OVERDUE: and_(~withdrawn, queries.is_overdue(now)),
    }
    misses = {key: and_(figures[whole], ~figures[part]) for key, (whole, part) in MISSES.items()}
    return {**figures, **misses}


class ShareKind(StrEnum):
    """What a unit did with its share of a case."""

    SENT_BACK = "sent_back"
    CALLED = "called"
    ARRIVED = "arrived"


_CALLED = Assignment.role == ASSIST
SHARES: Mapping[ShareKind, ColumnElement[bool]] = {
    ShareKind.SENT_BACK: Assignment.returned_at.is_not(None),
    ShareKind.CALLED: _CALLED,
    ShareKind.ARRIVED: and_(_CALLED, Assignment.arrived_at.is_not(None)),
}
"""Which assignments are such a share."""


def has_share(kind: ShareKind, unit: Unit | None = None) -> ColumnElement[bool]:
    """Condition for cases of which this unit, or any, has such a share, whoever has the case now."""
    share = exists().where(Assignment.case_id == Case.id, SHARES[kind])
    return (share if unit is None else share.where(Assignment.unit_id == unit.id)).correlate(Case)


def _last_word(
    column: "InstrumentedAttribute[bool] | InstrumentedAttribute[bool | None] | ColumnElement[bool]",
) -> ScalarSelect[bool]:
    """What the reporter last said of the case; NULL where nothing."""
    said = select(column).where(Rating.case_id == Case.id).order_by(Rating.id.desc()).limit(1)
    return said.correlate(Case).scalar_subquery()

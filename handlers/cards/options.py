"""What a card lets people choose from, page by page."""

from dataclasses import dataclass

from sqlalchemy import Integer, bindparam, or_, select
from sqlalchemy.orm import Session

from handlers.environment.session_cache import cached_in_session
from handlers.wording import labels
from models.cases import Case
from models.messages import Option
from models.organisation import Unit, UnitKind

MAX_OPTIONS = 10
"""Options of one choice (wecom-aibot.md §7)."""
NO_CHOICE = "-"
"""The option that chooses nothing and nobody."""
PLEASE_CHOOSE = Option(NO_CHOICE, labels.PLEASE_CHOOSE)


@dataclass(frozen=True, slots=True)
class OptionPage:
    """One page of what can be chosen on a card, and whether another page follows."""

    options: tuple[Option, ...]
    more: bool = False


def unit_options(session: Session, case: Case, page: int = 0) -> OptionPage:
    """Units to choose from on a card, `page` from 0: the suggested one first, then departments like it.

    Platforms choose the first option by themselves; without a suggestion that must be no unit.
    """
    suggested = case.suggested_unit_id or 0
    return cached_in_session(
        session, ("options", suggested, page), lambda: _load_unit_options(session, suggested, page)
    )


_CHOSEN_FROM = UnitKind.DEPARTMENT, UnitKind.ENTERPRISE, UnitKind.TOWN
_UNITS = (
    select(Unit)
    .where(or_(Unit.kind.in_(_CHOSEN_FROM), Unit.id == bindparam("suggested")))
    .order_by(Unit.id != bindparam("suggested"), Unit.id)
    .offset(bindparam("before", type_=Integer))
    .limit(bindparam("most", type_=Integer))
)


def _load_unit_options(session: Session, suggested: int, page: int) -> OptionPage:
    nobody = () if suggested and not page else (PLEASE_CHOOSE,)
    # A first page that needs no 请选择 holds one unit more than the others.
    before = page * (MAX_OPTIONS - 1) + (1 if suggested and page else 0)
    room = MAX_OPTIONS - len(nobody)
    units = session.scalars(_UNITS, {"suggested": suggested, "before": before, "most": room + 1}).all()
    named = (Option(unit.code, unit.display_name[:10]) for unit in units[:room])
    return OptionPage((*nobody, *named), more=len(units) > room)

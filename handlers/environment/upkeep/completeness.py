"""What an organisation lacks to work: units without a lead, offices without a group, nameless staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from handlers.environment.people.participation import takes_part
from handlers.environment.units import select_subtree
from handlers.wording.participation import gap_line
from models.organisation import (
    GRIDS,
    OUTSIDERS,
    TERRITORIAL,
    UNIT_NAME,
    Account,
    Chat,
    ChatUse,
    Participation,
    Person,
    Role,
    Unit,
    has_post,
)
from models.personal_data import ERASED

MOST = 50
"""Named of each kind; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing of one kind: how many there are, and the first of them by name."""

    count: int
    names: Sequence[str]


def is_led() -> ColumnElement[bool]:
    """Whether somebody answers for a unit: its lead or deputy, unless they have left the office."""
    staff = _select_staff()
    return or_(func.coalesce(Unit.lead, "").in_(staff), func.coalesce(Unit.deputy, "").in_(staff))


def find_gaps(session: Session, unit: Unit) -> Mapping[str, Gap]:
    """What is missing beneath this unit, by the keys of `wording.upkeep.GAPS` but `silent`."""
    beneath = Unit.path.startswith(unit.path, autoescape=True)
    works_here = has_post(lambda role, unit_id: and_(role.not_in(OUTSIDERS), unit_id == Unit.id))
    staffed = select(Person.id).where(works_here).correlate(Unit).exists()
    group = exists().where(Chat.unit_id == Unit.id, Chat.use == ChatUse.HANDLING, Chat.gone_at.is_(None))
    works = Person.role.not_in(OUTSIDERS)
    nameless = and_(works, Person.name == "", Person.code.not_like(f"{ERASED}%"))
    reached = exists().where(Account.person_id == Person.id)
    units = select(UNIT_NAME).select_from(Unit).where(beneath)
    people = select(UNIT_NAME + " " + func.coalesce(func.nullif(Person.name, ""), Person.code))
    people = people.select_from(Person).join(Unit, Unit.id == Person.unit_id).where(beneath)
    chats = select(UNIT_NAME + " " + func.coalesce(func.nullif(Chat.name, ""), Chat.code))
    chats = chats.select_from(Chat).join(Unit, Unit.id == Chat.unit_id).where(beneath)
    queries = {
        "nobody": units.where(~is_led()),
        "undeputised": units.where(
            Unit.kind.in_(GRIDS), func.coalesce(Unit.deputy, "").not_in(_select_staff())
        ),
        "unstaffed": units.where(~staffed),
        "groupless": units.where(Unit.kind.not_in(TERRITORIAL), ~group),
        "gone": chats.where(Chat.gone_at.is_not(None)),
        "nameless": people.where(nameless),
        "unreached": people.where(works, ~reached),
    }
    return {key: _count(session, query) for key, query in queries.items()} | {
        "boundless": _find_boundless(session, unit),
        "undecided": _find_undecided(session, unit),
    }


@dataclass(frozen=True, slots=True)
class InformantCount:
    """How many informants are on the roster, and how many of them have agreed to take part (A06)."""

    agreed: int
    enrolled: int


def count_informants(session: Session, unit: Unit) -> InformantCount:
    """Those of the unit and beneath it; who was suspended is on no roster."""
    units = select_subtree(unit)
    here = has_post(lambda role, unit_id: and_(role == Role.INFORMANT, unit_id.in_(units)))
    columns = func.count(), func.count().filter(takes_part())
    row = session.execute(select(*columns).select_from(Person).where(here, _IS_ENROLLED)).one()
    return InformantCount(row[1], row[0])


_IS_ENROLLED = Person.participation != Participation.SUSPENDED


def _find_undecided(session: Session, unit: Unit) -> Gap:
    """Informants not asked yet, or without an answer; by unit, as nobody is named who has not agreed."""
    open_ones = Person.participation.in_((Participation.ENROLLED, Participation.UNCONFIRMED))
    beneath = Unit.path.startswith(unit.path, autoescape=True)
    query = select(UNIT_NAME, func.count()).select_from(Person).join(Unit, Unit.id == Person.unit_id)
    query = query.where(Person.role == Role.INFORMANT, open_ones, beneath)
    found = session.execute(query.group_by(Unit.id, UNIT_NAME, Unit.path).order_by(Unit.path)).all()
    return Gap(sum(row[1] for row in found), [gap_line(row[0], row[1]) for row in found[:MOST]])


def _find_boundless(session: Session, unit: Unit) -> Gap:
    """Grids of which nobody knows where they end: without an outline and without a place (E04)."""
    beneath = Unit.path.startswith(unit.path, autoescape=True), Unit.kind.in_(GRIDS)
    grids = session.execute(select(UNIT_NAME, Unit.places, Unit.polygon).where(*beneath).order_by(Unit.path))
    names = [name for name, places, outline in grids if not places and not outline]
    return Gap(len(names), names[:MOST])


def _select_staff() -> Select[str]:
    """Codes of everybody who works for the office."""
    return select(Person.code).where(Person.role.not_in(OUTSIDERS))


def _count(session: Session, query: Select[str]) -> Gap:
    rows = session.execute(query.add_columns(func.count().over()).order_by(Unit.path).limit(MOST)).all()
    return Gap(rows[0][1] if rows else 0, [row[0] for row in rows])

"""Every list of cases, with the rights of whoever asks inside. Commands, API and command line ask here:

    by person      `lists.personal`; counted `insight.counts.period_counts`
    by chat        `lists.chat_cases`; by topic `lists.topics`; by words `insight.case_search`
    by number      find_case, find_numbered; by filter list_filtered, a page at a time

A list shows what concerns the asker of what they may read (`handlers.cases.readers`), where they read
it (`is_visible`): restricted cases in private only, to the named few and to whoever reported them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, TextClause, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from handlers.cases import readers
from handlers.cases.actors import Actor
from handlers.cases.readers import Reading
from handlers.cases.secrecy import accused
from handlers.environment.people import doors
from handlers.environment.units import find_subtree_ids
from handlers.errors import NotFound
from handlers.wording import refusals as say
from models.case_numbers import has_serial, serial_of
from models.cases import (
    ASSIST,
    IS_RUNNING,
    IS_URGENT,
    Assignment,
    Case,
    came_from,
    is_live_share,
)
from models.organisation import OUTSIDERS, OVERSEERS, Chat, Person, Role, Unit
from models.site_checks import IS_UNANSWERED, SiteCheck

MOST_COUNTED = 100
"""Cases of a list in a chat, or of a folder, that are counted; those of a list are leafed through."""
_FEW = 2000  # ids are fetched and sorted in some 2 ms
_DAYS = 2 * 366
"""Cases of one serial at most, in two years of numbers that began anew each day."""
AREA_READERS = OVERSEERS | {Role.OBSERVER, Role.GRID}
"""Who reads what lies in their area, whoever handles it."""


# Who asks ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for cases, and where the answer is read: in which chat, if in any."""

    person: Person | None = None
    """None: nobody in particular. A group, another system, everybody."""
    in_private: bool = False
    """Alone with the bot; else others read along."""
    restricted_to: frozenset[str] = frozenset()
    """Codes of the readers of restricted cases."""
    is_operator: bool = False
    """At the machine itself, where the whole database can be read."""
    chat: Chat | None = None

    @property
    def actor(self) -> Actor:
        return Actor(self.person)

    @property
    def in_each_post(self) -> Sequence["Asker"]:
        """The asker as the holder of each single post."""
        if self.person is None or not self.person.further_posts:
            return (self,)
        return tuple(replace(self, person=one) for one in self.person.in_each_post)

    @property
    def capacities(self) -> Sequence["Asker"]:
        """The asker in each post of theirs, then as each whose place they take today."""
        stands_in_for = self.person.stands_in_for if self.person is not None else ()
        return (*self.in_each_post, *(replace(self, person=one) for one in stands_in_for))

    def in_post(self, roles: frozenset[Role]) -> "Asker":
        """The asker in the first of their posts that has one of these roles; as they are, where none has."""
        person = self.person.find_post(roles) if self.person is not None else None
        return replace(self, person=person) if person is not None else self

    @property
    def is_outsider(self) -> bool:
        """Whether they have only reports of their own, and no area to look after."""
        return self.person is None or self.person.role in OUTSIDERS

    def unit(self, session: Session) -> Unit | None:
        """The unit of the person, if they have one."""
        return session.get(Unit, self.actor.unit_id) if self.actor.unit_id is not None else None

    @property
    def oversees_area(self) -> bool:
        """Looks after an area: reads what lies there, whoever handles it."""
        return self.person is not None and self.person.role in AREA_READERS

    def reading(self, session: Session, case: Case) -> Reading | None:
        """How much of the case they may read; None: it does not exist for them.

        `is_visible` says whether it is shown where they ask.
        """
        if self.is_operator:
            return Reading()
        if self.person is None:
            return None if case.restricted else Reading()
        return readers.find_reading(session, self.actor, case, self.restricted_to)

    def must_redact(self, session: Session, case: Case) -> bool:
        """Whether the case is shown here only as a unit reads it that was called to save somebody."""
        if self.is_operator or not case.restricted:
            return False
        reading = self.reading(session, case)
        return reading is None or reading.is_redacted or not self.in_private


PUBLIC = Asker()
"""Nobody in particular: other systems, topics, whatever many read."""
OPERATOR = Asker(is_operator=True)
"""The command line."""


def is_visible(asker: Asker) -> ColumnElement[bool]:
    """Condition for the cases that may be shown to this asker where they ask."""
    if asker.is_operator:
        return true()
    if asker.person is None or not asker.in_private:
        return Case.restricted.is_(False)
    listed = asker.person.code in asker.restricted_to
    reads = false() if asker.person.is_outside else accused.is_reader(asker.person.id, listed=listed)
    return or_(Case.restricted.is_(False), is_own(asker), reads)


# Where cases lie -----------------------------------------------------------------------------


def lies_in(session: Session, unit: Unit | None, *, is_walk: bool = False) -> ColumnElement[bool]:
    """As `lies_within` of this unit and all beneath; those whose place nobody knows are the top unit's."""
    lies = lies_within(find_subtree_ids(session, unit), is_walk=is_walk)
    is_top = unit is not None and unit.parent_id is None
    return or_(lies, and_(Case.area_id.is_(None), Case.unit_id.is_(None))) if is_top else lies


def find_staff_units(session: Session, asker: Asker) -> list[int]:
    """Ids of the units whose work is the asker's: their own and those beneath; the top unit's, its own.

    Those of whoever they stand in for are theirs as well.
    """
    return sorted({unit_id for one in asker.capacities for unit_id in find_office_units(session, one)})


def find_office_units(session: Session, asker: Asker) -> list[int]:
    """The same of one office, whoever they stand in for."""
    if asker.is_outsider:
        return []
    unit = asker.unit(session)
    if unit is not None and unit.parent_id is None and not asker.oversees_area:
        return [unit.id]
    return find_subtree_ids(session, unit)


def lies_within(units: Sequence[int] | None, *, is_walk: bool = False) -> ColumnElement[bool]:
    """Cases in these units' areas or hands, and no others; all where `units` is None.

    `is_walk`: for a page that is found sooner by its own order or by state. SQLite would take the indexes of
    both columns instead, and read and sort all that ever lay there.
    """
    if units is None:
        return true()
    sides = (Case.area_id, Case.unit_id)
    return or_(*((func.coalesce(side, 0) if is_walk else side).in_(units) for side in sides))


def is_own(asker: Asker) -> ColumnElement[bool]:
    """Cases that the asker reported; where others read along, none that they reported alone with the bot."""
    if asker.person is None:
        return false()
    own = doors.is_one_of(asker.person, Case.reporter_id)
    return own if asker.in_private else and_(own, ~readers.IS_CONFIDED)


def is_handled_by(asker: Asker) -> ColumnElement[bool]:
    """Cases that the asker signed for, or whoever they stand in for did."""
    if asker.actor.is_outside:
        return false()
    return Case.handler_id.in_([one.actor.id for one in asker.capacities])


def is_concern(session: Session, asker: Asker, *, is_walk: bool = False) -> ColumnElement[bool]:
    """What somebody may ask numbers of: what they oversee, what their unit handles, or their own reports.

    `is_walk`: as in `lies_within`.
    """
    if asker.is_outsider:
        return is_own(asker)
    offices = [one for one in asker.capacities if not one.is_outsider]
    return or_(*(_is_office_of(session, one, is_walk=is_walk) for one in offices))


def _is_office_of(session: Session, asker: Asker, *, is_walk: bool) -> ColumnElement[bool]:
    if asker.oversees_area:
        return lies_in(session, asker.unit(session), is_walk=is_walk)
    return Case.unit_id.in_(find_office_units(session, asker))


def is_helped_by(units: Sequence[int] | Select[int]) -> ColumnElement[bool]:
    """Cases that one of these units was called to help with."""
    return Case.id.in_(select(Assignment.case_id).where(Assignment.unit_id.in_(units), is_live_share(ASSIST)))


def is_to_survey(asker: Asker) -> ColumnElement[bool]:
    """Cases that the asker was asked to go and look at, or whoever they stand in for was."""
    if asker.person is None or asker.actor.is_outside:
        return false()
    asked = SiteCheck.person_id.in_([one.actor.id for one in asker.capacities])
    return Case.id.in_(select(SiteCheck.case_id).where(asked, IS_UNANSWERED))


# Lists of a person ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of a list."""

    cases: Sequence[Case]
    total: int
    """Cases of all pages; of very many, MOST_COUNTED."""
    page: int
    """Which one it is, from 1; the last one where a later one was asked for."""
    is_longer: bool = False
    """Whether there are more than `total`: nobody counts them all for a list that nobody reads to its end."""


def is_overdue(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Cases whose time runs and is over: what is finished, suspended or with the reporter is not late."""
    return and_(IS_RUNNING, Case.due_at < now)  # its index is of open cases


def count_cases(session: Session, asker: Asker, condition: ColumnElement[bool]) -> int:
    """How many cases meet the condition, of those that may be shown to the asker."""
    return session.scalar(select(func.count()).select_from(Case).where(condition, is_visible(asker))) or 0


# By reporter ---------------------------------------------------------------------------------


def find_newest_own(session: Session, asker: Asker) -> Case | None:
    """The case that the asker reported last, of those that may be shown where they ask."""
    newest = select(Case).where(is_own(asker), is_visible(asker)).order_by(Case.id.desc())
    return session.scalar(newest.limit(1))


# By number -----------------------------------------------------------------------------------


def find_case(session: Session, asker: Asker, number: str) -> Case:
    """The case of this whole number, in whichever case of letters; NotFound where none may be shown."""
    case = session.scalar(select(Case).where(Case.number == number.upper(), is_visible(asker)))
    if case is None or asker.reading(session, case) is None:
        raise NotFound(say.no_such_case(number))
    return case


def find_numbered(session: Session, asker: Asker, number: str) -> list[Case]:
    """Cases of a typed number, whole or its serial alone, that the asker may read; newest first.

    Cases that are not shown where they ask are included, so that the asker can be told to ask in private.
    """
    if "-" in number:
        found = list(session.scalars(select(Case).where(Case.number == number)))
    else:
        found = list(
            session.scalars(select(Case).where(*has_serial(number)).order_by(Case.id.desc()).limit(_DAYS))
        )
    return [case for case in found if asker.reading(session, case) is not None]


def has_number(case: Case, number: str) -> bool:
    """Whether a typed number, whole or a serial, can mean this case."""
    return number in (case.number, serial_of(case.number))


# By filter -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Conditions that must all hold; None: whatever it is."""

    status: str | None = None
    class_id: str | None = None
    unit: Unit | None = None
    """Of this unit or one beneath it."""
    urgent: bool | None = None
    opened_from: datetime | None = None
    opened_to: datetime | None = None
    """Both inclusive."""
    number: str | None = None
    """Whole, or its serial."""
    within: Sequence[int] | None = None
    """Ids of the units in whose area or hands it must lie."""
    source: str | None = None
    external_number: str | None = None

    @property
    def has_span(self) -> bool:
        return self.opened_from is not None or self.opened_to is not None


def list_filtered(
    session: Session, asker: Asker, case_filter: CaseFilter, *, limit: int, before: int | None = None
) -> tuple[Sequence[Case], int | None]:
    """A page of what fits, newest first, and the `before` of the next page; None: there is none.

    A page begins where the one before ended (`id < before`), so nothing is counted or skipped over,
    and every page is as quick as the first. Filters whose index keeps the order of ids (status,
    class, one unit) let the database walk. Those that scatter (a subtree of units, a span of time)
    are first asked for a few ids: if that is all, the page is among them; if there are more, they
    lie so close that walking by id finds them soon.
    """
    ordered = ordered_conditions(asker, case_filter, before)
    query = select(Case).where(*ordered).order_by(Case.id.desc()).limit(limit + 1)
    units = find_subtree_ids(session, case_filter.unit) if case_filter.unit is not None else None
    if units is not None and len(units) == 1 and not case_filter.has_span and case_filter.within is None:
        query = query.where(Case.unit_id == units[0])
    elif units is not None or case_filter.has_span or case_filter.within is not None:
        few = select(Case.id).where(
            *ordered, *_scattered_conditions(case_filter, units, Case.unit_id, Case.area_id, Case.opened_at)
        )
        ids = sorted(session.scalars(few.limit(_FEW + 1)), reverse=True)
        if len(ids) <= _FEW:
            query = query.where(Case.id.in_(ids[: limit + 1]))
        else:
            query = query.where(*walked_conditions(case_filter, units))
    found = session.scalars(query).all()
    cases = found[:limit]
    return cases, cases[-1].id if len(found) > len(cases) else None


def ordered_conditions(
    asker: Asker, case_filter: CaseFilter, before: int | None
) -> list[ColumnElement[bool] | TextClause]:
    """Conditions that a walk in the order of ids can use."""
    conditions: list[ColumnElement[bool] | TextClause] = [is_visible(asker)]
    if before is not None:
        conditions.append(Case.id < before)
    if case_filter.status is not None:
        conditions.append(Case.status == case_filter.status)
    if case_filter.class_id is not None:
        conditions.append(Case.class_id == case_filter.class_id)
    if case_filter.urgent is not None:
        conditions.append(IS_URGENT if case_filter.urgent else Case.urgent.is_(False))
    if case_filter.source is not None:
        conditions.append(came_from(case_filter.source))
    if case_filter.external_number is not None:
        conditions.append(Case.external_number == case_filter.external_number)
    if case_filter.number is not None:
        whole = Case.number == case_filter.number
        conditions += has_serial(case_filter.number) if case_filter.number.isdigit() else [whole]
    return conditions


def walked_conditions(case_filter: CaseFilter, units: list[int] | None) -> list[ColumnElement[bool]]:
    """Wrapped in a function the columns no longer tempt the planner to fetch and sort everything."""
    unit_id, opened_at = func.coalesce(Case.unit_id, 0), func.coalesce(Case.opened_at, Case.opened_at)
    area_id = func.coalesce(Case.area_id, 0)
    return _scattered_conditions(case_filter, units, unit_id, area_id, opened_at)


def _scattered_conditions(
    case_filter: CaseFilter, units: list[int] | None, unit_id: Any, area_id: Any, opened_at: Any
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if units is not None:
        conditions.append(unit_id.in_(units))
    if case_filter.within is not None:
        conditions.append(or_(area_id.in_(case_filter.within), unit_id.in_(case_filter.within)))
    if case_filter.opened_from is not None:
        conditions.append(opened_at >= case_filter.opened_from)
    if case_filter.opened_to is not None:
        conditions.append(opened_at <= case_filter.opened_to)
    return conditions

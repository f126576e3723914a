"""`/org`: one unit at a time, its people, groups and units beneath; unbound groups; what is missing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from console.context import ConsoleContext
from console.posting import Posted
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from console.upkeep.forms import TypedForm, go_to
from handlers.commands import binding
from handlers.environment.people import doors, shifts, staffing
from handlers.environment.people.posts import holds_post_above, list_staff, unit_of
from handlers.environment.units import covers, find_subtree_ids, find_unit, split_path
from handlers.environment.upkeep import completeness, proposals
from handlers.environment.upkeep.completeness import Gap, InformantCount
from handlers.errors import NotFound, Refused
from handlers.insight import false_alarms
from handlers.wording import labels, participation
from handlers.wording import pages as say_page
from handlers.wording import upkeep as say
from models.organisation import OUTSIDERS, OVERSEERS, REPORTING, Chat, ChatUse, Person, Role, Unit, has_post
from models.staffing import Absence, ShiftSwap

MOST_PEOPLE = 60
MOST_UNITS = 120
MOST_GROUPS = 30
MOST_NAMES = 200
MOST_ABSENCES = 40
_SILENT_DAYS = 7
_ROSTER_DAYS = 14


@dataclass(frozen=True, slots=True)
class _AbsenceLine:
    """An absence with the names of those it concerns."""

    absence: Absence
    name: str
    substitute: str
    may_end: bool


@dataclass(frozen=True, slots=True)
class _SwapLine:
    """A swap that waits, with the names of both sides; `may_agree`: the viewer is the one who was asked."""

    swap: ShiftSwap
    name: str
    asked: str
    may_agree: bool


@dataclass(frozen=True, slots=True)
class _PersonLine:
    """Somebody who works in the unit: the post they have here, and those elsewhere."""

    person: Person
    here: Sequence[Person]
    """As the holder of each post in this unit."""
    elsewhere: Sequence[tuple[str, Person]]
    """Names of the other units, with the post there."""


@dataclass(frozen=True, slots=True)
class _UnitSheet:
    """Everything that the page shows of one unit."""

    unit: Unit
    above: Sequence[Unit]
    beneath: Sequence[tuple[Unit, int]]
    """The units right beneath it, each with how many staff it has."""
    people: Sequence[_PersonLine]
    informants: Sequence[Person]
    """With how each stands to taking part; for who looks after the unit."""
    counted: InformantCount
    groups: Sequence[Chat]
    leads: Mapping[str, str]
    """Names of the lead and deputy by their codes."""


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add the pages of the organisation to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]
    author = Annotated[Viewer, Depends(guards.author)]
    page = OrganisationPage(context, pages)

    @router.get("/org")
    def show_organisation(request: Request, viewer: reader, unit: str = "") -> Response:
        return page.show(request, viewer, unit)

    @router.get("/org/gaps")
    def show_gaps(request: Request, viewer: reader) -> Response:
        return page.show_gaps(request, viewer)

    @router.post("/org/groups")
    def bind_group(request: Request, viewer: author, posted: Posted) -> Response:
        try:
            with context.database.write() as session:
                binding.bind_spoken_group(
                    session, posted.text("group"), find_unit(session, posted.text("unit")),
                    posted.text("use"), viewer.person, env=context.env(), now=context.clock(),
                )  # fmt: skip
        except Refused as refused:
            sheet = TypedForm(posted.texts, refused.sentence, refused.status)
            return page.show(request, viewer, "", sheet=sheet)
        context.wake()
        return go_to("/org")


class OrganisationPage:
    """The page of one unit, of those the viewer looks after or works in."""

    def __init__(self, context: ConsoleContext, pages: Pages) -> None:
        self._context = context
        self._pages = pages

    def show(
        self, request: Request, viewer: Viewer, code: str, *, sheet: TypedForm | None = None
    ) -> Response:
        """The page of this unit, the viewer's own where none is named. Raises NotFound."""
        env, now = self._context.env(), self._context.clock()
        today = env.local(now).date()
        sheet = sheet or TypedForm()
        with self._context.database.read() as session:
            own = _require_unit_above(session, viewer, code)
            unit = find_beneath(session, own, code) if code else own
            staff = _load_sheet(session, own, unit)
            sees_informants = holds_post_above(session, viewer.person, OVERSEERS, unit)
            absences = _list_absences(session, viewer, unit, today)
            duty_officers = shifts.list_takers(session, unit)
            planned = shifts.list_shifts(session, unit, today, today + timedelta(days=_ROSTER_DAYS - 1))
            swaps = _list_swaps(session, viewer, unit, today)
            may_roster = shifts.may_set_roster(session, viewer.person, unit)
            may_bind = binding.may_bind_on_page(session, viewer.person)
            unbound = _list_unbound(session) if may_bind and unit.id == own.id else []
            names = list_unit_names(session, own) if unbound else []
            may_import = proposals.may_import(session, viewer.person)
            may_be_away = [
                line.person
                for line in staff.people
                if staffing.may_keep_absence(session, viewer.person, line.person)
            ][:MOST_NAMES]
            substitutes = staffing.list_substitutes(session, unit)[:MOST_NAMES] if may_be_away else []
        return self._pages.render(
            request,
            "upkeep/organisation.html",
            status=sheet.status,
            sheet=sheet,
            staff=staff,
            own=own,
            absences=absences,
            may_be_away=may_be_away,
            substitutes=substitutes,
            duty_officers=duty_officers,
            roster=[today + timedelta(days=n) for n in range(_ROSTER_DAYS)],
            on_duty={(shift.day, person.id) for shift, person in planned},
            may_roster=may_roster,
            swaps=swaps,
            may_import=may_import,
            unbound=unbound,
            unit_names=names,
            uses=list(binding.USES),
            today=today,
            say=say,
            roles=labels.ROLE_NAMES,
            sees_informants=sees_informants,
            joining=participation,
            me=viewer.person,
            most_people=MOST_PEOPLE,
            most_units=MOST_UNITS,
        )

    def show_gaps(self, request: Request, viewer: Viewer) -> Response:
        """What the viewer's unit and those beneath lack."""
        with self._context.database.read() as session:
            own = require_unit(session, viewer)
            gaps = {**completeness.find_gaps(session, own), "silent": self._find_silent(session, own)}
        return self._pages.render(
            request, "upkeep/gaps.html", own=own, gaps=gaps, names=say.GAPS, most=completeness.MOST
        )

    def _find_silent(self, session: Session, own: Unit) -> Gap:
        """Groups of people who report, in which nobody has said anything for a week."""
        units = find_subtree_ids(session, own)
        figures = false_alarms.load_figures(
            session, self._context.env().zone, days=_SILENT_DAYS, now=self._context.clock(), units=units
        )
        heard = {each.chat for each in figures if each.heard}
        groups = select(Chat).where(Chat.use.in_(REPORTING), Chat.unit_id.in_(units), Chat.gone_at.is_(None))
        found = session.scalars(groups.order_by(Chat.id))
        silent = [chat.name or chat.code for chat in found if chat.code not in heard]
        return Gap(len(silent), silent[: completeness.MOST])


def require_unit(session: Session, viewer: Viewer) -> Unit:
    """The unit of the viewer, in whose subtree they see people and groups. Raises NotFound without one."""
    unit = unit_of(session, viewer.person)
    if unit is None:
        raise NotFound(say_page.no_such_page())
    return unit


def _require_unit_above(session: Session, viewer: Viewer, code: str) -> Unit:
    """The unit of that post of the viewer in whose subtree the unit of this code lies; else the first one."""
    units = [unit for one in viewer.person.in_each_post if (unit := unit_of(session, one)) is not None]
    wanted = session.scalar(select(Unit).where(Unit.code == code.replace("\0", ""))) if code else None
    above = (unit for unit in units if wanted is not None and covers(unit, wanted))
    return next(above, None) or require_unit(session, viewer)


def find_people(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    """The names of these people."""
    found = session.execute(select(Person.id, Person.name, Person.code).where(Person.id.in_(ids)))
    return {row.id: row.name or row.code for row in found}


def list_unit_names(session: Session, unit: Unit) -> Sequence[str]:
    """Names to choose from, of the unit and those beneath, the uppermost first; others may be written."""
    beneath = Unit.path.startswith(unit.path, autoescape=True)
    upper = select(Unit).where(beneath).order_by(func.length(Unit.path), Unit.code).limit(MOST_NAMES)
    return [each.display_name for each in session.scalars(upper)]


def find_beneath(session: Session, own: Unit, code: str) -> Unit:
    """The unit of this code, the own one or beneath it. Raises NotFound for every other."""
    unit = session.scalar(select(Unit).where(Unit.code == code.replace("\0", "")))
    if unit is None or not unit.path.startswith(own.path):
        raise NotFound(say_page.no_such_page())
    return unit


def _load_sheet(session: Session, own: Unit, unit: Unit) -> _UnitSheet:
    above = set(split_path(unit.path)) - set(split_path(own.path)[:-1]) - {unit.code}
    works = has_post(lambda role, unit_id: and_(role.not_in(OUTSIDERS), unit_id == Unit.id))
    staff = select(func.count()).select_from(Person).where(works).correlate(Unit).scalar_subquery()
    beneath = session.execute(
        select(Unit, staff)
        .where(Unit.parent_id == unit.id)
        .order_by(Unit.kind, Unit.code)
        .limit(MOST_UNITS + 1)
    )
    informs = has_post(lambda role, unit_id: and_(role == Role.INFORMANT, unit_id == unit.id))
    informants = (
        select(Person).where(informs).order_by(Person.participation, Person.id).limit(MOST_PEOPLE + 1)
    )
    groups = select(Chat).where(Chat.unit_id == unit.id, Chat.use != ChatUse.DIRECT)
    leads = select(Person.code, Person.name).where(Person.code.in_([unit.lead or "", unit.deputy or ""]))
    return _UnitSheet(
        unit=unit,
        above=session.scalars(
            select(Unit).where(Unit.code.in_(above)).order_by(func.length(Unit.path))
        ).all(),
        beneath=[(row[0], row[1]) for row in beneath],
        people=[_build_line(session, unit, person) for person in list_staff(session, unit)],
        informants=session.scalars(informants).all(),
        counted=completeness.count_informants(session, unit),
        groups=session.scalars(groups.order_by(Chat.use, Chat.id)).all(),
        leads={row.code: row.name or row.code for row in session.execute(leads)},
    )


def _build_line(session: Session, unit: Unit, person: Person) -> _PersonLine:
    here = [one for one in person.in_each_post if one.unit_id == unit.id]
    elsewhere = [(unit_of(session, one), one) for one in person.in_each_post if one.unit_id != unit.id]
    return _PersonLine(person, here, [(other.display_name, one) for other, one in elsewhere if other])


def _list_absences(session: Session, viewer: Viewer, unit: Unit, day: date) -> Sequence[_AbsenceLine]:
    found = staffing.list_absences(session, unit, day)[:MOST_ABSENCES]
    ids = {person_id for each in found for person_id in (each.person_id, each.substitute_id)}
    people = {each.id: each for each in session.scalars(select(Person).where(Person.id.in_(ids)))}
    return [
        _AbsenceLine(
            each,
            people[each.person_id].name,
            people[each.substitute_id].name,
            staffing.may_keep_absence(session, viewer.person, people[each.person_id]),
        )
        for each in found
    ]


def _list_swaps(session: Session, viewer: Viewer, unit: Unit, today: date) -> Sequence[_SwapLine]:
    """What waits of the viewer's swaps in this unit, on either side."""
    found = [swap for swap in shifts.list_swaps(session, viewer.person, today) if swap.unit_id == unit.id]
    names = find_people(session, {one for swap in found for one in (swap.person_id, swap.asked_id)})
    return [
        _SwapLine(
            swap, names[swap.person_id], names[swap.asked_id],
            not doors.is_same(session, viewer.person, swap.person_id),
        )
        for swap in found
    ]  # fmt: skip


def _list_unbound(session: Session) -> Sequence[Chat]:
    """Groups that spoke and that no unit has, the newest first."""
    spoke = select(Chat).where(Chat.use == ChatUse.UNBOUND, Chat.gone_at.is_(None))
    return session.scalars(spoke.order_by(Chat.id.desc()).limit(MOST_GROUPS)).all()

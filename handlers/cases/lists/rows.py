"""Rows of a list of cases: a constant number of statements, however many rows there are.

Words are masked as for whoever may know of the case and no more: without names, numbers, rooms.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, load_only

from handlers.cases import possible_acts
from handlers.cases.privacy import mask
from handlers.cases.queries import Asker
from handlers.cases.secrecy.parties import load_wronged_names
from handlers.environment.levels.heads import LEVELS
from handlers.environment.snapshot import Environment
from handlers.wording.formats import format_money
from handlers.wording.parties import money
from models.cases import Case
from models.organisation import Person, Unit
from models.reports import CONFIDED, IS_PICTURE, Media
from models.workflow import ACTS, RUNNING, Act, ActField, Status


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case in a list; times are local."""

    number: str
    version: int
    """Number of its last event: what is done from this row is done to the case as it is shown."""
    status: Status
    class_name: str
    line: str
    """What was reported, in one line."""
    place: str
    unit: str
    suggested: str
    suggested_code: str
    opened: datetime
    due: datetime | None
    is_running: bool
    """Whether the time to finish runs now."""
    urgent: bool
    restricted: bool
    supervised: bool
    in_signoff: bool
    """Its checked answer waits to be signed."""
    level: str
    """Where it was raised to; "" where nobody raised it."""
    picture: int | None
    """Id of the first picture of it."""
    acts: Sequence[Act]
    """What may be done from here by one press, what moves the case on first."""
    asked_fen: int | None = None
    recovered_fen: int = 0
    """Money that it is about, and that was recovered."""
    in_meeting: bool = False
    """It waits for a joint meeting."""
    money: str = ""
    """The same in words; "" where neither is known."""


def load_rows(
    session: Session, asker: Asker, cases: Sequence[Case], env: Environment, *, with_acts: bool = True
) -> list[CaseRow]:
    """The rows for these cases, in their order; the asker may read each.

    `with_acts`: with what can be done from a row.
    """
    units = _load_units(session, asker, cases)
    names = _load_names(session, cases)
    wronged = load_wronged_names(session, [case.id for case in cases])
    pictures = _load_pictures(session, cases)
    rows = []
    for case in cases:
        acts = _list_quick_acts(session, asker, case) if with_acts else []
        rows.append(_build_row(case, env, units, names, wronged.get(case.id, ()), pictures, acts))
    return rows


def _build_row(
    case: Case,
    env: Environment,
    units: Mapping[int, Unit],
    names: Mapping[int, str],
    wronged: tuple[str, ...],
    pictures: Mapping[int, int],
    acts: Sequence[Act],
) -> CaseRow:
    name = names.get(case.reporter_id or 0, "")
    unit, suggested = units.get(case.unit_id or 0), units.get(case.suggested_unit_id or 0)
    return CaseRow(
        number=case.number,
        version=case.version,
        status=Status(case.status),
        class_name=env.class_info(case.class_id).name,
        line=env.roster.mask_people(mask(" ".join(case.text.split()), name, wronged=wronged)),
        place=env.roster.mask_people(mask(case.place, name, wronged=wronged)),
        unit=unit.display_name if unit is not None else "",
        suggested=suggested.display_name if suggested is not None else "",
        suggested_code=suggested.code if suggested is not None else "",
        opened=env.local(case.opened_at),
        due=env.local(case.due_at) if case.due_at is not None else None,
        is_running=case.status in RUNNING or case.signoff_asked_at is not None,
        urgent=case.urgent,
        restricted=case.restricted,
        supervised=case.supervised,
        in_signoff=case.signoff_asked_at is not None,
        in_meeting=case.meeting_asked_at is not None,
        level=LEVELS[case.level] if case.level else "",
        asked_fen=case.asked_fen,
        recovered_fen=case.recovered_fen,
        money=money(format_money(case.asked_fen), format_money(case.recovered_fen)),
        picture=pictures.get(case.id),
        acts=acts,
    )


def _list_quick_acts(session: Session, asker: Asker, case: Case) -> list[Act]:
    """Acts that make sense for several cases at once make sense from a row; what is needed is there.

    What moves the case on comes first, of these what comes later in its life.
    """
    if case.status == Status.CALLBACK and case.replied_at is None:
        return []  # Somebody has to tell the reporter before.
    quick = [
        act
        for act in ACTS.values()
        if act.bulk
        and set(act.required_fields) <= ({ActField.UNIT} if case.suggested_unit_id is not None else set())
        and possible_acts.can_perform(session, act, asker.actor, case)
    ]
    moving = [act for act in reversed(quick) if act.to_states]
    return [*moving, *(act for act in quick if not act.to_states)]


def _load_units(session: Session, asker: Asker, cases: Iterable[Case]) -> dict[int, Unit]:
    """Kept at hand while the rows are built, so that asking who may do what asks the database nothing."""
    wanted = {unit_id for case in cases for unit_id in (case.unit_id, case.suggested_unit_id, case.area_id)}
    wanted |= {one.actor.unit_id for one in asker.capacities}
    known = Unit.code, Unit.name, Unit.short, Unit.kind, Unit.parent_id, Unit.path
    found = session.scalars(select(Unit).where(Unit.id.in_(wanted - {None})).options(load_only(*known)))
    return {unit.id: unit for unit in found}


def _load_names(session: Session, cases: Iterable[Case]) -> dict[int, str]:
    wanted = {case.reporter_id for case in cases if case.reporter_id is not None}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def _load_pictures(session: Session, cases: Iterable[Case]) -> dict[int, int]:
    wanted = [case.id for case in cases]
    first = (
        select(Media.case_id, func.min(Media.id))
        .where(Media.case_id.in_(wanted), IS_PICTURE, Media.thumb_path.is_not(None), Media.role != CONFIDED)
        .group_by(Media.case_id)
    )
    return {case_id: media_id for case_id, media_id in session.execute(first) if case_id is not None}

"""Cases as the API shows them: one query for each kind of row they point at, however many cases.

Least privilege: the reporter is 报事人, their name and numbers are taken out of every text, and
restricted cases are not shown at all.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.api.bodies import CaseEvent, CasePhoto, CaseResponse, ClassCode
from bot.api.grants import Grant
from bot.api.photo_links import BuildLink
from handlers.cases import queries
from handlers.cases.lists import archived
from handlers.cases.privacy import mask
from handlers.cases.secrecy.parties import load_wronged_names
from handlers.environment.snapshot import Environment
from handlers.errors import Archived, NotFound
from handlers.wording import refusals as say
from models.case_numbers import WHOLE
from models.cases import Case, Event
from models.organisation import Person, Unit
from models.reports import IS_SHOWN, Media
from models.suggestions import Adoption
from models.workflow import ACTS, Status

REPORTER = "报事人"
MEDIA = "/api/v1/media"


@dataclass(frozen=True, slots=True)
class _RelatedRows:
    """What the rows of some cases point at."""

    events: Mapping[int, Sequence[Event]]
    changed: Mapping[int, datetime]
    """Id to the time of the last event, shown or not."""
    photos: Mapping[int, Sequence[Media]]
    units: Mapping[int, tuple[str, str]]
    """Id to code and name."""
    names: Mapping[int, str]
    wronged: Mapping[int, tuple[str, ...]]
    """Case id to the names of whoever was wronged."""


def find_visible_case(session: Session, number: str, grant: Grant) -> Case:
    """The case with this full number. Raises NotFound where there is none that the token may read.

    Raises Archived where it is in the archive.
    """
    if not WHOLE.fullmatch(number.upper()):
        raise NotFound(say.no_such_case(number))
    try:
        case = queries.find_case(session, grant.asker, number)
    except NotFound:
        for row in archived.find_archived(session, grant.asker, number):
            grant.require_case(session, archived.as_case(row))
            raise Archived(archived.describe(row)) from None
        raise
    grant.require_case(session, case)
    return case


def show_cases(
    session: Session, cases: Sequence[Case], env: Environment, grant: Grant, *, build_link: BuildLink
) -> list[CaseResponse]:
    """Response bodies for these cases, in their order.

    Telephone numbers, identity numbers and the reporter's name are masked in every text; room numbers unless
    the token may learn who reported.
    """
    related = _load_related(session, cases)
    rooms = grant.token.reveal
    return [_build_case(case, related, env, rooms=rooms, build_link=build_link) for case in cases]


def _load_related(session: Session, cases: Sequence[Case]) -> _RelatedRows:
    ids = [case.id for case in cases]
    units = {unit for case in cases for unit in (case.unit_id, case.area_id) if unit is not None}
    people = {case.reporter_id for case in cases if case.reporter_id is not None}
    events = _load_events(session, ids)
    return _RelatedRows(
        wronged=load_wronged_names(session, ids),
        events={case_id: _list_shown(some) for case_id, some in events.items()},
        changed={case_id: some[-1].at for case_id, some in events.items()},
        photos=_load_photos(session, ids),
        units={
            id_: (code, name)
            for id_, code, name in session.execute(
                select(Unit.id, Unit.code, Unit.name).where(Unit.id.in_(units))
            )
        },
        names={
            row.id: row.name
            for row in session.execute(select(Person.id, Person.name).where(Person.id.in_(people)))
        },
    )


def _load_events(session: Session, ids: Iterable[int]) -> Mapping[int, Sequence[Event]]:
    found: dict[int, list[Event]] = defaultdict(list)
    query = select(Event).where(Event.case_id.in_(ids)).order_by(Event.case_id, Event.number)
    for event in session.scalars(query):
        found[event.case_id].append(event)
    return found


def _list_shown(events: Sequence[Event]) -> Sequence[Event]:
    """Without what is said of those who handle the case, since one of them may be who asks."""
    return [event for event in events if not ACTS[event.act].about_handling]


def _load_photos(session: Session, ids: Iterable[int]) -> Mapping[int, Sequence[Media]]:
    found: dict[int, list[Media]] = defaultdict(list)
    query = (
        select(Media)
        .where(Media.case_id.in_(ids), Media.kind == "photo", Media.clean_path.is_not(None))
        .where(IS_SHOWN)
        .order_by(Media.id)
    )
    for photo in session.scalars(query):
        if photo.case_id is not None:
            found[photo.case_id].append(photo)
    return found


def _build_case(
    case: Case, related: _RelatedRows, env: Environment, *, rooms: bool, build_link: BuildLink
) -> CaseResponse:
    name = related.names.get(case.reporter_id or 0, "")

    def write(words: str) -> str:
        return env.roster.mask_people(
            mask(words, name, wronged=related.wronged.get(case.id, ()), rooms=rooms)
        )

    unit, unit_name = related.units.get(case.unit_id or 0, (None, None))
    area, _ = related.units.get(case.area_id or 0, (None, None))
    status = Status(case.status)
    return CaseResponse(
        number=case.number,
        status=status,
        status_name=status.chinese,
        class_=case.class_id,
        class_name=env.class_info(case.class_id).name,
        codes=[ClassCode(**code) for code in env.classifier.pack.codes.describe_class_codes(case.class_id)],
        nature=case.nature,
        place=write(case.place),
        unit=unit,
        unit_name=unit_name,
        area=area,
        level=case.level,
        signoff_asked_at=case.signoff_asked_at,
        meeting_asked_at=case.meeting_asked_at,
        urgent=case.urgent,
        opened_at=case.opened_at,
        due_at=case.due_at,
        replied_at=case.replied_at,
        unreached_at=case.unreached_at,
        closed_at=case.closed_at,
        updated_at=related.changed[case.id],
        text=write(case.text),
        adoption=Adoption(case.adoption) if case.adoption else None,
        asked_fen=case.asked_fen,
        recovered_fen=case.recovered_fen,
        source=case.source,
        external_number=case.external_number,
        source_url=case.source_url if rooms else None,
        lat=case.lat,
        lon=case.lon,
        photos=[_build_photo(photo, write, build_link) for photo in related.photos.get(case.id, ())],
        events=[_build_event(event, case, write) for event in related.events.get(case.id, ())],
    )


def _build_photo(photo: Media, write: Callable[[str], str], build_link: BuildLink) -> CasePhoto:
    return CasePhoto(
        role=photo.role,
        url=f"{MEDIA}/{photo.sha256}",
        link=build_link(photo.sha256),
        stamped_at=photo.stamped_at,
        stamped_place=write(photo.stamped_place),
    )


def _build_event(event: Event, case: Case, write: Callable[[str], str]) -> CaseEvent:
    by_reporter = event.actor_id is not None and event.actor_id == case.reporter_id
    return CaseEvent(
        act=event.act,
        actor=REPORTER if by_reporter else event.actor_name,
        at=event.at,
        text=write(event.text),
    )

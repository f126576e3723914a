"""What stands on the page of a case for whoever reported it: no names, no telephone numbers.

A link may be passed on. So of a restricted case the page holds state and answer, and of a class of people in
distress no photos.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases import event_log, links
from handlers.cases.views import build_view, mask_case_words
from handlers.environment.snapshot import Environment
from handlers.wording import resident_page as say
from models.cases import Case, Event
from models.organisation import Unit
from models.reports import IS_PICTURE, Media
from models.workflow import ACTS, ActField, Audience, Status


@dataclass(frozen=True, slots=True)
class ResidentPage:
    """The page in words; photos are ids of media rows."""

    number: str
    version: int
    """Number of the last event: a form says which state it was made for."""
    title: str
    """Place and class; of a restricted case nothing."""
    report: str
    sentence: str
    promise: str
    step: int
    """How many of `say.STEPS` are behind it."""
    answer: str
    before: tuple[int, ...]
    after: tuple[int, ...]
    timeline: tuple[tuple[str, str], ...]
    """Local time and words of each step, the newest first."""
    is_unread: bool
    """The answer stands there, and nobody knows yet that it reached the reporter."""


@dataclass(frozen=True, slots=True)
class ResidentLine:
    """A case in the list of whoever reported it."""

    number: str
    title: str
    sentence: str
    day: str
    """When it was reported."""


def build_line(session: Session, case: Case, env: Environment, *, now: datetime) -> ResidentLine:
    """What the list says of this case; its page says the same, and more."""
    root = links.root_case(session, case)
    view = build_view(session, root, env, now=now)
    day = say.moment(env.local(case.opened_at), now=env.local(now))
    sentence = say.state_sentence(view, joined=root is not case)
    return ResidentLine(case.number, _name(session, case, root, env), sentence, day)


def _name(session: Session, case: Case, root: Case, env: Environment) -> str:
    if case.restricted or root.restricted:
        return ""
    return _write(session, case, f"{case.place}{env.class_info(case.class_id).name}", env)


def build_page(session: Session, case: Case, env: Environment, *, now: datetime) -> ResidentPage:
    """The page of this case; of one joined to another it tells how far that one is."""
    root = links.root_case(session, case)
    view = build_view(session, root, env, now=now)
    result, confided = find_result_event(session, case), case.restricted or root.restricted
    return ResidentPage(
        number=case.number,
        version=case.version,
        title=_name(session, case, root, env),
        report="" if confided else _write(session, case, case.text, env),
        sentence=say.state_sentence(view, joined=root is not case),
        promise=say.promise(view),
        step=say.current_step(Status(root.status)),
        answer=_write(session, root, result.text, env) if result and not _is_foreign(root, case) else "",
        before=_list_photos(session, case, "before", env),
        after=_list_photos(session, root, "after", env) if result and not confided else (),
        timeline=() if confided else tuple(_iter_steps(session, case, root, env, now=now)),
        is_unread=result is not None and case.replied_at is None,
    )


def find_result_event(session: Session, case: Case) -> Event | None:
    """The event whose words answer whoever reported this case, once they may read it; else None."""
    root = links.root_case(session, case)
    by_grid = root.in_grid and root.status == Status.SUBMITTED
    if not (by_grid or root.status in (Status.CALLBACK, Status.CLOSED)):
        return None
    return event_log.latest(session, root, event_log.HANDS_IN_RESULT)


def _is_foreign(root: Case, case: Case) -> bool:
    """Whether the answer is to somebody else's restricted matter."""
    return root is not case and root.restricted


def _write(session: Session, case: Case, words: str, env: Environment) -> str:
    """Words of people as whoever has the link may read them: nobody of the roster is named, staff neither."""
    return env.roster.mask_people(mask_case_words(session, case, words, env))


def _list_photos(session: Session, case: Case, role: str, env: Environment) -> tuple[int, ...]:
    if case.restricted or case.class_id in env.classifier.pack.special.person_classes:
        return ()
    shown = Media.case_id == case.id, Media.role == role, IS_PICTURE
    return tuple(session.scalars(select(Media.id).where(*shown).order_by(Media.id)))


def find_photo(session: Session, case: Case, media_id: int, env: Environment) -> Media | None:
    """The photo of this id, where the page of the case shows it."""
    root = links.root_case(session, case)
    shown = _list_photos(session, case, "before", env)
    if find_result_event(session, case) is not None and not case.restricted:
        shown += _list_photos(session, root, "after", env)
    return session.get(Media, media_id) if media_id in shown else None


def find_copy(media: Media, *, small: bool) -> str | None:
    """The copy of a picture that may leave, relative to the media folder; of a video its still picture."""
    whole = media.poster_path or media.clean_path
    return (media.thumb_path or whole) if small else whole


# The timeline ------------------------------------------------------------------------------------


def _iter_steps(
    session: Session, case: Case, root: Case, env: Environment, *, now: datetime
) -> Iterator[tuple[str, str]]:
    """Every step that the reporter was told of, or took; of the case it was joined to, those since then."""
    events = [(case, event) for event in _load_events(session, case)]
    if root is not case and events:
        joined_at = events[-1][1].at
        events += [(root, event) for event in _load_events(session, root) if event.at >= joined_at]
    for of, event in sorted(events, key=lambda each: (each[1].at, each[1].id), reverse=True):
        own = of is case and event.actor_id is not None and event.actor_id == case.reporter_id
        if _is_shown(event, own=own):
            act = ACTS[event.act]
            shows = not act.opens_case and (own or say.shows_words(act))
            words = _write(session, of, event.text, env) if shows else ""
            line = say.timeline_line(
                act, words, unit=_find_unit(session, event), own=own, status=Status(event.status_to)
            )
            yield say.moment(env.local(event.at), now=env.local(now)), line


def _load_events(session: Session, case: Case) -> Sequence[Event]:
    return session.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.number)).all()


def _is_shown(event: Event, *, own: bool) -> bool:
    act = ACTS[event.act]
    if act.about_handling:
        return False
    failed_check = ActField.VERDICT in act.required_fields and event.status_to != Status.CALLBACK
    return own or (Audience.REPORTER in act.audiences and not failed_check)


def _find_unit(session: Session, event: Event) -> str:
    """The unit that the case went to by this event; "" where it went to none."""
    unit_id = event.fields.get("unit_id") if event.status_to == Status.DISPATCHED else None
    unit = session.get(Unit, unit_id) if isinstance(unit_id, int) else None
    return unit.display_name if unit is not None else ""

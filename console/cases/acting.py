"""A posted form as an act: the fields are named as those of the API, the act goes through `acts.perform`.

Money is in yuan, as people count it; the API has fen.

photos stored ─> case locked ─> done already? ─> changed meanwhile? ─> acts.perform
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.cases.reading import build_asker, find_readable
from console.context import ConsoleContext
from console.posting import PostedForm
from console.problems import PageProblem, WrongForm
from console.sign_in.sessions import Viewer
from handlers import acts
from handlers.cases import merged
from handlers.cases.context import ActInput, PartyContact
from handlers.cases.queries import Asker
from handlers.environment.areas import Point, in_china
from handlers.environment.levels import heads
from handlers.environment.people import leaders
from handlers.environment.snapshot import Environment
from handlers.environment.units import find_unit
from handlers.errors import NotFound
from handlers.wording import pages as say
from models.cases import MOST_MONEY, Case, Event
from models.normalization import normalize_text
from models.suggestions import Adoption
from models.time_limits import TimeLimit
from models.workflow import ACTS, Act

MOST_WORDS = 5000
_MOST_UNITS = 20
_YUAN = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,2})?")
_MORNING = time(8, 30)
"""When a suspension ends on the day that was chosen."""
_ANSWERS: Mapping[str, bool | None] = {"": None, "true": True, "false": False}
T = TypeVar("T")


class StaleForm(PageProblem):
    """The case has moved on since the page was shown; `since`: number of the last event it showed."""

    slug, status = "stale", 409

    def __init__(self, number: str, since: int) -> None:
        super().__init__(say.stale_form())
        self.number, self.since = number, since


@dataclass(frozen=True, slots=True)
class DoneAct:
    """What was done: to which case, as which event."""

    number: str
    event_number: int


def find_act(key: str) -> Act:
    """The act of this key, `pass-on` or `pass_on`. Raises NotFound, also for what opens a case."""
    act = ACTS.get(key.replace("-", "_"))
    if act is None or act.opens_case:
        raise NotFound(say.no_such_page())
    return act


def perform_posted(
    context: ConsoleContext, viewer: Viewer, number: str, act: Act, posted: PostedForm
) -> DoneAct:
    """Do the act on the case with what the form holds, and commit.

    Raises Refused as the command would, WrongForm for a field that cannot be read, StaleForm where the case
    has moved on since the page that the form stood on, UnusablePhoto. The same form twice does it once.
    """
    if act.needs_confirmation and posted.text("confirmed") != "true":
        raise WrongForm(say.confirm_first(act.verb))
    env = context.env()
    asker = build_asker(viewer, env)
    with context.database.read() as session:
        find_readable(session, asker, number)
    photos = context.store_photos(posted.list_files("photos"))
    with context.database.write() as session:
        case = _lock_case(session, find_readable(session, asker, number))
        origin = _build_origin(viewer, posted)
        event = _find_done(session, case, origin)
        if event is None:
            _require_fresh(case, posted.text("version"))
            given = _read_input(session, asker, env, posted, media=photos.add_rows(session))
            target = merged.target_case(session, act, asker.actor, case) if act.own_number_only else case
            event = acts.perform(
                session, act.key, target, asker.actor, given, env=env, now=context.clock(), origin=origin
            )
        done = DoneAct(case.number, event.number)
    context.wake()
    return done


def _lock_case(session: Session, case: Case) -> Case:
    return session.get_one(Case, case.id, with_for_update=True, populate_existing=True)


def _build_origin(viewer: Viewer, posted: PostedForm) -> str | None:
    """The cause of the event: this form. None where it has no name of its own."""
    once = posted.text("once")[:64]
    return f"console:{viewer.session_id}:{once}:{posted.compute_digest()}" if once else None


def _find_done(session: Session, case: Case, origin: str | None) -> Event | None:
    if origin is None:
        return None
    return session.scalar(select(Event).where(Event.case_id == case.id, Event.origin == origin))


def _require_fresh(case: Case, version: str) -> None:
    """A form without a version, of somebody's script, is taken as it is: the act says what is wrong."""
    if version.isdecimal() and int(version[:9]) != case.version:
        raise StaleForm(case.number, int(version[:9]))


def _read_input(
    session: Session, asker: Asker, env: Environment, posted: PostedForm, *, media: tuple[int, ...]
) -> ActInput:
    fen = _read_money(posted, "asked" if posted.text("asked") else "recovered")
    limit = posted.text("limit")
    class_name, unit, parent = posted.text("class"), posted.text("unit"), posted.text("parent")
    leader = posted.text("leader")
    return ActInput(
        text="\n".join(words for name in ("text", "reason") if (words := read_words(posted, name))),
        unit=find_unit(session, unit) if unit else None,
        units=tuple(find_unit(session, name) for name in posted.list_texts("units")[:_MOST_UNITS]),
        people=(leaders.find_leader(session, leader),) if leader else (),
        parent=find_readable(session, asker, parent) if parent else None,
        until=_read(posted, "until", lambda text: _read_moment(text, env)),
        fen=fen,
        adoption=_read(posted, "adoption", Adoption),
        contact=_read_contact(posted),
        class_id=env.find_class(class_name).id if class_name else None,
        place=read_words(posted, "place"),
        point=_read(posted, "point", read_point),
        limit=_read(posted, "limit", TimeLimit.parse) if limit else None,
        level=_read(posted, "level", _read_level),
        passed=_read_answer(posted, "passed"),
        reached=_read_answer(posted, "reached"),
        solved=_read_answer(posted, "solved"),
        satisfied=_read_answer(posted, "satisfied"),
        media=media,
    )


def _read_money(posted: PostedForm, name: str) -> int | None:
    fen = _read(posted, name, _read_yuan)
    if fen is not None and not 0 <= fen <= MOST_MONEY:
        raise WrongForm(say.unreadable_field(name))
    return fen


def _read_yuan(text: str) -> int:
    """Yuan, as people count money, in fen."""
    if _YUAN.fullmatch(text) is None:
        raise ValueError("no amount of yuan")
    return int(Decimal(text) * 100)


def _read_contact(posted: PostedForm) -> PartyContact | None:
    name, phone = read_words(posted, "party_name"), read_words(posted, "party_phone")
    return PartyContact(name, phone) if name or phone else None


def read_point(text: str) -> Point:
    """Latitude and longitude as `lat,lon`, WGS-84. ValueError for what is no point in China."""
    lat, lon = (float(side) for side in text.split(","))
    if not in_china(lat, lon):
        raise ValueError("no point in China")
    return lat, lon


def read_words(posted: PostedForm, name: str) -> str:
    """The words of a field, in the one spelling that all doors use. Raises WrongForm for too many."""
    words = normalize_text(posted.text(name)).strip()
    if len(words) > MOST_WORDS:
        raise WrongForm(say.too_many_words(MOST_WORDS))
    return words


def _read(posted: PostedForm, name: str, parse: Callable[[str], T]) -> T | None:
    text = posted.text(name)
    if not text:
        return None
    try:
        return parse(text)
    except (ValueError, OverflowError) as error:
        raise WrongForm(say.unreadable_field(name)) from error


def _read_level(text: str) -> int:
    level = heads.find_level(text)
    if level is None:
        raise ValueError("no level")
    return level


def _read_answer(posted: PostedForm, name: str) -> bool | None:
    return _read(posted, name, lambda text: _ANSWERS[text] if text in _ANSWERS else _fail())


def _fail() -> bool:
    raise ValueError("neither true nor false")


def _read_moment(text: str, env: Environment) -> datetime:
    """A day, which means its morning, or a moment with its zone; as aware UTC."""
    if len(text) <= len("2026-12-01"):
        return datetime.combine(date.fromisoformat(text), _MORNING, env.zone).astimezone(UTC)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=env.zone)).astimezone(UTC)

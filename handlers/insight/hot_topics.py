"""Hot topics: what many report in a short time, found by looking over the last three days.

    look    reads the cases of three days and finds who is about one matter     (no lock held)
    settle  raises what is new, lets grow what is known, tells the desk          (one transaction)

Two tickers that looked at the same time settle one after the other; the second finds that the
generation it looked at is gone, and leaves it. The desk is told when a topic is raised and again
only when it has doubled.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from posixpath import commonpath

import structlog
from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from handlers.intake import duplicates
from handlers.notifications import pushes
from handlers.triage import similarity
from handlers.wording import topics as say
from models.cases import Case, Counter, count
from models.messages import TextPush
from models.organisation import Person, Unit
from models.topics import Topic, TopicCase, TopicState
from models.workflow import Status

log = structlog.get_logger()

WITHIN = timedelta(days=3)
LEAST = 3
_MOST = 2000
"""Newest cases that one look takes in; it takes a third of a second."""
_WATCH_BACK = timedelta(days=30)
_OUT = (Status.VOID, Status.REJECTED)
_GENERATION = "sweep:topics"


@dataclass(frozen=True, slots=True)
class Found:
    """Cases that are about one matter."""

    cases: tuple[int, ...]
    words: tuple[str, ...]
    place: str
    class_id: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look found."""

    newest: int
    """Id of the newest case there was."""
    generation: int
    found: tuple[Found, ...]
    watched: dict[int, tuple[int, ...]]
    """Of each watched topic, the cases that hold one of its words."""


def counted() -> ColumnElement[bool]:
    """Cases that may be of a topic: nothing restricted, nothing refused."""
    return and_(Case.restricted.is_(False), Case.status.not_in(_OUT))


def look(session: Session, office: Environment, *, now: datetime, after: int | None = None) -> Looked | None:
    """What the last three days hold; None where no case came after the one named."""
    newest = session.scalar(select(func.max(Case.id))) or 0
    if newest == (after or 0):
        return None
    rows = session.execute(
        duplicates.looked_at()
        .add_columns(Case.opened_at)
        .where(counted(), Case.opened_at >= now - WITHIN)
        .order_by(Case.id.desc())
        .limit(_MOST)
    ).all()
    prepared = [office.prepare(duplicates.look_of(row)) for row in rows]
    hot = similarity.topics(prepared, [row.opened_at for row in rows], within=WITHIN, least=LEAST)
    found = [
        Found(tuple(sorted(rows[n].id for n in one.members)), tuple(one.words), one.place, one.class_id)
        for one in hot
    ]
    generation = session.scalar(select(Counter.value).where(Counter.name == _GENERATION)) or 0
    return Looked(newest, generation, tuple(found), _watched(session, rows))


def _watched(session: Session, rows: Sequence[duplicates.Seen]) -> dict[int, tuple[int, ...]]:
    topics = session.execute(
        select(Topic.id, Topic.words, Unit.path)
        .outerjoin(Unit, Unit.id == Topic.area_id)
        .where(Topic.state == TopicState.WATCHED)
    ).all()
    units = session.execute(select(Unit.code, Unit.path)) if topics else ()
    paths = {unit[0]: unit[1] for unit in units}
    return {
        topic.id: tuple(
            row.id
            for row in rows
            if any(word in row.text or word in row.place for word in topic.words)
            and paths.get(row.area or "", topic.path or "").startswith(topic.path or "")
        )
        for topic in topics
    }


def settle(session: Session, office: Environment, *, looked: Looked, now: datetime) -> int:
    """Raise, grow and tell; how many were told of."""
    if not looked.found and not looked.watched:
        return 0
    if count(session, _GENERATION) != looked.generation + 1:
        return 0
    told = sum(_raise_or_grow(session, found, office, now=now) for found in looked.found)
    for topic_id, cases in looked.watched.items():
        topic = session.get_one(Topic, topic_id)
        if topic.state != TopicState.WATCHED:
            continue
        _add(session, topic, cases, now=now)
        told += _tell_rise(session, topic, recent(session, topic, now=now), office, now=now)
    return told


def _raise_or_grow(session: Session, found: Found, office: Environment, *, now: datetime) -> int:
    known = session.scalar(
        select(Topic)
        .join(TopicCase)
        .where(TopicCase.case_id.in_(found.cases), Topic.state != TopicState.WATCHED)
        .order_by(Topic.id)
        .limit(1)
    )
    if known is None:
        topic = _raised(session, found, office, now=now)
        _add(session, topic, found.cases, now=now)
        return _tell_rise(session, topic, len(found.cases), office, now=now)
    if known.state == TopicState.CLOSED:
        return 0
    _add(session, known, found.cases, now=now)
    return _tell_rise(session, known, size(session, known), office, now=now)


def _raised(session: Session, found: Found, office: Environment, *, now: datetime) -> Topic:
    topic = Topic(
        code=_code(session, office, now=now),
        title=say.title(found.place, office.class_info(found.class_id).name),
        state=TopicState.RAISED,
        class_id=found.class_id,
        area_id=_common_area(session, found.cases),
        place=found.place,
        words=list(found.words),
        raised_at=now,
        told=0,
    )
    session.add(topic)
    session.flush()
    log.info("topic.raised", topic=topic.code, cases=len(found.cases))
    return topic


def _code(session: Session, office: Environment, *, now: datetime) -> str:
    day = f"T{office.local(now):%y%m%d}"
    return f"{day}-{count(session, f'topic:{day}')}"


def _common_area(session: Session, cases: Iterable[int]) -> int | None:
    """The finest unit that all of them lie in, as far as their places are known."""
    paths = session.scalars(
        select(Unit.path).join(Case, Case.area_id == Unit.id).where(Case.id.in_(cases))
    ).all()
    if not paths:
        return None
    shared = commonpath(paths).rpartition("/")[2]
    return session.scalar(select(Unit.id).where(Unit.code == shared))


def _add(session: Session, topic: Topic, cases: Iterable[int], *, now: datetime) -> None:
    """Make cases members; what is one already stays as it is."""
    wanted = set(cases)
    have = session.scalars(
        select(TopicCase.case_id).where(TopicCase.topic_id == topic.id, TopicCase.case_id.in_(wanted))
    )
    session.add_all(TopicCase(topic_id=topic.id, case_id=case, at=now) for case in sorted(wanted - set(have)))
    session.flush()


def _tell_rise(session: Session, topic: Topic, size: int, office: Environment, *, now: datetime) -> int:
    """Tell the desk, if there are three and twice as many as when it was last told."""
    if 2 * size < topic.told:
        # The wave is over: the next one is news again.
        topic.told = size
    if size < max(LEAST, 2 * topic.told):
        return 0
    mine = update(Topic).where(Topic.id == topic.id, Topic.told == topic.told).values(told=size)
    if session.scalar(mine.returning(Topic.id).execution_options(synchronize_session=False)) is None:
        return 0
    session.refresh(topic)
    words = TextPush(say.risen(evidence(session, topic, office), grown=topic.state == TopicState.RAISED))
    for chat in pushes.duty_chats(session, topic.area_id):
        key = f"topic:{topic.code}:{now:%Y%m%d%H%M%S}:{size}:{chat.id}"
        pushes.write(session, pushes.row(chat, words, key=key, office=office, now=now))
    log.info("topic.told", topic=topic.code, cases=size)
    return 1


# What there is -------------------------------------------------------------------------------


def members(session: Session, topic: Topic) -> list[Case]:
    """Its cases that may be spoken of, the oldest first, with those that were joined to them."""
    own = select(TopicCase.case_id).where(TopicCase.topic_id == topic.id)
    joined = and_(Case.parent_id.in_(own), Case.status == Status.DUPLICATE)
    found = session.scalars(select(Case).where(counted(), or_(Case.id.in_(own), joined)).order_by(Case.id))
    return list(found)


def size(session: Session, topic: Topic) -> int:
    return len(members(session, topic))


def recent(session: Session, topic: Topic, *, now: datetime) -> int:
    return sum(case.opened_at >= now - WITHIN for case in members(session, topic))


def evidence(session: Session, topic: Topic, office: Environment) -> say.Evidence:
    """What speaks for it: how many, when, where, which; nobody's name."""
    cases = members(session, topic)
    days: dict[str, int] = defaultdict(int)
    places: dict[str, int] = defaultdict(int)
    for case in cases:
        days[f"{office.local(case.opened_at):%m-%d}"] += 1
        if case.place:
            places[case.place] += 1
    area = session.get(Unit, topic.area_id) if topic.area_id else None
    parent = session.get(Case, topic.parent_id) if topic.parent_id else None
    return say.Evidence(
        code=topic.code,
        title=topic.title,
        state=topic.state,
        cases=len(cases),
        people=len({case.reporter_id for case in cases if case.reporter_id is not None}),
        days=tuple(days.items()),
        places=tuple(sorted(places.items(), key=lambda item: (-item[1], item[0]))),
        words=tuple(topic.words),
        numbers=tuple(case.number for case in cases),
        area=area.called if area else "",
        parent=parent.number if parent else "",
    )


# What people do ------------------------------------------------------------------------------


def watch(
    session: Session, words: Sequence[str], unit: Unit, person: Person, *, office: Environment, now: datetime
) -> Topic:
    """Be told when certain words are reported more often in this subtree."""
    topic = Topic(
        code=_code(session, office, now=now),
        title="、".join(words),
        state=TopicState.WATCHED,
        area_id=unit.id,
        words=list(words),
        raised_at=now,
        made_by=person.id,
        told=0,
    )
    session.add(topic)
    session.flush()
    said = or_(*(column.contains(w, autoescape=True) for w in words for column in (Case.text, Case.place)))
    beneath = select(Unit.id).where(Unit.path.startswith(unit.path, autoescape=True))
    before = session.scalars(
        select(Case.id).where(
            counted(), said, Case.opened_at >= now - _WATCH_BACK,
            or_(Case.area_id.in_(beneath), Case.area_id.is_(None)),
        )
    )  # fmt: skip
    _add(session, topic, before, now=now)
    topic.told = recent(session, topic, now=now)
    return topic


def end(session: Session, topic: Topic, *, now: datetime) -> None:
    """It grows no more, and nobody is told of it any more."""
    topic.state, topic.closed_at = TopicState.CLOSED, now
    session.flush()

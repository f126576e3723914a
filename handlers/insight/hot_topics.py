"""Hot topics: many people about one matter in a short time, searched in the last three days.

People are counted, not cases: one who reports thrice is one, and what nobody knows the reporter of is
nobody's.

    scan_cases     reads the cases of three days and groups those about one matter  (no lock held)
    settle_topics  raises new topics, adds cases to known ones, notifies the desk   (one transaction)

Two tickers that scan at the same time settle one after the other; the second finds that the
generation it scanned is outdated, and does nothing. The desk is notified when a topic is raised and
again only when it has doubled.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from posixpath import commonpath

import structlog
from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.orm import Session

from handlers.cases import merged, queries
from handlers.cases.lists import topics, word_index
from handlers.cases.privacy import mask
from handlers.cases.privacy.names import REPORTER
from handlers.cases.queries import PUBLIC, Asker
from handlers.environment import unit_chats
from handlers.environment.people import doors
from handlers.environment.roster import SOMEBODY
from handlers.environment.snapshot import Environment
from handlers.environment.units import path_covers
from handlers.intake import duplicates
from handlers.notifications import pushes
from handlers.triage import similarity
from handlers.triage.similarity import ReportFeatures
from handlers.wording import topics as say
from handlers.wording.markup import escape_words
from models.cases import Case, Counter, Event, increment_counter
from models.database import keep_from_indexes
from models.messages import TextPush
from models.organisation import Person, Unit
from models.topics import Topic, TopicCase, TopicState
from models.workflow import Status

log = structlog.get_logger()

WITHIN = timedelta(days=3)
MIN_PEOPLE = 3
_MOST = 2000
"""How many of the newest cases one scan reads; it takes a third of a second."""
_WATCH_BACK = timedelta(days=30)
_GENERATION = "sweep:topics"
_TOP_PATH = 2
"""Slashes in the path of a unit that lies beneath none: `/HM/`."""


@dataclass(frozen=True, slots=True)
class CaseGroup:
    """Cases about one matter, with what they have in common."""

    cases: tuple[int, ...]
    words: tuple[str, ...]
    place: str
    class_id: str


@dataclass(frozen=True, slots=True)
class TopicScan:
    """The result of one scan."""

    newest: int
    """Id of the newest case at the time of the scan."""
    generation: int
    groups: tuple[CaseGroup, ...]
    watched: dict[int, tuple[int, ...]]
    """Id of each watched topic, with the cases that contain one of its words."""


def scan_cases(
    session: Session, env: Environment, *, now: datetime, after: int | None = None
) -> TopicScan | None:
    """Group the cases of the last three days.

    None where no case is newer than the case with the id `after`.
    """
    newest = session.scalar(select(func.max(Case.id))) or 0
    if newest == (after or 0):
        return None
    rows = session.execute(
        duplicates.select_candidates()
        .add_columns(Case.opened_at, Case.reporter_id)
        .where(topics.is_countable(), Case.opened_at >= now - WITHIN)
        .order_by(Case.id.desc())
        .limit(_MOST)
    ).all()
    prepared = [env.prepare(_without_people(duplicates.look_of_row(row), env)) for row in rows]
    joined = doors.load_joined(session)
    hot = similarity.find_topics(
        prepared,
        [row.opened_at for row in rows],
        reporters=[joined.get(row.reporter_id, row.reporter_id) for row in rows],
        within=WITHIN,
        least=MIN_PEOPLE,
        fallback_class=env.fallback_class.id,
    )
    found = [
        CaseGroup(tuple(sorted(rows[n].id for n in one.members)), tuple(one.words), one.place, one.class_id)
        for one in hot
    ]
    generation = session.scalar(select(Counter.value).where(Counter.name == _GENERATION)) or 0
    return TopicScan(newest, generation, tuple(found), _match_watched(session, rows))


def _without_people(look: ReportFeatures, env: Environment) -> ReportFeatures:
    """The words that topics are counted from: nobody's name or number becomes the word of a topic."""
    text = env.roster.mask_people(mask(look.text))
    return replace(look, text=text.replace(REPORTER, " ").replace(SOMEBODY, " "), place=mask(look.place))


def _match_watched(session: Session, rows: Sequence[duplicates.CandidateRow]) -> dict[int, tuple[int, ...]]:
    watched = session.execute(
        select(Topic.id, Topic.words, Unit.path)
        .outerjoin(Unit, Unit.id == Topic.area_id)
        .where(Topic.state == TopicState.WATCHED)
    ).all()
    units = session.execute(select(Unit.code, Unit.path)) if watched else ()
    paths = {unit[0]: unit[1] for unit in units}
    return {
        topic.id: tuple(
            row.id
            for row in rows
            if any(word in row.text or word in row.place for word in topic.words)
            and _lies_beneath(topic.path, paths.get(row.area or ""))
        )
        for topic in watched
    }


def _lies_beneath(topic: str | None, area: str | None) -> bool:
    """Whether a case of this area belongs to a watched topic; one without an area, to the top unit's only."""
    if topic is None:
        return True
    return path_covers(topic, area) if area is not None else topic.count("/") == _TOP_PATH


def settle_topics(session: Session, env: Environment, *, scan: TopicScan, now: datetime) -> int:
    """Raise topics, add cases to them and notify the desk; the number of notified topics.

    Does nothing where another process settled a newer scan in the meantime.
    """
    if not scan.groups and not scan.watched:
        return 0
    if increment_counter(session, _GENERATION) != scan.generation + 1:
        return 0
    notified = sum(_raise_or_grow(session, found, env, now=now) for found in scan.groups)
    for topic_id, cases in scan.watched.items():
        topic = session.get_one(Topic, topic_id)
        if topic.state != TopicState.WATCHED:
            continue
        _add_cases(session, topic, cases, now=now)
        notified += _notify_rise(session, topic, count_recent(session, topic, env, now=now), env, now=now)
    return notified


def _raise_or_grow(session: Session, found: CaseGroup, env: Environment, *, now: datetime) -> int:
    known = session.scalar(
        select(Topic)
        .join(TopicCase)
        .where(TopicCase.case_id.in_(found.cases), Topic.state != TopicState.WATCHED)
        .order_by(Topic.id)
        .limit(1)
    )
    if known is None:
        topic = _raise_topic(session, found, env, now=now)
        _add_cases(session, topic, found.cases, now=now)
        return _notify_rise(session, topic, count_people(session, topic, env), env, now=now)
    if known.state == TopicState.CLOSED:
        return 0
    _add_cases(session, known, found.cases, now=now)
    return _notify_rise(session, known, count_people(session, known, env), env, now=now)


def _raise_topic(session: Session, found: CaseGroup, env: Environment, *, now: datetime) -> Topic:
    topic = Topic(
        code=_next_code(session, env, now=now),
        title=say.title(escape_words(mask(found.place)), env.class_info(found.class_id).name),
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


def _next_code(session: Session, env: Environment, *, now: datetime) -> str:
    day = f"T{env.local(now):%y%m%d}"
    return f"{day}-{increment_counter(session, f'topic:{day}')}"


def _common_area(session: Session, cases: Iterable[int]) -> int | None:
    """Id of the finest unit that contains all cases whose area is known; None where there is none."""
    paths = session.scalars(
        select(Unit.path).join(Case, Case.area_id == Unit.id).where(Case.id.in_(cases))
    ).all()
    if not paths:
        return None
    shared = commonpath(paths).rpartition("/")[2]
    return session.scalar(select(Unit.id).where(Unit.code == shared))


def _add_cases(session: Session, topic: Topic, cases: Iterable[int], *, now: datetime) -> None:
    """Make these cases members of the topic; members stay as they are."""
    wanted = set(cases)
    members = session.scalars(
        select(TopicCase.case_id).where(TopicCase.topic_id == topic.id, TopicCase.case_id.in_(wanted))
    )
    session.add_all(
        TopicCase(topic_id=topic.id, case_id=case, at=now) for case in sorted(wanted - set(members))
    )
    session.flush()


def _notify_rise(session: Session, topic: Topic, size: int, env: Environment, *, now: datetime) -> int:
    """Notify the desk where at least three people reported the topic, and twice as many as at the last
    time; how many notices were queued. `size`: people.
    """
    if 2 * size < topic.told:
        # The topic has shrunk to less than half: the next rise is news again.
        topic.told = size
    if size < max(MIN_PEOPLE, 2 * topic.told):
        return 0
    claim = update(Topic).where(Topic.id == topic.id, Topic.told == topic.told).values(told=size)
    if session.scalar(claim.returning(Topic.id).execution_options(synchronize_session=False)) is None:
        return 0
    session.refresh(topic)
    words = TextPush(
        say.topic_risen(gather_evidence(session, topic, env), grown=topic.state == TopicState.RAISED)
    )
    for chat in unit_chats.duty_chats(session, topic.area_id):
        key = f"topic:{topic.code}:{now:%Y%m%d%H%M%S}:{size}:{chat.id}"
        pushes.enqueue(session, pushes.push_row(chat, words, key=key, env=env, now=now))
    log.info("topic.told", topic=topic.code, people=size)
    return 1


# Reading topics ------------------------------------------------------------------------------


def list_cases(session: Session, topic: Topic, env: Environment, asker: Asker = PUBLIC) -> list[Case]:
    """The unrestricted cases that are of the topic, the oldest first.

    Not of it any more is a member that was given another class since, nor ever a case of another class
    that was only joined to a member. Of a person who asks, those they oversee.
    """
    return _list_cases(session, [topic], env, asker)[topic.id]


def _list_cases(
    session: Session, found: Sequence[Topic], env: Environment, asker: Asker
) -> Mapping[int, list[Case]]:
    """As `list_cases`, of each of the topics, by its id."""
    cases, members = topics.list_of_topics(session, asker, found), _list_unchanged(session, found)
    return {
        topic.id: _keep_class(topic, cases[topic.id], members[topic.id], env) if topic.class_id
        else cases[topic.id]
        for topic in found
    }  # fmt: skip


def _keep_class(
    topic: Topic, found: Sequence[Case], members: Collection[int], env: Environment
) -> list[Case]:
    """Those of the cases that are of the topic's class; `members`: those nobody gave another since."""
    classes = {case.id: case.class_id for case in found if case.id in members}
    same = (topic.class_id, env.fallback_class.id)
    return [
        case
        for case in found
        if case.class_id in same or case.id in members or classes.get(case.parent_id or 0) == case.class_id
    ]


def _list_unchanged(session: Session, found: Sequence[Topic]) -> Mapping[int, set[int]]:
    """Of each topic, by its id, the members whose class nobody changed since they became members."""
    changed = exists().where(
        Event.case_id == TopicCase.case_id, Event.act == "classify", Event.at >= TopicCase.at
    )
    rows = select(TopicCase.topic_id, TopicCase.case_id).where(
        TopicCase.topic_id.in_([topic.id for topic in found]), ~changed
    )
    members: dict[int, set[int]] = {topic.id: set() for topic in found}
    for topic_id, case_id in session.execute(rows):
        members[topic_id].add(case_id)
    return members


def count_people(session: Session, topic: Topic, env: Environment) -> int:
    """How many people reported the topic."""
    return _count_reporters(session, list_cases(session, topic, env))


def count_recent(session: Session, topic: Topic, env: Environment, *, now: datetime) -> int:
    """How many people reported the topic within the last three days."""
    return _count_reporters(
        session, (case for case in list_cases(session, topic, env) if case.opened_at >= now - WITHIN)
    )


def _count_reporters(session: Session, cases: Iterable[Case], joined: Mapping[int, int] | None = None) -> int:
    joined = doors.load_joined(session) if joined is None else joined
    ids = {case.reporter_id for case in cases if case.reporter_id is not None}
    return len({joined.get(one, one) for one in ids})


def gather_evidence(
    session: Session, topic: Topic, env: Environment, asker: Asker = PUBLIC
) -> say.TopicEvidence:
    """The figures of a topic: how many cases and people, when, where, which numbers; no person is named.

    Of a person who asks, only of the cases they oversee.
    """
    [evidence] = gather_all(session, [topic], env, asker)
    return evidence


def gather_all(
    session: Session, found: Sequence[Topic], env: Environment, asker: Asker = PUBLIC
) -> list[say.TopicEvidence]:
    """As `gather_evidence`, of each of these topics: as many statements as for one."""
    cases = _list_cases(session, found, env, asker)
    joined = doors.load_joined(session)
    areas = session.scalars(select(Unit).where(Unit.id.in_({topic.area_id for topic in found} - {None})))
    parents = session.scalars(select(Case).where(Case.id.in_({topic.parent_id for topic in found} - {None})))
    area_names = {area.id: area.display_name for area in areas}
    parent_numbers = {parent.id: parent.number for parent in parents}
    return [
        _describe(
            session, topic, cases[topic.id], env,
            people=_count_reporters(session, cases[topic.id], joined),
            area=area_names.get(topic.area_id or 0, ""),
            parent=parent_numbers.get(topic.parent_id or 0, ""),
        )
        for topic in found
    ]  # fmt: skip


def _describe(
    session: Session,
    topic: Topic,
    cases: Sequence[Case],
    env: Environment,
    *,
    people: int,
    area: str,
    parent: str,
) -> say.TopicEvidence:
    days: dict[str, int] = defaultdict(int)
    places: dict[str, int] = defaultdict(int)
    for case in cases:
        days[f"{env.local(case.opened_at):%m-%d}"] += 1
        if case.place:
            places[escape_words(mask(case.place))] += 1
    return say.TopicEvidence(
        code=topic.code,
        title=topic.title,
        state=topic.state,
        cases=len(cases),
        people=people,
        days=tuple(sorted(days.items())),
        places=tuple(sorted(places.items(), key=lambda item: (-item[1], item[0]))),
        words=tuple(topic.words),
        numbers=tuple(case.number for case in cases),
        closed=frozenset(
            case.number for case in cases if merged.root_case(session, case).status == Status.CLOSED
        ),
        area=area,
        parent=parent,
    )


# Acts of people ------------------------------------------------------------------------------


def watch_words(
    session: Session, words: Sequence[str], unit: Unit, person: Person, *, env: Environment, now: datetime
) -> Topic:
    """A new watched topic with the matching cases of the last 30 days.

    The desk of the unit is notified when cases with one of these words become more frequent in its
    subtree.
    """
    topic = Topic(
        code=_next_code(session, env, now=now),
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
    mentions = or_(*(word_index.contains(session, word)[0] for word in words))
    before = session.scalars(
        select(Case.id).where(
            topics.is_countable(), mentions, Case.opened_at >= now - _WATCH_BACK,
            keep_from_indexes(queries.lies_in(session, unit)),
        )
    )  # fmt: skip
    _add_cases(session, topic, before, now=now)
    topic.told = count_recent(session, topic, env, now=now)
    return topic


def end_topic(session: Session, topic: Topic, *, now: datetime) -> None:
    """End the topic: no case is added and nobody is notified any more."""
    topic.state, topic.closed_at = TopicState.CLOSED, now
    session.flush()

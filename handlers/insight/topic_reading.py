"""What somebody reads of topics: those of their area, and how far the cases of one are."""

import re
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from handlers.cases import event_log
from handlers.cases.privacy import mask
from handlers.cases.queries import Asker
from handlers.environment.snapshot import Environment
from handlers.environment.units import select_subtree
from handlers.errors import NotAllowed, NotFound
from handlers.insight import hot_topics
from handlers.wording import topics as say
from handlers.wording.markup import escape_words
from models.cases import Case, Event
from models.organisation import OVERSEERS, Person, Unit
from models.topics import Topic
from models.workflow import Status

_SAMPLES, _RESULTS = 3, 3
_SAMPLE_LENGTH = 80
_CODE = re.compile(r"[Tt]\d{6}-\d{1,4}")
"""What else is asked for is not asked of the database."""


def may_read_topics(asker: Asker) -> bool:
    """Whether the asker looks after an area as a whole."""
    return _as_overseer(asker).actor.is_one_of(OVERSEERS) and _as_overseer(asker).actor.unit_id is not None


def _as_overseer(asker: Asker) -> Asker:
    return asker.in_post(OVERSEERS)


def select_topics(session: Session, asker: Asker) -> Select[Topic]:
    """Topics of the asker's own subtree; those whose place nobody knows are the top desk's.

    Raises NotAllowed for whoever looks after no area.
    """
    own = _as_overseer(asker).unit(session)
    if own is None or not may_read_topics(asker):
        raise NotAllowed(say.may_not())
    lies_here = Topic.area_id.in_(select_subtree(own))
    return select(Topic).where(
        or_(lies_here, Topic.area_id.is_(None)) if own.parent_id is None else lies_here
    )


def find_topic(session: Session, asker: Asker, code: str) -> Topic:
    """The topic of this whole code. Raises NotFound where the asker has none, NotAllowed."""
    return require_topic(session, select_topics(session, asker), code)


def require_topic(session: Session, topics: Select[Topic], code: str) -> Topic:
    """The one of these topics with this whole code. Raises NotFound."""
    topic = session.scalar(topics.where(Topic.code == code.upper())) if _CODE.fullmatch(code) else None
    if topic is None:
        raise NotFound(say.no_such_topic(code))
    return topic


def list_ids(session: Session, topic: Topic, env: Environment, asker: Asker) -> list[int]:
    """Ids of the cases that are of the topic, of those that the asker oversees."""
    return [case.id for case in hot_topics.list_cases(session, topic, env, as_one_of_many(asker))]


def as_one_of_many(asker: Asker) -> Asker:
    """The asker among others who read along: restricted cases are of no topic."""
    return Asker(asker.person)


def write_report(
    session: Session, topic: Topic, env: Environment, asker: Asker, *, today: str
) -> say.SituationReport:
    """The draft of a situation report on the topic, for one's superiors (requirements A21); it names nobody.

    `today`: as it is written.
    """
    reader = as_one_of_many(asker)
    cases = hot_topics.list_cases(session, topic, env, reader)
    return say.write_situation_report(
        hot_topics.gather_evidence(session, topic, env, reader),
        _summarize_handling(session, env, cases),
        _pick_samples(session, env, cases),
        today=today,
    )


def _pick_samples(session: Session, env: Environment, cases: Sequence[Case]) -> list[str]:
    """What is reported, in words that differ: the longest first, since they say most."""
    texts = {_mask_text(session, env, case, case.text) for case in cases}
    return sorted(texts, key=lambda text: (-len(text), text))[:_SAMPLES]


def _mask_text(session: Session, env: Environment, case: Case, text: str) -> str:
    person = session.get(Person, case.reporter_id) if case.reporter_id else None
    masked = mask(text.replace("\n", " "), person.name if person else "")
    shown = escape_words(env.roster.mask_people(masked))
    return shown if len(shown) <= _SAMPLE_LENGTH else f"{shown[:_SAMPLE_LENGTH]}…"


def _summarize_handling(session: Session, env: Environment, cases: Sequence[Case]) -> say.HandlingSummary:
    states = Counter(Status(case.status).chinese for case in cases)
    ids = dict.fromkeys(case.unit_id for case in cases if case.unit_id is not None)
    by_id = {case.id: case for case in cases}
    results = session.scalars(
        select(Event)
        .where(
            Event.case_id.in_(by_id),
            or_(event_log.HANDS_IN_RESULT, Event.act == "progress"),
            Event.text != "",
        )
        .order_by(Event.id.desc())
        .limit(_RESULTS)
    )
    return say.HandlingSummary(
        states=tuple(states.most_common()),
        units=tuple(session.get_one(Unit, unit).display_name for unit in ids),
        results=tuple(_mask_text(session, env, by_id[event.case_id], event.text) for event in results),
    )

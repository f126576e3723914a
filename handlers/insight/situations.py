"""The draft of a situation report on a hot topic, and which topics somebody may ask about."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

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


def select_topics(session: Session, asker: Asker) -> Select[Topic]:
    """Topics of the asker's subtree; those whose place nobody knows are the top desk's. Raises NotAllowed."""
    person = asker.person
    if person is None or person.role not in OVERSEERS or person.unit_id is None:
        raise NotAllowed(say.may_not())
    own = session.get_one(Unit, person.unit_id)
    lies_here = Topic.area_id.in_(select_subtree(own))
    return select(Topic).where(
        or_(lies_here, Topic.area_id.is_(None)) if own.parent_id is None else lies_here
    )


def find_topic(session: Session, topics: Select[Topic], code: str) -> Topic:
    """The one of these topics with this whole code. Raises NotFound."""
    named = topics.where(Topic.code == code.upper())
    found = session.scalar(named) if _CODE.fullmatch(code) else None
    if found is None:
        raise NotFound(say.no_such_topic(code))
    return found


def draft_situation(session: Session, topic: Topic, asker: Asker, env: Environment, *, now: datetime) -> str:
    """The draft, naming nobody (requirements A21): of a person who asks, of the cases they oversee."""
    cases = hot_topics.list_cases(session, topic, env, asker)
    today = env.local(now)
    return say.situation_report(
        hot_topics.gather_evidence(session, topic, env, asker),
        _summarize_handling(session, cases, env),
        _pick_samples(session, cases, env),
        today=f"{today.year} 年 {today.month} 月 {today.day} 日",
    )


def _pick_samples(session: Session, cases: Sequence[Case], env: Environment) -> list[str]:
    """What is reported, in words that differ: the longest first, since they say most."""
    texts = {_mask_text(session, case, case.text, env) for case in cases}
    return sorted(texts, key=lambda text: (-len(text), text))[:_SAMPLES]


def _mask_text(session: Session, case: Case, text: str, env: Environment) -> str:
    person = session.get(Person, case.reporter_id) if case.reporter_id else None
    masked = mask(text.replace("\n", " "), person.name if person else "")
    shown = escape_words(env.roster.mask_people(masked))
    return shown if len(shown) <= _SAMPLE_LENGTH else f"{shown[:_SAMPLE_LENGTH]}…"


def _summarize_handling(session: Session, cases: Sequence[Case], env: Environment) -> say.HandlingSummary:
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
        results=tuple(_mask_text(session, by_id[event.case_id], event.text, env) for event in results),
    )

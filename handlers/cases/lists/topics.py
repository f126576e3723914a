"""The cases of a topic, with the rights of whoever asks inside, as in `queries`."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, Select, and_, select, union_all
from sqlalchemy.orm import Session, aliased

from handlers.cases import queries
from handlers.cases.queries import PUBLIC, Asker
from models.cases import Case
from models.database import keep_from_indexes
from models.topics import Topic, TopicCase
from models.workflow import Status

_NOT_COUNTED = (Status.VOID, Status.REJECTED)
_JOINED = aliased(Case)


def is_countable(asker: Asker = PUBLIC) -> ColumnElement[bool]:
    """Condition for cases that may belong to a topic: shown to the asker, and not refused."""
    return and_(queries.is_visible(asker), Case.status.not_in(_NOT_COUNTED))


def belongs_to_topic(own: Select[int]) -> ColumnElement[bool]:
    """Condition for a topic's cases, whose ids `own` selects, and for the cases joined to them."""
    # Each by its own index: asked in one OR they would read every case.
    children = select(_JOINED.id).where(_JOINED.parent_id.in_(own), _JOINED.status == Status.DUPLICATE)
    return Case.id.in_(union_all(own, children))


def list_of_topics(session: Session, asker: Asker, topics: Sequence[Topic]) -> Mapping[int, list[Case]]:
    """Of each topic, by its id, the cases, the oldest first, with those that were joined to them.

    Of a person, those they oversee.
    """
    ids = [topic.id for topic in topics]
    members: dict[int, set[int]] = {topic_id: set() for topic_id in ids}
    rows = select(TopicCase.topic_id, TopicCase.case_id).where(TopicCase.topic_id.in_(ids))
    for topic_id, case_id in session.execute(rows):
        members[topic_id].add(case_id)
    found = _load_cases(session, asker, select(TopicCase.case_id).where(TopicCase.topic_id.in_(ids)))
    return {
        topic_id: [case for case in found if case.id in own or _is_joined_to(case, own)]
        for topic_id, own in members.items()
    }


def _is_joined_to(case: Case, own: Collection[int]) -> bool:
    return case.status == Status.DUPLICATE and case.parent_id in own


def _load_cases(session: Session, asker: Asker, own: Select[int]) -> Sequence[Case]:
    query = select(Case).where(is_countable(asker), belongs_to_topic(own))
    if asker.person is not None:
        # A topic is narrow; whole areas would be read by their index instead.
        query = query.where(keep_from_indexes(queries.is_concern(session, asker)))
    return session.scalars(query.order_by(Case.id)).all()

"""The cases of a topic, with the rights of whoever asks inside, as in `queries`."""

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


def list_of_topic(session: Session, asker: Asker, topic: Topic) -> list[Case]:
    """Its cases, the oldest first, with those that were joined to them; of a person, those they oversee."""
    own = select(TopicCase.case_id).where(TopicCase.topic_id == topic.id)
    query = select(Case).where(is_countable(asker), belongs_to_topic(own))
    if asker.person is not None:
        # A topic is narrow; whole areas would be read by their index instead.
        query = query.where(keep_from_indexes(queries.is_concern(session, asker)))
    return list(session.scalars(query.order_by(Case.id)))

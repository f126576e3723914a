"""One case under which the open cases of a topic are put: chosen, shown, made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers import acts
from handlers.cases import merged, possible_acts
from handlers.cases.context import ActInput
from handlers.cases.queries import Asker
from handlers.environment.snapshot import Environment
from handlers.errors import NotAllowed, Refused, WrongState
from handlers.insight import hot_topics
from handlers.insight.topic_reading import as_one_of_many
from handlers.wording import topics as say
from models.cases import Case, Event
from models.topics import Topic
from models.workflow import ACTS, OPEN


@dataclass(frozen=True, slots=True)
class ParentChoice:
    """The case that stays, and those that are put under it."""

    parent: Case
    children: Sequence[Case]


def choose_parent(session: Session, topic: Topic, env: Environment, asker: Asker) -> ParentChoice:
    """The parent the topic has, else its oldest open case.

    Raises WrongState where there is nothing to join, NotAllowed for people who may not merge cases.
    """
    topic_cases = hot_topics.list_cases(session, topic, env, as_one_of_many(asker))
    open_ = [case for case in topic_cases if case.status in OPEN]
    chosen = session.get(Case, topic.parent_id) if topic.parent_id else None
    parent = merged.root_case(session, chosen) if chosen else next(iter(open_), None)
    if parent is None or parent.status not in OPEN:
        parent = next(iter(open_), None)
    if parent is None:
        raise WrongState(say.nothing_open(topic.code))
    # Cases that somebody took apart are not joined again.
    split = set(
        session.scalars(
            select(Event.case_id).where(Event.case_id.in_([c.id for c in open_]), Event.act == "split")
        )
    )
    children = [case for case in open_ if case.id != parent.id and case.id not in split]
    if not children and topic.parent_id == parent.id:
        raise WrongState(say.already_one(topic.code, parent.number))
    if len(open_) == 1:
        raise WrongState(say.only_one_open(topic.code, parent.number))
    if not possible_acts.can_perform(session, ACTS["merge"], asker.actor, parent):
        raise NotAllowed(say.may_not_join())
    return ParentChoice(parent, children)


def make_parent(
    session: Session,
    topic: Topic,
    choice: ParentChoice,
    asker: Asker,
    env: Environment,
    *,
    now: datetime,
    origin: str,
) -> str:
    """Put the cases under the parent, each by an act of its own; a sentence on what came of it.

    `origin`: begins the causes of these acts; each adds the id of its case.
    """
    done, refused = [], []
    for child in choice.children:
        try:
            with session.begin_nested():
                acts.perform(
                    session, "merge", child, asker.actor, ActInput(parent=choice.parent),
                    env=env, now=now, origin=f"{origin}{child.id}",
                )  # fmt: skip
            done.append(child.number)
        except Refused as refusal:
            refused.append(refusal.sentence)
    topic.parent_id = choice.parent.id
    return say.parent_made(topic.code, choice.parent.number, done, refused)

"""/热点, /立主案, /情况报告, /关注, /结束热点: what many report, and what is done about all of it at once."""

import re
from collections import Counter

from sqlalchemy import Select, or_, select

from handlers import acts
from handlers.acts.effects import ActInput
from handlers.cases import merged
from handlers.cases.privacy import mask
from handlers.chat import confirmations
from handlers.chat.inbound import Arrival
from handlers.commands.parser import Command
from handlers.errors import MissingNeed, NotAllowed, NotFound, Refused, WrongState
from handlers.insight import hot_topics
from handlers.wording import topics as say
from models.cases import Case, Event
from models.organisation import Person, Role, Unit
from models.topics import Topic, TopicState
from models.workflow import ACTS, OPEN, Status

_READERS = frozenset({Role.DUTY, Role.COORDINATOR, Role.LEADER, Role.ADMIN})
_REF = re.compile(r"[TtＴ](?:(\d{4}|\d{6})-)?(\d{1,3})(?!\d)")
_MOST_LISTED, _SAMPLES, _RESULTS, _MOST_WORDS = 10, 3, 3, 5
_SAMPLE_LENGTH = 80
_SHORTEST_WORD = 2


def show(arrival: Arrival, command: Command) -> str:
    """`/热点`: what there is; `/热点 T1`: what speaks for one."""
    if not command.tail:
        return _list(arrival)
    arrival.answer(
        say.evidence(hot_topics.evidence(arrival.session, _meant(arrival, command), arrival.office))
    )
    return "topic.shown"


def _list(arrival: Arrival) -> str:
    found = arrival.session.scalars(
        _visible(arrival)
        .where(Topic.state != TopicState.CLOSED)
        .order_by(Topic.id.desc())
        .limit(_MOST_LISTED)
    )
    rows = [(one.code, one.title, one.state, hot_topics.size(arrival.session, one)) for one in found]
    arrival.answer(say.listing(rows) if rows else say.NONE)
    return "topic.list"


def _visible(arrival: Arrival) -> Select[Topic]:
    """Topics of one's own subtree, and those whose place nobody knows."""
    if arrival.person.role not in _READERS or arrival.person.unit_id is None:
        raise NotAllowed(say.may_not())
    own = arrival.session.get_one(Unit, arrival.person.unit_id)
    beneath = select(Unit.id).where(Unit.path.startswith(own.path, autoescape=True))
    return select(Topic).where(or_(Topic.area_id.in_(beneath), Topic.area_id.is_(None)))


def named(arrival: Arrival, said: str) -> Topic | None:
    """The topic that a typed word means; None where it is another word."""
    found = _REF.fullmatch(said)
    return _of(arrival, found) if found else None


def _meant(arrival: Arrival, command: Command) -> Topic:
    found = _REF.match(command.tail)
    if found is None:
        raise MissingNeed(say.usage(command.word))
    topic = _of(arrival, found)
    if topic is None:
        raise NotFound(say.no_such_topic(found[0]))
    return topic


def _of(arrival: Arrival, ref: re.Match[str]) -> Topic | None:
    """The newest of this number: one that is over only where no other is meant."""
    ending = f"{ref[1] or ''}-{ref[2]}"
    named = _visible(arrival).where(Topic.code.endswith(ending))
    return arrival.session.scalar(named.order_by(Topic.state == TopicState.CLOSED, Topic.id.desc()).limit(1))


def watch(arrival: Arrival, command: Command) -> str:
    """`/关注 隧道 通车`: the desk is told when these words come more often."""
    words = tuple(dict.fromkeys(re.split(r"[\s、，,]+", command.tail.strip())))[:_MOST_WORDS]
    if not all(len(word) >= _SHORTEST_WORD for word in words):
        raise MissingNeed(say.usage_watch())
    _visible(arrival)
    unit = arrival.session.get_one(Unit, arrival.person.unit_id)
    topic = hot_topics.watch(
        arrival.session, words, unit, arrival.person, office=arrival.office, now=arrival.now
    )
    arrival.answer(say.watched(hot_topics.evidence(arrival.session, topic, arrival.office)))
    return "topic.watched"


def end(arrival: Arrival, command: Command) -> str:
    topic = _meant(arrival, command)
    if topic.state == TopicState.CLOSED:
        raise WrongState(say.over(topic.code))
    hot_topics.end(arrival.session, topic, now=arrival.now)
    arrival.answer(say.ended(topic.code))
    return "topic.ended"


def make_parent(arrival: Arrival, command: Command) -> str:
    """`/立主案 T1`: its open cases are put under one of them, after a look at which."""
    topic = _meant(arrival, command)
    parent, children = _family(arrival, topic)
    if not acts.could(arrival.session, ACTS["merge"], arrival.actor, parent):
        raise NotAllowed(say.may_not_join())
    if not arrival.confirmed:
        return confirmations.show(
            arrival, say.parent_preview(topic.code, parent.number, [case.number for case in children])
        )
    joined, refused = _joined(arrival, parent, children)
    topic.parent_id = parent.id
    arrival.answer(say.parent_made(topic.code, parent.number, joined, refused))
    return "topic.parent"


def _family(arrival: Arrival, topic: Topic) -> tuple[Case, list[Case]]:
    """The case to stay and those to be put under it: the parent it has, else the oldest open one."""
    session = arrival.session
    open_ = [case for case in hot_topics.members(session, topic) if case.status in OPEN]
    chosen = session.get(Case, topic.parent_id) if topic.parent_id else None
    parent = merged.root(session, chosen) if chosen else next(iter(open_), None)
    if parent is None or parent.status not in OPEN:
        parent = next(iter(open_), None)
    if parent is None:
        raise WrongState(say.nothing_open(topic.code))
    # What somebody took apart stays apart.
    split = set(
        session.scalars(
            select(Event.case_id).where(Event.case_id.in_([c.id for c in open_]), Event.act == "split")
        )
    )
    children = [case for case in open_ if case.id != parent.id and case.id not in split]
    if not children and topic.parent_id == parent.id:
        raise WrongState(say.already_one(topic.code, parent.number))
    return parent, children


def _joined(arrival: Arrival, parent: Case, children: list[Case]) -> tuple[list[str], list[str]]:
    done, refused = [], []
    for child in children:
        try:
            with arrival.session.begin_nested():
                acts.perform(
                    arrival.session, "merge", child, arrival.actor, ActInput(parent=parent),
                    office=arrival.office, now=arrival.now, origin=arrival.origin(f"merge{child.id}"),
                )  # fmt: skip
            done.append(child.number)
        except Refused as refusal:
            refused.append(refusal.sentence)
    return done, refused


def report(arrival: Arrival, command: Command) -> str:
    """`/情况报告 T1`: a draft for one's superiors (requirements A21). Nobody's name is in it."""
    topic = _meant(arrival, command)
    cases = hot_topics.members(arrival.session, topic)
    today = arrival.office.local(arrival.now)
    words = say.report(
        hot_topics.evidence(arrival.session, topic, arrival.office),
        _done(arrival, cases),
        _samples(arrival, cases),
        today=f"{today.year} 年 {today.month} 月 {today.day} 日",
    )
    arrival.answer(words)
    return "topic.report"


def _samples(arrival: Arrival, cases: list[Case]) -> list[str]:
    """What is reported, in words that differ: the longest first, since they say most."""
    texts = {_masked(arrival, case, case.text) for case in cases}
    return sorted(texts, key=lambda text: (-len(text), text))[:_SAMPLES]


def _masked(arrival: Arrival, case: Case, text: str) -> str:
    person = arrival.session.get(Person, case.reporter_id) if case.reporter_id else None
    shown = mask(text.replace("\n", " "), person.name if person else "")
    return shown if len(shown) <= _SAMPLE_LENGTH else f"{shown[:_SAMPLE_LENGTH]}…"


def _done(arrival: Arrival, cases: list[Case]) -> say.Done:
    session = arrival.session
    states = Counter(Status(case.status).chinese for case in cases)
    ids = dict.fromkeys(case.unit_id for case in cases if case.unit_id is not None)
    by_id = {case.id: case for case in cases}
    results = session.scalars(
        select(Event)
        .where(
            Event.case_id.in_(by_id),
            Event.act.in_(("feedback", "solve_in_grid", "progress")),
            Event.text != "",
        )
        .order_by(Event.id.desc())
        .limit(_RESULTS)
    )
    return say.Done(
        states=tuple(states.most_common()),
        units=tuple(session.get_one(Unit, unit).called for unit in ids),
        results=tuple(_masked(arrival, by_id[event.case_id], event.text) for event in results),
    )

"""/热点, /立主案, /情况报告, /关注, /结束热点: what many report, and what is done about all of it at once."""

import re

from sqlalchemy import Select, select

from handlers import acts
from handlers.cases import merged, possible_acts
from handlers.cases.context import ActInput
from handlers.cases.queries import Asker
from handlers.chat import confirmations
from handlers.chat.inbound import InboundMessage
from handlers.commands.figures.monthly_report import FILE_WORDS
from handlers.commands.parser import Command
from handlers.errors import MissingNeed, NotAllowed, NotFound, Refused, WrongState
from handlers.insight import hot_topics, situations
from handlers.wording import papers
from handlers.wording import topics as say
from models.cases import Case, Event
from models.messages import FilePush
from models.organisation import Unit
from models.topics import Topic, TopicState
from models.workflow import ACTS, OPEN

_REF = re.compile(r"[TtＴ](?:(\d{4}|\d{6})-)?(\d{1,3})(?!\d)")
_MOST_LISTED, _MOST_WORDS = 10, 5
_SHORTEST_WORD = 2


def show_topics(inbound: InboundMessage, command: Command) -> str:
    """`/热点`: the topics there are; `/热点 T1`: the evidence for one. Returns a slug."""
    if not command.tail:
        return _list_topics(inbound)
    inbound.reply(
        say.evidence(
            hot_topics.gather_evidence(
                inbound.session, _require_topic(inbound, command), inbound.env, _asker(inbound)
            )
        )
    )
    return "topic.shown"


def _list_topics(inbound: InboundMessage) -> str:
    found = inbound.session.scalars(
        _visible_topics(inbound)
        .where(Topic.state != TopicState.CLOSED)
        .order_by(Topic.id.desc())
        .limit(_MOST_LISTED)
    ).all()
    asker = _asker(inbound)
    rows = [hot_topics.gather_evidence(inbound.session, one, inbound.env, asker) for one in found]
    inbound.reply(say.listing(rows) if rows else say.NONE)
    return "topic.list"


def _asker(inbound: InboundMessage) -> Asker:
    """Whoever asks, as one of many who read along: restricted cases are of no topic."""
    return Asker(inbound.person)


def _visible_topics(inbound: InboundMessage) -> Select[Topic]:
    return situations.select_topics(inbound.session, _asker(inbound))


def find_named_topic(inbound: InboundMessage, said: str) -> Topic | None:
    """The topic that a typed word means; None where it is another word, NotFound where it is not theirs."""
    found = _REF.fullmatch(said)
    return _require_named(inbound, found) if found else None


def _require_topic(inbound: InboundMessage, command: Command) -> Topic:
    found = _REF.match(command.tail)
    if found is None:
        raise MissingNeed(say.usage(command.word))
    return _require_named(inbound, found)


def _require_named(inbound: InboundMessage, ref: re.Match[str]) -> Topic:
    topic = _find_topic(inbound, ref)
    if topic is None:
        raise NotFound(say.no_such_topic(ref[0]))
    return topic


def _find_topic(inbound: InboundMessage, ref: re.Match[str]) -> Topic | None:
    """The newest topic of this number; one that is over only where no other has it."""
    ending = f"{ref[1] or ''}-{ref[2]}"
    named = _visible_topics(inbound).where(Topic.code.endswith(ending))
    return inbound.session.scalar(named.order_by(Topic.state == TopicState.CLOSED, Topic.id.desc()).limit(1))


def watch_words(inbound: InboundMessage, command: Command) -> str:
    """`/关注 隧道 通车`: the duty desk is told when these words come more often. Returns a slug.

    Raises MissingNeed for words that are too short, NotAllowed for residents.
    """
    words = tuple(dict.fromkeys(re.split(r"[\s、，,]+", command.tail.strip())))[:_MOST_WORDS]
    if not all(len(word) >= _SHORTEST_WORD for word in words):
        raise MissingNeed(say.usage_watch())
    _visible_topics(inbound)
    unit = inbound.session.get_one(Unit, inbound.person.unit_id)
    topic = hot_topics.watch_words(
        inbound.session, words, unit, inbound.person, env=inbound.env, now=inbound.now
    )
    inbound.reply(
        say.watch_stored(hot_topics.gather_evidence(inbound.session, topic, inbound.env, _asker(inbound)))
    )
    return "topic.watched"


def end_topic(inbound: InboundMessage, command: Command) -> str:
    """`/结束热点 T1`: close a topic. Returns a slug; raises WrongState where it is closed already."""
    topic = _require_topic(inbound, command)
    if topic.state == TopicState.CLOSED:
        raise WrongState(say.topic_over(topic.code))
    hot_topics.end_topic(inbound.session, topic, now=inbound.now)
    inbound.reply(say.topic_ended(topic.code))
    return "topic.ended"


def make_parent(inbound: InboundMessage, command: Command) -> str:
    """`/立主案 T1`: join the topic's open cases to one of them, after a preview of which. Returns a slug.

    Raises NotFound for an unknown topic, NotAllowed for people who may not merge cases, WrongState where
    there is nothing to join.
    """
    topic = _require_topic(inbound, command)
    parent, children = _choose_parent(inbound, topic)
    if not possible_acts.can_perform(inbound.session, ACTS["merge"], inbound.actor, parent):
        raise NotAllowed(say.may_not_join())
    if not inbound.is_confirmed:
        return confirmations.show_preview(
            inbound, say.parent_preview(topic.code, parent.number, [case.number for case in children])
        )
    joined, refused = _merge_children(inbound, parent, children)
    topic.parent_id = parent.id
    inbound.reply(say.parent_made(topic.code, parent.number, joined, refused))
    return "topic.parent"


def _choose_parent(inbound: InboundMessage, topic: Topic) -> tuple[Case, list[Case]]:
    """The case to stay and those to be put under it: the parent it has, else the oldest open one."""
    session = inbound.session
    topic_cases = hot_topics.list_cases(session, topic, inbound.env, _asker(inbound))
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
    return parent, children


def _merge_children(
    inbound: InboundMessage, parent: Case, children: list[Case]
) -> tuple[list[str], list[str]]:
    done, refused = [], []
    for child in children:
        try:
            with inbound.session.begin_nested():
                acts.perform(
                    inbound.session, "merge", child, inbound.actor, ActInput(parent=parent),
                    env=inbound.env, now=inbound.now, origin=inbound.origin_of(f"merge{child.id}"),
                )  # fmt: skip
            done.append(child.number)
        except Refused as refusal:
            refused.append(refusal.sentence)
    return done, refused


def draft_report(inbound: InboundMessage, command: Command) -> str:
    """`/情况报告 T1`: a draft for one's superiors (A21), in words or as a file, naming nobody."""
    topic = _require_topic(inbound, command)
    draft = situations.draft_situation(inbound.session, topic, _asker(inbound), inbound.env, now=inbound.now)
    if FILE_WORDS.isdisjoint(command.tail.lower().split()):
        inbound.reply(draft)
    else:
        paper = papers.situation_paper(draft)
        inbound.reply(FilePush(0, f"{paper.title}.docx", paper.to_plain()))
    return "topic.report"

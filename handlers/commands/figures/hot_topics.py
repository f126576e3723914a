"""/热点, /立主案, /情况报告, /关注, /结束热点: what many report, and what is done about all of it at once."""

import re

from sqlalchemy import Select

from handlers.cases.queries import Asker
from handlers.chat import confirmations
from handlers.chat.inbound import InboundMessage
from handlers.commands.figures.monthly_report import FILE_WORDS
from handlers.commands.parser import Command
from handlers.errors import MissingNeed, NotFound, WrongState
from handlers.insight import hot_topics, topic_parents, topic_reading
from handlers.wording import papers
from handlers.wording import topics as say
from models.messages import FilePush
from models.organisation import OVERSEERS, Unit
from models.topics import Topic, TopicState

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
    rows = hot_topics.gather_all(inbound.session, found, inbound.env, asker)
    inbound.reply(say.listing(rows) if rows else say.NONE)
    return "topic.list"


def _asker(inbound: InboundMessage) -> Asker:
    """Whoever asks, as one of many who read along: restricted cases are of no topic."""
    return Asker(inbound.person)


def _visible_topics(inbound: InboundMessage) -> Select[Topic]:
    return topic_reading.select_topics(inbound.session, _asker(inbound))


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
    unit = inbound.session.get_one(Unit, inbound.asker.in_post(OVERSEERS).actor.unit_id)
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
    topic, session, asker = _require_topic(inbound, command), inbound.session, _asker(inbound)
    choice = topic_parents.choose_parent(session, topic, inbound.env, asker)
    if not inbound.is_confirmed:
        children = [case.number for case in choice.children]
        return confirmations.show_preview(
            inbound, say.parent_preview(topic.code, choice.parent.number, children)
        )
    origin = inbound.origin_of("merge")
    inbound.reply(
        topic_parents.make_parent(session, topic, choice, asker, inbound.env, now=inbound.now, origin=origin)
    )
    return "topic.parent"


def draft_report(inbound: InboundMessage, command: Command) -> str:
    """`/情况报告 T1`: a draft for one's superiors (A21), in words or as a file, naming nobody."""
    topic = _require_topic(inbound, command)
    today = say.written_day(inbound.env.local(inbound.now).date())
    report = topic_reading.write_report(inbound.session, topic, inbound.env, _asker(inbound), today=today)
    if FILE_WORDS.isdisjoint(command.tail.lower().split()):
        inbound.reply(say.situation_report(report))
    else:
        paper = papers.situation_paper(report)
        inbound.reply(FilePush(0, f"{paper.title}.docx", paper.to_plain()))
    return "topic.report"

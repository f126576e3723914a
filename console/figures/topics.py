"""`/topics`: what many report; the evidence for one, its parent case, and a report to be printed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from console.cases.reading import build_asker
from console.context import ConsoleContext
from console.posting import Posted
from console.problems import StaleChoice, WrongForm
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from handlers.cases.lists.rows import CaseRow, load_rows
from handlers.cases.queries import Asker
from handlers.environment.snapshot import Environment
from handlers.errors import NotAllowed, WrongState
from handlers.insight import hot_topics, topic_parents, topic_reading
from handlers.wording import pages as say
from handlers.wording import topics as words
from handlers.wording.topics import TopicEvidence
from models.topics import Topic, TopicState

PAGE = 10
_MOST_ROWS = 20
_MOST_DAYS = 14
_LONGEST = 18
"""Digits of an id."""


@dataclass(frozen=True, slots=True)
class ParentOffer:
    """What making a parent case would do now."""

    parent: str
    children: list[str]


@dataclass(frozen=True, slots=True)
class TopicPage:
    """A topic, its evidence, the newest of its cases, and what may be done to it."""

    seen: TopicEvidence
    rows: list[CaseRow]
    offer: ParentOffer | None
    why_not: str
    """Why there is no offer."""


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add the pages of topics to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]
    author = Annotated[Viewer, Depends(guards.author)]

    def show_page(request: Request, viewer: Viewer, code: str, did: str = "") -> Response:
        env, now = context.env(), context.clock()
        asker = build_asker(viewer, env)
        with context.database.read() as session:
            topic = topic_reading.find_topic(session, asker, code)
            page = _load_page(session, topic, env, asker)
        return pages.render(
            request, "figures/topic.html", page=page, states=words.STATES, did=did, most_days=_MOST_DAYS,
            now=env.local(now),
        )  # fmt: skip

    @router.get("/topics")
    def list_topics(request: Request, viewer: reader, over: str = "", before: str = "") -> Response:
        env = context.env()
        asker = build_asker(viewer, env)
        is_over = Topic.state == TopicState.CLOSED
        with context.database.read() as session:
            topics = topic_reading.select_topics(session, asker).where(is_over if over else ~is_over)
            if before.isascii() and before.isdecimal() and len(before) <= _LONGEST:
                topics = topics.where(Topic.id < int(before))
            found = session.scalars(topics.order_by(Topic.id.desc()).limit(PAGE + 1)).all()
            reader_along = topic_reading.as_one_of_many(asker)
            seen = hot_topics.gather_all(session, found[:PAGE], env, reader_along)
        query = {"before": found[PAGE - 1].id, **({"over": over} if over else {})} if found[PAGE:] else {}
        return pages.render(
            request, "figures/topics.html", topics=seen, over=bool(over), states=words.STATES,
            most_days=_MOST_DAYS, following=f"/topics?{urlencode(query)}" if query else "",
        )  # fmt: skip

    @router.get("/topics/{code}")
    def show_topic(code: str, request: Request, viewer: reader) -> Response:
        return show_page(request, viewer, code)

    @router.get("/topics/{code}/report")
    def show_report(code: str, request: Request, viewer: reader) -> Response:
        env = context.env()
        asker, today = build_asker(viewer, env), env.local(context.clock()).date()
        with context.database.read() as session:
            topic = topic_reading.find_topic(session, asker, code)
            report = topic_reading.write_report(session, topic, env, asker, today=words.written_day(today))
        return pages.render(request, "figures/topic_report.html", report=report, code=topic.code)

    @router.post("/topics/{code}/parent")
    def make_parent(code: str, request: Request, viewer: author, posted: Posted) -> Response:
        if posted.text("confirmed") != "true":
            raise WrongForm(say.confirm_first(words.MAKE_PARENT))
        did = _make_parent(context, viewer, code, posted.text("parent"))
        return show_page(request, viewer, code, did)

    @router.post("/topics/{code}/end")
    def end_topic(code: str, viewer: author) -> Response:
        env = context.env()
        with context.database.write() as session:
            topic = topic_reading.find_topic(session, build_asker(viewer, env), code)
            if topic.state == TopicState.CLOSED:
                raise WrongState(words.topic_over(topic.code))
            hot_topics.end_topic(session, topic, now=context.clock())
        return RedirectResponse(f"/topics/{code}", 303, {"Cache-Control": "no-store"})


def _load_page(session: Session, topic: Topic, env: Environment, asker: Asker) -> TopicPage:
    along = topic_reading.as_one_of_many(asker)
    cases = hot_topics.list_cases(session, topic, env, along)
    offer, why_not = None, ""
    try:
        choice = topic_parents.choose_parent(session, topic, env, asker)
        offer = ParentOffer(choice.parent.number, [case.number for case in choice.children])
    except (WrongState, NotAllowed) as refused:
        why_not = refused.sentence
    newest = cases[: -_MOST_ROWS - 1 : -1]
    return TopicPage(
        hot_topics.gather_evidence(session, topic, env, along),
        load_rows(session, asker, newest, env, with_acts=False),
        offer,
        why_not,
    )


def _make_parent(context: ConsoleContext, viewer: Viewer, code: str, parent: str) -> str:
    """Make the case of this number the parent; a sentence. Raises Refused, StaleChoice for another one."""
    env, now = context.env(), context.clock()
    asker = build_asker(viewer, env)
    with context.database.write() as session:
        topic = topic_reading.find_topic(session, asker, code)
        choice = topic_parents.choose_parent(session, topic, env, asker)
        if choice.parent.number != parent:
            raise StaleChoice(say.stale_form())
        origin = f"console:{viewer.session_id}:{topic.code}:{_stamp(now)}:merge"
        did = topic_parents.make_parent(session, topic, choice, asker, env, now=now, origin=origin)
    context.wake()
    return did


def _stamp(now: datetime) -> str:
    return f"{now:%Y%m%d%H%M%S%f}"

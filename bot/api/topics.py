"""Hot topics for integration: what many report, and which cases it is about. No names, no texts."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import select

from bot.api.bodies import StrictRequest
from bot.api.context import Context
from bot.api.grants import Rights
from bot.api.problems import describe_responses
from handlers.cases.privacy import mask
from handlers.insight import hot_topics
from handlers.wording.topics import TopicEvidence
from models.organisation import Unit
from models.topics import Topic, TopicState

TOPICS = "/api/v1/topics"


class TopicFilters(StrictRequest):
    state: TopicState | None = Field(default=None, description="raised 热点，watched 关注，closed 已结束")
    limit: int = Field(default=20, ge=1, le=100)


class TopicResponse(BaseModel):
    code: str = Field(examples=["T261121-1"])
    title: str = Field(examples=["长江路隧道口·交通拥堵"])
    state: TopicState
    class_: str = Field(serialization_alias="class", description="关注的词没有类别")
    area: str | None = Field(description="属地单位代码", examples=["HM-HM"])
    place: str
    words: list[str]
    raised_at: datetime
    cases: int
    closed: int = Field(description="其中已办结几件")
    people: int = Field(description="反映人数")
    days: dict[str, int] = Field(description="按天几件", examples=[{"11-21": 3}])
    numbers: list[str] = Field(examples=[["WG261121-0031"]])
    parent: str | None = Field(description="主案编号")


class TopicListResponse(BaseModel):
    topics: list[TopicResponse]


def add_routes(router: APIRouter, context: Context) -> None:
    """Add `GET /api/v1/topics` to the router."""

    @router.get(TOPICS, summary="热点和关注，新的在前", responses=describe_responses(401, 422, 503))
    def list_topics(filters: Annotated[TopicFilters, Query()], rights: Rights) -> TopicListResponse:
        """三天内三人以上反映相近的事自动成为热点。不公开的事件不在其中。"""
        with context.database.read() as session:
            query = select(Topic, Unit.code).outerjoin(Unit, Unit.id == Topic.area_id)
            units = rights.find_unit_ids(session)
            if units is not None:
                query = query.where(Topic.area_id.in_(units))
            if filters.state is not None:
                query = query.where(Topic.state == filters.state)
            found = session.execute(query.order_by(Topic.id.desc()).limit(filters.limit)).all()
            env = context.env()
            seen = hot_topics.gather_all(session, [topic for topic, _ in found], env)
            return TopicListResponse(
                topics=[
                    _build_topic(topic, area, evidence)
                    for (topic, area), evidence in zip(found, seen, strict=True)
                ]
            )


def _build_topic(topic: Topic, area: str | None, seen: TopicEvidence) -> TopicResponse:
    return TopicResponse(
        code=topic.code,
        title=topic.title,
        state=TopicState(topic.state),
        class_=topic.class_id,
        area=area,
        place=mask(topic.place),
        words=topic.words,
        raised_at=topic.raised_at,
        cases=seen.cases,
        closed=len(seen.closed),
        people=seen.people,
        days=dict(seen.days),
        numbers=list(seen.numbers),
        parent=seen.parent or None,
    )

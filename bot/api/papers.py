"""`/api/v1/figures` and `/api/v1/papers/…`: the figures of a period, and the papers that offices file."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.api.bodies import StrictRequest, Word
from bot.api.context import Context
from bot.api.grants import Grant, Rights
from bot.api.problems import FieldError, InvalidRequest, OutOfScope, describe_responses
from handlers.cases import queries
from handlers.insight import monthly_report, papers, topic_reading
from handlers.insight.monthly_report import LEAST_RANKED
from handlers.insight.papers import meeting, order
from handlers.insight.periods import Period, name_period
from handlers.wording import papers as say
from handlers.wording.papers import Paper
from handlers.wording.topics import written_day
from models.figures import MonthlyReport
from models.organisation import Unit
from models.topics import Topic

_PAPERS = "/api/v1/papers"
_WORD_PAPER: dict[str, Any] = {
    "response_class": Response,
    "responses": {
        200: {"content": {papers.DOCX: {"schema": {"type": "string", "format": "binary"}}}},
        **describe_responses(401, 403, 404, 422, 503),
    },
}
"""What the route of every paper says of its answers."""


class PeriodFilters(StrictRequest):
    """A period, and the unit whose table it is."""

    first: date = Field(description="第一天，当地日期", examples=["2026-11-01"], ge=date(2000, 1, 1))
    last: date = Field(description="最后一天", examples=["2026-11-30"], lt=date(2100, 1, 1))
    unit: Word | None = Field(default=None, description="单位代码，连同下属；不写就是全部", examples=["HM"])

    @model_validator(mode="after")
    def _in_order(self) -> "PeriodFilters":
        if self.last < self.first:
            raise ValueError("last 不能早于 first")
        return self

    @property
    def period(self) -> Period:
        return Period(self.first, self.last)


def add_routes(router: APIRouter, context: Context) -> None:
    """Add the figures and the papers to the router."""

    @router.get(
        "/api/v1/figures",
        summary="一段时间的受理、回应、解决、满意、按时，合计和各单位",
        responses=describe_responses(401, 403, 404, 422, 503),
    )
    def show_figures(filters: Annotated[PeriodFilters, Query()], rights: Rights) -> dict[str, Any]:
        """与工作台的三率、排名和群里的月报是同一组数；限阅的事件不在其中。"""
        return _build_report(context, filters, rights).to_json()

    @router.get(f"{_PAPERS}/month.docx", summary="月报，Word", **_WORD_PAPER)
    def send_month(filters: Annotated[PeriodFilters, Query()], rights: Rights) -> Response:
        report = _build_report(context, filters, rights)
        today = context.env().local(context.clock())
        return _send(say.month_paper(report, name_period(filters.period), today=today))

    @router.get(f"{_PAPERS}/orders/{{number}}.docx", summary="督办单，Word", **_WORD_PAPER)
    def send_order(number: str, rights: Rights) -> Response:
        env = context.env()
        with context.database.read() as session:
            found, case = order.find_order(session, queries.PUBLIC, number)
            rights.require_case(session, case)
            facts = order.load_order_facts(session, found, case, env)
        return _send(say.order_paper(facts, site=context.settings.site.name))

    @router.get(f"{_PAPERS}/meetings/{{number}}.docx", summary="最近一次会商的记录，Word", **_WORD_PAPER)
    def send_meeting(number: str, rights: Rights) -> Response:
        env = context.env()
        with context.database.read() as session:
            case, held = meeting.find_meeting(session, queries.PUBLIC, number)
            rights.require_case(session, case)
            facts = meeting.load_meeting_facts(session, case, held, env)
        return _send(say.meeting_paper(facts))

    @router.get(f"{_PAPERS}/topics/{{code}}.docx", summary="热点的情况报告（草稿），Word", **_WORD_PAPER)
    def send_situation(code: str, rights: Rights) -> Response:
        env = context.env()
        with context.database.read() as session:
            units = rights.find_unit_ids(session)
            topics = select(Topic) if units is None else select(Topic).where(Topic.area_id.in_(units))
            topic = topic_reading.require_topic(session, topics, code)
            today = written_day(env.local(context.clock()).date())
            report = topic_reading.write_report(session, topic, env, queries.PUBLIC, today=today)
        return _send(say.situation_paper(report))


def _build_report(context: Context, filters: PeriodFilters, rights: Grant) -> MonthlyReport:
    with context.database.read_copy() as session:
        unit = _find_unit(session, filters.unit, rights)
        return monthly_report.compare_periods(
            session, context.env(), filters.period, unit, now=context.clock(), least=LEAST_RANKED
        )


def _find_unit(session: Session, code: str | None, rights: Grant) -> Unit | None:
    """The unit whose table is asked for. Raises OutOfScope for one beyond the token's, InvalidRequest."""
    allowed = rights.find_unit_ids(session)
    if code is None:
        if allowed is not None:
            raise OutOfScope("这个口令只管几个单位，请写上 unit")
        return None
    unit = session.scalar(select(Unit).where(Unit.code == code))
    if unit is None:
        raise InvalidRequest(FieldError(path="query.unit", problem=f"没有代码为 {code} 的单位"))
    if allowed is not None and unit.id not in allowed:
        raise OutOfScope(f"{code} 不在这个口令的单位里")
    return unit


def _send(paper: Paper) -> Response:
    return Response(papers.write_docx(paper), media_type=papers.DOCX)

"""`/papers/…`: Word files with the figures of the pages, for whoever reads those pages."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from console.cases.reading import build_asker
from console.context import ConsoleContext
from console.figures.periods import PERIOD
from console.figures.rates import read_report
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from handlers.insight import papers, topic_reading
from handlers.insight.papers import order
from handlers.insight.periods import name_period
from handlers.wording import papers as say
from handlers.wording.papers import Paper
from handlers.wording.topics import written_day


def add_routes(router: APIRouter, context: ConsoleContext, guards: Guards) -> None:
    """Add the addresses of papers to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]

    @router.get("/papers/month.docx")
    def send_month(request: Request, viewer: reader) -> Response:
        """The report of `/rates` and `/units` for the period in the address, beside the one before."""
        asked = {name: text for name, text in request.query_params.items() if name in PERIOD}
        report, chooser = read_report(context, viewer, asked)
        span = name_period(chooser.period)
        paper = say.month_paper(report, span, today=context.env().local(context.clock()))
        return _send(paper, paper.title)

    @router.get("/papers/orders/{number}.docx")
    def send_order(number: str, viewer: reader) -> Response:
        env = context.env()
        with context.database.read() as session:
            found, case = order.find_order(session, build_asker(viewer, env), number)
            facts = order.load_order_facts(session, found, case, env)
        return _send(say.order_paper(facts, site=context.settings.site_name), say.order_title(facts.number))

    @router.get("/papers/topics/{code}.docx")
    def send_situation(code: str, viewer: reader) -> Response:
        env = context.env()
        asker = build_asker(viewer, env)
        with context.database.read() as session:
            topic = topic_reading.find_topic(session, asker, code)
            today = written_day(env.local(context.clock()).date())
            report = topic_reading.write_report(session, topic, env, asker, today=today)
        paper = say.situation_paper(report)
        return _send(paper, paper.title)


def _send(paper: Paper, name: str) -> Response:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{name}.docx')}",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(papers.write_docx(paper), media_type=papers.MEDIA_TYPE, headers=headers)

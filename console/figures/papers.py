"""`/papers/…`: Word and PDF files with the figures of the pages, for whoever reads those pages."""

from collections.abc import Callable, Mapping
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from console.cases.reading import build_asker
from console.context import ConsoleContext
from console.figures.periods import PERIOD
from console.figures.rates import read_report
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from handlers.insight import papers, topic_reading
from handlers.insight.papers import PaperKind, meeting, order
from handlers.insight.periods import name_period
from handlers.wording import papers as say
from handlers.wording.papers import Paper
from handlers.wording.topics import written_day

EventNumber = Annotated[int, Path(ge=1, lt=2**31)]
_WRITERS: Mapping[PaperKind, tuple[Callable[[Paper], bytes], str]] = {
    "docx": (papers.write_docx, papers.DOCX),
    "pdf": (papers.write_pdf, papers.PDF),
}


def add_routes(router: APIRouter, context: ConsoleContext, guards: Guards) -> None:
    """Add the addresses of papers to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]

    @router.get("/papers/month.{kind}")
    def send_month(kind: PaperKind, request: Request, viewer: reader) -> Response:
        """The report of `/rates` and `/units` for the period in the address, beside the one before."""
        asked = {name: text for name, text in request.query_params.items() if name in PERIOD}
        report, chooser = read_report(context, viewer, asked)
        span = name_period(chooser.period)
        paper = say.month_paper(report, span, today=context.env().local(context.clock()))
        return _send(paper, kind, paper.title)

    @router.get("/papers/orders/{number}.{kind}")
    def send_order(number: str, kind: PaperKind, viewer: reader) -> Response:
        env = context.env()
        with context.database.read() as session:
            found, case = order.find_order(session, build_asker(viewer, env), number)
            facts = order.load_order_facts(session, found, case, env)
        paper = say.order_paper(facts, site=context.settings.site_name)
        return _send(paper, kind, say.order_title(facts.number))

    @router.get("/papers/meetings/{number}/{event}.{kind}")
    def send_meeting(number: str, event: EventNumber, kind: PaperKind, viewer: reader) -> Response:
        env = context.env()
        with context.database.read() as session:
            case, held = meeting.find_meeting(session, build_asker(viewer, env), number, event)
            facts = meeting.load_meeting_facts(session, case, held, env)
        paper = say.meeting_paper(facts)
        return _send(paper, kind, say.meeting_title(facts.case))

    @router.get("/papers/topics/{code}.{kind}")
    def send_situation(code: str, kind: PaperKind, viewer: reader) -> Response:
        env = context.env()
        asker = build_asker(viewer, env)
        with context.database.read() as session:
            topic = topic_reading.find_topic(session, asker, code)
            today = written_day(env.local(context.clock()).date())
            report = topic_reading.write_report(session, topic, env, asker, today=today)
        paper = say.situation_paper(report)
        return _send(paper, kind, paper.title)


def _send(paper: Paper, kind: PaperKind, name: str) -> Response:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{name}.{kind}')}",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    write, media_type = _WRITERS[kind]
    return Response(write(paper), media_type=media_type, headers=headers)

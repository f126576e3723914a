"""`/rates` and `/units`: the figures of `/月报` for any period, whole and unit by unit."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from console.cases.reading import build_asker
from console.context import ConsoleContext
from console.figures.periods import Chooser, read_period
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from handlers.insight import cohort, monthly_report
from handlers.wording import pages as say
from models.figures import MonthlyReport

LEAST_RANKED = 5
"""A unit that received fewer cases is not ranked: one rating would decide."""


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add `GET /rates` and `GET /units` to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]
    tables = _Tables(context, pages)

    @router.get("/rates")
    def show_rates(request: Request, viewer: reader) -> Response:
        return tables.show(request, viewer, "figures/rates.html")

    @router.get("/units")
    def show_units(request: Request, viewer: reader) -> Response:
        return tables.show(request, viewer, "figures/units.html")


class _Tables:
    """One report, as two pages."""

    def __init__(self, context: ConsoleContext, pages: Pages) -> None:
        self._context = context
        self._pages = pages

    def show(self, request: Request, viewer: Viewer, template: str) -> Response:
        """The report of the period in the address. Raises NotAllowed, WrongForm for what is no period."""
        today = self._context.env().local(self._context.clock()).date()
        asked = request.query_params
        chooser = read_period(
            month=asked.get("month", ""), first=asked.get("from", ""), last=asked.get("to", ""), today=today
        )
        with self._context.database.read() as session:
            report = self._build_report(session, viewer, chooser)
        return self._pages.render(
            request,
            template,
            report=report,
            lines=[line for line in report.lines if line.figures.received or line.overdue],
            chooser=chooser,
            names=say.FIGURES,
            least=LEAST_RANKED,
        )

    def _build_report(self, session: Session, viewer: Viewer, chooser: Chooser) -> MonthlyReport:
        env = self._context.env()
        unit = cohort.find_table_unit(session, build_asker(viewer, env))
        return monthly_report.compare_periods(
            session, env, chooser.period, unit, now=self._context.clock(), least=LEAST_RANKED
        )

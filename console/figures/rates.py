"""`/rates`, `/units`, `/boards/…`: the figures of `/月报` for any period, whole, by unit, area and leader."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from console.cases.reading import build_asker
from console.context import ConsoleContext
from console.figures.periods import Chooser, read_chooser
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from handlers.errors import NotFound
from handlers.insight import cohort, monthly_report, pictures
from handlers.insight.counts import responsibility
from handlers.insight.monthly_report import LEAST_RANKED
from handlers.insight.pictures import posting
from handlers.insight.standing import boards, snapshots
from handlers.wording import pages as say
from handlers.wording import standing
from handlers.wording.papers import CHARGES, FIRST_RECEIPTS, NOBODY_SIGNED
from models.figures import MonthlyReport, ShareFigures, UnitFigures, is_below


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

    @router.get("/boards/{by}")
    def show_board(by: str, request: Request, viewer: reader) -> Response:
        """Areas or leaders in their order. Raises NotFound for another board."""
        if by not in _BOARDS:
            raise NotFound(say.no_such_page())
        env, now = context.env(), context.clock()
        chooser = read_chooser(request.query_params, today=env.local(now).date())
        with context.database.read_copy() as session:
            unit = cohort.find_table_unit(session, build_asker(viewer, env))
            lines = _BOARDS[by](session, env, unit, chooser.period, now=now, least=LEAST_RANKED)
        return pages.render(
            request,
            "figures/board.html",
            scope=unit.display_name,
            by=by,
            boards=standing.BOARDS,
            lines=[line for line in lines if line.figures.received],
            chooser=chooser,
            names=say.FIGURES,
            targets=env.limits.targets,
            is_below=is_below,
            least=LEAST_RANKED,
        )


_BOARDS = {"area": boards.rank_areas, "leader": boards.rank_leaders}


class _Tables:
    """One report, as two pages."""

    def __init__(self, context: ConsoleContext, pages: Pages) -> None:
        self._context = context
        self._pages = pages

    def show(self, request: Request, viewer: Viewer, template: str) -> Response:
        """The report of the period in the address. Raises NotAllowed, WrongForm for what is no period."""
        env = self._context.env()
        report, chooser = read_report(self._context, viewer, request.query_params)
        with self._context.database.read() as session:
            groups = {chat.code: chat.name for chat in posting.list_groups(session, viewer.person)}
        return self._pages.render(
            request,
            template,
            report=report,
            lines=[line for line in report.lines if line.figures.received or line.overdue],
            shares=[line for line in report.lines if _has_any(line)],
            spell_arrivals=standing.spell_arrivals,
            boards=standing.BOARDS,
            is_below=is_below,
            is_over=chooser.period.last < env.local(self._context.clock()).date(),
            may_publish=snapshots.may_publish(build_asker(viewer, env)),
            chooser=chooser,
            names=say.FIGURES,
            charge_head=CHARGES,
            receipt_head=FIRST_RECEIPTS,
            nobody_signed=NOBODY_SIGNED,
            most_lines=responsibility.MOST,
            calls=report.calls,
            least=LEAST_RANKED,
            can_draw=pictures.can_draw(),
            groups=groups.items(),
            sent=groups.get(request.query_params.get("sent", ""), ""),
        )


def _has_any(line: UnitFigures) -> bool:
    return bool(line.figures.received or line.overdue or line.shares != ShareFigures())


def read_report(
    context: ConsoleContext, viewer: Viewer, asked: Mapping[str, str]
) -> tuple[MonthlyReport, Chooser]:
    """The report of the viewer's area for the period of an address. Raises NotAllowed, WrongForm."""
    env = context.env()
    today = env.local(context.clock()).date()
    chooser = read_chooser(asked, today=today)
    with context.database.read_copy() as session:
        unit = cohort.find_table_unit(session, build_asker(viewer, env))
        report = monthly_report.compare_periods(
            session, env, chooser.period, unit, now=context.clock(), least=LEAST_RANKED, other=chooser.other
        )
    return report, chooser

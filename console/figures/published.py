"""`/published`: reports as they were published, beside the figures of now."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from console.cases.reading import build_asker
from console.context import ConsoleContext
from console.figures.periods import read_period
from console.posting import Posted
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from console.upkeep.forms import RowId, go_to
from handlers.insight.periods import Period, name_period
from handlers.insight.standing import snapshots
from handlers.wording import pages as say
from handlers.wording import standing
from models.organisation import Person
from models.published_reports import PublishedReport


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add the pages of published reports to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]
    author = Annotated[Viewer, Depends(guards.author)]

    def find_day(moment: datetime) -> datetime:
        return context.env().local(moment)

    @router.get("/published")
    def list_reports(request: Request, viewer: reader) -> Response:
        with context.database.read() as session:
            found = [
                (one.id, name_period(_period_of(one)), one.edition, one.note, find_day(one.published_at))
                for one in snapshots.list_published(session, build_asker(viewer, context.env()))
            ]
        return pages.render(request, "figures/published_list.html", found=found)

    @router.get("/published/{report_id}")
    def show_report(report_id: RowId, request: Request, viewer: reader) -> Response:
        env = context.env()
        with context.database.read() as session:
            published, unit = snapshots.find_published(session, build_asker(viewer, env), report_id)
            period = _period_of(published)
            live = snapshots.load_live(session, env, unit, period, now=context.clock())
            author_name = session.get_one(Person, published.published_by).name
            totals = snapshots.compare_totals(published, live)
            units = snapshots.compare_units(published, live)
        return pages.render(
            request,
            "figures/published.html",
            title=standing.report_title(unit.display_name, name_period(period)),
            published=published,
            day=find_day(published.published_at),
            author=author_name,
            period=period,
            table=unit.code,
            totals=totals,
            units=units,
            changed=standing.list_differences(totals),
            names=say.FIGURES,
            rates=standing.RATES.items(),
            live=live.to_json()["total"],
        )

    @router.post("/published")
    def publish(viewer: author, posted: Posted) -> Response:
        """Raises NotAllowed, WrongState, WrongForm for what is no period."""
        env, now = context.env(), context.clock()
        asked = read_period(
            month="", first=posted.text("from"), last=posted.text("to"), today=env.local(now).date()
        )
        with context.database.write() as session:
            asker = build_asker(viewer, env)
            published, _ = snapshots.publish_report(
                session, env, asker, asked.period, posted.text("note"), now=now
            )
            report_id = published.id
        return go_to(f"/published/{report_id}")


def _period_of(published: PublishedReport) -> Period:
    return Period(published.first, published.last)

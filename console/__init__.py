"""Web pages for staff and residents (design §7), rendered on this side and whole without a script.

    context      what the pages need of the process they run in: ports that `bot` fills
    templating   one environment, one way to answer with a page, its security headers
    posting      a posted form: its size, its origin, its fields
    errors       every refusal and every fault as a page
    cases        what waits, all cases, one case, acts
    figures      what falls due, rates, units in their order, the map, topics, comparisons
    upkeep       the office's own things: units and groups, rules, notices, kept answers
    operations   the record of what was done, and how the program runs
    navigation   which pages somebody is led to
    sign_in      sessions, and who is signed in
    resident     a resident's own case, and the form to report one, by link and by QR code
    assets       style sheet and script, under addresses that change with their content

Pages ask `handlers.cases.queries` for lists and `handlers.acts.perform` for changes, as commands do: no
right is decided here.
"""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI

from console import assets, resident
from console.cases import act_routes, bulk, detail, listing, photos, spot, todo
from console.context import ConsoleContext
from console.errors import add_error_pages, build_page_route
from console.figures import area_map, due, insights, papers, pictures, published, rates, topics
from console.operations import audit, health
from console.resident import posters
from console.sign_in import routes as sign_in
from console.sign_in.viewers import build_guards
from console.templating import Pages
from console.upkeep import (
    answers,
    notices,
    org_import,
    organisation,
    proposals,
    registering,
    responsibilities,
    rule_texts,
    rules,
    staffing,
    work_calendar,
)

__all__ = ["ConsoleContext", "add_pages"]


def add_pages(app: FastAPI, context: ConsoleContext, *, machines: Sequence[str] = ()) -> None:
    """Add all pages to the application, and one for every address that there is not.

    `machines`: beginnings of addresses that programs call, which get no page.
    """
    pages = Pages(context.settings)
    # Including a router would build each of its routes once more.
    app.router.routes.extend(_build_router(context, pages).routes)
    add_error_pages(app, pages, machines)


def _build_router(context: ConsoleContext, pages: Pages) -> APIRouter:
    router = APIRouter(route_class=build_page_route(pages), include_in_schema=False)
    guards = build_guards(context)
    assets.add_routes(router)
    sign_in.add_routes(router, context, pages, guards)
    todo.add_routes(router, context, pages, guards)
    listing.add_routes(router, context, pages, guards)
    bulk.add_routes(router, context, pages, guards)
    registering.add_routes(router, context, pages, guards)
    detail.add_routes(router, context, pages, guards)
    spot.add_routes(router, context, pages, guards)
    act_routes.add_routes(router, context, pages, guards)
    area_map.add_routes(router, context, pages, guards)
    due.add_routes(router, context, pages, guards)
    topics.add_routes(router, context, pages, guards)
    insights.add_routes(router, context, pages, guards)
    rates.add_routes(router, context, pages, guards)
    published.add_routes(router, context, pages, guards)
    audit.add_routes(router, context, pages, guards)
    health.add_routes(router, context, pages, guards)
    notices.add_routes(router, context, pages, guards)
    organisation.add_routes(router, context, pages, guards)
    rules.add_routes(router, context, pages, guards)
    rule_texts.add_routes(router, context, pages, guards)
    answers.add_routes(router, context, pages, guards)
    work_calendar.add_routes(router, context, pages, guards)
    proposals.add_routes(router, context, pages, guards)
    org_import.add_routes(router, context, pages, guards)
    staffing.add_routes(router, context, pages, guards)
    responsibilities.add_routes(router, context, pages, guards)
    papers.add_routes(router, context, guards)
    pictures.add_routes(router, context, guards)
    photos.add_routes(router, context, guards)
    posters.add_routes(router, context, pages, guards)
    router.routes.extend(resident.build_router(context, pages).routes)
    return router

"""Web pages for staff and residents (design §7), rendered on this side and whole without a script.

    context      what the pages need of the process they run in: ports that `bot` fills
    templating   one environment, one way to answer with a page, its security headers
    posting      a posted form: its size, its origin, its fields
    errors       every refusal and every fault as a page
    cases        what waits, all cases, one case, acts
    figures      what falls due, rates, units in their order
    navigation   which pages somebody is led to
    sign_in      sessions, and who is signed in
    resident     a resident's own case, and the form to report one, by link and by QR code
    assets       style sheet and script, under addresses that change with their content

Pages ask `handlers.cases.queries` for lists and `handlers.acts.perform` for changes, as commands do: no
right is decided here.
"""

from fastapi import APIRouter

from console import assets, resident
from console.cases import act_routes, bulk, detail, listing, photos, todo
from console.context import ConsoleContext
from console.errors import build_page_route
from console.figures import due, papers, pictures, rates
from console.resident import posters
from console.sign_in import routes as sign_in
from console.sign_in.viewers import build_guards
from console.templating import Pages

__all__ = ["ConsoleContext", "build_router"]


def build_router(context: ConsoleContext) -> APIRouter:
    """All pages as one router; it takes any `ConsoleContext`."""
    pages = Pages(context.settings)
    router = APIRouter(route_class=build_page_route(pages), include_in_schema=False)
    guards = build_guards(context)
    assets.add_routes(router)
    sign_in.add_routes(router, context, pages, guards)
    todo.add_routes(router, context, pages, guards)
    listing.add_routes(router, context, pages, guards)
    bulk.add_routes(router, context, pages, guards)
    detail.add_routes(router, context, pages, guards)
    act_routes.add_routes(router, context, pages, guards)
    due.add_routes(router, context, pages, guards)
    rates.add_routes(router, context, pages, guards)
    papers.add_routes(router, context, guards)
    pictures.add_routes(router, context, guards)
    photos.add_routes(router, context, guards)
    posters.add_routes(router, context, pages, guards)
    router.include_router(resident.build_router(context, pages))
    return router

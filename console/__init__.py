"""Web pages for staff and residents (design §7), rendered on this side and whole without a script.

    context      what the pages need of the process they run in: ports that `bot` fills
    templating   one environment, one way to answer with a page, its security headers
    posting      a posted form: its size, its origin, its fields
    errors       every refusal and every fault as a page
    resident/    a resident's own case, and the form to report one, by link and by QR code
    assets       style sheet and script, under addresses that change with their content

Pages ask `handlers.cases.queries` for lists and `handlers.acts.perform` for changes, as commands do: no
right is decided here.
"""

from fastapi import APIRouter

from console import assets, resident
from console.context import ConsoleContext
from console.errors import build_page_route
from console.templating import Pages

__all__ = ["ConsoleContext", "build_router"]


def build_router(context: ConsoleContext) -> APIRouter:
    """All pages as one router; it takes any `ConsoleContext`."""
    pages = Pages(context.settings)
    router = APIRouter(route_class=build_page_route(pages), include_in_schema=False)
    assets.add_routes(router)
    router.include_router(resident.build_router(context, pages))
    return router

"""Pages of residents (issue 13, item 11): one's own case behind a link, and the form of a unit's QR code.

public_forms   how a form from nobody knows whom is read: its size, its time, its trap, its token
own_cases      /mine: what one reported, in WeChat, known by the official account
case_page      /c/{token}: state, answer, photos, and what its reporter may do
report_form    /report/{unit}: report without a chat
posters        /posters: for staff, the QR codes that lead there
"""

from fastapi import APIRouter

from console.context import ConsoleContext
from console.errors import build_page_route
from console.resident import case_page, own_cases, report_form, robots
from console.templating import Pages

__all__ = ["build_router"]


def build_router(context: ConsoleContext, pages: Pages) -> APIRouter:
    """The pages that need no sign-in."""
    router = APIRouter(route_class=build_page_route(pages, public=True), include_in_schema=False)
    own_cases.add_routes(router, context, pages)
    case_page.add_routes(router, context, pages)
    report_form.add_routes(router, context, pages)
    robots.add_routes(router)
    return router

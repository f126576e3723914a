"""Every refusal and every fault as a page with its status, never blank and never as a trace."""

import traceback
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse

from console.context import UnusablePhoto
from console.problems import PageProblem, SignInNeeded
from console.templating import Pages
from handlers.errors import Refused
from handlers.wording import pages as say

log = structlog.get_logger()
_OF_RESIDENTS = ("/c/", "/report/", "/mine")
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


@dataclass(frozen=True, slots=True)
class _Fault:
    slug: str
    status: int
    sentence: str


def build_page_route(pages: Pages, *, public: bool = False) -> type[APIRoute]:
    """A route class whose refusals and faults are pages; `public`: pages of residents."""

    class PageRoute(APIRoute):
        def get_route_handler(self) -> Handler:
            inner = super().get_route_handler()

            async def handle(request: Request) -> Response:
                try:
                    return await inner(request)
                except SignInNeeded:
                    return _send_to_sign_in(request)
                except Exception as error:  # noqa: BLE001 - the outermost frame of a request: an
                    # error left to the server would be printed with what people wrote.
                    fault = _describe(error)
                log.info("console.refused", slug=fault.slug, status=fault.status)
                return render_error(pages, request, fault.status, fault.sentence, public=public)

            return handle

    return PageRoute


def render_error(
    pages: Pages, request: Request, status: int, sentence: str, *, public: bool = False
) -> Response:
    """The page that says why something was not done, for staff or with `public` for residents."""
    template = "public_error.html" if public else "error.html"
    return pages.render(request, template, status=status, public=public, sentence=sentence, code=status)


def add_error_pages(app: FastAPI, pages: Pages, machines: Sequence[str]) -> None:
    """Answer with a page where no route of the application fits an address.

    `machines`: beginnings of addresses that programs call; these are answered as before.
    """

    async def answer(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        if request.url.path.startswith(tuple(machines)):
            return await http_exception_handler(request, error)
        public = request.url.path.startswith(_OF_RESIDENTS)
        page = render_error(pages, request, error.status_code, say.no_such_page(), public=public)
        page.headers.update(error.headers or {})
        return page

    for status in (404, 405):
        app.add_exception_handler(status, answer)


def _send_to_sign_in(request: Request) -> Response:
    """To /login; a page that was asked for comes afterwards, a form that was posted does not."""
    query = f"?{request.url.query}" if request.url.query else ""
    wanted = f"{request.url.path}{query}" if request.method in ("GET", "HEAD") else "/"
    address = "/login" if wanted == "/" else f"/login?next={quote(wanted, safe='/')}"
    return RedirectResponse(address, 303, {"Cache-Control": "no-store"})


def _describe(error: Exception) -> _Fault:
    match error:
        case PageProblem():
            return _Fault(error.slug, error.status, error.sentence)
        case Refused():
            return _Fault(error.slug, error.status, error.sentence)
        case UnusablePhoto():
            return _Fault("unusable_photo", 422, error.sentence)
        case RequestValidationError():
            return _Fault("invalid", 422, say.invalid_address())
        case HTTPException(status_code=status):
            return _Fault("http", status, say.no_such_page() if status == 404 else say.invalid_form())
        case ClientDisconnect():
            return _Fault("disconnected", 400, say.invalid_form())
        case OperationalError():
            log.error("console.no_database", error=type(error).__name__)
            return _Fault("unavailable", 503, say.unavailable())
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].name}:{frames[-1].lineno}" if frames else ""
    log.error("console.failed", error=type(error).__name__, place=place)
    return _Fault("internal", 500, say.internal_fault())

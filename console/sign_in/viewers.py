"""Who is signed in, as the routes of all other pages ask for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from console.context import ConsoleContext, PageSettings
from console.posting import Posted
from console.problems import ForeignForm, SignInNeeded
from console.sign_in.sessions import Viewer, find_viewer
from handlers.environment.people import staffing

_STAFF = "gridbot"


@dataclass(frozen=True, slots=True)
class Guards:
    """Dependencies of routes: `reader` for pages, `author` for forms; both are the `Viewer`."""

    reader: Callable[..., Viewer]
    author: Callable[..., Viewer]


def build_guards(context: ConsoleContext) -> Guards:
    """The dependencies. They raise SignInNeeded, and ForeignForm for a form of no page of this session."""

    def require_reader(request: Request) -> Viewer:
        token = request.cookies.get(name_cookie(context.settings), "")
        if not token:
            raise SignInNeeded
        with context.database.read() as session:
            now = context.clock()
            viewer = find_viewer(session, token, now=now)
            if viewer is None:
                raise SignInNeeded
            staffing.enter_capacities(session, viewer.person, context.env().local(now).date())
        request.state.viewer = viewer
        return viewer

    def require_author(viewer: Annotated[Viewer, Depends(require_reader)], posted: Posted) -> Viewer:
        if not viewer.owns_form(posted.text("csrf")):
            raise ForeignForm
        return viewer

    return Guards(require_reader, require_author)


def give_cookie(response: Response, settings: PageSettings, token: str, *, name: str = _STAFF) -> None:
    """Let the browser hold the token of its session."""
    response.set_cookie(
        name_cookie(settings, name),
        token,
        max_age=int(settings.session.total_seconds()),
        httponly=True,
        secure=settings.is_secure,
        samesite="lax",
    )


def take_cookie(response: Response, settings: PageSettings) -> None:
    """Have the browser forget its session."""
    response.delete_cookie(name_cookie(settings), httponly=True, secure=settings.is_secure, samesite="lax")


def name_cookie(settings: PageSettings, name: str = _STAFF) -> str:
    """What the cookie of a session is called; where it is secure, no other site of the domain can set it."""
    return f"__Host-{name}" if settings.is_secure else name

"""`POST /cases/{number}/acts/{act}`: one act by one button or form."""

from typing import Annotated
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from console.cases import acting
from console.context import ConsoleContext
from console.posting import Posted
from console.sign_in.routes import keep_inside
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards


def add_routes(router: APIRouter, context: ConsoleContext, guards: Guards) -> None:
    """Add the route of acts to the router."""
    author = Annotated[Viewer, Depends(guards.author)]

    @router.post("/cases/{number}/acts/{key}")
    def act_on_case(number: str, key: str, viewer: author, posted: Posted) -> Response:
        done = acting.perform_posted(context, viewer, number, acting.find_act(key), posted)
        return RedirectResponse(_add_done(keep_inside(posted.text("next")), done), 303)


def _add_done(address: str, done: acting.DoneAct) -> str:
    """The address to go on to, which says what was done."""
    parts = urlsplit(address)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name not in ("did", "after")]
    return f"{parts.path}?{urlencode([*query, ('did', f'{done.number}.{done.event_number}')])}"

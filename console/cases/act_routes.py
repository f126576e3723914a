"""`POST /cases/{number}/acts/{act}`: one act by one button or form.

Done, the browser goes on to where it came from, or to the next case of its folder; not done, the page of
the case says why, with what was typed still in its form.
"""

from typing import Annotated
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from console.cases import acting
from console.cases.acting import DoneAct, StaleForm
from console.cases.detail import Attempt, DetailPage
from console.cases.reading import build_asker
from console.context import ConsoleContext, UnusablePhoto
from console.posting import Posted, PostedForm
from console.problems import WrongForm
from console.sign_in.round_trip import keep_inside
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from handlers.cases.lists import folders
from handlers.cases.lists.folders import Folder
from handlers.cases.queries import Asker
from handlers.errors import Refused
from models.workflow import Act

_NEXT = 2


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add the route of acts to the router."""
    author = Annotated[Viewer, Depends(guards.author)]
    page = DetailPage(context, pages)

    @router.post("/cases/{number}/acts/{key}")
    def act_on_case(number: str, key: str, request: Request, viewer: author, posted: Posted) -> Response:
        act = acting.find_act(key)
        try:
            done = acting.perform_posted(context, viewer, number, act, posted)
        except (Refused, WrongForm, StaleForm, UnusablePhoto) as refused:
            attempt = _build_attempt(act, posted, refused)
            return page.show(request, viewer, number, folder=posted.text("folder"), attempt=attempt)
        if act.reveals_reporter:
            return page.show(request, viewer, number, folder=posted.text("folder"), reveals=True)
        address = _choose_next(context, viewer, posted, done)
        return RedirectResponse(_add_done(address, done), 303, {"Cache-Control": "no-store"})


def _build_attempt(
    act: Act, posted: PostedForm, refused: Refused | WrongForm | StaleForm | UnusablePhoto
) -> Attempt:
    status = 422 if isinstance(refused, UnusablePhoto) else refused.status
    since = refused.since if isinstance(refused, StaleForm) else None
    return Attempt(act.key, posted.texts, refused.sentence, status, since)


def _choose_next(context: ConsoleContext, viewer: Viewer, posted: PostedForm, done: DoneAct) -> str:
    """Where the form says, or the next case of its folder where that was asked for."""
    folder = posted.text("folder")
    if posted.text("then") != "next" or folder not in set(Folder):
        return keep_inside(posted.text("next"))
    with context.database.read() as session:
        following = _find_next(session, build_asker(viewer, context.env()), Folder(folder), context, done)
    return f"/cases/{following}?folder={folder}" if following else f"/?folder={folder}"


def _find_next(
    session: Session, asker: Asker, folder: Folder, context: ConsoleContext, done: DoneAct
) -> str | None:
    """The number of the first case of the folder that is another one."""
    cases, _ = folders.list_folder(session, asker, folder, now=context.clock(), size=_NEXT)
    return next((case.number for case in cases if case.number != done.number), None)


def _add_done(address: str, done: DoneAct) -> str:
    """The address to go on to, which says what was done."""
    parts = urlsplit(address)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name not in ("did", "after")]
    return f"{parts.path}?{urlencode([*query, ('did', f'{done.number}.{done.event_number}')])}"

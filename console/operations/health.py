"""`/health`: how the program runs; what was parked can be queued again from here."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from console.cases.reading import build_asker
from console.context import ConsoleContext
from console.posting import Posted
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from handlers.errors import NotAllowed, NotFound
from handlers.insight import audit
from handlers.wording import operations as words

log = structlog.get_logger()


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add the page and the form of what was parked to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]
    author = Annotated[Viewer, Depends(guards.author)]

    def require_operator(viewer: Viewer) -> None:
        asker = build_asker(viewer, context.env())
        if not audit.may_operate(asker, at_top=viewer.at_top):
            raise NotAllowed(words.may_not_operate())

    @router.get("/health")
    def show_health(request: Request, viewer: reader, replayed: str = "") -> Response:
        """Raises NotAllowed."""
        require_operator(viewer)
        env, now = context.env(), context.clock()
        return pages.render(
            request,
            "operations/health.html",
            health=context.read_health(),
            replayed=replayed in ("in", "out"),
            purposes=words.PURPOSES,
            spell_reason=words.reason,
            spell_size=words.size,
            names={**words.DISKS, **words.VERSIONS},
            message=words.MESSAGE,
            local=env.local,
            now=env.local(now),
        )

    @router.post("/health/letters")
    def replay_letter(viewer: author, posted: Posted) -> Response:
        """Queue one letter again. Raises NotAllowed, and NotFound for one that is not parked any more."""
        require_operator(viewer)
        box, said = posted.text("box"), posted.text("id")
        letter_id = int(said) if said.isascii() and said.isdecimal() and len(said) <= 18 else 0
        if not context.replay_letter(box, letter_id):
            raise NotFound(words.no_such_letter())
        log.info("console.letter_replayed", box=box, letter=letter_id, session=viewer.session_id)
        return RedirectResponse(f"/health?replayed={box}", 303, {"Cache-Control": "no-store"})

"""`/cases/new`: the desk enters what another office passed on, with the photos that came along."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from console.cases.acting import read_words
from console.cases.reading import build_asker
from console.context import ConsoleContext
from console.posting import Posted, PostedForm
from console.problems import WrongForm
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from console.upkeep.forms import TypedForm, go_to
from handlers.environment.snapshot import Environment
from handlers.errors import NotAllowed, Refused
from handlers.intake.case_opening import SourceRecord
from handlers.intake.sources import other_sources
from handlers.intake.sources.other_sources import OutsideReport
from handlers.wording import sources as say


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add the form to the router; before the page of one case, whose address fits this one, too."""
    reader = Annotated[Viewer, Depends(guards.reader)]
    author = Annotated[Viewer, Depends(guards.author)]

    @router.get("/cases/new")
    def show_form(request: Request, viewer: reader) -> Response:
        """Raises NotAllowed for others than the desk."""
        if not other_sources.may_register(viewer.person):
            raise NotAllowed(say.DESK_ONLY)
        return pages.render(request, "cases/new.html", sheet=TypedForm())

    @router.post("/cases/new")
    def register(request: Request, viewer: author, posted: Posted) -> Response:
        env, now = context.env(), context.clock()
        try:
            report = _read_report(posted, env)
            photos = context.store_photos(posted.list_files("photos"))
            with context.database.write() as session:
                case, _ = other_sources.register(
                    session, build_asker(viewer, env), report, env,
                    # A form that is sent twice opens one case.
                    origin=f"page:new:{viewer.person.id}:{posted.text('once')[:32]}:{posted.compute_digest()}",
                    now=now, media=photos.add_rows(session),
                )  # fmt: skip
        except (Refused, WrongForm) as refused:
            sheet = TypedForm(posted.texts, refused.sentence, refused.status)
            return pages.render(request, "cases/new.html", status=sheet.status, sheet=sheet)
        context.wake()
        return go_to(f"/cases/{case.number}")


def _read_report(posted: PostedForm, env: Environment) -> OutsideReport:
    """What was filled in. Raises MissingNeed for a time nobody can read, WrongForm for too many words."""
    received = other_sources.read_time(posted.text("received").replace("T", " "), env.zone)
    record = SourceRecord(
        posted.text("source"), posted.text("number") or None, posted.text("url") or None, received
    )
    return OutsideReport(
        record, read_words(posted, "text"), posted.text("place"), posted.text("name"), posted.text("phone")
    )

"""`/rules/calendar`: the days of a year that are worked or not otherwise than the days of the week say."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from console.context import ConsoleContext
from console.posting import Posted, PostedForm
from console.problems import WrongForm
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from console.upkeep.forms import TypedForm, go_to
from console.upkeep.rules import require_overseer
from handlers.environment import calendar
from handlers.environment.upkeep import proposals
from handlers.errors import Refused
from handlers.wording import upkeep as say


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add the calendar to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]
    author = Annotated[Viewer, Depends(guards.author)]
    page = _CalendarPage(context, pages)

    @router.get("/rules/calendar")
    def show_calendar(request: Request, viewer: reader, year: int = 0) -> Response:
        return page.show_calendar(request, viewer, year)

    @router.post("/rules/calendar")
    def propose_day(request: Request, viewer: author, posted: Posted) -> Response:
        return page.propose_day(request, viewer, posted)


class _CalendarPage:
    """The working calendar of one year."""

    def __init__(self, context: ConsoleContext, pages: Pages) -> None:
        self._context = context
        self._pages = pages

    def show_calendar(
        self, request: Request, viewer: Viewer, year: int, *, sheet: TypedForm | None = None
    ) -> Response:
        """The days of a year that are not as Monday to Friday would have it."""
        require_overseer(viewer)
        today = self._context.env().local(self._context.clock()).date()
        year = year if year in range(today.year - 2, today.year + 3) else today.year
        sheet = sheet or TypedForm()
        with self._context.database.read() as session:
            known = calendar.list_year(session, year).values()
            may_propose = proposals.is_at_top(session, viewer.person)
        return self._pages.render(
            request,
            "upkeep/calendar.html",
            status=sheet.status,
            sheet=sheet,
            year=year,
            days=[
                day
                for day in known
                if day.source == "office" or day.working != calendar.is_usual_workday(day.day)
            ],
            is_announced=any(day.source == "state" for day in known),
            today=today,
            may_propose=may_propose,
        )

    def propose_day(self, request: Request, viewer: Viewer, posted: PostedForm) -> Response:
        """Propose that a day is worked, or is not."""
        kinds = {"work": True, "rest": False}
        try:
            day = _read_day(posted.text("day"))
            if posted.text("kind") not in kinds:
                raise WrongForm(say.unreadable_day())
            with self._context.database.write() as session:
                number = proposals.propose_day(
                    session, day, viewer.person, working=kinds[posted.text("kind")],
                    reason=" ".join(posted.text("reason").split()), now=self._context.clock(),
                ).id  # fmt: skip
        except (Refused, WrongForm) as refused:
            sheet = TypedForm(posted.texts, refused.sentence, refused.status)
            return self.show_calendar(request, viewer, 0, sheet=sheet)
        return go_to(f"/rules/proposals/{number}")


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WrongForm(say.unreadable_day()) from error

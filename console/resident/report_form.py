"""`/report/{unit}`: report without a chat. It goes where every report goes, and is answered by a link."""

import hashlib
import re
import secrets
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from console.context import ConsoleContext, UnusablePhoto
from console.posting import PostedForm
from console.problems import WrongForm
from console.resident import public_forms
from console.resident.public_forms import MOST_PHOTOS, MOST_WORDS, PublicFormReader
from console.templating import Pages
from handlers.errors import MissingNeed, Refused
from handlers.intake import outside_reports, page_reports
from handlers.intake.page_reports import FilledForm
from handlers.wording import resident_page as say
from models import case_links

_MOST_PLACE = 60
_PHONE = re.compile(r"\+?\d{7,15}")
_ONCE = re.compile(r"[0-9a-f]{32}")
_BETWEEN_DIGITS = re.compile(r"[\s()（）-]{1,20}")


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages) -> None:
    """Add the form of a unit to the router."""
    reader = PublicFormReader()

    def render(
        request: Request, grid: str, *, alert: str = "", status: int = 200, sent: PostedForm | None = None
    ) -> Response:
        with context.database.read() as session:
            unit = page_reports.find_unit(session, grid)
            name = unit.display_name
        return pages.render(
            request,
            "resident/report.html",
            status=status,
            public=True,
            grid=grid,
            unit=name,
            alert=alert,
            sent=sent or PostedForm(),
            once=secrets.token_hex(16),
            trap=public_forms.TRAP,
            most_words=MOST_WORDS,
            most_place=_MOST_PLACE,
            most_photos=MOST_PHOTOS,
        )

    def admit(request: Request, grid: str) -> None:
        """Before the form is read: whether there is such a form, and room for another."""
        with context.database.read() as session:
            unit = page_reports.find_unit(session, grid)
            page_reports.check_limits(session, unit, _get_address(request), now=context.clock())

    @router.get("/report/{grid}")
    def show_form(request: Request, grid: str) -> Response:
        return render(request, grid)

    @router.post("/report/{grid}", dependencies=[Depends(admit)])
    def take_report(request: Request, grid: str, posted: Annotated[PostedForm, Depends(reader)]) -> Response:
        """A form sent twice opens one case."""
        try:
            token = _receive_form(context, grid, posted, _get_address(request))
        except (Refused, UnusablePhoto, WrongForm) as error:
            status = 422 if isinstance(error, UnusablePhoto) else error.status
            return render(request, grid, alert=error.sentence, status=status, sent=posted)
        context.wake()
        return RedirectResponse(f"/c/{token}?done=report", 303, {"Cache-Control": "no-store"})


def _get_address(request: Request) -> str:
    return request.client.host if request.client else ""


def _receive_form(context: ConsoleContext, grid: str, posted: PostedForm, address: str) -> str:
    """Open a case for the form and commit it; the token of its link. Raises Refused, WrongForm and others."""
    env, now = context.env(), context.clock()
    filled = _read_form(posted)
    photos = context.store_photos(public_forms.list_photos(posted))
    origin = _build_origin(posted, filled)
    with context.database.write() as session:
        case = outside_reports.await_earlier(session, origin)
        if case is None:
            unit = page_reports.find_unit(session, grid)
            filled = replace(filled, media=photos.add_rows(session))
            case = page_reports.open_page_report(
                session, unit, filled, env, address=address, origin=origin, now=now
            )
        session.flush()
        reporter_id = page_reports.get_reporter_id(case)
        link_id = case_links.open_link(session, case, reporter_id, now=now)
        return case_links.issue_token(session, link_id, reporter_id)


def _read_form(posted: PostedForm) -> FilledForm:
    """The fields. Raises MissingNeed and WrongForm, also for who fills in what nobody sees."""
    if posted.text(public_forms.TRAP):
        raise WrongForm(say.TRAPPED)
    text = posted.text("text")
    if not text:
        raise MissingNeed(say.BLANK_REPORT)
    if len(text) > MOST_WORDS:
        raise WrongForm(say.too_long(MOST_WORDS))
    phone = _BETWEEN_DIGITS.sub("", posted.text("phone"))
    if phone and not _PHONE.fullmatch(phone):
        raise WrongForm(say.WRONG_PHONE)
    return FilledForm(text, posted.text("place")[:_MOST_PLACE], phone)


def _build_origin(posted: PostedForm, filled: FilledForm) -> str:
    """What tells a form that is sent twice from another one, filled in on the same page.

    Only who was given the page knows its `once`: nobody gets the link of others by writing what they did.
    """
    once = posted.text("once") if _ONCE.fullmatch(posted.text("once")) else secrets.token_hex(16)
    sent = f"{once}\0{filled.text}\0{filled.place}\0{filled.phone}"
    return f"page:{hashlib.sha256(sent.encode()).hexdigest()}"

"""`/c/{token}`: somebody's own case. Looking changes nothing; each button is an act through the one door."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import FileResponse, RedirectResponse, Response

from console.context import ConsoleContext, UnusablePhoto
from console.posting import PostedForm
from console.resident import own_cases, public_forms
from console.resident.public_forms import LinkOver, PublicFormReader
from console.templating import Pages
from handlers import acts
from handlers.acts import delivery
from handlers.cases.actors import Actor
from handlers.cases.context import ActInput
from handlers.cases.resident import own_acts, page
from handlers.cases.resident.page import ResidentPage
from handlers.errors import MissingNeed, Refused, TooMany
from handlers.wording import resident_page as say
from models import case_links
from models.case_links import CaseLink
from models.cases import Case
from models.organisation import Person
from models.workflow import ACTS, Act, ActField

_MOST_ACTS, _ACTS_WITHIN = 20, timedelta(hours=1)
"""What one person does to one case by its page."""
_ONCE_A_DAY = frozenset({"nudge"})
_ENDS_PAGE = frozenset({"revoke_link"})
_PHOTO_HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
}
_REPORTED = "report"
_VERDICTS: Mapping[str, bool] = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class _Notice:
    """What the page says at its top: after an act, or why there was none."""

    words: str = ""
    is_alert: bool = False
    status: int = 200
    text: str = ""
    """What was written in the form that was refused."""


@dataclass(frozen=True, slots=True)
class _ShownCase:
    """What the page of a link shows, and what may be done there now, by the acts' keys."""

    page: ResidentPage
    acts: Mapping[str, Act]


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages) -> None:
    """Add the page of a case, its photos and its acts to the router."""
    door, reader = _CaseDoor(context, pages), PublicFormReader()

    def admit(token: str) -> None:
        """Before a form is read: whether there is such a link."""
        with context.database.read() as session:
            door.find_link(session, token)

    @router.get("/c/{token}")
    def show_case(request: Request, token: str, done: str = "") -> Response:
        """404 for a link that there is not, or that is over, in the same words and with the same work."""
        shown = door.load_page(token)
        if shown.page.is_unread and public_forms.is_opened_by_person(request):
            door.record_opening(token)
        return door.render(request, token, shown, _Notice(_describe_done(done)), is_new=done == _REPORTED)

    @router.get("/c/{token}/photos/{media_id}")
    def send_photo(token: str, media_id: int, small: bool = False) -> Response:
        """A photo that the page shows, as the copy without what the camera wrote into it."""
        return FileResponse(
            door.find_photo(token, media_id, small=small), media_type="image/jpeg", headers=_PHOTO_HEADERS
        )

    @router.post("/c/{token}/acts/{key}", dependencies=[Depends(admit)])
    def act_on_case(
        request: Request, token: str, key: str, posted: Annotated[PostedForm, Depends(reader)]
    ) -> Response:
        """Do the act, and show the page again: with what came of it, or why nothing did."""
        act = ACTS.get(key)
        if act is None or not act.on_page:
            raise LinkOver
        public_forms.require_own_form(posted, token)
        try:
            door.perform(act, token, posted)
        except (Refused, UnusablePhoto) as error:
            status = error.status if isinstance(error, Refused) else 422
            notice = _Notice(error.sentence, True, status, posted.text("text"))
            return door.render(request, token, door.load_page(token), notice)
        context.wake()
        if act.key in _ENDS_PAGE:
            return pages.render(request, "resident/over.html", public=True, words=say.LINK_TAKEN_BACK)
        return RedirectResponse(f"/c/{token}?done={act.key}", 303, _PHOTO_HEADERS)


class _CaseDoor:
    """The cases of one installation, as far as a link opens them."""

    def __init__(self, context: ConsoleContext, pages: Pages) -> None:
        self._context = context
        self._pages = pages

    def find_link(self, session: Session, token: str) -> CaseLink:
        """The link of this token. Raises LinkOver."""
        link = case_links.find_link(
            session, token, keep=self._context.env().keep_links, now=self._context.clock()
        )
        if link is None:
            raise LinkOver
        return link

    def load_page(self, token: str) -> _ShownCase:
        """What the page of this link shows. Raises LinkOver."""
        env, now = self._context.env(), self._context.clock()
        with self._context.database.read() as session:
            case, person = case_links.load_holder(session, self.find_link(session, token))
            possible = own_acts.list_acts(session, case, person)
            return _ShownCase(
                page.build_page(session, case, env, now=now),
                {act.key: act for act in possible if not self._is_over_today(session, act, case, person)},
            )

    def render(
        self, request: Request, token: str, shown: _ShownCase, notice: _Notice, *, is_new: bool = False
    ) -> Response:
        """The page, with a notice at its top; `is_new`: its reporter has just sent it in."""
        return self._pages.render(
            request,
            "resident/case.html",
            status=notice.status,
            public=True,
            page=shown.page,
            steps=say.STEPS,
            acts=shown.acts,
            notice=notice,
            token=token,
            address=case_links.build_address(self._context.env().base_url, token) if is_new else "",
            form=public_forms.sign_form(token),
            leads_to_others=own_cases.is_offered(self._context, request),
            most_words=public_forms.MOST_WORDS,
            most_photos=public_forms.MOST_PHOTOS,
        )

    def record_opening(self, token: str) -> None:
        """The result that waited for its reporter stands on the page that was opened."""
        env, now = self._context.env(), self._context.clock()
        with self._context.database.write() as session:
            link = self.find_link(session, token)
            case, _ = case_links.load_holder(session, link)
            delivery.record_opening(session, case, env, now=now, origin=f"page:{link.id}")
        self._context.wake()

    def find_photo(self, token: str, media_id: int, *, small: bool) -> Path:
        """The file of a photo that the page shows. Raises LinkOver where it shows none of this id."""
        with self._context.database.read() as session:
            case, _ = case_links.load_holder(session, self.find_link(session, token))
            media = page.find_photo(session, case, media_id, self._context.env())
            name = page.find_copy(media, small=small) if media is not None else None
        path = self._context.find_file(name) if name else None
        if path is None:
            raise LinkOver
        return path

    def perform(self, act: Act, token: str, posted: PostedForm) -> None:
        """Do the act as the reporter, and commit it. Raises LinkOver, Refused, UnusablePhoto."""
        env, now = self._context.env(), self._context.clock()
        given = _read_input(act, posted)
        photos = self._context.store_photos(public_forms.list_photos(posted) if _takes_photos(act) else ())
        with self._context.database.write() as session:
            link = self.find_link(session, token)
            case, person = case_links.load_holder(session, link)
            self._check_bounds(session, act, case, person)
            seen = posted.text("version") or str(case.version)
            acts.perform(
                session, act.key, own_acts.target_case(session, act, case, person), Actor(person),
                replace(given, media=photos.add_rows(session)), env=env, now=now,
                # A form that is sent twice is one act; the page that is shown after it has another version.
                # Whoever goes back in the browser and writes something else means another one.
                origin=f"page:{link.id}:{act.key}:{seen[:19]}:{posted.compute_digest()}",
            )  # fmt: skip

    def _check_bounds(self, session: Session, act: Act, case: Case, person: Person) -> None:
        since = self._context.clock() - _ACTS_WITHIN
        if own_acts.count_own_acts(session, case, person, since=since) >= _MOST_ACTS:
            raise TooMany(say.TOO_MANY_ACTS)
        if self._is_over_today(session, act, case, person):
            raise TooMany(say.NUDGED_TODAY)

    def _is_over_today(self, session: Session, act: Act, case: Case, person: Person) -> bool:
        if act.key not in _ONCE_A_DAY:
            return False
        target = own_acts.target_case(session, act, case, person)
        env, now = self._context.env(), self._context.clock()
        return own_acts.did_today(session, act, target, person, env, now=now)


def _describe_done(done: str) -> str:
    if done == _REPORTED:
        return say.REPORT_TAKEN
    return say.after_act(ACTS[done]) if done in ACTS and ACTS[done].on_page else ""


def _takes_photos(act: Act) -> bool:
    return ActField.EVIDENCE in act.required_fields


def _read_input(act: Act, posted: PostedForm) -> ActInput:
    """The fields of the form, called as the API calls them. Raises MissingNeed."""
    words = "\n".join(part for part in (posted.text("text"), posted.text("reason")) if part)
    if _takes_photos(act) and not (words or posted.list_files("photos")):
        raise MissingNeed(say.SAY_SOMETHING)
    if ActField.REASON in act.required_fields and not words:
        raise MissingNeed(say.SAY_WHY)
    solved = _VERDICTS.get(posted.text("solved"))
    if ActField.ANSWER in act.required_fields and solved is None:
        raise MissingNeed(say.ANSWER_FIRST)
    return ActInput(
        text=words[: public_forms.MOST_WORDS],
        solved=solved,
        satisfied=_VERDICTS.get(posted.text("satisfied")),
    )

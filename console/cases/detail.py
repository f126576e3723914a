"""`/cases/{number}`: one case, with everything that can be done to it now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from console.cases.dossier import load_dossier
from console.cases.prefilled import Prefilled, load_prefilled
from console.cases.reading import build_asker, find_readable
from console.cases.todo import find_done
from console.context import ConsoleContext
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from handlers.cases.lists.folders import Folder
from handlers.cases.queries import Asker
from handlers.cases.readers import Reading
from handlers.cases.secrecy import parties
from handlers.errors import Archived, NotFound
from handlers.interactions import forms
from handlers.wording import pages as say
from handlers.wording.parties import one_party
from models.cases import Case
from models.organisation import Person, Unit
from models.workflow import Act

Shown = Literal["all", "replies", "times"]


@dataclass(frozen=True, slots=True)
class ShownContact:
    """Who reported the case, shown once to whoever asked with a reason."""

    name: str
    text: str
    parties: Sequence[str]
    """Whom it concerns besides."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A form that was not carried out: which act, what was typed, why not, and since when it was old."""

    act: str
    typed: Mapping[str, Sequence[str]]
    sentence: str
    status: int
    since: int | None = None
    """Number of the last event that its page showed, where the case has moved on."""


class DetailPage:
    """The page of one case, with or without something to say on top of it."""

    def __init__(self, context: ConsoleContext, pages: Pages) -> None:
        self._context = context
        self._pages = pages

    def show(
        self,
        request: Request,
        viewer: Viewer,
        number: str,
        *,
        shown: Shown = "all",
        folder: str = "",
        did: str = "",
        attempt: Attempt | None = None,
        reveals: bool = False,
        fill: str = "",
    ) -> Response:
        """The page; `attempt`: what was not done and why. `reveals`: the look at the reporter is on record.
        `fill`: a kept answer to stand in a form, `feedback.3`.

        Raises NotFound.
        """
        env, now = self._context.env(), self._context.clock()
        asker = build_asker(viewer, env)
        with self._context.database.read() as session:
            try:
                case = find_readable(session, asker, number)
            except Archived as archived:
                return self._pages.render(
                    request, "cases/archived.html", number=number, sentence=archived.sentence
                )
            reading = self._require_reading(session, asker, case)
            if reading.follower is not None:
                return RedirectResponse(f"/cases/{reading.follower.number}", 303)
            dossier = load_dossier(session, asker, case, reading, env, now=now)
            done = find_done(session, asker, did, now=now)
            contact = _load_contact(session, case) if reveals else None
            acts = bool(dossier.possible or dossier.others)
            units = session.scalars(select(Unit).order_by(Unit.path)).all() if acts else []
            prefilled = Prefilled()
            if acts and attempt is None:
                prefilled = load_prefilled(session, viewer.person, dossier, case.class_id, fill)
        return self._pages.render(
            request,
            "cases/case.html",
            status=attempt.status if attempt is not None else 200,
            case=dossier,
            attempt=attempt,
            prefilled=prefilled,
            contact=contact,
            done=done,
            shown=shown,
            folder=folder if folder in set(Folder) else "",
            units=[(unit.code, unit.display_name) for unit in units],
            reasons={act.key: _list_reasons(act) for act in (*dossier.possible, *dossier.others)},
            classes=list(env.classes.values()) if acts else [],
            now=env.local(now),
        )

    @staticmethod
    def _require_reading(session: Session, asker: Asker, case: Case) -> Reading:
        reading = asker.reading(session, case)
        if reading is None:
            raise NotFound(say.no_such_case())
        return reading


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add `GET /cases/{number}` to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]
    page = DetailPage(context, pages)

    @router.get("/cases/{number}")
    def show_case(
        number: str,
        request: Request,
        viewer: reader,
        show: Shown = "all",
        folder: str = "",
        did: str = "",
        fill: str = "",
    ) -> Response:
        return page.show(request, viewer, number, shown=show, folder=folder, did=did, fill=fill)


def _list_reasons(act: Act) -> Sequence[str]:
    """The reasons that a form of a card offers for this act."""
    form = forms.find_form(act)
    return form.reasons if form is not None else ()


def _load_contact(session: Session, case: Case) -> ShownContact:
    reporter = session.get(Person, case.reporter_id) if case.reporter_id is not None else None
    others = [one_party(one.relation, one.name, one.phone) for one in parties.list_parties(session, case)]
    return ShownContact(reporter.name if reporter is not None else "", case.text, others)

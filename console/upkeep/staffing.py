"""Forms of `/org`: somebody is away, an absence is over, who is on duty on a day, a day is swapped."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from console.context import ConsoleContext
from console.posting import Posted, PostedForm
from console.problems import WrongForm
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from console.upkeep.forms import TypedForm, go_to
from console.upkeep.organisation import OrganisationPage, find_beneath, require_unit
from handlers.environment.people import shifts, staffing
from handlers.environment.people.staffing import AbsenceSpan
from handlers.errors import NotFound, Refused
from handlers.notifications.duty import shift_notes
from handlers.wording import duty as say_duty
from handlers.wording import upkeep as say
from models.organisation import Person


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add the forms of absences and of the roster to the router."""
    author = Annotated[Viewer, Depends(guards.author)]
    forms = {
        "absences": _keep_absence,
        "absences/end": _end_absence,
        "roster": _set_roster,
        "roster/swap": _ask_swap,
        "roster/swap/decide": _decide_swap,
    }
    page = OrganisationPage(context, pages)

    @router.post("/org/{form:path}")
    def change_staffing(form: str, request: Request, viewer: author, posted: Posted) -> Response:
        if form not in forms:
            raise NotFound(say.no_such_proposal())
        unit = posted.text("unit")
        try:
            with context.database.write() as session:
                forms[form](session, viewer, posted, context)
        except (Refused, WrongForm) as refused:
            return page.show(
                request, viewer, unit, sheet=TypedForm(posted.texts, refused.sentence, refused.status)
            )
        context.wake()
        return go_to(f"/org?unit={unit}#{form.partition('/')[0]}")


def _keep_absence(session: Session, viewer: Viewer, posted: PostedForm, context: ConsoleContext) -> None:
    now = context.clock()
    span = AbsenceSpan(
        _find_person(session, posted.text("person")),
        _find_person(session, posted.text("substitute")),
        _read_day(posted, "first"),
        _read_day(posted, "last"),
    )
    today = context.env().local(now).date()
    staffing.store_absence(session, span, viewer.person, today=today, now=now)


def _end_absence(session: Session, viewer: Viewer, posted: PostedForm, context: ConsoleContext) -> None:
    number = _read_number(posted, "absence", say.no_such_absence())
    staffing.end_absence(session, number, viewer.person, now=context.clock())


def _set_roster(session: Session, viewer: Viewer, posted: PostedForm, context: ConsoleContext) -> None:
    unit = find_beneath(session, require_unit(session, viewer), posted.text("unit"))
    people = [_find_person(session, code) for code in posted.list_texts("people")]
    day = _read_day(posted, "day")
    shifts.set_shift(session, unit, day, people, viewer.person, now=context.clock())


def _ask_swap(session: Session, viewer: Viewer, posted: PostedForm, context: ConsoleContext) -> None:
    env, now = context.env(), context.clock()
    unit = find_beneath(session, require_unit(session, viewer), posted.text("unit"))
    asked = _find_person(session, posted.text("asked"))
    today = env.local(now).date()
    swap = shifts.ask_swap(
        session, unit, _read_day(posted, "day"), viewer.person, asked, today=today, now=now
    )
    shift_notes.notify_swap(session, swap, viewer.person, env, now=now)


def _decide_swap(session: Session, viewer: Viewer, posted: PostedForm, context: ConsoleContext) -> None:
    now, agreed = context.clock(), posted.text("agreed") == "yes"
    swap = shifts.decide_swap(
        session, _read_number(posted, "swap", say_duty.no_such_swap()), viewer.person, agreed=agreed, now=now
    )
    shift_notes.notify_swap(session, swap, viewer.person, context.env(), now=now)


def _read_number(posted: PostedForm, name: str, sentence: str) -> int:
    number = posted.text(name)
    if not (number.isascii() and number.isdecimal() and len(number) <= 18):
        raise NotFound(sentence)
    return int(number)


def _find_person(session: Session, code: str) -> Person:
    found = session.scalar(select(Person).where(Person.code == code))
    if found is None:
        raise NotFound(say.no_such_person(code))
    return found


def _read_day(posted: PostedForm, name: str) -> date:
    try:
        return date.fromisoformat(posted.text(name))
    except ValueError as error:
        raise WrongForm(say.odd_days()) from error

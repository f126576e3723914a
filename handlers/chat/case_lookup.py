"""Which case is meant: by number, by quote, or because only one fits."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select, true

from handlers.cases import permissions, possible_acts
from handlers.cases.assignments import ASSIST
from handlers.chat.inbound import InboundMessage
from handlers.errors import Ambiguous, NotAllowed, NotFound
from handlers.wording import marks
from handlers.wording import refusals as say
from models.cases import Assignment, Case
from models.organisation import ChatUse, Unit
from models.site_checks import SiteCheck
from models.workflow import OPEN, Act

_LOOK_AT = 60
"""Newest cases looked through when no number was given."""


def find_case(inbound: InboundMessage, number: str, act: Act | None = None) -> Case:
    """The case of a typed number: whole, or its last 4 to 6 digits; of several, one the act is for."""
    if "-" in number:
        found = list(inbound.session.scalars(select(Case).where(Case.number == number)))
    else:
        digits = Case.tail == number[-4:]
        newest = inbound.session.scalars(select(Case).where(digits).order_by(Case.id.desc()).limit(_LOOK_AT))
        found = [case for case in newest if case.number.replace("-", "").endswith(number)]
    # A restricted case does not exist for others.
    found = [c for c in found if permissions.may_see(inbound.env.restricted_to, inbound.actor, c)]
    if not found:
        raise NotFound(say.no_such_case(number))
    if all(case.restricted for case in found) and inbound.chat.use != ChatUse.DIRECT:
        raise NotAllowed(say.restricted_case(found[0].number))
    found = _narrow_down(inbound, found, act)
    if len(found) > 1:
        raise Ambiguous(say.ambiguous_tail(number, [case.number for case in found]))
    return found[0]


def _narrow_down(inbound: InboundMessage, cases: list[Case], act: Act | None) -> list[Case]:
    """Serials start anew each day: one that can be reopened is meant by 重开, else an open one is meant
    before a finished one; then this group's."""
    fitting = [case for case in cases if act is not None and possible_acts.allows(act, case)]
    cases = fitting or [case for case in cases if case.status in OPEN] or cases
    if len(cases) == 1:
        return cases
    here = {case.id for case in _cases_of_chat(inbound)}
    return [case for case in cases if case.id in here] or cases


def the_only_case_for(inbound: InboundMessage, act: Act) -> Case:
    """The one case on which this person could perform the act here; refused where there are several."""
    quoted = marks.find_numbers(inbound.incoming.quoted_text)
    if quoted:
        return find_case(inbound, quoted[0])
    fitting = [
        case
        for case in _cases_of_chat(inbound)
        if possible_acts.can_perform(inbound.session, act, inbound.actor, case)
    ]
    if not fitting:
        raise NotFound(say.nothing_fits(act.verb))
    if len(fitting) > 1:
        raise Ambiguous(say.ambiguous_case(act.verb, [case.number for case in fitting]))
    return fitting[0]


def the_only_open_case(inbound: InboundMessage) -> Case:
    """The quoted case, or the one open case of this chat; refused where there are several."""
    quoted = marks.find_numbers(inbound.incoming.quoted_text)
    if quoted:
        return find_case(inbound, quoted[0])
    going = [case for case in _cases_of_chat(inbound) if case.status in OPEN]
    if len(going) > 1:
        raise Ambiguous(say.several_open([case.number for case in going]))
    if not going:
        raise NotFound(say.no_such_case(""))
    return going[0]


def is_case_of_chat(inbound: InboundMessage, number: str) -> bool:
    """Whether this is the number of a case this chat has to do with."""
    ends = [
        case.number if "-" in number else case.number.replace("-", "") for case in _cases_of_chat(inbound)
    ]
    return any(end.endswith(number) for end in ends)


def visible_in_chat(inbound: InboundMessage) -> ColumnElement[bool]:
    """Restricted cases are spoken of in private only, and with the named few."""
    if inbound.chat.use != ChatUse.DIRECT:
        return Case.restricted.is_(False)
    if inbound.person.code in inbound.env.restricted_to:
        return true()
    return or_(Case.restricted.is_(False), Case.reporter_id == inbound.person.id)


def _cases_of_chat(inbound: InboundMessage) -> Sequence[Case]:
    """The cases this chat has to do with, newest first."""
    session, chat, person = inbound.session, inbound.chat, inbound.person
    query = select(Case).where(visible_in_chat(inbound)).order_by(Case.id.desc()).limit(_LOOK_AT)
    if chat.use == ChatUse.HANDLING and chat.unit_id is not None:
        unit = session.get_one(Unit, chat.unit_id)
        beneath = select(Unit.id).where(Unit.path.startswith(unit.path, autoescape=True))
        called = select(Assignment.case_id).where(
            Assignment.unit_id.in_(beneath), Assignment.ended_at.is_(None), Assignment.role == ASSIST
        )
        return list(session.scalars(query.where(or_(Case.unit_id.in_(beneath), Case.id.in_(called)))))
    if chat.use == ChatUse.DUTY:
        return list(session.scalars(query.where(Case.status.in_(OPEN))))
    if chat.use == ChatUse.DIRECT:
        asked = select(SiteCheck.case_id).where(
            SiteCheck.person_id == person.id, SiteCheck.answered_at.is_(None)
        )
        mine = or_(Case.reporter_id == person.id, Case.handler_id == person.id, Case.id.in_(asked))
        return list(session.scalars(query.where(mine)))
    return list(session.scalars(query.where(Case.chat_id == chat.id)))

"""Commands that only look: /查, /我的, /帮助."""

from sqlalchemy import or_, select

from handlers.cases import merged
from handlers.cases.privacy import shown_actor
from handlers.cases.views import view
from handlers.chat import case_lookup
from handlers.chat.inbound import Arrival
from handlers.commands import case_lists
from handlers.commands.parser import Command
from handlers.wording import marks, notices, talk, topics
from handlers.wording.case_view import View
from models.cases import Case, Event
from models.organisation import ChatUse, Role, Unit
from models.workflow import ACTS, OPEN, Act, Who


def show(arrival: Arrival, command: Command) -> str:
    """Where a case stands and how it came there. Without a number: the quoted one, or the newest of mine."""
    quoted = marks.numbers(arrival.incoming.quoted_text)
    if not command.numbers and not quoted:
        return mine(arrival, command)
    case = case_lookup.case_of(arrival, command.numbers[0] if command.numbers else quoted[0])
    events = arrival.session.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.number))
    steps = [
        (
            f"{arrival.office.local(event.at):%m-%d %H:%M}",
            shown_actor(event, case),
            ACTS[event.act].verb,
        )
        for event in events
    ]
    arrival.answer(talk.history(_view(arrival, case), steps, _family(arrival, case)), case=case)
    return "command.show"


def _family(arrival: Arrival, case: Case) -> str:
    """How far the case is that this one was joined to; or which were joined to this one."""
    root = merged.root(arrival.session, case)
    if root is not case:
        return talk.follows(_view(arrival, root))
    joined = [child.number for child in merged.followers(arrival.session, case)]
    return talk.followed(joined) if joined else ""


def mine(arrival: Arrival, command: Command) -> str:
    """What I reported and what waits for my unit."""
    own = arrival.session.get(Unit, arrival.person.unit_id) if arrival.person.unit_id else None
    conditions = [Case.reporter_id == arrival.person.id]
    if own is not None and arrival.person.role not in (Role.INFORMANT, Role.RESIDENT):
        beneath = select(Unit.id).where(Unit.path.startswith(own.path, autoescape=True))
        conditions.append(Case.unit_id.in_(beneath) & Case.status.in_(OPEN))
    case_lists.show(arrival, command, talk.MINE, or_(*conditions))
    return "command.mine"


def help_page(arrival: Arrival, _command: Command) -> str:
    """Only what this person can ever do, said in the order of a case's life."""
    fitting = [act for act in ACTS.values() if _could(arrival, act)]
    binds = arrival.person.role in (Role.DUTY, Role.COORDINATOR, Role.ADMIN)
    others = (*talk.OTHERS, *(talk.BINDING if binds and arrival.chat.use != ChatUse.DIRECT else ()))
    if binds or arrival.person.role == Role.LEADER:
        others = (*others, *notices.HELP, *topics.HELP)
    intro = f"{talk.HOW_TO_REPORT}\n{talk.NUMBER_TIP}"
    arrival.answer(talk.help_text(intro, fitting, others))
    return "command.help"


_ROLES: dict[Who, frozenset[Role]] = {
    Who.REPORTER: frozenset({Role.INFORMANT, Role.RESIDENT, Role.GRID}),
    Who.DUTY: frozenset({Role.DUTY, Role.ADMIN}),
    Who.SECOND: frozenset({Role.DUTY, Role.LEADER, Role.ADMIN}),
    Who.COORDINATOR: frozenset({Role.COORDINATOR, Role.ADMIN}),
    Who.HANDLER: frozenset({Role.HANDLER}),
    Who.GRID: frozenset({Role.GRID}),
    Who.LEADER: frozenset({Role.LEADER, Role.ADMIN}),
    Who.PARTNER: frozenset({Role.HANDLER}),
    Who.SURVEYOR: frozenset({Role.INFORMANT, Role.GRID}),
    Who.CHECKER: frozenset({Role.DUTY, Role.ADMIN, Role.OBSERVER, Role.GRID, Role.COORDINATOR, Role.LEADER}),
}


def _could(arrival: Arrival, act: Act) -> bool:
    if not act.before:
        return False
    return any(arrival.person.role in _ROLES.get(who, frozenset()) for who in act.who)


def _view(arrival: Arrival, case: Case) -> View:
    return view(arrival.session, case, arrival.office, now=arrival.now)

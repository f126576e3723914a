"""`/卡片 0031`: a fresh card of a case, with the buttons for whoever reads along here."""

from handlers.cards import keys, layout
from handlers.cards.keys import Desk
from handlers.cases.permissions import may
from handlers.cases.views import standing
from handlers.chat import case_lookup
from handlers.chat.inbound import Arrival
from handlers.commands.parser import Command
from models.cases import Case
from models.messages import CardPush
from models.organisation import ChatUse, Role
from models.workflow import ACTS

_STANDING = (("survey_report", Desk.SURVEYOR), ("sign", Desk.HANDLING), ("partner_done", Desk.PARTNER))
"""An act that only such people may do, and their card, for conversations that are nobody's desk."""


def show(arrival: Arrival, command: Command) -> str:
    """The card, drawn as things stand now."""
    case = (
        case_lookup.case_of(arrival, command.numbers[0]) if command.numbers else case_lookup.one_open(arrival)
    )
    desk = desk_here(arrival, case)
    task_id = f"{case.number}-m{arrival.inbox_id}-{desk}-{arrival.chat.id}"
    seen = standing(arrival.session, case, arrival.office, now=arrival.now)
    card = layout.of(
        arrival.session, case, seen, desk, task_id=task_id, office=arrival.office, units=arrival.units
    )
    arrival.answer(CardPush(card), case=case, part="card")
    return "command.card"


def desk_here(arrival: Arrival, case: Case) -> Desk:
    """The desk that this chat is to the case; in a direct conversation, the one its person sits at."""
    if arrival.chat.use == ChatUse.DUTY:
        return Desk.DUTY
    if arrival.chat.use not in (ChatUse.DIRECT, ChatUse.HANDLING):
        return Desk.REPORTER
    if arrival.chat.use == ChatUse.DIRECT:
        if arrival.person.role in (Role.DUTY, Role.COORDINATOR, Role.ADMIN):
            return Desk.DUTY
        if arrival.person.role == Role.LEADER:
            return Desk.LEADER
    for act, desk in _STANDING:
        if may(arrival.session, ACTS[act], arrival.actor, case):
            return desk
    return keys.desk_of(arrival.chat.use)

"""/查看联系人: who reported it. Only in private, with a reason, and on record (standards §13)."""

from handlers import acts
from handlers.acts.effects import ActInput
from handlers.chat import case_lookup
from handlers.chat.inbound import Arrival
from handlers.commands.parser import Command
from handlers.errors import NotAllowed
from handlers.wording import refusals as say
from handlers.wording import talk
from models.organisation import ChatUse, Person
from models.workflow import Act


def reveal(arrival: Arrival, act: Act, command: Command) -> str:
    """The reporter's name and own words, to this person alone; the event says who looked and why."""
    case = (
        case_lookup.case_of(arrival, command.numbers[0])
        if command.numbers
        else case_lookup.only_one(arrival, act)
    )
    if arrival.chat.use != ChatUse.DIRECT:
        raise NotAllowed(say.only_in_private(case.number))
    acts.perform(
        arrival.session, act.key, case, arrival.actor, ActInput(text=command.rest),
        office=arrival.office, now=arrival.now, origin=arrival.origin(act.key), inbox_id=arrival.inbox_id,
    )  # fmt: skip
    person = arrival.session.get(Person, case.reporter_id) if case.reporter_id else None
    arrival.answer(talk.revealed(case.number, person.name if person else "", case.text), case=case)
    return f"act.{act.key}"

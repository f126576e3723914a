"""/查看联系人: who reported it. Only in private, with a reason, and on record (standards §13)."""

from handlers import acts
from handlers.cases.context import ActInput
from handlers.cases.secrecy import parties
from handlers.chat import case_lookup
from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command
from handlers.errors import NotAllowed
from handlers.wording import parties as say_parties
from handlers.wording import refusals as say
from handlers.wording import talk
from models.organisation import ChatUse, Person
from models.workflow import Act


def reveal_reporter(inbound: InboundMessage, act: Act, command: Command) -> str:
    """Show the reporter's name and own words to this person alone; the event says who looked and why.

    Only in a direct conversation and with a reason (standards §13); raises NotAllowed elsewhere.
    """
    case = (
        case_lookup.find_case(inbound, command.numbers[0])
        if command.numbers
        else case_lookup.the_only_case_for(inbound, act, command.rest)
    )
    if inbound.chat.use != ChatUse.DIRECT:
        raise NotAllowed(say.only_in_private(case.number))
    acts.perform(
        inbound.session, act.key, case, inbound.actor, ActInput(text=command.rest),
        env=inbound.env, now=inbound.now, origin=inbound.origin_of(act.key), inbox_id=inbound.inbox_id,
    )  # fmt: skip
    person = inbound.session.get(Person, case.reporter_id) if case.reporter_id else None
    words = talk.reporter_contact(case.number, person.name if person else "", case.text)
    known = parties.list_parties(inbound.session, case)
    others = say_parties.other_contacts([(one.relation, one.name, one.phone) for one in known])
    inbound.reply("\n".join(part for part in (words, others) if part), case=case)
    return f"act.{act.key}"

"""/抽查: the calls that the sender is to make."""

from handlers.cases import spot_checks
from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command
from handlers.errors import NotAllowed
from handlers.wording import spot_checks as say


def list_calls(inbound: InboundMessage, _command: Command) -> str:
    """`/抽查`: what waits for a call of theirs. Returns a slug. Raises NotAllowed in a group."""
    if not inbound.in_private:
        raise NotAllowed(say.only_in_private())
    found = spot_checks.list_open(inbound.session, inbound.person)
    listed = [(case.number, inbound.env.class_info(case.class_id).name) for _, case in found]
    inbound.reply(say.task(listed) if listed else say.nothing_to_call())
    return "command.spot_checks"

"""/绑定 and /解绑: which unit a group belongs to, and what it is used for."""

from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command, split_first_word
from handlers.environment.session_cache import clear_cache
from handlers.environment.units import covers, find_unit
from handlers.errors import MissingNeed, NotAllowed, WrongState
from handlers.wording import talk
from models.organisation import DESK, ChatUse, Unit

USES = {
    "上报": ChatUse.INTAKE,
    "处置": ChatUse.HANDLING,
    "值班": ChatUse.DUTY,
    "居民": ChatUse.RESIDENTS,
}


def bind_chat(inbound: InboundMessage, command: Command) -> str:
    """Bind this group to a unit and a use; binding it again changes both. Returns a slug.

    Raises MissingNeed without unit or use, NotFound for an unknown unit, NotAllowed for others than staff
    above the unit.
    """
    name, use = split_first_word(command.tail) if command.tail else ("", "")
    if not name or use not in USES:
        raise MissingNeed(talk.binding_usage())
    unit = find_unit(inbound.session, name)
    _check_may_bind(inbound, unit)
    if inbound.chat.unit_id is not None:
        # Taking a group away from a unit takes the right to bind for that unit too.
        _check_may_bind(inbound, inbound.session.get_one(Unit, inbound.chat.unit_id))
    inbound.chat.unit_id, inbound.chat.use = unit.id, USES[use]
    clear_cache(inbound.session)
    inbound.reply(talk.chat_bound(inbound.chat.chat_id, unit.display_name, use))
    return "command.bind"


def unbind_chat(inbound: InboundMessage, _command: Command) -> str:
    """Take this group out of use: no more pushes, though reports in it still open cases. Returns a slug.

    Raises WrongState where the group is not bound, NotAllowed for others than staff above its unit.
    """
    if inbound.chat.unit_id is None:
        raise WrongState(talk.not_bound())
    unit = inbound.session.get_one(Unit, inbound.chat.unit_id)
    _check_may_bind(inbound, unit)
    inbound.chat.unit_id, inbound.chat.use = None, ChatUse.UNBOUND
    clear_cache(inbound.session)
    inbound.reply(talk.chat_unbound(unit.display_name))
    return "command.unbind"


def _check_may_bind(inbound: InboundMessage, unit: Unit) -> None:
    """Staff bind groups of units in their own subtree, and nobody binds a direct conversation."""
    own = inbound.session.get(Unit, inbound.person.unit_id) if inbound.person.unit_id else None
    group = inbound.chat.use != ChatUse.DIRECT
    if not (group and inbound.person.role in DESK and covers(own, unit)):
        raise NotAllowed(talk.may_not_bind())

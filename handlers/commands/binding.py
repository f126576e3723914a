"""/绑定 and /解绑: which unit a group belongs to, and what it is used for."""

from handlers.chat.inbound import Arrival
from handlers.commands.parser import Command, first_word
from handlers.environment.session_cache import forget
from handlers.environment.units import covers, unit_called
from handlers.errors import MissingNeed, NotAllowed, WrongState
from handlers.wording import talk
from models.organisation import ChatUse, Role, Unit

USES = {
    "上报": ChatUse.INTAKE,
    "处置": ChatUse.HANDLING,
    "值班": ChatUse.DUTY,
    "居民": ChatUse.RESIDENTS,
}
_BINDERS = frozenset({Role.DUTY, Role.COORDINATOR, Role.ADMIN})


def bind(arrival: Arrival, command: Command) -> str:
    """Give this group to a unit; doing it again changes the binding."""
    name, use = first_word(command.tail) if command.tail else ("", "")
    if not name or use not in USES:
        raise MissingNeed(talk.binding_usage())
    unit = unit_called(arrival.session, name)
    _may_bind(arrival, unit)
    if arrival.chat.unit_id is not None:
        # Whoever takes a group away from a unit must be above that unit too.
        _may_bind(arrival, arrival.session.get_one(Unit, arrival.chat.unit_id))
    arrival.chat.unit_id, arrival.chat.use = unit.id, USES[use]
    forget(arrival.session)
    arrival.answer(talk.bound(arrival.chat.chat_id, unit.called, use))
    return "command.bind"


def unbind(arrival: Arrival, _command: Command) -> str:
    """Take this group out of use: nothing is pushed there any more, reports still open cases."""
    if arrival.chat.unit_id is None:
        raise WrongState(talk.not_bound())
    unit = arrival.session.get_one(Unit, arrival.chat.unit_id)
    _may_bind(arrival, unit)
    arrival.chat.unit_id, arrival.chat.use = None, ChatUse.UNBOUND
    forget(arrival.session)
    arrival.answer(talk.unbound(unit.called))
    return "command.unbind"


def _may_bind(arrival: Arrival, unit: Unit) -> None:
    """Staff bind groups of units in their own subtree, and nobody binds a direct conversation."""
    own = arrival.session.get(Unit, arrival.person.unit_id) if arrival.person.unit_id else None
    group = arrival.chat.use != ChatUse.DIRECT
    if not (group and arrival.person.role in _BINDERS and covers(own, unit)):
        raise NotAllowed(talk.may_not_bind())

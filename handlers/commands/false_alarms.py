"""/噪音: how much of what the groups say is taken for a report, and how often wrongly."""

from sqlalchemy import select

from handlers.chat.inbound import Arrival
from handlers.commands.parser import Command
from handlers.errors import NotAllowed
from handlers.insight import false_alarms
from handlers.wording import noise as say
from models.organisation import Role, Unit

_DAYS = 7
_MAY = frozenset({Role.DUTY, Role.COORDINATOR, Role.ADMIN})


def week(arrival: Arrival, _command: Command) -> str:
    """The last seven days of the groups of one's own unit and those beneath."""
    if arrival.person.role not in _MAY or arrival.person.unit_id is None:
        raise NotAllowed(say.may_not_ask())
    own = arrival.session.get_one(Unit, arrival.person.unit_id)
    beneath = arrival.session.scalars(
        select(Unit.id).where(Unit.path.startswith(own.path, autoescape=True))
    ).all()
    found = false_alarms.figures(
        arrival.session, arrival.office.zone, days=_DAYS, now=arrival.now, units=beneath
    )
    arrival.answer(say.page(_DAYS, false_alarms.totals(found)) if found else say.nothing(_DAYS))
    return "command.noise"

"""/噪音: how much of what the groups say is taken for a report, and how often wrongly."""

from sqlalchemy import select

from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command
from handlers.errors import NotAllowed
from handlers.insight import false_alarms
from handlers.wording import reports as say
from models.organisation import Role, Unit

_DAYS = 7
_MAY = frozenset({Role.DUTY, Role.COORDINATOR, Role.ADMIN})


def show_week(inbound: InboundMessage, _command: Command) -> str:
    """The last seven days of the groups of one's own unit and those beneath."""
    if inbound.person.role not in _MAY or inbound.person.unit_id is None:
        raise NotAllowed(say.may_not_ask_noise())
    own = inbound.session.get_one(Unit, inbound.person.unit_id)
    beneath = inbound.session.scalars(
        select(Unit.id).where(Unit.path.startswith(own.path, autoescape=True))
    ).all()
    found = false_alarms.load_figures(
        inbound.session, inbound.env.zone, days=_DAYS, now=inbound.now, units=beneath
    )
    inbound.reply(
        say.false_alarm_page(_DAYS, false_alarms.sum_by_chat(found)) if found else say.no_messages(_DAYS)
    )
    return "command.noise"

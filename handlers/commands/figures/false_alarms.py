"""/噪音: how much of what the groups say is taken for a report, and how often wrongly."""

from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command
from handlers.environment.units import find_subtree_ids
from handlers.errors import NotAllowed
from handlers.insight import false_alarms
from handlers.wording import reports as say
from models.organisation import DESK, Unit

_DAYS = 7


def show_week(inbound: InboundMessage, _command: Command) -> str:
    """`/噪音`: the last seven days of the groups of the sender's unit and the units beneath. Returns a slug.

    Raises NotAllowed for people who are not staff of a unit.
    """
    officer = inbound.person.find_post(DESK)
    if officer is None or officer.unit_id is None:
        raise NotAllowed(say.may_not_ask_noise())
    own = inbound.session.get_one(Unit, officer.unit_id)
    beneath = find_subtree_ids(inbound.session, own)
    found = false_alarms.load_figures(
        inbound.session, inbound.env.zone, days=_DAYS, now=inbound.now, units=beneath
    )
    inbound.reply(
        say.false_alarm_page(_DAYS, false_alarms.sum_by_chat(found)) if found else say.no_messages(_DAYS)
    )
    return "command.noise"

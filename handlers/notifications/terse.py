"""What a reporter hears on a door where each message counts (`Environment.terse_channels`).

The receipt, one step at most, what ends or halts the matter, and the answers to their own words; every
other step stands with the case, for whoever asks.
"""

from sqlalchemy import select

from handlers.cases import permissions
from handlers.cases.context import ActContext
from handlers.wording import formats, labels, reporter
from handlers.wording.case_view import CaseView
from models.cases import Event
from models.messages import Button, Card
from models.organisation import Chat
from models.workflow import Status

_STEPS = frozenset({Status.NEW, Status.ACCEPTED, Status.DISPATCHED, Status.IN_PROGRESS})
"""States in which a matter is under way."""


def is_worth_saying(context: ActContext, event: Event, chat: Chat) -> bool:
    """Whether the reporter hears of this event in a chat where each message counts."""
    if context.act.is_late_news:
        return context.env.terse_channels[chat.channel].reaches_later
    by_reporter = permissions.is_own(context.session, context.actor, context.case)
    if context.act.opens_case or by_reporter:
        return True
    if event.status_from == event.status_to:
        return False
    return event.status_to not in _STEPS or _is_the_one_step(context, event)


def _is_the_one_step(context: ActContext, event: Event) -> bool:
    """The unit has it in hand; of a danger, the unit was called. Said once, however often it is done."""
    step = Status.DISPATCHED if context.case.urgent else Status.IN_PROGRESS
    if event.status_to != step:
        return False
    same = Event.case_id == context.case.id, Event.status_to == step, Event.number < event.number
    return context.session.scalar(select(Event.id).where(*same).limit(1)) is None


def add_later_door(context: ActContext, chat: Chat, words: str) -> str:
    """The words; the receipt also says which way is tried where the platform allows no more of this one."""
    if not context.act.opens_case or context.case.urgent:
        return words
    channel = context.env.terse_channels[chat.channel]
    later = reporter.later_door(
        channel.window, by_notice=channel.reaches_later, if_agreed=channel.needs_consent
    )
    return f"{words}\n{later}"


def build_card(
    context: ActContext, view: CaseView, words: str, *, task_id: str, buttons: tuple[Button, ...] = ()
) -> Card:
    """The words as a message that can also be said in fixed fields, with buttons where something is asked."""
    return Card(
        task_id=task_id,
        title=labels.title(view),
        body=words,
        buttons=buttons,
        facts=(
            ("number", view.number),
            ("what", labels.title(view)),
            ("state", view.status.chinese),
            ("time", formats.format_minute(context.env.local(context.now))),
        ),
    )

"""Who follows a case to its end without handling it: the leader who took it, the unit that received it first.

The first receiver learns after every transfer where the case is and until when, and how it ends: no words
and no photos, since what came after it is not its to read (requirements B15, `cases.readers`).
"""

from handlers.cases.assignments import find_first_receipt
from handlers.environment import unit_chats
from handlers.notifications.notification import Notification
from handlers.wording import charges as say
from models.messages import TextPush
from models.workflow import OPEN, Audience


def tell_watchers(notification: Notification) -> None:
    """Queue what this event means to them, if anything."""
    context, event = notification.context, notification.event
    if context.just_opened or context.act.opens_case:
        return
    ends = event.status_from in OPEN and event.status_to not in OPEN
    if ends and "charged_at" in event.fields:
        notification.send_words(Audience.CHARGE, say.charge_over(notification.view), part="over")
    if (ends or "unit_id" in event.fields) and not context.case.restricted:
        _tell_first_receiver(notification)


def _tell_first_receiver(notification: Notification) -> None:
    context = notification.context
    first = find_first_receipt(context.session, context.case)
    if first is None or first.unit_id == context.case.unit_id:
        return
    now_there = {chat.id for chat in notification.chats(Audience.HANDLING)}
    for chat in unit_chats.handling_chats(context.session, first.unit_id):
        if chat.id not in now_there:
            words = TextPush(say.first_receiver(notification.view))
            notification.queue(Audience.FORMER, chat, words, "first")

"""Notifications on joined cases: to their reporters, and to the duty desk about them.

The reporters of cases joined to a case are notified of each step that its own reporter is notified of,
where they reported, under their own number: one message a chat, however many reported it there.
"""

from collections import defaultdict
from dataclasses import replace

from handlers.cases import links, merged
from handlers.cases.context import ActContext
from handlers.cases.secrecy.disclosure import disclose_to_chat
from handlers.cases.views import as_follower, build_view
from handlers.environment.people import doors
from handlers.notifications.notification import Notification
from handlers.wording import reporter, staff
from models.cases import Case
from models.messages import TextPush
from models.organisation import Chat, Person
from models.workflow import Audience

_R, _H, _D = Audience.REPORTER, Audience.HANDLING, Audience.DUTY


def notifications_by_chat(notification: Notification) -> list[Notification]:
    """The notification for each chat in which joined cases were reported, under their numbers.

    Where the case itself was reported in such a chat, the first is the case's own notification, which then
    also names the joined cases.
    """
    context = notification.context
    there: dict[int, list[Case]] = defaultdict(list)
    for child in merged.find_followers(context.session, context.case):
        if child.chat_id is not None:
            there[_find_chat_id(context, child)].append(child)
    own = there.pop(_find_chat_id(context, context.case), []) if context.case.chat_id is not None else []
    found = [replace(notification, also_numbers=tuple(child.number for child in own))] if own else []
    for chat_id, (first, *rest) in there.items():
        chat = context.session.get_one(Chat, chat_id)
        allowed = disclose_to_chat(context.session, first, chat)
        found.append(
            replace(
                notification,
                view=as_follower(context.session, notification.view, first, context.env, disclosure=allowed),
                also_numbers=tuple(child.number for child in rest),
                only_chat=chat,
                joined_case=first,
            )
        )
    return found


def _find_chat_id(context: ActContext, case: Case) -> int:
    """Where the reporter of the case is told: whoever reported by two doors is told by the one used last."""
    chat = context.session.get_one(Chat, case.chat_id)
    return doors.reach_once(context.session, [chat])[0].id


def notify_merged_reporter(notification: Notification) -> None:
    """Tell the reporter of a case joined just now that the matter is known, and how far it is."""
    context = notification.context
    parent = context.session.get(Case, context.case.parent_id) if context.case.parent_id else None
    if parent is None:
        return
    if parent.restricted:
        notification.send_words(_R, reporter.restricted_receipt(notification.view))
        return
    words = reporter.repeat if _is_same_reporter(context, parent) else reporter.merge
    seen = build_view(context.session, parent, context.env, now=context.now)
    unnamed = reporter.UNNAMED if context.input.anonymous else ""
    notification.send_words(_R, f"{words(notification.view, seen)}{unnamed}")


def _is_same_reporter(context: ActContext, other: Case) -> bool:
    person = context.session.get(Person, other.reporter_id) if other.reporter_id is not None else None
    return doors.is_same(context.session, person, context.case.reporter_id)


def notify_duty_of_repeat(notification: Notification) -> None:
    """Tell the duty desk of a case that the program joined, and how many reports there are by now.

    An urgent one is never absorbed in silence: the unit is told too, with the photos, and both ring. Of many
    cries of one incident some ring, and desk and unit read each.
    """
    context, child = notification.context, notification.context.case
    parent = context.session.get(Case, child.parent_id) if child.parent_id else None
    if parent is None or context.actor.person is not None:
        return
    seen = build_view(context.session, parent, context.env, now=context.now)
    theirs = replace(
        notification, context=replace(context, case=parent), view=seen,
        common_view=None, audience=None, disclosed={},
    )  # fmt: skip
    family = [parent, *merged.find_followers(context.session, parent)]

    def say_again(audience: Audience) -> str:
        return staff.repeat_report(seen, notification.view_in(theirs.chats(audience)), len(family))

    if not (child.urgent and links.rings_desk(child, family)):
        for audience in (_D, _H) if child.urgent else (_D,):
            theirs.send_text(audience, TextPush(say_again(audience)), f"again{child.id}", status=True)
        return
    photos = notification.case_photos("before")
    for audience in (_D, _H):
        theirs.send_words(audience, say_again(audience), part=f"again{child.id}", mention=True)
        theirs.send_photos(audience, photos)


def with_duplicate_hint(notification: Notification) -> Notification:
    """The notification with a hint before the case's words, where it may be the same matter as another."""
    other = notification.context.input.parent
    if other is None:
        return notification
    return replace(notification, hint=staff.duplicate_hint(notification.view, other.number))

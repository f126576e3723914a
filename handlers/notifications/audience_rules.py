"""Who is notified of an act: its audiences, each by the notifier that the act's definition has for it.

Notifiers that several acts share stand here; notifiers of one family of acts stand beside their
effects, in `handlers/acts/`.
"""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select

from handlers.cards.keys import CardRole
from handlers.cases import event_log, permissions
from handlers.cases.assignments import find_first_receipt
from handlers.cases.context import ActContext
from handlers.cases.views import build_view, mask_case_words
from handlers.environment import unit_chats
from handlers.notifications import followers, pushes, recipients
from handlers.notifications.notification import Notification, Notifier, send_next_card
from handlers.wording import charges, reporter, staff
from handlers.wording import voices as say
from handlers.wording.case_view import CaseView
from handlers.wording.markup import escape_words
from models import case_links
from models.cases import Case, Event
from models.messages import TextPush
from models.organisation import Unit
from models.reports import Media
from models.voices import Voice, VoiceState
from models.workflow import OPEN, Audience, Status

_R, _D, _J = Audience.REPORTER, Audience.DUTY, Audience.JOINT


def notify(context: ActContext, event: Event, notifiers: Mapping[Audience, Notifier]) -> None:
    """Queue every push that announces this event, those to reporters of joined cases included.

    `notifiers` has one for each audience of the act.
    """
    context.session.flush()
    notification = Notification(
        context, event, build_view(context.session, context.case, context.env, now=context.now, event=event)
    )
    alone = context.just_opened or context.act.opens_case
    follows = (
        followers.notifications_by_chat(notification) if _R in context.act.audiences and not alone else []
    )
    if follows and follows[0].only_chat is None:
        notification, follows = follows[0], follows[1:]
    # Notifiers only look up and queue: everything they queue is written at once, after the last of them.
    with context.session.no_autoflush:
        for audience in context.act.audiences:
            if audience not in context.skip_audiences:
                notifiers[audience](notification.for_audience(audience))
        for one in follows if _R not in context.skip_audiences else ():
            notifiers[_R](one)
        send_next_card(notification)
        _tell_watchers(notification)
    pushes.enqueue(context.session, *notification.rows)


def _tell_watchers(notification: Notification) -> None:
    """Queue what this event means to who follows the case without handling it, if anything.

    The leader who took it hears the end. The unit that received it first hears after every transfer where it
    is and until when, and how it ends: no words, no photos, since what came later is not its to read (B15).
    """
    context, event = notification.context, notification.event
    if context.just_opened or context.act.opens_case:
        return
    ends = event.status_from in OPEN and event.status_to not in OPEN
    if ends and "charged_at" in event.fields:
        notification.send_words(Audience.CHARGE, charges.charge_over(notification.view), part="over")
    passes = "unit_id" in event.fields and context.case.unit_id is not None
    if (ends or passes) and not context.case.restricted:
        _tell_first_receiver(notification)


def _tell_first_receiver(notification: Notification) -> None:
    context = notification.context
    first = find_first_receipt(context.session, context.case)
    if first is None or first.unit_id == context.case.unit_id:
        return
    now_there = {chat.id for chat in notification.chats(Audience.HANDLING)}
    for chat in unit_chats.handling_chats(context.session, first.unit_id):
        if chat.id not in now_there:
            words = TextPush(charges.first_receiver(notification.view))
            notification.queue(Audience.FORMER, chat, words, "first")


def send_duty_card(notification: Notification, *, photos: bool = True) -> None:
    """The duty desk's card and photos. A restricted case that has no readers is named by number only."""
    if notification.context.case.restricted and not notification.chats(_D):
        # No reader of restricted cases is configured: the duty desk learns the number and nothing else.
        for chat in unit_chats.duty_chats(notification.context.session, notification.context.case.area_id):
            notification.queue(_D, chat, TextPush(staff.restricted_case(notification.view)), "restricted")
        return
    notification = notification.for_audience(_D)
    notification.send_card(_D, CardRole.DUTY)
    notification.send_photos(
        _D, notification.case_photos(_photo_role(notification.context.case)) if photos else []
    )


def send_voices(notification: Notification, media: list[int]) -> None:
    """Send voices (media ids) to the duty desk, and ask it for the words where nobody else finds them."""
    notification = notification.for_audience(_D)
    notification.send_voices(_D, media)
    for voice, seconds in _list_wordless(notification, media) if media else ():
        notification.send_words(_D, say.listen(notification.view, seconds), part=f"listen{voice}")


def _list_wordless(notification: Notification, media: list[int]) -> Sequence[tuple[int, float | None]]:
    """Id and seconds of the voices that the desk has to listen to.

    An engine may still find the words; but a case without any waits for nobody.
    """
    states = (
        [VoiceState.UNHEARD] if notification.context.case.text else [VoiceState.UNHEARD, VoiceState.WAITING]
    )
    query = select(Media.id, Media.duration).join(Voice).where(Media.id.in_(media), Voice.state.in_(states))
    return [(row.id, row.duration) for row in notification.context.session.execute(query.order_by(Media.id))]


def ring_desk_of_rescue(notification: Notification) -> None:
    """Ring the duty desk for an urgent restricted case, which only its readers see: the danger, no more.

    The desk has the telephone, and the readers may be asleep.
    """
    context = notification.context
    if not (context.case.restricted and context.case.urgent):
        return
    seen = notification.for_audience(Audience.HANDLING).view
    for chat in unit_chats.duty_chats(context.session, context.case.area_id):
        mentions = recipients.mentions_for(context.session, chat, context.env, now=context.now)
        notification.queue(_D, chat, TextPush(staff.restricted_danger(seen), mentions), "danger")


def _photo_role(case: Case) -> str:
    """Which photos the duty desk needs: `after` (the result) where it is to be checked, else `before`."""
    return "after" if case.status == Status.SUBMITTED else "before"


def notify_joint_units(notification: Notification) -> None:
    """What one unit did, to the others that work on the case with it, each in its own group.

    Of a restricted case each unit knows its own part.
    """
    context = notification.context
    unit_id = permissions.find_unit_at_work(context.session, context.actor, context.case)
    if context.case.restricted or unit_id is None:
        return
    unit = context.session.get_one(Unit, unit_id).display_name
    notification.send_words(_J, staff.joint_progress(notification.view, unit), part="joint")
    notification.send_photos(_J, list(context.input.media))


def duty_card_notifier(words: Callable[[CaseView], str], *, photos: bool = True) -> Notifier:
    """A notifier that sends the duty desk these words and its card, with photos unless told otherwise."""

    def notify_duty(notification: Notification) -> None:
        notification.send_words(_D, words(notification.view))
        send_duty_card(notification, photos=photos)
        notification.send_voices(_D, notification.result_sound() if photos else [])

    return notify_duty


def send_answer(notification: Notification, words: Callable[[CaseView, str, str], str]) -> None:
    """The result for the reporter: what was done and how long it took, photos, and the card to rate it on.

    Where no conversation leads to the reporter, the duty desk is asked to call.

    `words` takes the view, what the handler said, and a note on the photos.
    """
    before, after = notification.case_photos("before"), notification.case_photos("after")
    if notification.shows_person(_R):
        after = []
    follow = reporter.photo_note(len(before), len(after))
    said = result_words(notification.context)
    whole = words(notification.view, said, follow)
    short = words(notification.view, said, reporter.picture_note(len(before), len(after)))
    if not notification.send_result(whole, short=short, before=before, after=after):
        notification.send_words(_D, staff.ask_to_call(notification.view), part="call", mention=True)
        if case_links.has_link(notification.context.session, notification.context.case):
            notification.send_words(_D, staff.answer_on_page(notification.view), part="page")
        notification.send_card(_D, CardRole.DUTY)
    # Photos of the problem alone tell the reporter nothing new.
    notification.send_photos(_R, [*before, *after] if after else [])
    notification.send_sound(notification.result_sound())
    notification.send_card(_R, CardRole.REPORTER)


def result_words(context: ActContext) -> str:
    """What the handler said of the result, with telephone numbers and the like masked."""
    event = event_log.latest(context.session, context.case, event_log.HANDS_IN_RESULT)
    if event is None:
        return ""
    return escape_words(mask_case_words(context.session, context.case, event.text, context.env, event=event))

"""The words of a voice, typed by the duty desk or understood by an engine after the case was opened."""

from sqlalchemy import select

from handlers.acts.acceptance import send_receipt
from handlers.acts.definition import ActDefinition, FollowUp
from handlers.acts.revision import urgency
from handlers.cases.context import ActContext, ColumnChanges
from handlers.cases.secrecy import accused
from handlers.clocks import case_clocks
from handlers.environment import first_units
from handlers.environment.facts import build_facts
from handlers.errors import WrongState
from handlers.notifications.audience_rules import send_duty_card
from handlers.notifications.notification import Notification
from handlers.triage.types import Triage
from handlers.wording import voices as say
from models.cases import Event
from models.messages import MAX_WORDS, PartKind
from models.organisation import Chat, Person, Unit
from models.reports import Media
from models.voices import Voice, VoiceState, settle_voice
from models.workflow import UNASSIGNED, Audience

_R, _H, _D = Audience.REPORTER, Audience.HANDLING, Audience.DUTY


def _apply_transcription(context: ActContext) -> ColumnChanges:
    """The words join those of the report, as if the reporter had typed them, and the rules read it anew.

    What was decided by hand stays. Of a case that a unit has already they change nothing, and are told as an
    addition; but a danger is a danger whenever it is heard.
    """
    session, case = context.session, context.case
    voice = _find_voice(context)
    misheard = session.get_one(Media, voice.media_id).text
    settle_voice(session, voice, context.input.text)
    if case.restricted:
        accused.settle_readers(session, case, context.input.text, context.env)
    text = _join_words(case.text, misheard, context.input.text)
    own = _triage(context, text)
    is_addition = bool(case.text) and not misheard and case.status not in UNASSIGNED
    if is_addition and (case.urgent or not own.urgent):
        return {}
    return {"text": text, **_adopt_triage(context, own)}


def _find_voice(context: ActContext) -> Voice:
    """The voice an engine listened to; for the desk the oldest of the case without words, else the newest."""
    is_heard = context.actor.person is None
    mine = Media.id.in_(context.input.media) if is_heard else Media.case_id == context.case.id
    found = context.session.scalars(
        select(Voice)
        .join(Media)
        .where(mine, Media.kind == PartKind.VOICE)
        .order_by(Voice.media_id)
        .with_for_update()
    ).all()
    if not found:
        raise WrongState(say.no_voice(context.case.number))
    return next((voice for voice in found if voice.state != VoiceState.KNOWN), found[-1])


def _join_words(text: str, misheard: str, words: str) -> str:
    """The text of the case with the words, in the place of what was misheard."""
    for old in (say.with_doubt(misheard), misheard) if misheard else ():
        if old in text:
            return text.replace(old, words, 1)[:MAX_WORDS]
    return "\n".join(part for part in (text, words) if part)[:MAX_WORDS]


def _triage(context: ActContext, text: str) -> Triage:
    session, case = context.session, context.case
    person = session.get_one(Person, case.reporter_id)
    point = (case.lat, case.lon) if case.lat is not None and case.lon is not None else None
    facts = build_facts(
        session, context.env, chat=_find_chat(context), person=person, addressed=True, has_media=True,
        spoken=True, point=point,
    )  # fmt: skip
    return context.env.classifier.triage(text, facts=facts)


def _find_chat(context: ActContext) -> Chat | None:
    return context.session.get(Chat, context.case.chat_id) if context.case.chat_id is not None else None


def _adopt_triage(context: ActContext, own: Triage) -> ColumnChanges:
    case, decided = context.case, _list_decided(context)
    urgent = case.urgent or own.urgent
    changes: ColumnChanges = {"urgent": urgent, "risk": case.risk or own.risk}
    if "class_id" not in decided:
        info = context.env.class_info(own.class_id)
        due = case_clocks.set_finish_limit(context, class_id=info.id, nature=own.nature, urgent=urgent)
        changes |= {"class_id": info.id, "nature": own.nature, "due_at": due}
        changes |= {} if info.id == case.class_id else {"stage": 0}
    if own.place is not None and own.place.end > own.place.start and "place" not in decided:
        area_id = _find_unit_id(context, own.place.unit) or case.area_id
        changes |= {"place": own.place.name, "area_id": area_id}
    if case.unit_id is None and own.unit:
        changes |= {"suggested_unit_id": _find_unit_id(context, own.unit) or case.suggested_unit_id}
    if own.secret and not case.restricted:
        # At once, before anybody hears of the words; the way back needs a second person.
        accused.settle_readers(context.session, case, context.input.text, context.env)
        changes |= {"restricted": True}
    return changes


def _list_decided(context: ActContext) -> set[str]:
    """Columns of the case that an act has set since the opening, but for the words of its voices."""
    later = Event.case_id == context.case.id, Event.number > 1, Event.act != context.act.key
    return set().union(*context.session.scalars(select(Event.fields).where(*later)))


def _find_unit_id(context: ActContext, code: str | None) -> int | None:
    return context.session.scalar(select(Unit.id).where(Unit.code == code)) if code else None


# What follows, as it would have at the opening ------------------------------------------------


def _carry_on(context: ActContext) -> FollowUp | None:
    """The unit gets what goes to it by itself; who saves people is called once it is known to be a danger."""
    lead = _find_lead(context)
    return urgency.follow_with_rescuers(context, lead)


def _find_lead(context: ActContext) -> Unit | None:
    case = context.case
    if case.status not in UNASSIGNED:
        return None
    return first_units.find_lead(context.session, case, _triage(context, case.text), context.env)


def _notify_reporter(notification: Notification) -> None:
    """Whoever reported a danger is told what to do, as at the opening."""
    if urgency.tells_danger(notification.event):
        send_receipt(notification)


def _notify_duty(notification: Notification) -> None:
    notification.send_words(_D, say.transcript(notification.view))
    context = notification.context
    # The card of a case that goes on by itself comes with its assignment.
    if context.case.status not in UNASSIGNED or _find_lead(context) is not None:
        return
    send_duty_card(notification, photos=False)
    if urgency.tells_danger(notification.event):
        urgency.ring_desk(notification)


def _notify_unit(notification: Notification) -> None:
    danger = urgency.tells_danger(notification.event)
    notification.send_words(_H, say.transcript(notification.view), mention=danger)


DEFINITIONS = {
    "transcribe": ActDefinition(
        effect=_apply_transcription,
        notify={_R: _notify_reporter, _H: _notify_unit, _D: _notify_duty},
        follow_up=_carry_on,
    ),
}

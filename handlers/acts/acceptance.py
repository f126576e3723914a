"""Acceptance: accepting, refusing, correcting class and place, having somebody look at the place."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from handlers.acts.definition import ActDefinition, FollowUp, apply_plain
from handlers.cards.keys import CardRole
from handlers.cases import assignments, merged, permissions, site_checks
from handlers.cases.context import ActContext, ActInput, ColumnChanges, attach_media
from handlers.cases.secrecy import accused
from handlers.clocks import case_clocks
from handlers.environment import unit_chats
from handlers.environment.people import doors, skills
from handlers.environment.people.participation import may_be_asked, takes_part
from handlers.environment.units import select_subtree
from handlers.errors import MissingNeed, NotFound, WrongState
from handlers.notifications import followers, recipients
from handlers.notifications.audience_rules import ring_desk_of_rescue, send_duty_card, send_voices
from handlers.notifications.notification import Notification, Notifier, words_notifier
from handlers.wording import marks, receipts, reporter, staff, talk, voices
from handlers.wording import participation as say_joining
from handlers.wording import refusals as say
from models.cases import ASSIST, Event
from models.messages import TextPush
from models.organisation import SURVEYORS, Chat, ChatUse, Person, Role, Unit, has_post
from models.site_checks import IS_UNANSWERED, SiteCheck
from models.voices import Voice
from models.workflow import Audience, CaseRelation, Status, Withdrawal

_LOOK_WITHIN = timedelta(hours=4)
_WANTS_PHOTO = re.compile("(?:要|须|需|带|附)(?:有|拍|发|上)?照片?|(?:要|须|需)拍照")
_MOST_SURVEYORS = 5
_MOST_LOOKED_AT = 500
"""Of whom the fittest are chosen."""


_R, _H, _D, _S = Audience.REPORTER, Audience.HANDLING, Audience.DUTY, Audience.SURVEYORS


def _apply_classify(context: ActContext) -> ColumnChanges:
    """The limit follows the class; the clock goes on from where it began."""
    info = context.env.find_class(context.input.class_id or "")
    urgent = context.case.urgent or info.urgent
    due = case_clocks.set_finish_limit(context, class_id=info.id, nature=info.nature, urgent=urgent)
    changes = {"class_id": info.id, "nature": info.nature, "due_at": due, "urgent": urgent}
    if context.env.classifier.is_restricted(info.id) and not context.case.restricted:
        # At once, before anybody hears of the change; the way back needs a second person.
        accused.settle_readers(context.session, context.case, _all_words(context), context.env)
        changes |= {"restricted": True}
    return changes if info.id == context.case.class_id else changes | {"stage": 0}


def _carry_on_if_grave(context: ActContext) -> FollowUp | None:
    """What turns out to be urgent or restricted is not left because its reporter took it back."""
    case = context.case
    grave = case.withdrawal == Withdrawal.STOPS and (case.urgent or case.restricted)
    return FollowUp("carry_on", ActInput()) if grave else None


def _all_words(context: ActContext) -> str:
    """The report and what was added to it."""
    added = (
        select(Event.text).where(Event.case_id == context.case.id, Event.act == "add").order_by(Event.number)
    )
    return "\n".join([context.case.text, *context.session.scalars(added)])


def _apply_addition(context: ActContext) -> ColumnChanges:
    """Whom the added words of a restricted case name reads it no longer."""
    if context.case.restricted and context.input.text:
        accused.settle_readers(context.session, context.case, context.input.text, context.env)
    return apply_plain(context)


def _apply_place(context: ActContext) -> ColumnChanges:
    changes: ColumnChanges = {"place": context.input.place or context.input.text}
    if context.input.point is not None:
        lat, lon = context.input.point
        changes |= {"lat": lat, "lon": lon}
        code = context.env.areas.locate(lat, lon)
        area = context.session.scalar(select(Unit.id).where(Unit.code == code)) if code is not None else None
        changes |= {"area_id": area} if area is not None else {}
    return changes


def _apply_survey(context: ActContext) -> ColumnChanges:
    """Ask the informants of the grid, or the people named, to go and see (requirements A16)."""
    unwilling = [person.name for person in context.input.people if not may_be_asked(person)]
    if unwilling:
        raise WrongState(say_joining.not_taking_part("、".join(unwilling)))
    people = context.input.people or _find_nearby_surveyors(context)
    if not people:
        raise NotFound(_explain_nobody(context))
    if not any(
        site_checks.find_contact_chat(context.session, context.case, person, context.env) for person in people
    ):
        raise WrongState(say.surveyors_unreachable(context.case.number, [person.name for person in people]))
    context.session.add_all(
        SiteCheck(
            case_id=context.case.id,
            person_id=person.id,
            event_number=context.event_number,
            asked_at=context.now,
            due_at=context.now + (context.input.limit.duration if context.input.limit else _LOOK_WITHIN),
            text=context.input.text,
            photo_required=_WANTS_PHOTO.search(context.input.text) is not None,
        )
        for person in people
    )
    return {}


def _find_nearby_surveyors(context: ActContext) -> tuple[Person, ...]:
    """Informants and grid officers of the finest area around the case that has any, without who reported it.

    Who is good at such matters comes first; no informant who has not agreed (requirements A06). None of the
    whole district: nobody is sent through all of it.
    """
    for area in _list_areas(context):
        if found := _find_informants(context, area):
            return found
    return ()


def _list_areas(context: ActContext) -> Iterator[Unit]:
    """The area around the case and those above it, but the whole district."""
    area = context.session.get(Unit, context.case.area_id) if context.case.area_id else None
    while area is not None and area.parent_id is not None:
        yield area
        area = context.session.get(Unit, area.parent_id)


def _explain_nobody(context: ActContext) -> str:
    """Why there is nobody to ask: nobody is on the roster, or nobody of it has agreed."""
    number = context.case.number
    for area in _list_areas(context):
        if count := context.session.scalar(_select_unwilling(area)):
            return say_joining.nobody_agreed(marks.case_mark(number), count)
    return say.nobody_to_survey(number)


def _select_unwilling(area: Unit) -> Select[int]:
    """How many informants there are who have not agreed."""
    units = select_subtree(area)
    here = has_post(lambda role, unit_id: and_(role == Role.INFORMANT, unit_id.in_(units)))
    return select(func.count()).select_from(Person).where(here, ~takes_part())


def _find_informants(context: ActContext, area: Unit) -> tuple[Person, ...]:
    matter = (context.case, *merged.find_followers(context.session, context.case))
    reporters = [
        row
        for one in matter
        if one.reporter_id is not None
        for row in doors.list_own_ids(context.session, context.session.get_one(Person, one.reporter_id))
    ]
    units = select_subtree(area)
    here = has_post(lambda role, unit_id: and_(role.in_(SURVEYORS), unit_id.in_(units)))
    willing = select(Person).where(here, takes_part(), Person.id.not_in(reporters)).order_by(Person.id)
    skill = context.env.class_info(context.case.class_id).skill
    found = skills.put_skilled_first(context.session.scalars(willing.limit(_MOST_LOOKED_AT)), skill)
    return tuple(found[:_MOST_SURVEYORS])


def _apply_survey_report(context: ActContext) -> ColumnChanges:
    survey = _pending_survey(context)
    if survey.photo_required and not context.input.media:
        raise MissingNeed(say.survey_wants_photo(context.case.number))
    survey.answered_at = context.now
    attach_media(context, "process")
    return {}


def _apply_survey_decline(context: ActContext) -> ColumnChanges:
    survey = _pending_survey(context)
    survey.answered_at, survey.declined = context.now, True
    return {}


def _pending_survey(context: ActContext) -> SiteCheck:
    survey = context.session.scalar(
        select(SiteCheck)
        .where(
            SiteCheck.case_id == context.case.id,
            SiteCheck.person_id == context.actor.id,
            IS_UNANSWERED,
        )
        .order_by(SiteCheck.id)
        .limit(1)
    )
    if survey is None:
        raise WrongState(say.not_asked_to_survey(context.case.number))
    return survey


def send_receipt(notification: Notification) -> None:
    """The receipt for whoever reported it; of a danger with what to dial and to do."""
    view, case = notification.view, notification.context.case
    if case.urgent:
        aid = notification.context.env.classifier.find_self_help(case.text, case.class_id)
        view = replace(view, emergency_numbers=aid.phones, safety_advice=aid.advice)
    if view.restricted:
        view = replace(view, has_reader=bool(notification.chats(_D)))
    said = _RECEIPTS[view.restricted, view.urgent](view)
    given = notification.context.input
    unnamed = reporter.UNNAMED if given.anonymous and not view.restricted else ""
    where = talk.IN_DANGER if given.asks_place else reporter.SUPPOSED_PLACE if given.supposes_place else ""
    notification.send_words(_R, f"{said}{unnamed}{where}")


_RECEIPTS = {
    (False, False): reporter.receipt,
    (False, True): reporter.urgent_receipt,
    (True, False): reporter.restricted_receipt,
    (True, True): reporter.restricted_urgent_receipt,
}
"""By whether the case is restricted, and whether it is urgent."""


def _notify_duty_of_report(notification: Notification) -> None:
    """The duty desk's card of a new case; one that is urgent and not yet assigned also rings.

    A case dispatched automatically is announced to the duty desk with its assignment.
    """
    send_duty_card(followers.with_duplicate_hint(notification))
    send_voices(notification, notification.case_voices())
    if notification.context.case.urgent:
        notification.send_words(_D, staff.urgent(notification.view), part="ring", mention=True)
        ring_desk_of_rescue(notification)
        warn_units(notification, notification.context.input.units)


def warn_units(notification: Notification, rescuers: Sequence[Unit]) -> None:
    """Ring the units that would save, in their own groups, while the desk has given nobody the case yet.

    `rescuers`: those beside the one that is suggested. Nothing is dispatched by it: what a unit owes begins
    with the assignment.
    """
    context = notification.context
    seen = notification.for_audience(_H).view
    units = [context.case.suggested_unit_id, *(unit.id for unit in rescuers)]
    for chat in _list_groups(context.session, units):
        mentions = recipients.mentions_for(context.session, chat, context.env, now=context.now)
        notification.queue(_H, chat, TextPush(staff.danger_warning(seen), mentions), "warning")


def _notify_of_addition(notification: Notification) -> None:
    """A later piece of the report, to whoever has the case: the unit, or where none can be told the desk.

    Of a danger to every unit that was called.
    """
    audience = _who_has_it(notification)
    spoken = notification.input_voices()
    notification.send_words(audience, _describe_addition(notification.for_audience(audience), spoken))
    if audience is _H and (notification.context.case.status == Status.SUBMITTED or _is_by_unit(notification)):
        # Who checks the result must know what the reporter says of it, and what the unit itself adds.
        notification.send_words(_D, _describe_addition(notification.for_audience(_D), spoken))
    notification.send_photos(audience, notification.input_photos())
    send_voices(notification, spoken)
    if notification.context.case.urgent:
        _tell_rescuers(notification, staff.addition(notification.for_audience(_H).view))


def _is_by_unit(notification: Notification) -> bool:
    context = notification.context
    of_units = (CaseRelation.HANDLER, CaseRelation.PARTNER)
    return any(
        permissions.has_relation(context.session, who, context.actor, context.case) for who in of_units
    )


def _who_has_it(notification: Notification) -> Audience:
    """The unit, where its group can be told; else the desk."""
    is_read = any(chat.gone_at is None for chat in notification.chats(_H))
    return _H if notification.context.case.unit_id is not None and is_read else _D


def _tell_rescuers(notification: Notification, words: str, *, rings: bool = False) -> None:
    """Say something of a danger in the groups of the units that were called beside the lead."""
    env, now = notification.context.env, notification.context.now
    session, case = notification.context.session, notification.context.case
    of_lead = {chat.id for chat in notification.chats(_H)}
    units = [share.unit_id for share in assignments.live_shares(session, case, ASSIST)]
    for chat in _list_groups(session, units):
        if chat.id not in of_lead:
            mentions = recipients.mentions_for(session, chat, env, now=now) if rings else ()
            notification.queue(_H, chat, TextPush(words, mentions), "rescuer")


def _list_groups(session: Session, units: Sequence[int | None]) -> list[Chat]:
    """The groups of these units (ids), each once."""
    chats = [chat for unit_id in units for chat in unit_chats.handling_chats(session, unit_id)]
    return list({chat.id: chat for chat in chats}.values())


def _describe_addition(notification: Notification, spoken: Sequence[int]) -> str:
    """The piece; of a voice (media ids) alone, whose words are still to come, that it came."""
    is_alone = bool(spoken) and not notification.view.act_text and not notification.input_photos()
    if is_alone and notification.context.session.get(Voice, spoken[0]) is not None:
        return voices.voice_added(notification.view)
    return staff.addition(notification.view)


def _notify_of_place(notification: Notification) -> None:
    """The place as its reporter or somebody of the staff put it right, or as it is supposed, to whoever has
    the case.

    Of a danger also to every unit that was called, and to the desk, which sends people there by telephone.
    """
    is_danger = notification.context.case.urgent
    here = notification.context.said_in_chat_id
    at_the_desk = any(chat.id == here for chat in notification.chats(_D))
    told = {_who_has_it(notification)} | ({_D} if is_danger and not at_the_desk else set())
    is_supposed = notification.context.input.supposes_place
    describe = staff.supposed_place if is_supposed else staff.new_place
    for each in sorted(told):
        notification.send_words(each, describe(notification.for_audience(each).view), mention=is_danger)
    if is_danger:
        _tell_rescuers(notification, describe(notification.for_audience(_H).view), rings=True)
    if is_supposed:
        notification.send_words(_R, reporter.supposed_place(notification.view))


def _notify_surveyors(notification: Notification) -> None:
    """Each is asked by name, in their own chat, or by a mention in the group they are in.

    In a group where it was not reported nobody reads what the reporter said.
    """
    context = notification.context
    people: dict[int, list[Person]] = defaultdict(list)
    chats: dict[int, Chat] = {}
    for asked in site_checks.list_contacts(
        context.session, context.case, notification.event.number, context.env
    ):
        if asked.chat is not None:
            chats[asked.chat.id] = asked.chat
            people[asked.chat.id].append(asked.person)
    for chat in chats.values():
        alone = chat.use == ChatUse.DIRECT
        full = alone or chat.id == context.case.chat_id
        names = [person.name for person in people[chat.id]]
        words = (staff.survey_request if full else staff.survey_request_elsewhere)(notification.view, names)
        codes = [person.code for person in people[chat.id]]
        mentions = () if alone else recipients.find_accounts(context.session, codes)
        notification.queue(_S, chat, TextPush(words, mentions), "request")
        if full:
            notification.send_card_to(chat, _S, CardRole.SURVEYOR)


def _survey_notifier(audience: Audience) -> Notifier:
    def notify_of_result(notification: Notification) -> None:
        notification.send_words(audience, staff.survey_result(notification.view))
        notification.send_photos(audience, notification.input_photos())

    return notify_of_result


DEFINITIONS = {
    # `intake.case_opening` opens the case: the first event is the effect.
    "report": ActDefinition(notify={_R: send_receipt, _D: _notify_duty_of_report}),
    "add": ActDefinition(
        effect=_apply_addition, receipt=receipts.addition_receipt, notify={_H: _notify_of_addition}
    ),
    "accept": ActDefinition(notify={_R: words_notifier(_R, reporter.acceptance, status=True)}),
    "reject": ActDefinition(notify={_R: words_notifier(_R, reporter.rejection)}),
    "classify": ActDefinition(
        effect=_apply_classify,
        notify={_H: words_notifier(_H, staff.new_class)},
        receipt=receipts.class_receipt,
        follow_up=_carry_on_if_grave,
    ),
    "place": ActDefinition(
        effect=_apply_place,
        notify={_H: _notify_of_place},
        receipt=receipts.place_receipt,
    ),
    "survey": ActDefinition(
        effect=_apply_survey,
        notify={_S: _notify_surveyors},
        receipt=receipts.survey_receipt,
    ),
    "survey_report": ActDefinition(
        effect=_apply_survey_report,
        notify={_D: _survey_notifier(_D), _H: _survey_notifier(_H)},
        receipt=receipts.survey_report_receipt,
    ),
    "survey_decline": ActDefinition(
        effect=_apply_survey_decline,
        notify={_D: words_notifier(_D, staff.survey_declined)},
        receipt=receipts.survey_decline_receipt,
    ),
}

"""Who hears of an act, and in what words: read from the act table's audiences.

For each audience of an act there is one teller here; `tests/handlers/test_announce.py` checks
that none is missing.
"""

from collections.abc import Callable, Mapping

import structlog
from sqlalchemy import select

from handlers.cards.keys import CardRole
from handlers.cases import event_log
from handlers.cases.context import ActContext
from handlers.cases.privacy import mask
from handlers.cases.views import build_view
from handlers.notifications import followers, pushes
from handlers.notifications.notification import (
    Notification,
    Notifier,
    card_notifier,
    send_next_card,
    words_notifier,
)
from handlers.wording import reporter, staff
from handlers.wording.case_view import CaseView
from models.cases import Case, Event
from models.messages import TextPush
from models.organisation import Unit
from models.workflow import ACTS, Audience, Status

log = structlog.get_logger()

_R, _H, _P, _D, _L, _F, _S = (
    Audience.REPORTER,
    Audience.HANDLING,
    Audience.PARTNERS,
    Audience.DUTY,
    Audience.LEADER,
    Audience.FORMER,
    Audience.SURVEYORS,
)


def notify(context: ActContext, event: Event) -> None:
    """Queue everything that this event makes known."""
    context.session.flush()
    notification = Notification(
        context, event, build_view(context.session, context.case, context.env, now=context.now, event=event)
    )
    alone = context.just_opened or context.act.key == "report"
    follows = (
        followers.notifications_by_chat(notification) if _R in context.act.audiences and not alone else []
    )
    if follows and follows[0].only_chat is None:
        notification, follows = follows[0], follows[1:]
    # Tellers only look up and queue: everything they queue is written at once, after the last of them.
    with context.session.no_autoflush:
        for audience in context.act.audiences:
            if audience not in context.skip_audiences:
                NOTIFIERS[context.act.key, audience](notification)
        for one in follows if _R not in context.skip_audiences else ():
            NOTIFIERS[context.act.key, _R](one)
        send_next_card(notification)
    pushes.enqueue(context.session, *notification.rows)


def _send_receipt(notification: Notification) -> None:
    words = reporter.urgent_receipt if notification.view.urgent else reporter.receipt
    restricted = notification.context.case.restricted
    notification.send_words(
        _R, reporter.restricted_receipt(notification.view) if restricted else words(notification.view)
    )


def _send_duty_card(notification: Notification, *, photos: bool = True) -> None:
    if notification.context.case.restricted and not notification.chats(_D):
        # Nobody is named to read it: the desk learns that it is there, and nothing of what it says.
        for chat in pushes.duty_chats(notification.context.session, notification.context.case.area_id):
            notification.queue(chat, TextPush(staff.restricted_case(notification.view)), "duty:restricted")
        return
    followers.with_duplicate_hint(notification).send_card(_D, CardRole.DUTY)
    notification.send_photos(
        _D, notification.case_photos(_photo_role(notification.context.case)) if photos else []
    )


def _notify_duty_of_report(notification: Notification) -> None:
    """Danger that waits for the desk to give it away rings there; what went by itself is told by then."""
    _send_duty_card(notification)
    if notification.context.case.urgent:
        notification.send_words(_D, staff.urgent(notification.view), part="ring", mention=True)


def _photo_role(case: Case) -> str:
    """Which photos the desk looks at: the result once there is one, the problem before."""
    return "after" if case.status == Status.SUBMITTED else "before"


def _words_and_duty_card(words: Callable[[CaseView], str], *, photos: bool = True) -> Notifier:
    def tell_duty(notification: Notification) -> None:
        notification.send_words(_D, words(notification.view))
        _send_duty_card(notification, photos=photos)

    return tell_duty


def _notify_unit_of_task(notification: Notification) -> None:
    """The card, the photos, and a ring for the people responsible, in the unit's own group."""
    if not notification.chats(_H):
        log.warning("case.unit_without_group", case=notification.context.case.number)
        notification.send_words(_D, staff.no_group(notification.view), part="no_group")
    if not _has_responsible(notification.context, notification.context.case.unit_id):
        log.warning("case.nobody_responsible", case=notification.context.case.number)
        notification.send_words(_D, staff.nobody_responsible(notification.view), part="nobody")
    notification.send_card(_H, CardRole.HANDLING)
    notification.send_photos(_H, notification.case_photos("before"))
    notification.send_words(_H, staff.new_task(notification.view), part="ring", mention=True)


def _notify_unit_of_assignment(notification: Notification) -> None:
    """The desk sees what went by itself only now: a card of it would have shown a state that is over."""
    _notify_unit_of_task(notification)
    if notification.context.actor.person is None:
        _send_duty_card(notification)


def _has_responsible(context: ActContext, unit_id: int | None) -> bool:
    unit = context.session.get(Unit, unit_id) if unit_id else None
    return unit is not None and bool(unit.lead or unit.deputy)


def _call_partners(words: Callable[[CaseView], str]) -> Notifier:
    """Units called to help: the card to check in with, the photos, a ring."""

    def tell_partners(notification: Notification) -> None:
        notification.send_card(_P, CardRole.PARTNER)
        notification.send_photos(_P, notification.case_photos("before"))
        notification.send_words(_P, words(notification.view), part="ring", mention=True)

    return tell_partners


def _notify_of_addition(notification: Notification) -> None:
    """A piece that came later, to whoever has the case: the unit, or the desk before it has one."""
    audience = _H if notification.context.case.unit_id is not None else _D
    notification.send_words(audience, staff.addition(notification.view))
    notification.send_photos(audience, notification.input_photos())


def _notify_of_survey(audience: Audience) -> Notifier:
    def tell_result(notification: Notification) -> None:
        notification.send_words(audience, staff.survey_result(notification.view))
        notification.send_photos(audience, notification.input_photos())

    return tell_result


def _notify_reporter_of_assignment(notification: Notification) -> None:
    words = reporter.assignment if notification.chats(_H) else reporter.assignment_by_phone
    notification.send_text(_R, TextPush(words(notification.view)), "text", status=True)
    if notification.context.actor.person is None:
        notification.send_words(
            _D,
            staff.automatic_dispatch(notification.view),
            part="by_system",
            mention=notification.view.urgent,
        )


def _notify_reporter_of_check(notification: Notification) -> None:
    if notification.context.input.passed:
        _send_answer(notification, reporter.result)


def _notify_reporter_of_grid_work(notification: Notification) -> None:
    _send_answer(notification, reporter.grid_result)


def _send_answer(notification: Notification, words: Callable[[CaseView, str, str], str]) -> None:
    """The result: what was done and how long it took, before and after, and the question."""
    before, after = notification.case_photos("before"), notification.case_photos("after")
    follow = reporter.photo_note(len(before), len(after))
    said = _result_words(notification.context)
    notification.send_words(_R, words(notification.view, said, follow))
    # Photos of the problem alone tell the reporter nothing new.
    notification.send_photos(_R, [*before, *after] if after else [])
    notification.send_card(_R, CardRole.REPORTER)


def _result_words(context: ActContext) -> str:
    """What the handler said of the result, without anybody's numbers in it."""
    event = event_log.latest(context.session, context.case, Event.act.in_(("feedback", "solve_in_grid")))
    return mask(event.text) if event else ""


def _notify_unit_of_check(notification: Notification) -> None:
    words = staff.check_passed if notification.context.input.passed else staff.check_failed
    notification.send_words(_H, words(notification.view), mention=not notification.context.input.passed)


def _notify_duty_of_rating(notification: Notification) -> None:
    """The desk was asked to check what a grid officer solved: it need not any more."""
    if notification.view.in_grid:
        notification.send_words(_D, staff.rating(notification.view))


def _notify_reporter_of_undo(notification: Notification) -> None:
    """Who heard of the act hears that it is taken back."""
    act = notification.context.session.scalar(
        select(Event.act).where(
            Event.case_id == notification.context.case.id, Event.number == notification.event.number - 1
        )
    )
    if act is not None and _R in ACTS[act].audiences:
        notification.send_words(_R, reporter.undo(notification.view))


def _notify_of_decision(audience: Audience, words: Callable[[CaseView], str]) -> Notifier:
    """The reporter hears of what was granted only where it changes what they wait for."""

    def tell_decision(notification: Notification) -> None:
        if audience is not _R or notification.event.fields.keys() & {"due_at", "status"}:
            notification.send_words(audience, words(notification.view))

    return tell_decision


NOTIFIERS: Mapping[tuple[str, Audience], Notifier] = {
    ("report", _R): _send_receipt,
    ("report", _D): _notify_duty_of_report,
    ("add", _H): _notify_of_addition,
    ("accept", _R): words_notifier(_R, reporter.acceptance, status=True),
    ("reject", _R): words_notifier(_R, reporter.rejection),
    ("classify", _H): words_notifier(_H, staff.new_class),
    ("place", _H): words_notifier(_H, staff.new_place),
    ("survey", _S): card_notifier(_S, staff.survey_request, CardRole.SURVEYOR),
    ("survey_report", _D): _notify_of_survey(_D),
    ("survey_report", _H): _notify_of_survey(_H),
    ("survey_decline", _D): words_notifier(_D, staff.survey_declined),
    ("assign", _R): _notify_reporter_of_assignment,
    ("assign", _H): _notify_unit_of_assignment,
    ("pass_on", _R): words_notifier(_R, reporter.transfer, status=True),
    ("pass_on", _H): _notify_unit_of_task,
    ("pass_on", _F): words_notifier(_F, staff.transfer_away),
    ("arbitrate", _R): words_notifier(_R, reporter.assignment, status=True),
    ("arbitrate", _H): _notify_unit_of_task,
    ("arbitrate", _F): words_notifier(_F, staff.transfer_away),
    ("assist", _P): _call_partners(staff.assist_request),
    ("assist", _H): words_notifier(_H, staff.assist_note),
    ("whistle", _P): _call_partners(staff.whistle_call),
    ("whistle", _H): words_notifier(_H, staff.assist_note),
    ("whistle", _D): words_notifier(_D, staff.whistle_note),
    ("check_in", _D): words_notifier(_D, staff.arrival),
    ("partner_done", _H): words_notifier(_H, staff.partner_result),
    ("meet", _H): words_notifier(_H, staff.meeting),
    ("meet", _D): words_notifier(_D, staff.meeting),
    ("sign", _R): words_notifier(_R, reporter.signature, status=True),
    ("unsign", _H): card_notifier(_H, staff.sign_withdrawn, CardRole.HANDLING),
    ("unsign", _D): words_notifier(_D, staff.sign_withdrawn),
    ("return", _D): _words_and_duty_card(staff.return_by_unit),
    ("progress", _R): words_notifier(_R, reporter.progress),
    ("stage", _R): words_notifier(_R, reporter.progress),
    ("mediate", _D): words_notifier(_D, staff.mediation),
    ("feedback", _D): _words_and_duty_card(staff.submission),
    ("solve_in_grid", _R): _notify_reporter_of_grid_work,
    ("solve_in_grid", _D): _words_and_duty_card(staff.grid_result),
    ("extend", _D): _words_and_duty_card(staff.request, photos=False),
    ("ask_suspend", _D): _words_and_duty_card(staff.request, photos=False),
    ("complicate", _D): _words_and_duty_card(staff.request, photos=False),
    ("complicate", _L): card_notifier(_L, staff.request, CardRole.LEADER),
    ("void", _D): _words_and_duty_card(staff.request, photos=False),
    ("suspend", _R): words_notifier(_R, reporter.suspension),
    ("suspend", _H): words_notifier(_H, staff.suspension),
    ("resume", _R): words_notifier(_R, reporter.resumption),
    ("resume", _H): words_notifier(_H, staff.resumption),
    ("approve", _R): _notify_of_decision(_R, reporter.decision),
    ("approve", _H): _notify_of_decision(_H, staff.approval),
    ("approve", _D): _notify_of_decision(_D, staff.approval),
    ("decline", _H): words_notifier(_H, staff.refusal),
    ("decline", _D): words_notifier(_D, staff.refusal),
    ("nudge", _H): words_notifier(_H, staff.nudge, mention=True),
    ("nudge", _D): words_notifier(_D, staff.nudge),
    ("supervise", _H): card_notifier(_H, staff.supervision_order, CardRole.HANDLING),
    ("supervise", _D): words_notifier(_D, staff.supervision_order),
    ("answer_order", _D): words_notifier(_D, staff.order_reply),
    ("answer_order", _L): words_notifier(_L, staff.order_reply),
    ("instruct", _H): words_notifier(_H, staff.instruction, mention=True),
    ("instruct", _D): words_notifier(_D, staff.instruction),
    ("raise", _D): words_notifier(_D, staff.escalation),
    ("raise", _L): card_notifier(_L, staff.escalation, CardRole.LEADER),
    ("verify", _R): _notify_reporter_of_check,
    ("verify", _H): _notify_unit_of_check,
    ("rate", _R): words_notifier(_R, reporter.rating),
    ("rate", _H): words_notifier(_H, staff.rating),
    ("rate", _D): _notify_duty_of_rating,
    ("praise", _H): words_notifier(_H, staff.praise),
    ("close", _R): words_notifier(_R, reporter.closure),
    ("reopen", _R): words_notifier(_R, reporter.reopening),
    ("reopen", _D): _words_and_duty_card(staff.reopening),
    ("merge", _R): followers.notify_merged_reporter,
    ("merge", _H): words_notifier(_H, staff.merge),
    ("merge", _D): followers.notify_duty_of_repeat,
    ("split", _R): words_notifier(_R, reporter.split),
    ("split", _D): _words_and_duty_card(staff.split),
    ("undo", _R): _notify_reporter_of_undo,
    ("undo", _H): words_notifier(_H, staff.undo),
    ("undo", _D): words_notifier(_D, staff.undo),
}

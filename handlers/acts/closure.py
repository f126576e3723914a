"""Closure: checking, rating, closing, merging, reopening, and undoing an act."""

from sqlalchemy import func, select

from handlers.acts import sign_off, supervision
from handlers.acts.definition import ActDefinition
from handlers.cards.keys import CardRole
from handlers.cases import event_log, links, permissions
from handlers.cases.assignments import end_all
from handlers.cases.context import ActContext, ColumnChanges, attach_media, reject_result
from handlers.cases.ending import closing
from handlers.clocks import case_clocks, resumption
from handlers.errors import NotFound, WrongState
from handlers.notifications import followers
from handlers.notifications.audience_rules import duty_card_notifier, send_answer
from handlers.notifications.notification import Notification, words_notifier
from handlers.wording import receipts, reporter, staff
from handlers.wording import refusals as say
from handlers.wording import sign_off as say_signing
from models.cases import Case, Event, Rating
from models.database import ROW_LOCK
from models.workflow import ACTS, OPEN, UNDO_WITHIN, Audience, Status, Withdrawal

_R, _H, _D = Audience.REPORTER, Audience.HANDLING, Audience.DUTY
_UNANSWERED: ColumnChanges = {
    "adoption": None,
    "recheck_at": None,
    "replied_at": None,
    "attempted_at": None,
    "unreached_at": None,
}
"""What is worked on again has no result that its reporter could have been told."""
_LASTING = frozenset({"requested", "requested_by", "restricted"})
"""What undoing does not bring back: a question once asked, and readers whom a case no longer had."""


def _apply_verify(context: ActContext) -> ColumnChanges:
    if context.input.passed:
        closing.require_level_of_check(context)
        return sign_off.ask_signature(context) or {"status": Status.CALLBACK}
    reject_result(context)
    attach_media(context, "process")
    return send_back(context)


def send_back(context: ActContext) -> ColumnChanges:
    """The columns of a case that is worked on once more, as its result was refused: by its unit, or by whom
    the desk gives it to where it answered by itself.
    """
    reworks = context.case.reworks + 1
    again: ColumnChanges = {"status": Status.IN_PROGRESS}
    if context.case.unit_id is None:
        again = {"status": Status.ACCEPTED, "handler_id": None}
    return _UNANSWERED | again | {"submitted_at": None, "reworks": reworks}


def _apply_rate(context: ActContext) -> ColumnChanges:
    act_input, case = context.input, context.case
    follows = case.status == Status.DUPLICATE
    complained = not follows and has_complained(context)
    context.session.add(
        Rating(
            case_id=case.id,
            person_id=context.actor.id,
            solved=bool(act_input.solved),
            satisfied=act_input.satisfied,
            text=act_input.text,
            at=context.now,
        )
    )
    if follows:
        return _close_own_number(context) if act_input.solved else _apply_split(context)
    if act_input.solved or complained:
        # Whoever judges the result knows it, even where the platform never said that it arrived.
        return _close_case(context) | {"replied_at": case.replied_at or context.now}
    reject_result(context)
    return send_back(context) | {"withdrawal": None}


def _close_own_number(context: ActContext) -> ColumnChanges:
    """Whoever reported a joined case is content: their number is closed, and no other."""
    end_all(context)
    return {
        "status": Status.CLOSED,
        "closed_at": context.now,
        "parent_id": None,
        "replied_at": context.case.replied_at or context.now,
    }


def has_complained(context: ActContext) -> bool:
    """Whether the reporter sent the case back before: they may do so once, failed checks not counted.

    A reopened case is handled anew: complaints from before do not count.
    """
    mine = Event.case_id == context.case.id
    reopened = select(func.max(Event.number)).where(mine, Event.act == "reopen").scalar_subquery()
    sent_back = select(Event.id).where(
        mine,
        Event.status_from == Status.CALLBACK,
        Event.status_to.in_((Status.IN_PROGRESS, Status.ACCEPTED)),
        Event.number > func.coalesce(reopened, 0),
    )
    return context.session.scalar(sent_back.limit(1)) is not None


def _apply_close(context: ActContext) -> ColumnChanges:
    if context.case.replied_at is None and context.case.unreached_at is None:
        raise WrongState(say.not_replied(context.case.number))
    closing.require_level(context)
    return _close_case(context)


def _close_case(context: ActContext) -> ColumnChanges:
    end_all(context)
    return {"status": Status.CLOSED, "closed_at": context.now}


def _apply_reopen(context: ActContext) -> ColumnChanges:
    joined = context.case.status == Status.DUPLICATE
    closed_at = links.root_case(context.session, context.case).closed_at
    answered_only = joined and closed_at is None
    if not answered_only and (closed_at is None or context.now - closed_at > context.env.reopen_within):
        raise WrongState(say.too_late_to_reopen(context.case.number, context.env.reopen_within.days))
    if joined:
        return _apply_split(context)
    resumption.restart(context)
    reject_result(context)
    return _UNANSWERED | {
        "status": Status.ACCEPTED,
        "closed_at": None,
        "submitted_at": None,
        "unit_id": None,
        "handler_id": None,
        "suggested_unit_id": context.case.unit_id,
        "in_grid": False,
        "final": False,
        "stage": 0,
        "reopenings": context.case.reopenings + 1,
        "withdrawal": None,
    }


def _apply_merge(context: ActContext) -> ColumnChanges:
    """Join the case to its parent. A link, never a merge: number, reporter and history of each remain."""
    parent = context.input.parent
    if parent is None or parent.id == context.case.id:
        raise NotFound(say.no_such_case(""))
    # Read anew and locked: nothing is joined to a case that somebody else finishes meanwhile (PostgreSQL).
    parent = context.session.get_one(Case, parent.id, with_for_update=ROW_LOCK, populate_existing=True)
    if parent.status not in OPEN:
        raise WrongState(say.parent_not_open(parent.number))
    if parent.withdrawal == Withdrawal.STOPS:
        raise WrongState(say.parent_withdrawn(parent.number))
    end_all(context)
    return {"status": Status.DUPLICATE, "parent_id": parent.id}


def _apply_split(context: ActContext) -> ColumnChanges:
    resumption.resume(context)
    back: ColumnChanges = {"parent_id": None, "unit_id": None, "handler_id": None, "withdrawal": None}
    return _UNANSWERED | back | {"status": Status.ACCEPTED}


def _apply_undo(context: ActContext) -> ColumnChanges:
    """Set back what the actor's own last act set; both acts stay on record."""
    last = event_log.latest(context.session, context.case)
    if last is None:
        raise WrongState(say.too_late_to_undo(context.case.number))
    if context.now - last.at > UNDO_WITHIN:
        raise WrongState(say.too_late_to_undo(context.case.number))
    case_clocks.undo_act(context, last)
    supervision.restore_lapsed_order(context, last)
    supervision.restore_charge(context, last)
    # What was asked and lapsed by the act stays so: whoever asked may ask again. And what was restricted
    # stays so, since that is lifted by a second person only.
    earlier = event_log.find_earlier_values(context.session, last)
    return {key: value for key, value in earlier.items() if key not in _LASTING}


def _notify_reporter_of_check(notification: Notification) -> None:
    if notification.context.case.status == Status.CALLBACK:
        send_answer(notification, reporter.result)


def _notify_unit_of_check(notification: Notification) -> None:
    words = staff.check_passed if notification.context.input.passed else staff.check_failed
    if notification.view.signers:
        words = say_signing.check_passed
    notification.send_words(_H, words(notification.view), mention=not notification.context.input.passed)


def _notify_duty_of_rating(notification: Notification) -> None:
    """The desk was asked to check what a grid officer solved: it need not any more.

    What a joined case's reporter, or whom the desk answered, does not call solved is theirs to hand out.
    """
    if notification.view.status == Status.ACCEPTED:
        was_joined = notification.event.status_from == Status.DUPLICATE
        words = staff.own_number_unsolved if was_joined else staff.answer_refused
        duty_card_notifier(words)(notification)
    elif notification.view.in_grid or not any(chat.gone_at is None for chat in notification.chats(_H)):
        # Nobody of the unit is told in a group: whoever can call them is.
        notification.send_words(_D, staff.rating(notification.view))


def _notify_reporter_of_undo(notification: Notification) -> None:
    """The reporter is notified of the undoing where they were notified of the act."""
    act = notification.context.session.scalar(
        select(Event.act).where(
            Event.case_id == notification.context.case.id, Event.number == notification.event.number - 1
        )
    )
    if act is not None and _R in ACTS[act].audiences:
        notification.send_words(_R, reporter.undo(notification.view))


def _notify_reporter_of_reopening(notification: Notification) -> None:
    """Whoever reopened it themself may have meant another matter: the card has a button for that."""
    notification.send_words(_R, reporter.reopening(notification.view))
    context = notification.context
    if notification.only_chat is None and permissions.is_own(context.session, context.actor, context.case):
        notification.send_card(_R, CardRole.REPORTER)


DEFINITIONS = {
    "verify": ActDefinition(
        effect=_apply_verify,
        notify={
            _R: _notify_reporter_of_check,
            _H: _notify_unit_of_check,
            Audience.SIGNER: sign_off.notify_signer,
        },
        receipt=receipts.check_receipt,
    ),
    "rate": ActDefinition(
        effect=_apply_rate,
        notify={
            _R: words_notifier(_R, reporter.rating),
            _H: words_notifier(_H, staff.rating),
            _D: _notify_duty_of_rating,
        },
    ),
    "praise": ActDefinition(notify={_H: words_notifier(_H, staff.praise)}),
    "close": ActDefinition(effect=_apply_close, notify={_R: words_notifier(_R, reporter.closure)}),
    "reopen": ActDefinition(
        effect=_apply_reopen,
        notify={_R: _notify_reporter_of_reopening, _D: duty_card_notifier(staff.reopening)},
    ),
    "merge": ActDefinition(
        effect=_apply_merge,
        notify={
            _R: followers.notify_merged_reporter,
            _H: words_notifier(_H, staff.merge),
            _D: followers.notify_duty_of_repeat,
        },
    ),
    "split": ActDefinition(
        effect=_apply_split,
        notify={_R: words_notifier(_R, reporter.split), _D: duty_card_notifier(staff.split)},
    ),
    "undo": ActDefinition(
        effect=_apply_undo,
        notify={
            _R: _notify_reporter_of_undo,
            _H: words_notifier(_H, staff.undo),
            _D: words_notifier(_D, staff.undo),
        },
    ),
}

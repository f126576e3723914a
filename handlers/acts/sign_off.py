"""Sign-off: a checked answer is laid before whoever signs it, and goes out once it is signed (B06)."""

from handlers.acts.definition import ActDefinition
from handlers.cards.keys import CardRole
from handlers.cases import event_log
from handlers.cases.context import ActContext, ColumnChanges, reject_result
from handlers.cases.ending import sign_offs
from handlers.errors import WrongState
from handlers.notifications.audience_rules import result_words, send_answer
from handlers.notifications.notification import Notification
from handlers.wording import reporter
from handlers.wording import sign_off as say
from models.cases import Event
from models.sign_offs import SignOff
from models.workflow import ACTS, Audience, Status

_R, _H, _D, _S = Audience.REPORTER, Audience.HANDLING, Audience.DUTY, Audience.SIGNER

_SENDING = tuple(key for key, act in ACTS.items() if Status.DISPATCHED in act.to_states)
"""Acts after which a unit has the case."""


def ask_signature(context: ActContext) -> ColumnChanges | None:
    """Lay the checked answer before whoever signs it; None: such an answer needs no signature.

    Raises WrongState where it does and nobody can sign: nothing leaves unsigned.
    """
    session, case = context.session, context.case
    rule = context.env.limits.find_sign_off(case)
    if rule is None:
        return None
    signers = sign_offs.choose_signers(session, case, rule, context.env, now=context.now)
    if not signers or context.event_number is None:
        raise WrongState(say.nobody_signs(case.number))
    first, deputy, above = signers[0], *(*signers[1:], None, None)[:2]
    session.add(
        SignOff(
            case_id=case.id,
            event_number=context.event_number,
            asked_at=context.now,
            signer_id=first.id,
            deputy_id=deputy.id if deputy is not None else None,
            above_id=above.id if above is not None else None,
        )
    )
    return {"signoff_asked_at": context.now}


def _is_by_grid(context: ActContext) -> bool:
    """Whether the grid solved it, at once or when its first result was refused: nobody else was sent."""
    solved, sent = (
        event_log.latest(context.session, context.case, Event.act.in_(acts))
        for acts in (("solve_in_grid",), _SENDING)
    )
    return solved is not None and (sent is None or sent.number < solved.number)


def _apply_sign_off(context: ActContext) -> ColumnChanges:
    waiting = sign_offs.find_waiting(context.session, context.case)
    if waiting is None:
        raise WrongState(say.nothing_to_sign(context.case.number))
    waiting.decided_at, waiting.decided_by = context.now, context.actor.id
    waiting.decided_event_number, waiting.approved = context.event_number, context.input.passed
    if context.input.passed:
        in_grid = context.case.in_grid or _is_by_grid(context)
        return {"status": Status.CALLBACK, "signoff_asked_at": None, "in_grid": in_grid}
    reject_result(context)
    return {
        "status": Status.IN_PROGRESS,
        "signoff_asked_at": None,
        "submitted_at": None,
        "reworks": context.case.reworks + 1,
    }


def lapse_signature(context: ActContext, event: Event) -> None:
    """End a signature that nobody waits for any more: the case went on without it, or is a danger now."""
    case = context.case
    if case.signoff_asked_at is None or (case.status == Status.SUBMITTED and not case.urgent):
        return
    waiting = sign_offs.find_waiting(context.session, case)
    if waiting is not None:
        waiting.decided_at, waiting.decided_event_number = context.now, event.number
    event_log.amend(event, case, signoff_asked_at=None)


def notify_signer(notification: Notification) -> None:
    """The answer to sign, to the first who can be told; where nobody can, the desk is asked to call them."""
    context = notification.context
    if context.case.signoff_asked_at is None:
        return
    if not notification.chats(_S):
        names = notification.view.signers
        notification.send_words(_D, say.call_signer(notification.view, names), part="signer", mention=True)
        return
    notification.send_words(_S, say.please_sign(notification.view, result_words(context)))
    notification.send_card(_S, CardRole.SIGNER)
    notification.send_photos(_S, notification.case_photos("after"))


def _notify_reporter(notification: Notification) -> None:
    if notification.context.input.passed:
        send_answer(notification, reporter.result)


def _notify_unit(notification: Notification) -> None:
    passed = notification.context.input.passed
    words = say.signed_for_unit if passed else say.sent_back
    notification.send_words(_H, words(notification.view), mention=not passed)


def _notify_desk(notification: Notification) -> None:
    words = say.signature if notification.context.input.passed else say.sent_back
    notification.send_words(_D, words(notification.view))


DEFINITIONS = {
    "sign_off": ActDefinition(
        effect=_apply_sign_off,
        notify={_R: _notify_reporter, _H: _notify_unit, _D: _notify_desk},
        receipt=say.receipt,
    ),
}

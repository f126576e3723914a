"""包案: a leader takes a case in person; the unit that handles it stays (requirements B15)."""

from sqlalchemy import update

from handlers.acts.definition import ActDefinition
from handlers.cards.keys import CardRole
from handlers.cases import event_log, permissions
from handlers.cases.actors import Actor
from handlers.cases.charges import find_charge
from handlers.cases.context import ActContext, ColumnChanges
from handlers.clocks import case_clocks
from handlers.errors import MissingNeed, NotAllowed
from handlers.notifications.notification import Notification, words_notifier
from handlers.wording import charges as say
from handlers.wording import refusals
from models.cases import Event
from models.charges import Charge
from models.organisation import Person
from models.workflow import OPEN, ActField, Audience, CaseRelation, Status

_H, _D, _C = Audience.HANDLING, Audience.DUTY, Audience.CHARGE


def _apply_charge(context: ActContext) -> ColumnChanges:
    leader = _require_leader(context)
    context.session.add(
        Charge(
            case_id=context.case.id,
            leader_id=leader.id,
            event_number=context.event_number,
            began_at=context.now,
        )
    )
    case_clocks.plan_charge(context)
    return {"charged_at": context.now}


def _require_leader(context: ActContext) -> Person:
    """The leader who is named, by the desk at their word; or whoever does it, where they are one.

    Raises MissingNeed where the desk names nobody, NotAllowed for others than leaders above the case who may
    read it, and where a leader names another.
    """
    actor, case = context.actor, context.case
    named = context.input.people[0] if context.input.people else actor.person
    if named is None or (not context.input.people and not _leads(context, actor)):
        raise MissingNeed(refusals.missing_field(context.act, ActField.LEADER, case.number))
    if named.id != actor.id and not permissions.has_relation(context.session, CaseRelation.DUTY, actor, case):
        raise NotAllowed(say.only_oneself(case.number))
    if not _leads(context, Actor(named)):
        raise NotAllowed(say.no_leader_of_it(case.number, named.name))
    return named


def _leads(context: ActContext, actor: Actor) -> bool:
    above = permissions.has_relation(context.session, CaseRelation.LEADER, actor, context.case)
    return above and permissions.may_see(context.session, context.env.restricted_to, actor, context.case)


def _apply_discharge(context: ActContext) -> ColumnChanges:
    _end_charge(context)
    return {"charged_at": None}


def _end_charge(context: ActContext) -> None:
    charge = find_charge(context.session, context.case)
    if charge is not None:
        charge.ended_at, charge.ended_event_number = context.now, context.event_number


def lapse_charge(context: ActContext, event: Event) -> None:
    """End the charge of a case that has ended, as part of the event that ended it."""
    if context.case.charged_at is None or Status(context.case.status) in OPEN:
        return
    _end_charge(context)
    event_log.amend(event, context.case, charged_at=None)


def restore_charge(context: ActContext, undone: Event) -> None:
    """Let the charge go on that `undone`, the act that ended the case, ended with it."""
    its = Charge.case_id == context.case.id, Charge.ended_event_number == undone.number
    context.session.execute(update(Charge).where(*its).values(ended_at=None, ended_event_number=None))


def _notify_leader(notification: Notification) -> None:
    notification.send_words(_C, say.charge_taken(notification.view))
    notification.send_card(_C, CardRole.LEADER)


DEFINITIONS = {
    "charge": ActDefinition(
        effect=_apply_charge,
        notify={
            _H: words_notifier(_H, say.charge_begun, mention=True),
            _D: words_notifier(_D, say.charge_begun),
            _C: _notify_leader,
        },
        receipt=say.charge_receipt,
    ),
    "discharge": ActDefinition(
        effect=_apply_discharge,
        notify={
            _H: words_notifier(_H, say.charge_ended),
            _D: words_notifier(_D, say.charge_ended),
            _C: words_notifier(_C, say.charge_ended),
        },
    ),
}

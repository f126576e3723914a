"""The answer to a suggestion, the milestones after it, and what is made public, on two people's word."""

from handlers.acts.definition import ActDefinition, apply_plain
from handlers.cases import open_items
from handlers.cases.assignments import update_lead
from handlers.cases.context import ActContext, ColumnChanges, attach_media, attach_result
from handlers.environment.people import doors
from handlers.errors import MissingNeed, NotAllowed, WrongState
from handlers.notifications.audience_rules import send_answer
from handlers.notifications.notification import Notification, words_notifier
from handlers.wording import adoption as say
from handlers.wording import reporter
from models.suggestions import Milestone, Publication
from models.workflow import Audience, Status

_R, _H, _D = Audience.REPORTER, Audience.HANDLING, Audience.DUTY
_MOST_PUBLIC = 500
"""Characters of what everybody may read of one suggestion."""


def _apply_adoption(context: ActContext) -> ColumnChanges:
    """It is the answer: nobody checks it before the reporter is asked."""
    if context.case.unit_id is not None:
        signed = context.case.status == Status.IN_PROGRESS
        now = {} if signed else {"signed_at": context.now, "signed_by": context.actor.id}
        update_lead(context, done_at=context.now, **now)
    attach_result(context)
    return {
        "status": Status.CALLBACK,
        "adoption": context.input.adoption,
        "handler_id": context.actor.id,
        "submitted_at": context.now,
    }


def _apply_plan(context: ActContext) -> ColumnChanges:
    until = context.input.until
    day = context.env.local(until).date() if until is not None else None
    if day is None or day < context.env.local(context.now).date():
        raise MissingNeed(say.TOO_EARLY)
    context.session.add(
        Milestone(
            case_id=context.case.id, event_number=context.case.version + 1, unit_id=context.case.unit_id,
            due=day, text=context.input.text,
        )
    )  # fmt: skip
    return {}


def _apply_reach(context: ActContext) -> ColumnChanges:
    """The earliest of those ahead."""
    milestone = open_items.find_next_milestone(context.session, context.case)
    if milestone is None:
        raise WrongState(say.no_milestone(context.case.number))
    milestone.done_at, milestone.done_event_number = context.now, context.case.version + 1
    attach_media(context, "after")
    return {}


def _apply_proposal(context: ActContext) -> ColumnChanges:
    if len(context.input.text) > _MOST_PUBLIC:
        raise MissingNeed(say.LONG)
    if context.actor.id is None:
        raise NotAllowed(say.OWN_PUBLICATION)
    written = open_items.find_publication(context.session, context.case)
    if written is None:
        written = Publication(case_id=context.case.id)
        context.session.add(written)
    written.text, written.proposed_by = context.input.text, context.actor.id
    written.published_by = written.published_at = None
    return {}


def _apply_publication(context: ActContext) -> ColumnChanges:
    written = open_items.find_publication(context.session, context.case)
    if written is None:
        raise WrongState(say.nothing_to_publish(context.case.number))
    if doors.is_same(context.session, context.actor.person, written.proposed_by):
        raise NotAllowed(say.OWN_PUBLICATION)
    written.published_by, written.published_at = context.actor.id, context.now
    return {}


def _apply_withdrawal(context: ActContext) -> ColumnChanges:
    written = open_items.find_publication(context.session, context.case)
    if written is not None:
        context.session.delete(written)
    return apply_plain(context)


def _notify_reporter_of_adoption(notification: Notification) -> None:
    send_answer(notification, reporter.result)


def _notify_unit_of_plan(notification: Notification) -> None:
    until = notification.context.input.until
    if until is not None:
        day = notification.context.env.local(until).date()
        notification.send_words(_H, say.plan(notification.view, day))


DEFINITIONS = {
    "adopt": ActDefinition(
        effect=_apply_adoption,
        notify={_R: _notify_reporter_of_adoption, _D: words_notifier(_D, say.answer_note)},
        receipt=say.adoption_receipt,
    ),
    "plan_milestone": ActDefinition(effect=_apply_plan, notify={_H: _notify_unit_of_plan}),
    "reach_milestone": ActDefinition(
        effect=_apply_reach, notify={_R: words_notifier(_R, say.completion)}, receipt=say.reach_receipt
    ),
    "propose_publication": ActDefinition(
        effect=_apply_proposal, notify={_D: words_notifier(_D, say.publication_draft)}
    ),
    "publish": ActDefinition(effect=_apply_publication, receipt=say.publication_receipt),
    "withdraw_publication": ActDefinition(effect=_apply_withdrawal, receipt=say.withdrawal_receipt),
}

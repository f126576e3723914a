"""A day on which somebody looks whether a result has lasted, and what they saw (requirements C24)."""

from handlers.acts.definition import ActDefinition, apply_plain
from handlers.cases.context import ActContext, ColumnChanges
from handlers.errors import MissingNeed
from handlers.notifications.notification import Notification
from handlers.wording import rechecks as say
from models.workflow import Audience

_H, _D = Audience.HANDLING, Audience.DUTY


def _apply_plan(context: ActContext) -> ColumnChanges:
    until = context.input.until
    if until is None or until <= context.now:
        raise MissingNeed(say.PAST)
    return {"recheck_at": until}


def _apply_result(context: ActContext) -> ColumnChanges:
    return apply_plain(context) | {"recheck_at": None}


def _notify_unit_of_plan(notification: Notification) -> None:
    until = notification.context.input.until
    if until is not None:
        notification.send_words(_H, say.plan(notification.view, notification.context.env.local(until)))


def _notify_unit_of_result(notification: Notification) -> None:
    passed = bool(notification.context.input.passed)
    notification.send_words(_H, say.result(notification.view, passed=passed))


def _notify_desk_of_result(notification: Notification) -> None:
    passed = bool(notification.context.input.passed)
    notification.send_words(_D, say.ask_to_reopen(notification.view, passed=passed))
    notification.send_photos(_D, notification.input_photos())


DEFINITIONS = {
    "plan_recheck": ActDefinition(effect=_apply_plan, notify={_H: _notify_unit_of_plan}),
    "report_recheck": ActDefinition(
        effect=_apply_result, notify={_H: _notify_unit_of_result, _D: _notify_desk_of_result}
    ),
}

"""Reply: the result reached the reporter, over a channel or by telephone, or could not be told them."""

import re

from handlers.acts.definition import ActDefinition, FollowUp
from handlers.cases.context import ActContext, ActInput, ColumnChanges, attach_media
from handlers.clocks import case_clocks
from handlers.wording import receipts
from models.workflow import Status, Step

_NOT_REACHED = re.compile(
    r"[^，。,;；!！]{0,12}?(?:(?:没有?|未)能?(?:接通|打通|联系上|找到人|见到人)|(?:没有?人?|无人|不|拒)接(?!受)"
    r"|打不通|联系不[上到]|关机|空号|停机|占线|忙音)"
)
"""How a note on a call begins that nobody took."""


def _apply_call_back(context: ActContext) -> ColumnChanges:
    """A call that was taken answers the reporter; one that nobody took is an attempt.

    After the second attempt, on another day, it is closed as 未能联系, which is no answer (issue 10, C10).
    """
    attach_media(context, "process")
    case = context.case
    if case.replied_at is not None:
        return {}
    if _NOT_REACHED.match(context.input.text) is None:
        return _answer(context)
    if case.status != Status.CALLBACK:
        return {}
    if case.attempted_at is None:
        return {"attempted_at": context.now}
    if context.env.local(case.attempted_at).date() >= context.env.local(context.now).date():
        return {}
    return {"unreached_at": context.now}


def _close_unreached(context: ActContext) -> FollowUp | None:
    """Tried on different days in vain: it is closed, and counts as unanswered."""
    given_up = context.case.status == Status.CALLBACK and context.case.unreached_at is not None
    return FollowUp("close", ActInput()) if given_up else None


def _apply_delivery(context: ActContext) -> ColumnChanges:
    """A channel accepted the result for the reporter."""
    return _answer(context) if context.case.replied_at is None else {}


def _answer(context: ActContext) -> ColumnChanges:
    """From now on the reporter can judge the result, whenever it was checked."""
    if context.case.status == Status.CALLBACK:
        case_clocks.restart_if_over(context, Step.CALLBACK)
    return {"replied_at": context.now, "unreached_at": None}


DEFINITIONS = {
    "call_back": ActDefinition(
        effect=_apply_call_back, receipt=receipts.call_back_receipt, follow_up=_close_unreached
    ),
    "deliver_answer": ActDefinition(effect=_apply_delivery),
}

"""Reply: the result reached the reporter, over a channel or by telephone."""

from handlers.acts.definition import ActDefinition
from handlers.cases.context import ActContext, ColumnChanges
from handlers.clocks import case_clocks
from models.workflow import Status, Step


def _apply_delivery(context: ActContext) -> ColumnChanges:
    """A channel accepted the result for the reporter."""
    return mark_answered(context) if context.case.replied_at is None else {}


def mark_answered(context: ActContext) -> ColumnChanges:
    """From now on the reporter can judge the result, whenever it was checked."""
    if context.case.status == Status.CALLBACK:
        case_clocks.restart_if_over(context, Step.CALLBACK)
    return {"replied_at": context.now, "unreached_at": None}


DEFINITIONS = {
    "deliver_answer": ActDefinition(effect=_apply_delivery),
}

"""The five words of the loop that districts report by (E06), and which states each of them covers."""

from enum import StrEnum

from models.workflow_terms import Status


class LoopStep(StrEnum):
    """Where a case is on its way round."""

    COLLECT = "collect"
    DISPATCH = "dispatch"
    EXECUTE = "execute"
    REPLY = "reply"
    ASSESS = "assess"

    @property
    def chinese(self) -> str:
        return _NAMES[self]


_NAMES = {
    LoopStep.COLLECT: "信息收集",
    LoopStep.DISPATCH: "交办转办",
    LoopStep.EXECUTE: "执行处置",
    LoopStep.REPLY: "信息反馈",
    LoopStep.ASSESS: "考核评价",
}
LOOP = {
    Status.NEW: LoopStep.COLLECT,
    Status.ACCEPTED: LoopStep.COLLECT,
    Status.DISPATCHED: LoopStep.DISPATCH,
    Status.IN_PROGRESS: LoopStep.EXECUTE,
    Status.SUSPENDED: LoopStep.EXECUTE,
    Status.SUBMITTED: LoopStep.REPLY,
    Status.CALLBACK: LoopStep.REPLY,
    Status.CLOSED: LoopStep.ASSESS,
}
"""What was not taken, is void or merged has left it."""

"""The receipt for a typed act: sent to its author, where it was typed."""

from collections.abc import Callable, Mapping

from handlers.wording import formats, marks
from handlers.wording.case_view import CaseView
from models.workflow import ACTS, Status


def act_receipt(view: CaseView) -> str:
    """The receipt for the act of the view: an act's own text, else who did it and where the case is now."""
    words = _RECEIPTS.get(view.act)
    if words is not None:
        return f"{marks.case_mark(view.number)}{words(view)}"
    return f"{marks.case_mark(view.number)}{view.actor}已{ACTS[view.act].verb}，现在是「{view.status.chinese}」。"


def _due_phrase(view: CaseView) -> str:
    if view.is_paused:
        return "现在挂账，时限暂停。"
    return f"请于 {formats.format_time(view.due, now=view.now)} 前办结。" if view.due else ""


def _sign_receipt(view: CaseView) -> str:
    return (
        f"{view.actor}已签收，现在是「{view.status.chinese}」。{_due_phrase(view)}"
        f"办完请引用本条发照片和结果，或 /反馈 {view.short} 结果。"
    )


def _assignment_receipt(view: CaseView) -> str:
    return f"{view.actor}已{ACTS[view.act].verb}，已通知{view.unit}。"


def _check_receipt(view: CaseView) -> str:
    if view.status == Status.CALLBACK:
        return "核查通过，已答复报事人。"
    return f"核查不通过，已退回{view.unit}重新办理。"


def _request_receipt(view: CaseView) -> str:
    return f"已提出申请：{view.details.request}，等另一位值班员或领导决定。"


def _arrival_receipt(view: CaseView) -> str:
    return f"{view.actor}已到场报到{f'，用时 {view.details.arrival_time}' if view.details.arrival_time else ''}。"


def _partners_receipt(view: CaseView) -> str:
    return f"已通知：{view.details.partners}。"


_RECEIPTS: Mapping[str, Callable[[CaseView], str]] = {
    "sign": _sign_receipt,
    "assign": _assignment_receipt,
    "pass_on": _assignment_receipt,
    "arbitrate": _assignment_receipt,
    "return": lambda view: f"{view.actor}已退回给值班员。",
    "feedback": lambda _: "已收到反馈，等核查后答复报事人。",
    "solve_in_grid": lambda _: "已收到反馈，等核查后答复报事人。",
    "verify": _check_receipt,
    "progress": lambda _: "进展已记下，并告诉了报事人。",
    "classify": lambda view: f"类别已改为「{view.class_name}」。{_due_phrase(view)}",
    "place": lambda view: f"地点已改为：{view.place}。",
    "extend": _request_receipt,
    "ask_suspend": _request_receipt,
    "complicate": _request_receipt,
    "void": _request_receipt,
    "check_in": _arrival_receipt,
    "assist": _partners_receipt,
    "whistle": _partners_receipt,
    "supervise": lambda view: f"已发督办单 {view.details.order}，{view.details.order_due} 前回复。",
    "nudge": lambda view: f"已催办（第 {view.nudges} 次）。",
    "mediate": lambda view: f"调解已记下。{f'累计追回 {view.recovered}。' if view.recovered else ''}",
    "survey": lambda _: "已请信息员到现场核实。",
    "survey_report": lambda _: "核实情况已记下，谢谢。",
    "survey_decline": lambda _: "知道了，会另请人去看。",
}

"""The receipt for an act that was typed: said to whoever did it, where they did it.

Which act has which receipt, its definition says (`handlers/acts/`); what the case is about and its number stand before it.
"""

from handlers.wording import formats, labels, sign_off, staff, talk
from handlers.wording.case_view import CaseView
from models.workflow import ACTS, Status


def plain_receipt(view: CaseView) -> str:
    """Who did it and where the case is now."""
    return f"{view.actor}已{ACTS[view.act].doing}，现在是「{view.status.chinese}」。"


def addition_receipt(view: CaseView) -> str:
    """Likewise; whoever said that it is solved hears that those who are at it know."""
    if view.act_text.startswith(staff.SAYS_SOLVED):
        return f"知道了，已告诉承办单位。现在是「{view.status.chinese}」，核查后再问您一次。"
    return plain_receipt(view)


def _due_phrase(view: CaseView) -> str:
    if view.is_paused:
        return "现在挂账，时限暂停。"
    return f"{formats.format_deadline(view.due, now=view.now, asks=True)}。" if view.due else ""


def sign_receipt(view: CaseView) -> str:
    return (
        f"{view.actor}已签收。{_due_phrase(view)}办完请引用本条发照片和结果，或发 /反馈 {view.short} 结果。"
    )


def assignment_receipt(view: CaseView) -> str:
    verb = ACTS[view.act].verb
    if view.details.unreached:
        return f"{view.actor}已{verb}给{view.details.unreached}。它没有能收任务的群，请电话通知。"
    return f"{view.actor}已{verb}，已通知{view.unit}。"


def recall_receipt(view: CaseView) -> str:
    return f"已收回，那边已经知道。现在是「{view.status.chinese}」。"


def return_receipt(view: CaseView) -> str:
    return f"{view.actor}已退回给值班员。"


def result_receipt(view: CaseView) -> str:
    doubt = "照片和之前的很像，值班员会核实。" if view.details.repeats_photo else ""
    return f"反馈已收到。{doubt}核查后答复报事人。" if doubt else "反馈已收到，核查后答复报事人。"


def check_receipt(view: CaseView) -> str:
    if view.signers:
        return sign_off.check_receipt(view)
    if view.status == Status.CALLBACK:
        return "核查通过，结果正在发给报事人。"
    return f"核查不通过，已退回{view.unit}重办。"


def message_receipt(_view: CaseView) -> str:
    return "已转告报事人。"


def progress_receipt(_view: CaseView) -> str:
    return "进展已记下，已告诉报事人。"


def call_back_receipt(view: CaseView) -> str:
    """What the note on a call was taken for: an answer, an attempt, or the last attempt."""
    if view.details.spot_check:
        return _SPOT_CHECKS[view.details.spot_check]
    if view.status == Status.IN_PROGRESS:
        return f"报事人说没有解决，已退回{view.unit}重办。"
    if view.status == Status.ACCEPTED:
        return "报事人说没有解决，请重新交办。"
    if view.is_unreached:
        return "隔天两次没联系上，已按「未能联系」结案，不算答复。"
    if view.is_answered:
        return "回访情况已记下。"
    return "没联系上，已记下。请隔天再打一次；还打不通就按「未能联系」结案。"


_SPOT_CHECKS = {
    "reached": "抽查回访已记下，谢谢。",
    "attempted": "没联系上，已记下。请隔天再打一次。",
    "unreached": "隔天两次没联系上，这件抽查记「未能联系」，不用再打了。",
}


def class_receipt(view: CaseView) -> str:
    return f"类别已改好。{_due_phrase(view)}{labels.how_to_unrestrict(view)}"


def place_receipt(_view: CaseView) -> str:
    return "地点已改好。"


def request_receipt(view: CaseView) -> str:
    return f"已申请{view.details.request}，等另一位值班员或领导决定。"


def arrival_receipt(view: CaseView) -> str:
    return f"{view.actor}已到场报到{f'，用时 {view.details.arrival_time}' if view.details.arrival_time else ''}。"


def partners_receipt(view: CaseView) -> str:
    return f"已通知：{view.details.partners}。"


def order_receipt(view: CaseView) -> str:
    return f"已发督办单 {view.details.order}，{view.details.order_due} 前回复。"


def nudge_receipt(view: CaseView) -> str:
    return f"已催办（第 {view.nudges} 次），{talk.state_phrase(view)}。"


def mediation_receipt(view: CaseView) -> str:
    return f"调解已记下。{f'累计追回 {view.recovered}。' if view.recovered else ''}"


def survey_receipt(view: CaseView) -> str:
    """Who was asked to go and see, and who could not be told."""
    missing = view.details.unreached
    alone = f"{missing}联系不上，请打电话。" if missing else ""
    return f"已请{view.details.surveyors}到现场核实。{alone}"


def survey_report_receipt(_view: CaseView) -> str:
    return "核实情况已记下，谢谢。"


def survey_decline_receipt(_view: CaseView) -> str:
    return "知道了，会另请人去看。"


def withdrawal_receipt(_view: CaseView) -> str:
    return "知道了，已告诉值班员。"


def carry_on_receipt(_view: CaseView) -> str:
    return "继续办，已通知各方。"


def void_withdrawn_receipt(_view: CaseView) -> str:
    return "已作废，已告诉报事人。"


def complaint_receipt(_view: CaseView) -> str:
    return "已转值班员和领导，承办单位看不到。"


def person_receipt(_view: CaseView) -> str:
    return "已转值班员，会尽快答复您。"


def link_receipt(_view: CaseView) -> str:
    return "网页链接已收回，再点开什么也看不到。"

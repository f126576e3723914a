"""Texts for the reporter, in the group or conversation where they reported.

Each function is named after the event it announces and returns one message about the case in the view.
"""

import re
from datetime import timedelta

from handlers.wording import adoption, formats, marks
from handlers.wording.case_view import CaseView
from handlers.wording.subjects import confided_subject, subject


def _case_phrase(view: CaseView, text: str) -> str:
    # Others read along, and whoever speaks of ending it is no class of cases.
    return f"{confided_subject(view) if view.risk == _SELF_HARM else subject(view)}{text}"


_SELF_HARM = "self_harm"


def _confided_phrase(view: CaseView, text: str) -> str:
    return f"{confided_subject(view)}{text}"


def _due_phrase(view: CaseView) -> str:
    if view.is_paused:
        return "条件具备后接着办"
    if view.urgent and view.due and view.due > view.now:
        return "按紧急事件处置"
    return formats.format_deadline(view.due, now=view.now, asks=False) if view.due else "会尽快办理"


UNNAMED = "不会透露是您说的。"
"""Confirms to whoever asks for it that nobody learns who reported it."""


def receipt(view: CaseView) -> str:
    """The receipt for a new case, with the unit that the rules suggest and the due time."""
    who = f"拟由{view.suggested}处理，" if view.suggested else "值班员会安排承办单位，"
    return _case_phrase(view, f"已收到，{who}{_due_phrase(view)}。有进展在这里告诉您。")


_NOT_ALONE = (
    "我们看到了，已请值班员马上处理。这时候身边有人陪着最要紧。"
    "想说说话，随时可拨 12356；危急时请拨 110 或 120。"
)
"""Sent to people in despair as well as to people who report them."""


def urgent_receipt(view: CaseView) -> str:
    """The receipt for an urgent case, with emergency numbers; where life is at risk, with help lines."""
    if view.risk == _SELF_HARM:
        return _confided_phrase(view, _NOT_ALONE)
    return _case_phrase(view, f"已收到，按紧急事件马上报值班员。{stay_safe(view)}")


def turned_urgent(view: CaseView) -> str:
    return _case_phrase(view, f"已转为紧急，马上处置。{stay_safe(view)}")


def acceptance(view: CaseView) -> str:
    return _case_phrase(view, f"已受理，正在安排承办单位，{_due_phrase(view)}。")


def rejection(view: CaseView) -> str:
    return _case_phrase(view, f"不予受理，很抱歉。理由：{view.act_text}")


def assignment(view: CaseView) -> str:
    if view.urgent:
        return _case_phrase(view, f"已通知{view.unit}马上处置。请注意安全，有变化随时在这里说。")
    return _case_phrase(view, f"已交{view.unit}办理，{_due_phrase(view)}。")


def assignment_by_phone(view: CaseView) -> str:
    """As `assignment`, for a unit without a group: it was not notified, so the text promises a call only."""
    if view.urgent:
        return _case_phrase(
            view, f"已交{view.unit}紧急处置，值班员会电话通知。请注意安全，有变化随时在这里说。"
        )
    return assignment(view)


def transfer(view: CaseView) -> str:
    return _case_phrase(view, f"已转给{view.unit}办理，{_due_phrase(view)}。")


def signature(view: CaseView) -> str:
    return _case_phrase(view, f"{view.unit}已签收，正在办理。")


_QUESTION = re.compile(r"(?:[?？]|[吗呢])\s*$")
_BEFORE_QUESTION = re.compile(r"^(?:请?问(?:一下|下)|麻烦问(?:一下|下)|想问(?:一下|下)?|请问)[：:，, ]*")


def progress(view: CaseView) -> str:
    if _QUESTION.search(view.act_text):
        asked = _BEFORE_QUESTION.sub("", view.act_text)
        return _case_phrase(view, f"{view.unit}想问：{asked}直接回复就行。")
    return _case_phrase(view, f"有进展：{view.act_text}" if view.act_text else "有进展，见照片。")


def message(view: CaseView) -> str:
    """What the desk or the unit asks to be told, and nothing of how far the case is."""
    return _case_phrase(view, f"转告您：{view.act_text}")


def handling_time(view: CaseView) -> str:
    """How long it took from report to result; "" where there is no result."""
    if view.submitted is None:
        return ""
    length = formats.format_span(view.submitted - view.opened)
    return f"用时 {length}" if length[0].isdigit() else f"用时{length}"


def _result_phrase(words: str) -> str:
    return words.rstrip("。.!！") or "结果见照片"


def _with_number(view: CaseView) -> str:
    """The parent's number, for a reporter whose report was merged into another."""
    return f"与 {view.parent} 一并办理，" if view.parent else ""


def grid_result(view: CaseView, words: str, photos: str) -> str:
    """The grid officer's own result; `words` is the result, `photos` the text of `photo_note`."""
    return _case_phrase(
        view,
        f"{_with_number(view)}{view.actor}已处理：{_result_phrase(words)}。{handling_time(view)}。{photos}解决了吗？请点下面的卡片。",
    )


def result(view: CaseView, words: str, photos: str) -> str:
    """The checked result of the unit; `words` is the result, `photos` the text of `photo_note`."""
    if view.adoption:
        return adoption.answer(view, words, photos)
    done = f"{_with_number(view)}{view.unit}已处理：{_result_phrase(words)}。"
    return _case_phrase(view, f"{done}已经核查，{handling_time(view)}。{photos}请您评价。")


_SHORT = 200
"""Characters of an answer that leave room for the address where a message is short."""


def with_page(words: str, address: str, *, short: bool = False) -> str:
    """The words with the address of the case's page, which is said to its reporter alone.

    `short`: messages of that door are short, and all of it stands on the page.
    """
    if short and len(words) > _SHORT:
        words = f"{words[:_SHORT]}…（全文在网页上）"
    return f"{words}\n进展、照片、评价都在：{address}（凭它就能替您操作，请不要转发）"


def photo_note(before: int, after: int) -> str:
    """Announces the photos that follow: `before` and `after` are how many of each."""
    if before and after:
        return "下面是处理前和处理后的照片。"
    return "下面是处理后的照片。" if after else ""


def later_door(window: timedelta, *, by_notice: bool, if_agreed: bool = False) -> str:
    """Which way is tried where the platform lets nobody speak to them any more.

    `window`: how long it does; `by_notice`: there is a notice that reaches them then, `if_agreed`: if they
    agreed to it.
    """
    over = f"超过 {formats.format_span(window)}没有来消息，平台不让我再发："
    if by_notice and if_agreed:
        return f"{over}您同意过接收通知的，结果改发订阅通知；没有的，由值班员设法告诉您。"
    if by_notice:
        return f"{over}结果改发服务通知。"
    return f"{over}结果由值班员设法告诉您；您再发一句话，我马上发给您。"


def picture_note(before: int, after: int) -> str:
    """Speaks of the one picture that went before, where each message counts; counts as for `photo_note`."""
    if before and after:
        return "照片左边是处理前，右边是处理后。"
    return "照片是处理后的。" if after else ""


def rating(view: CaseView) -> str:
    """The answer to the reporter's rating: the case is closed, goes back to the unit, or is taken out of the one it was
    merged into.
    """
    if view.status == "CLOSED":
        thanks = "感谢您的评价" if view.solved else "您的意见已记下，会有人回访"
        return _case_phrase(view, f"已办结。{thanks}。")
    if not view.unit:
        return _case_phrase(view, "没有解决，很抱歉。值班员会重新交办。")
    return _case_phrase(view, f"没有解决，很抱歉。已退回{view.unit}重新办理。")


def closure(view: CaseView) -> str:
    return _case_phrase(view, "已办结。没有真正解决的，请引用本条说「重开」和原因。")


def reopening(view: CaseView) -> str:
    return _case_phrase(view, "已重新办理，有进展在这里告诉您。")


def voiding(view: CaseView) -> str:
    return _case_phrase(view, f"已作废{f'：{view.act_text}' if view.act_text else ''}。有疑问请联系值班员。")


def restricted_receipt(view: CaseView) -> str:
    """The receipt for a restricted report; says nothing about it, since others may read it."""
    return _confided_phrase(view, _confided_to(view))


def _confided_to(view: CaseView) -> str:
    who = "由专人办理并为您保密" if view.has_reader else "为您保密。能看的人还没联系上，已请管理员安排"
    return f"已收到，{who}，结果会单独告诉您。"


def restricted_urgent_receipt(view: CaseView) -> str:
    """As `restricted_receipt`, where somebody is in danger: help was called, and how to call it oneself."""
    if view.risk == _SELF_HARM:
        return _confided_phrase(view, _NOT_ALONE)
    return _confided_phrase(view, f"{_confided_to(view)}险情按紧急事件马上报值班员。{stay_safe(view)}")


def restricted_news(view: CaseView) -> str:
    """In a group: that there is news of a restricted case, and nothing else."""
    return _confided_phrase(view, f"有进展，请私聊我发 /查 {view.short} 查看。")


def suspension(view: CaseView) -> str:
    return _case_phrase(view, f"暂时办不了：{view.act_text}。条件具备后接着办，时限顺延。")


def resumption(view: CaseView) -> str:
    return _case_phrase(view, f"已恢复办理，{_due_phrase(view)}。")


def decision(view: CaseView) -> str:
    """What a granted request changes for the reporter."""
    if view.status == "VOID":
        return voiding(view)
    if view.status == "SUSPENDED":
        return _case_phrase(view, "暂时办不了，经批准先挂账，条件具备后接着办。")
    return _case_phrase(view, f"办理时间经批准延长，{_due_phrase(view)}。")


def merge(view: CaseView, parent: CaseView) -> str:
    """Somebody else reported the matter before: how far `parent` is, and how to object."""
    return _case_phrase(
        view,
        f"已有人反映，一并跟进。{marks.case_mark(parent.number)}{_progress_phrase(parent)}"
        f"有进展在这里告诉您。{stay_safe(view) if view.urgent else ''}不是同一件事，请引用本条说「不是同一件」。",
    )


def repeat(view: CaseView, parent: CaseView) -> str:
    """The same person reported the matter before: how far `parent` is, and how to object."""
    return _case_phrase(
        view,
        f"您反映过这件事，一并跟进。{marks.case_mark(parent.number)}{_progress_phrase(parent)}"
        f"{stay_safe(view) if view.urgent else ''}不是同一件事，请引用本条说「不是同一件」。",
    )


_NUMBERS = ("110", "119", "120")


def stay_safe(view: CaseView) -> str:
    """What to do until somebody comes, with the emergency numbers that fit the danger."""
    care = view.safety_advice or "请注意自身安全。"
    return f"危急时先拨打 {'、'.join(view.emergency_numbers or _NUMBERS)}。{care}"


def _progress_phrase(parent: CaseView) -> str:
    unit = f"{parent.unit}" if parent.unit else "值班员会安排承办单位，"
    state = f"「{parent.status.chinese}」，" if parent.unit else ""
    return f"{unit}{state}{_due_phrase(parent)}。"


def undo(view: CaseView) -> str:
    return _case_phrase(view, f"上一步做错了，已撤销，现在是「{view.status.chinese}」。")


def split(view: CaseView) -> str:
    return _case_phrase(view, f"已单独办理，{_due_phrase(view)}。")


SUPPOSED_PLACE = "地点是照片水印上的，不对请告诉我。"
"""Said of a place that nobody told."""


def supposed_place(view: CaseView) -> str:
    return _case_phrase(view, SUPPOSED_PLACE)


def withdrawal(view: CaseView) -> str:
    """The reporter said that nothing need be done: what that stops, and what not."""
    if view.status == "DUPLICATE":
        return _case_phrase(view, "已不再跟进这件事，以后的进展不再告诉您。")
    if view.is_withdrawn:
        return _case_phrase(view, f"已撤回，先不派人，等值班员确认。还要办就发 /继续办 {view.short}。")
    if view.urgent or view.risk:
        return _case_phrase(view, "知道了，已告诉值班员。险情还要有人看一看，由值班员决定。")
    if view.restricted:
        return _case_phrase(view, "知道了，已告诉经办的人。这件事由他们决定要不要接着办。")
    return _case_phrase(view, "知道了。别人也反映了这件事，照常办理。")


def carry_on(view: CaseView) -> str:
    if view.status == "DUPLICATE":
        return _case_phrase(view, "已重新跟进，进展会在这里告诉您。")
    return _case_phrase(view, f"继续办，{_due_phrase(view)}。")


def void_withdrawn(view: CaseView) -> str:
    return _case_phrase(view, "已按您说的撤回，不再办理。")


def person_called(view: CaseView) -> str:
    return _case_phrase(view, "已转值班员，会尽快答复您。")

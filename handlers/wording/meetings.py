"""Joint meetings: what waits for one, what it decided, and who does what by when."""

from collections.abc import Sequence
from datetime import datetime

from handlers.wording import formats, marks
from handlers.wording.case_view import CaseView
from handlers.wording.subjects import subject
from models.case_numbers import serial_of

WAITS = "会商中"
AGENDA = "会商议程"
PASSED = "任务的期限已经过了，请写以后的时间。"
NO_RECORD = "没有会商记录，或者它不归您看。请核对编号。"
RESTRICTED = "限阅的事不能在会商里派给单位，也不出会商记录。请只写结论。"


def meeting_form(number: str) -> str:
    """How a meeting is written down."""
    return "\n".join(
        (f"/会商 {serial_of(number)} 结论", "公安局：早高峰派人疏导，3天", "住建局：拓宽匝道，到12月30日")
    )


def call(view: CaseView, *, stands_still: bool) -> str:
    """To unit and desk: it waits for a meeting; `stands_still`: its time does meanwhile."""
    time = f"办结时限先停着，{_due(view)}" if stands_still else f"时限照走，{_due(view)}"
    return f"{subject(view)}{view.actor}提请会商：{view.act_text}。{time}。议程发 /议程 看。"


def _due(view: CaseView) -> str:
    return f"现在是 {formats.format_time(view.due, now=view.now)} 前" if view.due else "没有期限"


def call_receipt(_view: CaseView) -> str:
    return "已放进会商议程。开完会发 /会商，写结论和分工。"


def record(view: CaseView) -> str:
    return f"{subject(view)}会商记录：{view.act_text}"


def task(view: CaseView, text: str, due: datetime, *, leads: bool) -> str:
    """To a unit: what the meeting gave it; `leads`: it has the case."""
    when = formats.format_time(due, now=view.now)
    done = "反馈" if leads else "协办完成"
    return (
        f"{subject(view)}会商定了你们：{text}，{when} 前完成。到了先报到，办完发 /{done} {view.short} 结果。"
    )


def nobody_told(view: CaseView, units: Sequence[str]) -> str:
    return f"{subject(view)}{'、'.join(units)}没有办理群，会商任务请打电话告诉。"


def not_a_unit(name: str) -> str:
    return f"「{name}」不是单位。第一行写结论，后面一行一家，如「公安局：早高峰派人疏导，3天」。"


def named_twice(unit: str) -> str:
    return f"{unit}写了两行，请并成一行。"


def no_task(unit: str) -> str:
    return f"{unit}做什么没有写，如「{unit}：早高峰派人疏导，3天」。"


def on_agenda_already(number: str) -> str:
    return f"{marks.case_mark(number)}已经在会商议程里，开完会发 /会商 {serial_of(number)} 结论。"

"""Results that are looked at again on a day, to see whether they have lasted."""

from datetime import datetime

from handlers.wording import marks
from handlers.wording.case_view import CaseView
from handlers.wording.subjects import subject
from models.case_numbers import serial_of
from models.workflow import Status

PAST = "日期已经过了，请写以后的日子。"


def plan(view: CaseView, day: datetime) -> str:
    what = f"，看{view.act_text.removeprefix('看')}" if view.act_text else ""
    return f"{subject(view)}{day:%-m月%-d日}复查{what}。到日子我会提醒。"


def reminder(view: CaseView) -> str:
    """To unit and desk, on the day and each week after it."""
    return f"{subject(view)}今天该复查了。看过发 /复查结果 {view.short} 合格，或 不合格 看到的情况。"


def result(view: CaseView, *, passed: bool) -> str:
    said = f"：{view.act_text}" if view.act_text else ""
    return f"{subject(view)}{view.actor}复查{'合格' if passed else '不合格'}{said}。"


def ask_to_reopen(view: CaseView, *, passed: bool) -> str:
    """To the desk: the result, and what to do where it has not lasted."""
    return result(view, passed=passed) + ("" if passed else _do_again(view))


def _do_again(view: CaseView) -> str:
    """How the case goes back to the unit from where it stands."""
    if view.status == Status.SUBMITTED:
        return f"请发 /核查 {view.short} 不通过 理由。"
    if view.status == Status.CALLBACK:
        return f"还没有结案，请问报事人，再发 /回访 {view.short} 联系上 未解决。"
    return f"请发 /重开 {view.short} 理由。"


def nothing_planned(number: str) -> str:
    return f"{marks.case_mark(number)}没有定复查的日子，先发 /复查 {serial_of(number)} 到 日期。"

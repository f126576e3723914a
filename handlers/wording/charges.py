"""包案和首接负责: what leaders, units and first receivers read."""

from datetime import datetime

from handlers.wording import formats, marks
from handlers.wording.case_view import CaseView
from handlers.wording.markup import escape_words
from handlers.wording.subjects import subject
from models.case_numbers import serial_of
from models.workflow import OPEN


def charge_begun(view: CaseView) -> str:
    return f"{subject(view)}由{view.details.leader}包案，{view.unit or '承办单位'}照常办理。"


def charge_taken(view: CaseView) -> str:
    due = f"{formats.format_deadline(view.due, now=view.now, asks=False)}，" if view.due else ""
    return (
        f"{subject(view)}您包案了。现在是「{view.status.chinese}」{f'（{view.unit}）' if view.unit else ''}，"
        f"{due}到期前我会私聊提醒您。不包了发 /解除包案 {view.short} 理由"
    )


def charge_receipt(view: CaseView) -> str:
    return f"已由{view.details.leader}包案，已通知承办单位。"


def charge_ended(view: CaseView) -> str:
    return f"{subject(view)}{view.details.leader}不再包案：{view.act_text}"


def charge_over(view: CaseView) -> str:
    """To the leader: the case is over, and so is the charge."""
    return f"{subject(view)}您包案的这件结束了：{_spell_outcome(view)}。"


def reminder(view: CaseView, share: float, target: datetime) -> str:
    """To the leader, or the desk where they cannot be told: this share of the time to finish is spent; `target`: its local end."""
    when = formats.format_time(target, now=view.now)
    unit = f"（{view.unit}）" if view.unit else ""
    spent = f"🔴 {when} 已到期" if share >= 1 else f"🟡 时限过了 {share:.0%}，{when} 到期"
    return f"{subject(view)}{view.leader}包案的这件{spent}，现在是「{view.status.chinese}」{unit}。"


def first_receiver(view: CaseView) -> str:
    """To the unit that received it first and does not have it any more: where it is, and nothing of it."""
    if view.status not in OPEN:
        return f"你们首接的{marks.case_mark(view.number)}结束了：{_spell_outcome(view)}。"
    due = f"，{formats.format_deadline(view.due, now=view.now, asks=False)}" if view.due else ""
    return f"你们首接的{marks.case_mark(view.number)}由{view.unit}办，现在是「{view.status.chinese}」{due}。"


def _spell_outcome(view: CaseView) -> str:
    return f"{view.status.chinese}{'（未能联系）' if view.is_unreached else ''}"


# Refusals ----------------------------------------------------------------------------------------


def charged_already(number: str) -> str:
    return f"{marks.case_mark(number)}已经有领导包案。要换人，先 /解除包案 {serial_of(number)} 理由"


def not_in_charge(number: str) -> str:
    return f"{marks.case_mark(number)}没有领导包案。"


def only_oneself(number: str) -> str:
    return f"{marks.case_mark(number)}领导只能自己包案；替别的领导记，请值班员来发。"


def no_leader_of_it(number: str, name: str) -> str:
    return f"{marks.case_mark(number)}{escape_words(name)}不是管这件的领导，不能包案。"


def no_such_leader(said: str) -> str:
    return f"没有找到领导「{escape_words(said)}」，请写姓名或人员代码。"


def several_leaders(said: str) -> str:
    return f"叫「{escape_words(said)}」的领导有几位，请写人员代码。"

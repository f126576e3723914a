"""Suggestions: the answer, what becomes of it, and what is made public."""

from datetime import date

from handlers.wording import marks
from handlers.wording.case_view import CaseView
from handlers.wording.subjects import subject
from models.case_numbers import serial_of

TOO_EARLY = "日期已经过了，请写以后的日子。"
OWN_PUBLICATION = "公开的话是您自己写的，请另一位值班员或领导发 /公开。"
PUBLIC_TITLE, NOTHING_PUBLIC = "建议办得怎么样了", "还没有公开的建议。"
LONG = "公开的话最多 500 个字。"


def answer(view: CaseView, words: str, photos: str) -> str:
    """To whoever suggested it; `words`: why."""
    who = f"{view.unit}" if view.unit else "值班员"
    return f"{subject(view)}{who}答复您的建议：{view.adoption}。{words.rstrip('。.!！')}。{photos}请您评价。"


def answer_note(view: CaseView) -> str:
    return f"{subject(view)}建议已答复：{view.adoption}。{view.act_text}"


def plan(view: CaseView, day: date) -> str:
    return f"{subject(view)}里程碑：{_day(day)}前，{view.act_text}。到日子我会提醒，不算超时。"


def completion(view: CaseView) -> str:
    return f"{subject(view)}您的建议有了结果：{view.act_text or '见照片'}"


def reminder(number: str, about: str, text: str, day: date, *, today: date) -> str:
    """To the unit, before its day, on it and long after it."""
    when = "就在今天" if day == today else f"是 {_day(day)}" + ("，已经过了" if day < today else "")
    how = f"做成了发 /里程碑完成 {serial_of(number)} 做成了什么"
    return f"{about}{marks.case_mark(number)}里程碑「{text}」{when}。{how}。"


def publication_draft(view: CaseView) -> str:
    how = f"请另一位值班员或领导发 /公开 {view.short}"
    return f"{subject(view)}{view.actor}写好了公开的话：{view.act_text}\n{how}。"


def publication_receipt(view: CaseView) -> str:
    return f"已公开，谁都看得到：{view.adoption}。"


def adoption_receipt(view: CaseView) -> str:
    return f"建议已答复：{view.adoption}，请报事人评价。"


def reach_receipt(view: CaseView) -> str:
    return f"里程碑完成：{view.act_text or '见照片'}"


def withdrawal_receipt(view: CaseView) -> str:
    return f"公开的说明已撤下（{view.adoption}）。"


def not_suggestion(number: str) -> str:
    return f"{marks.case_mark(number)}不是建议，请用 /反馈。"


def not_adopted(number: str) -> str:
    return f"{marks.case_mark(number)}没有采纳，定不了里程碑；先发 /采纳。"


def not_answered(number: str) -> str:
    return f"{marks.case_mark(number)}还没有用 /采纳 答复，不能公开。"


def no_milestone(number: str) -> str:
    return f"{marks.case_mark(number)}没有等着完成的里程碑，先发 /里程碑 做什么 到 日期。"


def nothing_to_publish(number: str) -> str:
    return f"{marks.case_mark(number)}没有等着公开的话，先发 /申请公开 公开的话。"


def not_public(number: str) -> str:
    return f"{marks.case_mark(number)}没有公开。"


def milestone_line(day: date, text: str, reached: date | None) -> str:
    """One step on a page."""
    return f"{_day(day)}前：{text}" + (f"（{_day(reached)}完成）" if reached is not None else "")


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"

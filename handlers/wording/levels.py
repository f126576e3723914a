"""What people read of levels: a case is raised, sent down, or ended by a desk that is high enough."""

from collections.abc import Sequence

from handlers.wording import marks
from handlers.wording.case_view import CaseView
from handlers.wording.subjects import subject
from models.case_numbers import serial_of
from models.workflow import Act


def describe_raise(view: CaseView) -> str:
    """The case was raised to a higher level, and who answers for it there."""
    head = f"请{view.level_head}牵头。" if view.level_head else ""
    return f"{subject(view)}已提级（{view.level}）：{view.act_text}。{head}"


def proposal(view: CaseView) -> str:
    """On the desk's card: the program thinks that it should be raised; the card has a button for that."""
    return f"建议提级：{view.act_text}。点「提级」就提，或发 /提级 {view.short} 镇或县 理由。"


def several_offices(names: Sequence[str]) -> str:
    """Why the program proposes to raise a case that several offices have to do with."""
    return f"涉及{'、'.join(names)} {len(names)} 个单位"


def raise_receipt(view: CaseView) -> str:
    return f"已提级（{view.level}）。{f'请{view.level_head}牵头。' if view.level_head else ''}"


def describe_head(unit: str, person: str) -> str:
    """Who answers for a level: `海门街道 周主任`."""
    return f"{unit} {person}" if person else unit


def not_above(number: str, today: str, wanted: str) -> str:
    """The level that was named is not above today's."""
    return f"{marks.case_mark(number)}已经是{today}一级，不能提到{wanted}。要提请写更高的一级，如 县。"


def raised_already(number: str) -> str:
    return f"{marks.case_mark(number)}已经提级或建议过提级。"


def too_low(number: str, act: Act, level: str, unit: str) -> str:
    """A desk of a lower level may not end such a case; `unit`: whose desk may, "" where unknown."""
    who = f"{unit}的值班员" if unit else f"{level}的值班员"
    return f"{marks.case_mark(number)}这类事要{level}一级才能{act.verb}，请{who}来做。报事人评价不受限制。"


# Sent down ---------------------------------------------------------------------------------------


def sent_down(view: CaseView) -> str:
    """To the village or grid: its work, and where the answer goes."""
    asked = f"要求：{view.act_text.rstrip('。')}。" if view.act_text else ""
    return (
        f"{subject(view)}{view.unit}请你们去办。{asked}"
        f"办完引用本条发结果和照片，或发 /协办完成 {view.short} 结果；办不了也这样写明。"
    )


def sent_down_note(view: CaseView) -> str:
    """To the unit that has the case."""
    return f"{subject(view)}{view.actor}已下派{view.details.partners}，结果会发回这里；时限不变，由你们反馈。"


def sent_down_receipt(view: CaseView) -> str:
    return f"已下派{view.details.partners}，结果会发回你们。时限不变。"


def nobody_there(view: CaseView) -> str:
    """To the unit: those it was sent down to have no group and no conversation with the bot."""
    return f"{subject(view)}{view.details.partners}没有群，也没有人私聊过我，收不到。请打电话。"


def answer_from_below(view: CaseView) -> str:
    """To the unit that sent it down: what came of it."""
    return f"{subject(view)}{view.actor}（下派）：{view.act_text or '见照片'}。请看过以后发 /反馈 {view.short} 结果。"


def no_sending_down(number: str) -> str:
    return f"{marks.case_mark(number)}限阅，不能下派。"


def not_beneath(number: str, said: str, possible: Sequence[str]) -> str:
    """The unit is no village or grid beneath the unit or around the place; `possible`: names of some that are."""
    tip = f"可以下派：{'、'.join(possible)}。" if possible else "请先 /定位 到村居或网格。"
    return f"{marks.case_mark(number)}不能下派给{said}，只能是下面的村居或网格。{tip}例如：/下派 {serial_of(number)} {possible[0] if possible else '村居'}"

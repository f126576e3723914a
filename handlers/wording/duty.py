"""Texts around duty: the roster, swaps, the hand-over at its change, who stands in, who is called next."""

from collections.abc import Sequence
from datetime import date

from handlers.wording import labels
from handlers.wording.case_view import CaseView
from handlers.wording.subjects import subject

HELP = (
    ("值班", "本单位一周的值班表；/值班 12-02 张三 李四 排一天，/值班 12-02 空 取消"),
    ("换班 12-02 李四", "请李四替您值这一天，他发 /换班 同意 才算"),
)
NOBODY = "空"
AGREE, DISAGREE = "同意", "不同意"
_MOST = 8


def spell_day(day: date) -> str:
    """`12-02 周三`."""
    return f"{day:%m-%d} 周{'一二三四五六日'[day.weekday()]}"


# The roster ----------------------------------------------------------------------------------


def roster(unit: str, days: Sequence[tuple[date, Sequence[str]]]) -> str:
    """Who is on duty in a unit, by day."""
    lines = [f"{spell_day(day)} {'、'.join(names) or '没有排'}" for day, names in days]
    return "\n".join([f"{unit}值班表", *lines])


def roster_set(unit: str, day: date, names: Sequence[str]) -> str:
    return f"{unit} {spell_day(day)} 值班：{'、'.join(names) or '没有排，叫全部值班员或负责人'}。"


def no_roster() -> str:
    return "您的单位和上级都没有值班表。值班员、协调员、管理员或单位负责人可以排：/值班 12-02 姓名。"


def only_for_staff() -> str:
    return "值班表只给工作人员看：请在值班群、处置群里发，或私聊我。"


def which_day() -> str:
    return "请写哪一天和谁，例如：/值班 12-02 张三，/换班 12-02 李四。"


def may_not_set_roster() -> str:
    return "值班表由本范围的值班员、协调员和管理员，或单位负责人、副手排。"


def not_of_roster(name: str, unit: str) -> str:
    return f"{name}不是{unit}可以值班的另一个人。没有保存。"


def unknown_person(name: str, unit: str, others: Sequence[str]) -> str:
    return f"{unit}没有能值班的「{name}」。可以是：{'、'.join(others[:_MOST]) or '没有人'}。"


def several_people(name: str, unit: str) -> str:
    return f"{unit}有几位「{name}」，请在工作台的组织页上选。"


# Swaps ---------------------------------------------------------------------------------------


def day_over(day: date) -> str:
    return f"{spell_day(day)} 已经过去了。"


def not_on_duty(day: date) -> str:
    return f"{spell_day(day)} 不是您值班，没有可换的。"


def on_duty_already(name: str, day: date) -> str:
    return f"{name} {spell_day(day)} 本来就值班，请换一个人。"


def away_then(name: str, day: date) -> str:
    return f"{name} {spell_day(day)} 请假，请换一个人。"


def swap_waits(day: date) -> str:
    return f"{spell_day(day)} 的换班已经提了，还没有答复。要改请先 /换班 不同意。"


def no_such_swap() -> str:
    return "没有等您答复的换班，可能已经答复或取消。"


def own_swap() -> str:
    return "这是您自己提的，要对方同意。"


def roster_changed(day: date) -> str:
    return f"{spell_day(day)} 的值班表已经改了，请重新提。"


def which_swap(days: Sequence[date]) -> str:
    shown = "、".join(map(spell_day, days))
    return f"有几个换班等答复：{shown}。请写明哪一天，例如：/换班 同意 {days[0]:%m-%d}。"


def swap_request(who: str, asked: str, day: date, unit: str) -> str:
    """To whoever is asked."""
    return (
        f"{who}请{asked}替班：{unit} {spell_day(day)}。"
        f"{asked}同意发 /换班 同意 {day:%m-%d}，不行发 /换班 不同意 {day:%m-%d}。"
    )


def swap_receipt(asked: str, day: date) -> str:
    return f"已问{asked}能不能替 {spell_day(day)}；没有同意以前还是您值班。"


def swap_outcome(who: str, asked: str, day: date, *, agreed: bool, is_taken_back: bool) -> str:
    """To both, and to whoever reads the roster there."""
    if is_taken_back:
        return f"{who}取消了 {spell_day(day)} 的换班，还是{who}值班。"
    return (
        f"{spell_day(day)} {asked}同意替{who}值班。"
        if agreed
        else f"{spell_day(day)} {asked}不能替，还是{who}值班。"
    )


# At the change -------------------------------------------------------------------------------


def hand_over(day: date, before: Sequence[str], after: Sequence[str]) -> str:
    """The head of the note for those who come on duty at a desk, before what is open."""
    left = f"{'、'.join(before)} → " if before else ""
    return f"交接班 {spell_day(day)}：{left}{'、'.join(after) or '没有排'}"


def open_title() -> str:
    return "等处理的"


def also_open(overdue: int, lines: int, *, is_longer: bool) -> str:
    parts = [f"超时 {overdue}{'+' if is_longer else ''} 件（/超时）"] if overdue else []
    parts += [f"留言 {lines} 条（/留言）"] if lines else []
    return f"另有{'、'.join(parts)}。" if parts else ""


def nothing_open() -> str:
    return "没有等处理的。"


def stand_in(who: str, substitute: str, first: date, last: date, numbers: Sequence[str]) -> str:
    """To a unit's group as an absence begins: who works in whose place, and what lies on the table."""
    span = spell_day(first) if first == last else f"{spell_day(first)} 到 {spell_day(last)}"
    shown = "、".join(numbers[:_MOST]) + (f" 等 {len(numbers)} 件" if len(numbers) > _MOST else "")
    tasks = f"在办的由{substitute}接着办：{shown}。" if numbers else "手上没有在办的。"
    return f"{who} {span} 请假，{substitute}代班。{tasks}"


def stand_in_over(who: str, substitute: str) -> str:
    return f"{who}回来了，{substitute}代班结束。"


# Calling -------------------------------------------------------------------------------------


def call_next(view: CaseView, minutes: int) -> str:
    """To the next one of a unit: those called before gave no sign."""
    return f"{subject(view)}{labels.alarm(view)}叫了 {minutes} 分钟还没有人签收，请您马上签收。"


def nobody_answers(view: CaseView, called: int, minutes: int) -> str:
    """To the desk: everybody of the unit was called."""
    tried = f"叫过 {called} 人" if called else "没有人可叫"
    return f"{subject(view)}{labels.alarm(view)}{view.unit}{tried}，{minutes} 分钟没有人签收。请马上打电话。"


def nobody_present(unit: str) -> str:
    """A unit with open cases in which nobody can be called today."""
    return f"⚠️ {unit}有事在办，今天却没有人在岗：值班、负责人、副手都不在，也没有人代班。请马上安排。"

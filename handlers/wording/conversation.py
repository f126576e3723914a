"""Answers in a conversation: which case is meant, what is known of it, what happens next."""

from collections.abc import Sequence

from handlers.wording import reporter
from handlers.wording.case_view import CaseView
from handlers.wording.refusals import NOTHING_TO_DO, command
from handlers.wording.subjects import subject
from handlers.wording.talk import status
from models.case_numbers import serial_of
from models.workflow import Act

NOBODY_LEARNS = "不会。办理的人只看得到事情本身，看不到您的姓名和电话。"
WHAT_FIGURE = (
    "这个数字没看懂，还什么都没有办。要选哪一件请点按钮；说结果就回「解决了」或「没解决」；别的事直接说一句。"
)
"""To whoever says a figure and nothing else, and was not asked for one."""
_MOST_OFFERED = 3
"""Commands that are named at once."""
TELLS_RESULT = "会的。有进展、办完了，都在这里告诉您，还会请您看看解决了没有。"
TELL_LATER = "好的，看过再告诉我解决了没有就行。"


def choose_case(lines: Sequence[str]) -> str:
    """Words of the card that asks which case is meant; `lines`: one of each."""
    return "\n".join(["点一下就办：", *lines])


def choose_returned(unit: str, lines: Sequence[str]) -> str:
    """Words of the card that asks which case is to be returned; `unit`: whom they suggest, "" for nobody."""
    suggested = f"，建议转{unit}" if unit else ""
    return "\n".join([f"要退回哪一件{suggested}？点一下就退：", *lines])


def may_be_returned(view: CaseView, unit: str, *, in_private: bool) -> str:
    """Asked before a unit returns what it said is not its own; `unit`: whom it suggests, "" for nobody."""
    suggested = f"，建议转{unit}" if unit else ""
    answer = "回复「是」" if in_private else "@我 回「是」"
    return f"{subject(view)}要退回值班员{suggested}，对吗？一个单位只能退一次。请点「确认执行」，或{answer}。"


def is_it_solved(view: CaseView) -> str:
    """Asked where the reporter was asked for the result and said something else."""
    return f"{subject(view)}已经办了，等您回话：解决了，还是没解决？没解决就重办。"


def is_this_meant(view: CaseView) -> str:
    """Asked where what was said to be done may be of something else than the case whose result is asked."""
    return (
        f"说的是这件吗：{subject(view)}解决了？是就点「确认执行」；说的是别的事，点「取消」，再说一句是什么。"
    )


def how_it_stands(view: CaseView, *, more: int, in_private: bool) -> str:
    """To whoever waits for a case and says something that fits nothing; `more`: others of theirs in hand."""
    others = f"另有 {more} 件也在办。" if more else ""
    how = "直接说" if in_private else "@我 说"
    return f"{status(view)}{others}有新情况，或有别的事，{how}就行。"


def name_the_case() -> str:
    """To a desk whose order says not plainly which case it is about."""
    return "没看出是哪一件，还没有办。请写上编号再说一遍，例如：0031 城管局。"


def no_such_task() -> str:
    """To a unit that speaks of a case which it does not have."""
    return "你们手头没有对得上的事件。请写上编号再说一遍；发 /待办 看手头的。"


def what_is_wanted(view: CaseView, possible: Sequence[Act]) -> str:
    """A case is named, and nothing that can be done with it; `possible`: the acts of whoever asks."""
    acts = sorted((act for act in possible if not act.may_stay), key=lambda act: not act.to_states)[
        :_MOST_OFFERED
    ]
    commands = "、".join(command(act, view.number) for act in acts)
    return f"{status(view)}\n没看懂要办什么。" + (f"可以发：{commands}。" if commands else NOTHING_TO_DO)


def sign_first(view: CaseView) -> str:
    """Whoever works on a case without having signed for it is asked to sign."""
    return f"{subject(view)}还没有签收。回复「签收」就开始办理，再记进展。"


def what_if_unable(view: CaseView) -> str:
    """Whoever says that it cannot be done, and not what is to become of it, is asked."""
    serial = serial_of(view.number)
    return (
        f"{subject(view)}办不了，要怎么处理？不归你们办，发 /退回 {serial} 原因；要多些时间，发 /延期 {serial} "
        f"2个工作日 原因；暂时办不成，申请挂账，发 /申请挂账 {serial} 原因。还没有告诉报事人。"
    )


def what_to_do(view: CaseView) -> str:
    """To whoever is beside a danger and asks what to do."""
    return f"{subject(view)}{reporter.stay_safe(view)}"


def how_to_reach(view: CaseView, *, in_private: bool) -> str:
    """To staff who ask for whoever reported it: who that is stands in no group, and looking is on record."""
    how = "请发" if in_private else "请私聊我发"
    return f"{subject(view)}报事人是谁、怎么联系，{how} /查看联系人 {serial_of(view.number)} 理由。"


def how_to_inform(view: CaseView, *, in_private: bool) -> str:
    """To a desk that wants something told to whoever reported a case: what was said went to nobody yet."""
    serial = serial_of(view.number)
    how = "请发" if in_private else "请私聊我发"
    return (
        f"{subject(view)}这句话还没有告诉报事人。要转给报事人，请发 /转告 {serial} 内容；"
        f"要打电话，{how} /查看联系人 {serial} 理由。"
    )


def how_to_extend(view: CaseView) -> str:
    """Whoever needs more time is told how to ask for it."""
    return (
        f"{subject(view)}要延期，请发：/延期 {serial_of(view.number)} 2个工作日 理由。值班员同意后时限才变。"
    )

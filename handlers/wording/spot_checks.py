"""Spot checks: what callers and desks read, and what a call is written down as."""

from collections.abc import Sequence

from handlers.wording import marks
from handlers.wording.case_view import CaseView
from handlers.wording.subjects import subject
from models.case_numbers import serial_of
from models.workflow import Status

_MOST = 20
REACHED, UNREACHED = "联系上", "未联系上"
SOLVED, UNSOLVED = "已解决", "未解决"
SATISFIED, DISSATISFIED = "满意", "不满意"

OUTCOMES = {"reached": "联系上", "unreached": "未能联系", "": "还没打完"}


def spell_call(reached: bool | None, solved: bool | None, satisfied: bool | None, words: str) -> str:
    """A call in the record: `联系上，未解决，不满意：还在漏`; nothing but the words where nobody said what it was."""
    if reached is None:
        return words
    parts = [REACHED if reached else UNREACHED]
    if solved is not None:
        parts.append(SOLVED if solved else UNSOLVED)
    if satisfied is not None:
        parts.append(SATISFIED if satisfied else DISSATISFIED)
    return "，".join(parts) + (f"：{words}" if words else "")


def _list_cases(cases: Sequence[tuple[str, str]]) -> list[str]:
    lines = [f"{marks.case_mark(number)}{name}" for number, name in cases[:_MOST]]
    return [*lines, f"等 {len(cases)} 件"] if len(cases) > _MOST else lines


def task(cases: Sequence[tuple[str, str]], caller: str = "") -> str:
    """To who is to call; number and class of each case. `caller`: who that is, where others read it."""
    short = serial_of(cases[0][0])
    who = f"请{caller}打电话。" if caller else ""
    return "\n".join(
        [
            f"📞 抽查回访 {len(cases)} 件。{who}随机抽中，请不要告诉承办单位。",
            *_list_cases(cases),
            f"号码：私聊我发 /查看联系人 {short} 抽查回访",
            f"打通了：/回访 {short} {REACHED} {SOLVED} {SATISFIED} 说了什么",
            f"没打通：/回访 {short} {UNREACHED}，隔天再打一次；还不通就记「未能联系」",
        ]
    )


def nobody_to_call(cases: Sequence[tuple[str, str]]) -> str:
    """To the desk: whoever could call is of the units that handled these."""
    return "\n".join(
        [
            f"⚠️ 抽查回访 {len(cases)} 件没有人可以打：值班员都是承办、协办单位的，或者不在岗。请上级值班室安排人。",
            *_list_cases(cases),
        ]
    )


def only_in_private() -> str:
    return "抽到哪几件只在私聊里说，请私聊我发 /抽查。"


def nothing_to_call() -> str:
    return "现在没有请您打的抽查电话。"


def not_for_party(number: str, caller: str) -> str:
    """Somebody else is to call; `caller`: who, "" where nobody was found."""
    who = f"由{caller}打" if caller else "由承办、协办单位以外的值班员打"
    return f"{marks.case_mark(number)}这件在抽查回访，{who}，您不能记。"


def ask_to_reopen(view: CaseView) -> str:
    """To the desk: the reporter says that it is not solved, of a closed case or after it was done once more."""
    close = "" if view.status is Status.CLOSED else f"已经重办过一次，先 /结案 {view.short}；"
    return f"{subject(view)}⚠️ 回访时报事人说没有解决（{view.act_text}）。请核对，{close}要重办发 /重开 {view.short} 理由。"


def sent_back(view: CaseView) -> str:
    """To the unit: the reporter said on the telephone that it is not solved."""
    return f"{subject(view)}↩️ 电话回访，报事人说没有解决，请重办：{view.act_text}"

"""Why something was not done, and what would be possible: always both."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from handlers.wording import marks
from models.cases import Case, Event
from models.workflow import ACTS, Act, Need, Status

_NEEDS = {
    Need.TEXT: "请写上内容",
    Need.REASON: "请写上理由",
    Need.UNIT: "请写上单位",
    Need.CLASS: "请写上类别",
    Need.PLACE: "请写上地点",
    Need.EVIDENCE: "请写几个字，或附上照片",
    Need.VERDICT: "请写「通过」或「不通过」和理由",
    Need.ANSWER: "请写「已解决」或「未解决」",
}


def command(act: Act, number: str) -> str:
    """How the act is typed: `/交办 0031 单位 [时限]`."""
    return " ".join(part for part in (f"/{act.verb}", number[-4:], act.usage) if part)


def _possible(acts: Sequence[Act]) -> str:
    return f"您现在可以：{'、'.join(act.verb for act in acts)}。" if acts else "您现在不需要做什么。"


def no_such_case(said: str) -> str:
    return (
        f"没有找到编号为「{said}」的事件。发 /我的 可以看到您的事件。"
        if said
        else "请写上事件编号，如 0031。"
    )


def no_such_unit(said: str, nearest: Sequence[str] = ()) -> str:
    tip = f"是不是{'、'.join(nearest)}？" if nearest else "请写单位的全称或简称。"
    return f"没有找到单位「{said}」，{tip}" if said else "请写上单位，如 城管局。"


def no_such_class(said: str, nearest: Sequence[str] = ()) -> str:
    tip = f"是不是{'、'.join(nearest)}？" if nearest else ""
    return f"没有「{said}」这个类别。{tip}"


def not_allowed(act: Act, case: Case, possible: Sequence[Act]) -> str:
    return f"{marks.case(case.number)}您不能{act.verb}：这一步由{_who(act)}来做。{_possible(possible)}"


def wrong_state(act: Act, case: Case, mover: Event | None, who: str, *, zone: ZoneInfo) -> str:
    """Who moved it, when, and where it is now."""
    state = Status(case.status).chinese
    if mover is None:
        return f"{marks.case(case.number)}现在是「{state}」，不能{act.verb}。"
    moment = mover.at.astimezone(zone)
    verb = ACTS[mover.act].verb
    return f"{marks.case(case.number)}{who}已于 {moment:%m-%d %H:%M} {verb}，现在是「{state}」，不能再{act.verb}。"


def missing(act: Act, need: Need, number: str) -> str:
    return f"{_NEEDS[need]}，例如：{command(act, number)}"


def not_replied(number: str) -> str:
    return f"{marks.case(number)}还没有答复报事人，不能结案。"


def too_late_to_reopen(number: str, days: int) -> str:
    return f"{marks.case(number)}结案已超过 {days} 天，不能重开。请重新上报，我们会关联原事件。"


def void_not_asked(number: str) -> str:
    return f"{marks.case(number)}没有人申请作废。"


def ambiguous(verb: str, numbers: Sequence[str]) -> str:
    listed = "、".join(number[-4:] for number in numbers[:5])
    return f"有 {len(numbers)} 件都可以{verb}（{listed}{'…' if len(numbers) > 5 else ''}），请写上编号。"


def ambiguous_tail(said: str, numbers: Sequence[str]) -> str:
    return f"「{said}」对应多件：{'、'.join(numbers[:5])}。请写全编号。"


def one_at_a_time(act: Act, number: str) -> str:
    return f"一次只能办一件，请分开发，例如：{command(act, number)}"


def nothing_fits(verb: str) -> str:
    return f"没有可以{verb}的事件。请写上编号，或引用那条消息。"


def unknown_command(said: str, nearest: str | None) -> str:
    tip = f"是不是 /{nearest}？" if nearest else ""
    return f"没有 /{said} 这个命令。{tip}发 /帮助 看全部命令。"


_WHO_NAMES = {
    "anyone": "任何人",
    "reporter": "报事人",
    "duty": "值班员",
    "coordinator": "协调员",
    "handler": "承办单位",
    "grid": "本网格网格员",
    "checker": "承办人以外的核查人",
    "second": "另一位值班员",
}


def _who(act: Act) -> str:
    return "或".join(_WHO_NAMES[who] for who in act.who if who in _WHO_NAMES)

"""The workflow, as one table (design §5).

Commands, card buttons, the API, the help texts, the permission check and the documentation are
all read from `ACTS`. Adding an act is adding a row here, its effect in `handlers/effects.py`, its
wording in `handlers/wording/`, and a test.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    NEW = "NEW"
    ACCEPTED = "ACCEPTED"
    DISPATCHED = "DISPATCHED"
    IN_PROGRESS = "IN_PROGRESS"
    SUSPENDED = "SUSPENDED"
    SUBMITTED = "SUBMITTED"
    CALLBACK = "CALLBACK"
    CLOSED = "CLOSED"
    REJECTED = "REJECTED"
    VOID = "VOID"
    DUPLICATE = "DUPLICATE"

    @property
    def chinese(self) -> str:
        return _STATUS_NAMES[self]


_STATUS_NAMES = {
    Status.NEW: "待受理",
    Status.ACCEPTED: "已受理",
    Status.DISPATCHED: "待签收",
    Status.IN_PROGRESS: "办理中",
    Status.SUSPENDED: "挂账",
    Status.SUBMITTED: "待核验",
    Status.CALLBACK: "待回访",
    Status.CLOSED: "已办结",
    Status.REJECTED: "不予受理",
    Status.VOID: "作废",
    Status.DUPLICATE: "并案",
}

OPEN = frozenset(Status) - {Status.CLOSED, Status.REJECTED, Status.VOID, Status.DUPLICATE}


class Who(StrEnum):
    """How a person must stand to a case to perform an act."""

    ANYONE = "anyone"
    REPORTER = "reporter"
    DUTY = "duty"
    COORDINATOR = "coordinator"
    HANDLER = "handler"
    """Of the unit that has the case, or of a part of it."""
    GRID = "grid"
    """Grid officer of the area the case lies in."""
    CHECKER = "checker"
    """Duty, grid officer, observer or reporter, but never whoever handled it."""
    SECOND = "second"
    """Duty, but not the person who asked."""
    TIME = "time"
    """The program itself."""


class Need(StrEnum):
    """What must be given with an act."""

    TEXT = "text"
    REASON = "reason"
    UNIT = "unit"
    CLASS = "class"
    PLACE = "place"
    EVIDENCE = "evidence"
    """Words or a file."""
    VERDICT = "verdict"
    """通过 or 不通过; 不通过 also wants a reason."""
    ANSWER = "answer"
    """Solved or not, satisfied or not."""


class Audience(StrEnum):
    """Who is told. Handlers name audiences; which chat and route that is, others work out."""

    REPORTER = "reporter"
    HANDLING = "handling"
    DUTY = "duty"


@dataclass(frozen=True, slots=True)
class Act:
    key: str
    verb: str
    """The command's word, `/签收`."""
    before: frozenset[Status]
    after: tuple[Status, ...]
    """States it may lead to; empty: the state stays as it is."""
    who: tuple[Who, ...]
    needs: tuple[Need, ...] = ()
    tells: tuple[Audience, ...] = ()
    aliases: tuple[str, ...] = ()
    usage: str = ""
    """What follows the number in a command, in words."""
    about: str = ""
    """One line for `/帮助` and the documentation."""


def _states(*statuses: Status) -> frozenset[Status]:
    return frozenset(statuses)


_S, _W, _N, _A = Status, Who, Need, Audience
_STAFF = (_W.DUTY, _W.HANDLER, _W.GRID, _W.COORDINATOR)

_TABLE = (
    Act(
        "report", "上报", _states(), (_S.NEW,), (_W.ANYONE,), (_N.EVIDENCE,), (_A.REPORTER, _A.DUTY),
        ("报事", "反映"), "一句话", "上报一件事（直接说话、发照片也可以）",
    ),
    Act(
        "add", "补充", OPEN, (), (_W.REPORTER, *_STAFF), (_N.EVIDENCE,), (_A.HANDLING,),
        (), "内容", "给事件补充文字或照片",
    ),
    Act(
        "accept", "受理", _states(_S.NEW), (_S.ACCEPTED,), (_W.DUTY,), (), (_A.REPORTER,),
        (), "", "受理，先不派单",
    ),
    Act(
        "reject", "不予受理", _states(_S.NEW, _S.ACCEPTED), (_S.REJECTED,), (_W.DUTY,),
        (_N.REASON,), (_A.REPORTER,), ("不受理",), "理由", "不予受理，理由会告诉报事人",
    ),
    Act(
        "classify", "改类", OPEN, (), (_W.DUTY,), (_N.CLASS,), (_A.HANDLING,),
        ("分类",), "类别", "更正类别，时限随之更新",
    ),
    Act(
        "place", "定位", OPEN, (), (_W.DUTY, _W.GRID), (_N.PLACE,), (_A.HANDLING,),
        ("地点",), "地点", "更正地点",
    ),
    Act(
        "assign", "交办", _states(_S.NEW, _S.ACCEPTED), (_S.DISPATCHED,), (_W.DUTY, _W.COORDINATOR, _W.TIME),
        (_N.UNIT,), (_A.REPORTER, _A.HANDLING), ("派单", "派遣"), "单位 [时限]",
        "交给承办单位，如 /交办 0031 城管局 4小时",
    ),
    Act(
        "pass_on", "转办", _states(_S.ACCEPTED, _S.DISPATCHED), (_S.DISPATCHED,), (_W.DUTY,),
        (_N.UNIT,), (_A.REPORTER, _A.HANDLING), ("改派",), "单位", "转给另一单位，时限不变",
    ),
    Act(
        "sign", "签收", _states(_S.DISPATCHED), (_S.IN_PROGRESS,), (_W.HANDLER,), (), (_A.REPORTER,),
        ("接单",), "", "本单位签收，开始办理",
    ),
    Act(
        "return", "退回", _states(_S.DISPATCHED, _S.IN_PROGRESS), (_S.ACCEPTED,), (_W.HANDLER,),
        (_N.REASON,), (_A.DUTY,), ("退单",), "理由 [建议单位]", "不属本单位职责，退回值班员",
    ),
    Act(
        "progress", "进展", _states(_S.IN_PROGRESS), (), (_W.HANDLER,), (_N.EVIDENCE,), (_A.REPORTER,),
        (), "内容", "记一条办理进展",
    ),
    Act(
        "feedback", "反馈", _states(_S.IN_PROGRESS, _S.DISPATCHED), (_S.SUBMITTED,), (_W.HANDLER,),
        (_N.EVIDENCE,), (_A.DUTY,), ("办结反馈", "回复"), "结果（附照片）", "办完了，附处理后照片",
    ),
    Act(
        "solve_in_grid", "自办", _states(_S.NEW, _S.ACCEPTED), (_S.SUBMITTED,), (_W.GRID,),
        (_N.EVIDENCE,), (_A.REPORTER, _A.DUTY), ("自办自结",), "结果", "网格员当场解决",
    ),
    Act(
        "verify", "核查", _states(_S.SUBMITTED), (_S.CALLBACK, _S.IN_PROGRESS), (_W.CHECKER,),
        (_N.VERDICT,), (_A.REPORTER, _A.HANDLING), ("核验",), "通过 / 不通过 理由",
        "核查结果；不通过退回重办",
    ),
    Act(
        "rate", "评价", _states(_S.CALLBACK), (_S.CLOSED, _S.IN_PROGRESS), (_W.REPORTER,),
        (_N.ANSWER,), (_A.REPORTER, _A.HANDLING, _A.DUTY), (), "已解决 / 未解决 [满意 / 不满意] [意见]",
        "报事人评价结果",
    ),
    Act(
        "close", "结案", _states(_S.CALLBACK), (_S.CLOSED,), (_W.DUTY, _W.TIME), (), (_A.REPORTER,),
        ("办结",), "", "结案（须已答复报事人）",
    ),
    Act(
        "reopen", "重开", _states(_S.CLOSED), (_S.ACCEPTED,), (_W.REPORTER, _W.DUTY), (_N.REASON,),
        (_A.REPORTER, _A.DUTY), (), "理由", "没有真正解决，重新办理",
    ),
    Act(
        "void", "作废", OPEN, (), (_W.DUTY,), (_N.REASON,), (_A.DUTY,),
        (), "理由", "申请作废，须另一位值班员同意",
    ),
    Act(
        "confirm_void", "同意作废", OPEN, (_S.VOID,), (_W.SECOND,), (), (_A.REPORTER, _A.HANDLING, _A.DUTY),
        (), "", "同意作废申请（申请人以外的值班员）",
    ),
    Act(
        "decline_void", "不同意作废", OPEN, (), (_W.SECOND,), (), (_A.DUTY,),
        (), "[理由]", "不同意作废申请，照常办理",
    ),
)  # fmt: skip

ACTS: Mapping[str, Act] = {act.key: act for act in _TABLE}
"""Every act by its key, in the order of a case's life."""

BY_WORD: Mapping[str, Act] = {
    word: act for act in _TABLE for word in (act.verb, *act.aliases, act.key, act.key.replace("_", "-"))
}
"""Every act by every word people and programs use for it."""


def permitted(status: Status) -> tuple[Act, ...]:
    """The acts that a case in this state allows, whoever asks."""
    return tuple(act for act in _TABLE if status in act.before)

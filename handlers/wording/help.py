"""The help: five lines for this role, and all commands by purpose."""

from collections.abc import Iterator, Mapping, Sequence

from models.organisation import Role
from models.workflow import Act, ActField, CaseRelation

NUMBER_TIP = "编号写横线后面那几位；引用一条消息时可以不写。"
ALL = "全部"
_REST = f"其余用法：发 /帮助 {ALL}"

_SEE = "看进展：/查 0031；找：/查 路名、事情或单位"
_REPORTER = (
    "看进展：问「怎么样了」，或发 /查 0031",
    "补充、改地点：引用我的消息直接说、发照片",
    "催一催、解决了、没解决：引用我的消息说这几个字",
)
_GRID = (
    "当场解决了：引用消息发照片，说「弄好了」",
    "核实：看完引用消息发照片和情况",
    _SEE,
)
_HANDLER = (
    "接单：引用任务说「签收」；不归你们说「不归我们，是××局的」",
    "办完：引用任务发照片和结果",
    "待办：/待办；快超时：/超时；找：/查 路名或事情",
)
_DESK = (
    "派单：/交办 0031 城管局 4小时，或点卡片",
    "核查：/核查 0031 通过；结案前先答复报事人",
    "看：/待办、/超时、/今日、/月报；找：/查 路名、事情或单位",
)
_LEADER = (
    "看：/今日、/超时、/月报、/热点",
    "催：/督办 0031 要求；/批示 0031 内容",
    "找：/查 路名、事情或单位",
)
_FIRST_LINES: Mapping[Role, tuple[str, ...]] = {
    Role.RESIDENT: _REPORTER,
    Role.INFORMANT: _REPORTER,
    Role.GRID: _GRID,
    Role.HANDLER: _HANDLER,
    Role.DUTY: _DESK,
    Role.ADMIN: _DESK,
    Role.COORDINATOR: _DESK,
    Role.LEADER: _LEADER,
    Role.OBSERVER: _LEADER,
}

OTHERS = (
    ("更正 编号 内容", "改正地点或补充说明"),
    ("转人工 内容", "请值班员本人答复"),
    ("查 编号", "看一件事的进展"),
    ("查 路名、事情或单位", "找出来，新的在前"),
    ("卡片 编号", "要一张最新的卡片，点按钮办"),
    ("我的", "我上报的和等我办的"),
    ("待办", "等我处理的"),
    ("超时", "已经超时的"),
    ("帮助", "五行常用的"),
)
FOR_REPORTERS = (("另报 编号", "重开以后才知道是另一件事：5 分钟内改成新的一件"),)
FOR_STAFF = (
    ("本网格", "我这个网格在办的"),
    ("今日", "今天的数字"),
    ("月报 [2026-03] [图|文件]", "各单位一个月的数字；也可以写 排名图、趋势图"),
    ("议程", "等会商的事"),
    ("会商记录 编号", "会商记录，Word"),
)
FOR_CALLERS = (("抽查", "请您打的抽查电话（私聊）"),)
BINDING = (
    ("绑定 单位 用途", "把本群交给一个单位用"),
    ("解绑", "解除本群的绑定"),
    ("噪音", "各群最近一周听到多少、误开多少"),
)
_REPORTING, _UNITS, _HANDLING, _APPROVAL, _DESK_WORK = (
    "报事、评价",
    "派给谁",
    "办理",
    "申请、批准",
    "受理、督促、答复",
)
_LOOKING, _GROUPS = "查看", "群、通知、热点"
_DOING = frozenset({CaseRelation.HANDLER, CaseRelation.PARTNER, CaseRelation.GRID, CaseRelation.SURVEYOR})


def short_help(role: Role, how_to_report: str) -> str:
    """Five lines: what somebody of this role does most."""
    return "\n".join([how_to_report, *_FIRST_LINES[role], _REST])


def full_help(acts: Sequence[Act], others: Sequence[tuple[str, str]], more: Sequence[tuple[str, str]]) -> str:
    """Every command by purpose: acts that the reader may do, what only looks, and what is about groups.

    `others` and `more` are (usage, meaning).
    """
    lines = [NUMBER_TIP]
    for purpose in (_REPORTING, _UNITS, _HANDLING, _APPROVAL, _DESK_WORK):
        lines += _section(purpose, [_line(act) for act in acts if _purpose_of(act) == purpose])
    lines += _section(_LOOKING, [f"/{usage}：{about}" for usage, about in others])
    lines += _section(_GROUPS, [f"/{usage}：{about}" for usage, about in more])
    return "\n".join(lines)


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"【{title}】"
        yield from lines


def _line(act: Act) -> str:
    return f"/{act.verb} 编号 {act.usage}".rstrip() + f"：{act.about}"


def _purpose_of(act: Act) -> str:
    if act.request is not None or act.grants is not None:
        return _APPROVAL
    if {ActField.UNIT, ActField.UNITS}.intersection(act.required_fields):
        return _UNITS
    if CaseRelation.REPORTER in act.relations:
        return _REPORTING
    return _HANDLING if _DOING.intersection(act.relations) else _DESK_WORK

"""`docs/acts.md`, generated from the workflow table: `make docs` writes it, a test compares."""

from collections.abc import Iterable
from pathlib import Path

from bot.cli.entrances.channels_table import CHANNELS_PAGE, build_channels_page
from bot.cli.rights_table import RIGHTS_PAGE, build_rights_page
from handlers.interactions import menus
from handlers.wording.refusals import WHO_NAMES
from models.workflow import ACTS, OPEN, Act, ActField, Audience, CaseRelation, Status

ACTS_PAGE = Path(__file__).resolve().parents[2] / "docs" / "acts.md"

_NEEDS = {
    ActField.TEXT: "内容",
    ActField.REASON: "理由",
    ActField.DECISIONS: "结论和分工",
    ActField.UNIT: "单位",
    ActField.UNITS: "一个或几个单位",
    ActField.CLASS: "类别",
    ActField.PLACE: "地点",
    ActField.PARENT: "主案编号",
    ActField.LENGTH: "多久",
    ActField.EVIDENCE: "文字或照片",
    ActField.VERDICT: "通过或不通过",
    ActField.SIGNATURE: "同意或退改",
    ActField.LEVEL: "哪一级",
    ActField.ANSWER: "解决没有",
    ActField.CALL: "联系上没有",
    ActField.MONEY: "金额",
    ActField.ADOPTION: "采纳多少和理由",
    ActField.AMOUNT: "金额",
    ActField.PARTY: "姓名、电话、关系",
    ActField.UNTIL: "到哪一天",
    ActField.LIMIT: "时限",
    ActField.LEADER: "领导",
    ActField.SUGGESTED_UNIT: "建议的单位",
}
_AUDIENCES = {
    Audience.REPORTER: "报事人",
    Audience.HANDLING: "承办单位",
    Audience.PARTNERS: "被请的单位",
    Audience.JOINT: "一起办的单位",
    Audience.DUTY: "值班员",
    Audience.LEADER: "领导",
    Audience.FORMER: "原承办单位",
    Audience.CHARGE: "包案领导",
    Audience.SURVEYORS: "被请去看的人",
    Audience.SIGNER: "审签人",
}
_HEAD = """# 全部动作

这一页由 `make docs` 从动作表（`models/workflow.py`）写成，不要手改。
命令、卡片按钮、接口、`/帮助` 和权限检查用的都是同一张表。

**多件**：可以一次写几个编号。**撤销**：本人 5 分钟内可以 `/撤销`。**确认**：先给您看一眼，确认以后才做。

**按钮**：“卡片”是卡片上直接有（在该点它的时候），“更多”是点卡片的“更多”再点它；“选”是接着在卡片上选，
“引用写”是我回一条提示，10 分钟内引用它写上内容。没有卡片时发 `/卡片 编号`。

| 命令 | 做什么 | 从 | 到 | 谁 | 要写 | 告诉谁 | 另外 | 按钮 | 接口 |
|---|---|---|---|---|---|---|---|---|---|
"""


def build_acts_page() -> str:
    """The Markdown text of `docs/acts.md`."""
    return _HEAD + "".join(_build_row(act) for act in ACTS.values())


def _build_row(act: Act) -> str:
    cells = (
        f"`{' '.join(part for part in (f'/{act.verb}', act.usage) if part)}`{_format_aliases(act)}",
        act.about,
        _format_from_states(act),
        _format_to_states(act),
        "、".join("系统" if who is CaseRelation.TIME else WHO_NAMES[who] for who in act.relations),
        "、".join(_NEEDS[need] for need in act.required_fields),
        "、".join(_AUDIENCES[audience] for audience in act.audiences),
        "、".join(_list_flags(act)),
        menus.how_to_press(act),
        f"`{act.key.replace('_', '-')}`",
    )
    return f"| {' | '.join(_escape_bars(cell) or '—' for cell in cells)} |\n"


def _escape_bars(cell: str) -> str:
    """A bar ends a cell of a table even within backquotes."""
    return cell.replace("|", "\\|")


def _format_aliases(act: Act) -> str:
    return f"（也可 {'、'.join(f'`/{alias}`' for alias in act.aliases)}）" if act.aliases else ""


def _format_from_states(act: Act) -> str:
    if act.from_states == frozenset(Status):
        return "任何状态"
    return (
        "未办结"
        if act.from_states == OPEN
        else _join_statuses(sorted(act.from_states, key=list(Status).index))
    )


def _format_to_states(act: Act) -> str:
    if act.to_states == tuple(Status):
        return "上一步之前"
    return _join_statuses(act.to_states) + ("，或不变" if act.may_stay else "")


def _join_statuses(statuses: Iterable[Status]) -> str:
    return "、".join(status.chinese for status in statuses)


def _list_flags(act: Act) -> list[str]:
    return [
        word
        for word, has in (("多件", act.bulk), ("撤销", act.undoable), ("确认", act.needs_confirmation))
        if has
    ]


if __name__ == "__main__":
    ACTS_PAGE.write_text(build_acts_page(), encoding="utf-8")
    RIGHTS_PAGE.write_text(build_rights_page(), encoding="utf-8")
    CHANNELS_PAGE.write_text(build_channels_page(), encoding="utf-8")

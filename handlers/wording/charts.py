"""What stands in charts, and what is said about them."""

from collections.abc import Sequence
from datetime import date

from handlers.wording.reports import NOBODY, spell_percent
from models.figures import Figures, UnitFigures

MONTH_HEAD = ("单位", "受理", "回应率", "解决率", "满意率", "按时率", "超时")
TOTAL = "合计"
RECEIVED, SATISFIED = "受理（件）", "满意率"
_LONGEST_NAME = 10
KINDS = {"month": "月报", "ranking": "排名", "trend": "趋势"}
"""Charts by their keys."""


def chart_title(kind: str, scope: str, span: str) -> str:
    """`海门区排名（2026 年 11 月）`."""
    return f"{scope}{KINDS[kind]}（{span}）"


def shorten(name: str) -> str:
    """A name of a unit that fits beside a bar."""
    name = name or NOBODY
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def rank_label(line: UnitFigures) -> str:
    return f"{line.rank}. {shorten(line.name)}"


def score_label(score: float) -> str:
    return f"{score * 100:.1f}"


def rate_label(rate: float) -> str:
    return f"{rate * 100:.0f} %"


def figures_cells(name: str, figures: Figures, overdue: int) -> Sequence[str]:
    """A row of the table of a month."""
    rates = (figures.answer_rate, figures.solve_rate, figures.satisfaction, figures.on_time_rate)
    return (shorten(name), str(figures.received), *map(spell_percent, rates), str(overdue))


def more_units(count: int) -> str:
    return f"还有 {count} 个单位没有列出"


def nobody_ranked(least: int) -> str:
    return f"没有可排名的单位：受理满 {least} 件、三率都有的才排名"


def month_label(first: date) -> str:
    return f"{first.month} 月"


def cannot_draw() -> str:
    return "这台服务器还不会画图，请管理员装上 gridbot[pictures]。可以看文字的，也可以要文件：/月报 文件。"


def caption(title: str, sender: str) -> str:
    """Below a chart that somebody sent to a group."""
    return f"{title}，{sender} 发"


def may_not_send() -> str:
    return "把图发到群里，由值班员、协调员和领导来做。"


def no_such_group() -> str:
    return "没有这个群，或者它不归您管。没有发。"


def unknown_chart() -> str:
    return "没有这种图。"

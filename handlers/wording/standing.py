"""How units, areas and leaders stand: names of what is counted, and what was published."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from handlers.wording import pages, reports
from handlers.wording.papers import NOBODY_SIGNED, format_day
from models.figures import ShareFigures
from models.loop import LoopStep

DIMENSIONS = {"domain": "领域", "family": "三类和环境", "source": "来源", "step": "闭环五步"}
"""What cases are told apart by, by its keys."""
BOARDS = {"area": "区域", "leader": "领导"}
_SHARES = {"sent_back": "退回过", "called": "被吹哨", "arrived": "吹哨后报到"}
_CHARGES = {"taken": "包案", "finished": "包案、已办结", "late": "包案、超期"}
_RECEIPTS = {"received": "首接", "passed": "首接、转给别家", "finished": "首接、已办结"}
SIGNATURES = {"decided": "审签过", "sent_back": "审签退改", "late": "审签超时"}
CALLS = {
    "drawn": "抽查回访", "reached": "抽查联系上", "unreached": "抽查未能联系", "solved": "抽查说已解决",
    "judged": "抽查问到满意度", "satisfied": "抽查说满意", "waiting": "抽查还没打完",
}  # fmt: skip
"""Cases by what came of their spot check."""
PUBLISH_USAGE = "请写月份，例如：/发布月报 2026-10 全省第 2 名（名次可以不写）。"
MAY_NOT_PUBLISH = "月报由值班员、协调员、领导发布。"
NOT_OVER = "这段时间还没有过完，过完了再发布。"
NO_SUCH_EDITION = "没有这份发布的月报。"
LONG_NOTE = "外部名次太长，最多 100 个字。"
OTHERS = "其他"


def family_name(family: str) -> str:
    return family or OTHERS


def step_name(step: str) -> str:
    return LoopStep(step).chinese if step in set(LoopStep) else "不在环节里"


def had_share(kind: str, unit: str) -> str:
    return f"{unit or '有单位'}{_SHARES[kind]}"


def was_charged(kind: str, leader: str) -> str:
    return f"{leader}{_CHARGES[kind]}"


def was_received_first(kind: str, unit: str, person: str) -> str:
    """`person`: "" where nobody signed."""
    return f"{unit}{person or f'（{NOBODY_SIGNED}）'}{_RECEIPTS[kind]}"


def of_table(unit: str) -> str:
    """Of a unit's table, with all beneath it."""
    return f"{unit} 和下级"


def spell_arrivals(shares: ShareFigures) -> str:
    """`80.0 %，平均 25 分钟`."""
    if shares.minutes is None:
        return reports.spell_percent(shares.arrival_rate)
    return f"{reports.spell_percent(shares.arrival_rate)}，平均 {shares.minutes} 分钟"


def report_title(scope: str, span: str) -> str:
    """`海门区 2026 年 10 月月报`."""
    return f"{scope} {span}月报"


def publishing_receipt(
    title: str, edition: int, note: str, differences: Sequence[tuple[str, int, int]]
) -> str:
    """A report was published; `differences` from the edition before, if there was one."""
    changed = f"\n和上一版比：{list_differences(differences)}" if edition > 1 else ""
    noted = f"\n外部名次：{note}" if note else ""
    return f"{title}已发布，第 {edition} 版。数字存下来不再变。{noted}{changed}"


def beside_published(
    day: datetime, edition: int, note: str, differences: Sequence[tuple[str, int, int]]
) -> str:
    """Under the live figures: that these were published, and what has changed since; `day` is local."""
    noted = f"，外部名次：{note}" if note else ""
    return f"{format_day(day)}已发布第 {edition} 版{noted}。现在和那时比：{list_differences(differences)}"


def list_differences(differences: Sequence[tuple[str, int, int]]) -> str:
    """`受理 40→41，满意 30→29`: key, then and now, of those that differ."""
    changed = [f"{pages.FIGURES[key]} {then}→{now}" for key, then, now in differences if then != now]
    return "，".join(changed) or "没有变化"


RATES: Mapping[str, str] = {
    "answer_rate": "回应率", "solve_rate": "解决率", "satisfaction": "满意率", "on_time_rate": "按时率",
}  # fmt: skip

"""Texts with figures, short enough for a phone: the monthly report, and false alarms by group."""

from collections import Counter
from collections.abc import Mapping, Sequence

from models.figures import CallFigures, ChargeFigures, MonthlyReport, SignatureFigures, UnitFigures, is_below

_MOST = 12
NOBODY = "未交办"


def month_usage() -> str:
    return "请写月份，例如：/月报 2026-03。不写就是上个月。"


def not_yet() -> str:
    return "这个月还没有到。"


def may_not_ask() -> str:
    return "月报只给值班员、承办单位和领导看。"


def may_not_read_rates() -> str:
    return "三率和排名给值班员、协调员、领导、督查员和网格员看。本单位的月报请在群里发 /月报。"


def monthly_report(report: MonthlyReport, *, also: str = "") -> str:
    """The month's totals with the change from the month before, and at most 12 units, two lines each.

    `also`: how it differs from what was published, and the command for another month.
    """
    total, before, targets = report.total, report.before, report.targets
    scope = f" {report.scope}" if report.scope else ""
    lines = [
        f"{report.first.year} 年 {report.first.month} 月月报{scope}",
        f"受理 {total.received} 件{_growth(total.received, before.received)}",
        *(
            f"{name} {spell_percent(now)}{_change(now, earlier)}{spell_shortfall(now, target)}"
            for name, now, earlier, target in (
                ("回应率", total.answer_rate, before.answer_rate, targets.answer),
                ("解决率", total.solve_rate, before.solve_rate, targets.solve),
                ("满意率", total.satisfaction, before.satisfaction, targets.satisfaction),
                ("按时率", total.on_time_rate, before.on_time_rate, targets.on_time),
            )
        ),
        f"没评价 {total.unrated} 件，退回 {total.returned} 件，返工 {total.reworked} 件",
        f"现在超时 {report.overdue} 件",
    ]
    if report.signatures.decided:
        lines.append(signatures(report.signatures))
    if total.excluded:
        lines.append(f"不受理、作废、并案的 {total.excluded} 件不算在内")
    if total.in_grid:
        lines.append(f"网格自办 {total.in_grid} 件")
    if report.calls.drawn:
        lines.append(spell_calls(report.calls))
    if report.charges:
        lines.append(_spell_charges(report.charges[:_MOST]))
    if total.withdrawn:
        lines.append(f"报事人撤回的 {total.withdrawn} 件不算在内")
    units = [line for line in report.lines if line.figures.received or line.overdue]
    for line in units[:_MOST]:
        lines += _unit_lines(line)
    if len(units) > _MOST:
        lines.append(f"还有 {len(units) - _MOST} 个单位没有列出")
    return "\n".join([*lines, also] if also else lines)


def signatures(figures: SignatureFigures) -> str:
    """How many answers were signed, and how long that took."""
    return (
        f"审签 {figures.decided} 件，平均 {figures.hours:g} 小时，"
        f"退改 {figures.sent_back} 件，超时 {figures.late} 件（另算，不计入承办用时）"
    )


def spell_calls(calls: CallFigures) -> str:
    """How the spot checks came out."""
    waiting = f"，还没打完 {calls.waiting} 件" if calls.waiting else ""
    return (
        f"抽查回访 {calls.drawn} 件：联系上 {calls.reached}，已解决 {calls.solved}，"
        f"满意 {calls.satisfied}/{calls.judged}，未能联系 {calls.unreached}{waiting}（不算在评价里）"
    )


def _spell_charges(charges: Sequence[ChargeFigures]) -> str:
    named = "，".join(
        f"{one.leader} {one.taken} 件（办结 {one.finished}，超期 {one.late}）" for one in charges
    )
    return f"领导包案：{named}"


def this_month_too(month: str) -> str:
    """Offered at the end of a month; `month`: `2026-11`."""
    return f"看本月到今天的：发 /月报 {month}"


def _unit_lines(line: UnitFigures) -> tuple[str, str]:
    """`1. 城管局：受理 12 件` and, below, `回应 100 % 解决 87 % 满意 80 % 按时 90 %`."""
    rank = f"{line.rank}. " if line.rank else ""
    overdue = f"，超时 {line.overdue} 件" if line.overdue else ""
    named = (
        ("回应", line.figures.answer_rate),
        ("解决", line.figures.solve_rate),
        ("满意", line.figures.satisfaction),
        ("按时", line.figures.on_time_rate),
    )
    rates = " ".join(f"{name} {_short_percent(rate)}" for name, rate in named)
    return f"{rank}{line.name or NOBODY}：受理 {line.figures.received} 件{overdue}", rates


def _short_percent(rate: float | None) -> str:
    return "—" if rate is None else f"{rate * 100:.0f} %"


def spell_percent(rate: float | None) -> str:
    """`96.2 %`; a dash where nothing counts."""
    return "—" if rate is None else f"{rate * 100:.1f} %"


def spell_shortfall(rate: float | None, target: int | None) -> str:
    """`，没到 95 %`; "" where the target is reached, or there is none."""
    return f"，没到 {target} %" if is_below(rate, target) else ""


def _growth(now: int, before: int) -> str:
    """`（上月 4 件，+50.0 %）`."""
    return f"（上月 {before} 件，{(now - before) / before * 100:+.1f} %）" if before else "（上月 0 件）"


def _change(now: float | None, before: float | None) -> str:
    points = spell_points(now, before)
    return f"（{points}）" if points else ""


def spell_points(now: float | None, before: float | None) -> str:
    """`+1.2 个百分点`: the difference in percentage points, not in per cent; "" where there is none."""
    if now is None or before is None:
        return ""
    # Else a little less would be −0.0.
    return f"{round((now - before) * 100, 1) + 0.0:+.1f} 个百分点"


# False alarms -----------------------------------------------------------------------------------

FALSE_ALARM_NOTE = "误开：后来作废或不予受理的。"


def may_not_ask_noise() -> str:
    return "噪音只给值班员、协调员和管理员看。"


def no_messages(days: int) -> str:
    """There were no messages in groups with people during the last `days` days."""
    return f"最近 {days} 天，上报群和居民群里没有消息。"


def false_alarm_page(days: int, found: Sequence[tuple[str, Counter[str]]]) -> str:
    """False alarms of the last `days` days by group, at most 12; `found` are names and summed figures."""
    lines = [f"{name}：{_count_phrase(counts)}" for name, counts in found[:_MOST]]
    if len(found) > _MOST:
        lines.append(f"…共 {len(found)} 个群")
    return "\n".join([f"最近 {days} 天各群：", *lines, FALSE_ALARM_NOTE])


def _count_phrase(counts: Mapping[str, int]) -> str:
    opened = f"立案 {counts['opened']} 件（误开 {counts['false']} 件）"
    return f"听到 {counts['heard']} 条，闲聊 {counts['talk']} 条，{opened}，追问 {counts['asked']} 次"

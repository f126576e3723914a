"""Charts of the figures as SVG, as wide as a telephone's screen is read. Pure.

draw_month     the table of a month          draw_ranking   units by their score
draw_trend     cases and satisfaction by month
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

from handlers.insight.fonts import SANS
from handlers.wording import charts as say
from models.figures import Figures, MonthlyReport

_WIDTH, _EDGE = 720, 24
_INNER = _WIDTH - 2 * _EDGE
_HEAD = 64
_ROW = 36
_MOST = 20
_INK, _SOFT, _MAIN, _TRACK, _SECOND = "#1f2328", "#59636e", "#0b6bcb", "#e4e8ec", "#c2410c"
_NOT_XML = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535))


@dataclass(frozen=True, slots=True)
class MonthPoint:
    """The figures of one month; `first`: its first day."""

    first: date
    figures: Figures


def draw_month(report: MonthlyReport, title: str) -> str:
    """The totals and the units of a report as a table; those that fit, the best first."""
    lines = [line for line in report.lines if line.figures.received or line.overdue]
    rows = [
        say.MONTH_HEAD,
        *(say.figures_cells(line.name, line.figures, line.overdue) for line in lines[:_MOST]),
        say.figures_cells(say.TOTAL, report.total, report.overdue),
    ]
    parts: list[str] = []
    for at, row in enumerate(rows):
        parts += _table_row(_HEAD + at * _ROW, row, strong=at in (0, len(rows) - 1), shaded=at % 2 == 1)
    rest = len(lines) - _MOST
    if rest > 0:
        parts.append(_text(_EDGE, _HEAD + len(rows) * _ROW + 24, say.more_units(rest), color=_SOFT))
    return _frame(title, _HEAD + (len(rows) + (rest > 0)) * _ROW, parts)


def _table_row(y: int, row: Sequence[str], *, strong: bool, shaded: bool) -> Iterable[str]:
    first, others = 190, (_INNER - 190) / (len(row) - 1)
    if shaded:
        yield _rect(_EDGE, y, _INNER, _ROW, "#f5f7f9")
    yield _text(_EDGE + 8, y + 24, row[0], strong=strong)
    for column, cell in enumerate(row[1:], start=1):
        yield _text(_EDGE + first + column * others - 8, y + 24, cell, anchor="end", strong=strong)


def draw_ranking(report: MonthlyReport, title: str, *, least: int) -> str:
    """A bar for each ranked unit, as long as its score."""
    ranked = [(line, line.figures.score) for line in report.lines if line.rank]
    scored = [(line, score) for line, score in ranked if score is not None][:_MOST]
    parts: list[str] = []
    for at, (line, score) in enumerate(scored):
        y = _HEAD + at * 48
        parts += [
            _text(_EDGE, y + 18, say.rank_label(line)),
            _text(_WIDTH - _EDGE, y + 18, say.score_label(score), anchor="end", strong=True),
            _rect(_EDGE, y + 26, _INNER, 10, _TRACK, round_by=5),
            _rect(_EDGE, y + 26, _INNER * score, 10, _MAIN, round_by=5),
        ]
    if not scored:
        parts.append(_text(_EDGE, _HEAD + 24, say.nobody_ranked(least), color=_SOFT))
    return _frame(title, _HEAD + max(len(scored), 1) * 48, parts)


def draw_trend(points: Sequence[MonthPoint], title: str) -> str:
    """Satisfaction as a line over those months that have one; below it the cases of each month as bars."""
    line_top, line_height, bars_top, bars_height = _HEAD + 44, 110, _HEAD + 220, 170
    floor = bars_top + bars_height
    most = max((point.figures.received for point in points), default=0) or 1
    step = _INNER / max(len(points), 1)
    parts = [
        _text(_EDGE, _HEAD + 8, say.SATISFIED, color=_SECOND),
        _text(_EDGE, bars_top - 26, say.RECEIVED, color=_MAIN),
        _rect(_EDGE, floor, _INNER, 1, _SOFT),
    ]
    line: list[tuple[float, float, str]] = []
    for at, point in enumerate(points):
        middle = _EDGE + (at + 0.5) * step
        tall = point.figures.received / most * bars_height
        parts += [
            _rect(middle - step * 0.3, floor - tall, step * 0.6, tall, _MAIN),
            _text(middle, floor - tall - 6, str(point.figures.received), anchor="middle", size=13),
            _text(middle, floor + 22, say.month_label(point.first), anchor="middle", size=13),
        ]
        if (rate := point.figures.satisfaction) is not None:
            line.append((middle, line_top + (1 - rate) * line_height, say.rate_label(rate)))
    parts += _draw_line(line)
    return _frame(title, floor + 36, parts)


def _draw_line(points: Sequence[tuple[float, float, str]]) -> Iterable[str]:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
    yield f'<polyline points="{path}" fill="none" stroke="{_SECOND}" stroke-width="3"/>'
    for x, y, label in points:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{_SECOND}"/>'
        yield _text(x, y - 10, label, anchor="middle", size=13, color=_SECOND)


def _frame(title: str, height: float, parts: Iterable[str]) -> str:
    whole = f"{height + _EDGE:.0f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{whole}" '
        f'viewBox="0 0 {_WIDTH} {whole}" font-family="{SANS}" font-size="16">'
        f"{_text(_EDGE, 40, title, size=22, strong=True)}{''.join(parts)}</svg>"
    )


def _text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    size: int = 16,
    color: str = _INK,
    strong: bool = False,
) -> str:
    # The font has one weight: a thin outline makes it strong.
    outline = f' stroke="{color}" stroke-width="0.5"' if strong else ""
    said = escape(words.translate(_NOT_XML))
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{color}"{outline}>'
        f"{said}</text>"
    )


def _rect(x: float, y: float, width: float, height: float, color: str, *, round_by: int = 0) -> str:
    size = f'width="{width:.1f}" height="{height:.1f}" rx="{round_by}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{color}"/>'

"""Papers that an office files, signs and passes on: what stands in them, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from handlers.wording import reports
from handlers.wording.reports import NOBODY, spell_percent, spell_points
from handlers.wording.topics import SituationReport
from models.figures import Figures, MonthlyReport, UnitFigures


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph; `heading`: a line of its own that says what follows."""

    words: str
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: the first row names the columns, unless each row names itself by its first cell."""

    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    """Of the columns, in millimetres."""
    has_head: bool = True


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper."""

    title: str
    subtitle: str
    blocks: Sequence[Passage | Grid]
    closing: Sequence[str] = ()
    """Lines at the end, on the right: who and when."""

    def to_plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> "Paper":
        """The inverse of `to_plain`."""
        blocks = [Grid(**block) if "rows" in block else Passage(**block) for block in data["blocks"]]
        return cls(data["title"], data["subtitle"], blocks, data["closing"])


def format_day(moment: datetime) -> str:
    """`2026 年 11 月 21 日`; of a local time."""
    return f"{moment.year} 年 {moment.month} 月 {moment.day} 日"


# The month -----------------------------------------------------------------------------------

_MONTH_HEAD = (
    "名次",
    "单位",
    "受理",
    "回应率",
    "解决率",
    "满意率",
    "按时率",
    "没评价",
    "退回",
    "返工",
    "超时",
)
_MONTH_WIDTHS = (12, 30, 12, 17, 17, 17, 17, 13, 11, 11, 11)
TOTAL = "合计"
NOBODY_SIGNED = "没有签收"
CHARGES = ("领导包案", ("领导", "包案", "办结", "超期"))
FIRST_RECEIPTS = ("首接负责", ("单位", "首接人", "首接", "转给别家", "办结"))
"""Titles and heads of two tables."""


def month_title(report: MonthlyReport, span: str) -> str:
    """The title of a report; `span`: what it is of, `2026 年 11 月` or two dates."""
    return f"{report.scope}网格事件情况（{span}）"


def month_paper(report: MonthlyReport, span: str, *, today: datetime) -> Paper:
    """The figures of a period: the whole in words, then every unit in one table; `today` is local."""
    lines = [line for line in report.lines if line.figures.received or line.overdue]
    rows = [_MONTH_HEAD, *(_month_row(line) for line in lines), _total_row(report)]
    return Paper(
        title=month_title(report, span),
        subtitle="",
        blocks=[
            Passage("一、总的情况", heading=True),
            Passage(_sum_up(report)),
            *([Passage(f"{reports.spell_calls(report.calls)}。")] if report.calls.drawn else []),
            Passage("二、各单位情况", heading=True),
            Grid(rows, _MONTH_WIDTHS),
            *_write_responsibility(report),
            Passage("三、说明", heading=True),
            Passage(
                "自动办结、没有评价的不算解决，也不算满意；不受理、作废、并案和报事人撤回的不算受理；限阅的事件不在表里。"
            ),
        ],
        closing=[format_day(today)],
    )


def _write_responsibility(report: MonthlyReport) -> list[Passage | Grid]:
    """Who took cases in person, and who received them first."""
    charges = [(one.leader, *map(str, (one.taken, one.finished, one.late))) for one in report.charges]
    first = [
        (one.unit, one.person or NOBODY_SIGNED, *map(str, (one.received, one.passed, one.finished)))
        for one in report.first_receipts
    ]
    tables = ((*CHARGES, charges, (60, 30, 30, 30)), (*FIRST_RECEIPTS, first, (50, 40, 25, 25, 25)))
    return [
        block
        for title, head, rows, widths in tables
        if rows
        for block in (Passage(title), Grid([head, *rows], widths))
    ]


def _sum_up(report: MonthlyReport) -> str:
    total, before = report.total, report.before
    rates = "，".join(
        f"{name} {spell_percent(now)}{_compare(now, earlier)}"
        for name, now, earlier in (
            ("回应率", total.answer_rate, before.answer_rate),
            ("解决率", total.solve_rate, before.solve_rate),
            ("满意率", total.satisfaction, before.satisfaction),
            ("按时率", total.on_time_rate, before.on_time_rate),
        )
    )
    return (
        f"受理 {total.received} 件（上期 {before.received} 件）。{rates}。"
        f"没评价 {total.unrated} 件，单位退回 {total.returned} 次，核验不过返工 {total.reworked} 次，"
        f"现在超时 {report.overdue} 件。另有不受理、作废、并案 {total.excluded} 件，撤回 {total.withdrawn} 件。"
    )


def _compare(now: float | None, before: float | None) -> str:
    points = spell_points(now, before)
    return f"（较上期 {points}）" if points else ""


def _month_row(line: UnitFigures) -> Sequence[str]:
    rank = str(line.rank) if line.rank else "—"
    return _figures_row(rank, line.name or NOBODY, line.figures, line.overdue)


def _total_row(report: MonthlyReport) -> Sequence[str]:
    return _figures_row("", TOTAL, report.total, report.overdue)


def _figures_row(rank: str, name: str, figures: Figures, overdue: int) -> Sequence[str]:
    rates = (figures.answer_rate, figures.solve_rate, figures.satisfaction, figures.on_time_rate)
    counts = (figures.unrated, figures.returned, figures.reworked, overdue)
    return (rank, name, str(figures.received), *map(reports.spell_percent, rates), *map(str, counts))


# A supervision order -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What a supervision order says; times are local, words of people masked."""

    number: str
    case: str
    class_name: str
    place: str
    text: str
    unit: str
    requirement: str
    issued_by: str
    issued_at: datetime
    due_at: datetime
    case_due: datetime | None
    status: str
    reply: str
    replied_by: str
    replied_at: datetime | None


def order_title(number: str) -> str:
    return f"督办单 {number}"


def order_paper(facts: OrderFacts, *, site: str) -> Paper:
    """A supervision order, to be signed and handed over; `site`: who issues it."""
    rows = [
        ("承办单位", facts.unit or "尚未交办"),
        ("事件", f"{facts.case}　{facts.class_name}　{facts.status}"),
        ("地点", facts.place or "没有写明"),
        ("反映的问题", facts.text or "没有文字"),
        ("原定办结", _format_minute(facts.case_due) if facts.case_due else "没有时限"),
        ("督办要求", facts.requirement),
        ("答复期限", _format_minute(facts.due_at)),
        ("签发", f"{facts.issued_by}　{_format_minute(facts.issued_at)}"),
        ("答复", _describe_reply(facts)),
        ("承办单位签收", ""),
        ("负责人意见", ""),
    ]
    return Paper(
        "督办单", facts.number, [Grid(rows, (32, 124), has_head=False)], [site, format_day(facts.issued_at)]
    )


def _describe_reply(facts: OrderFacts) -> str:
    if facts.replied_at is None:
        return ""
    if not facts.replied_by:
        return f"{_format_minute(facts.replied_at)} 随事件办结，没有答复"
    return f"{facts.reply}（{facts.replied_by}，{_format_minute(facts.replied_at)}）"


def _format_minute(moment: datetime) -> str:
    return f"{format_day(moment)} {moment:%H:%M}"


def restricted_case() -> str:
    return "限阅的事件不出文书。"


def cannot_write_pdf() -> str:
    return "这台服务器不出 PDF，请管理员装上 gridbot[pdf]。可以下载 Word。"


def no_such_order() -> str:
    return "没有这张督办单，或者它不归您看。请核对编号。"


# A meeting -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MeetingFacts:
    """What the record of a meeting says; times are local, words of people masked."""

    case: str
    class_name: str
    place: str
    text: str
    lead: str
    conclusion: str
    held_at: datetime
    recorded_by: str
    held_by: str
    """The unit of whoever wrote it down."""
    actions: Sequence[tuple[str, str, datetime]]
    """Unit, what it does, by when."""


def meeting_title(number: str) -> str:
    return f"会商记录 {number}"


def meeting_paper(facts: MeetingFacts) -> Paper:
    """The record of a meeting, to be filed and handed to the units."""
    about = [
        ("事件", f"{facts.case}　{facts.class_name}"),
        ("地点", facts.place or "没有写明"),
        ("反映的问题", facts.text or "没有文字"),
        ("承办单位", facts.lead or "尚未交办"),
        ("会商时间", _format_minute(facts.held_at)),
        ("记录", facts.recorded_by),
    ]
    blocks: list[Passage | Grid] = [Grid(about, (32, 124), has_head=False), Passage("一、结论", heading=True)]
    blocks += [Passage(line) for line in facts.conclusion.splitlines() if line.strip()]
    if facts.actions:
        rows = [("单位", "做什么", "期限")]
        rows += [(unit, text, _format_minute(due)) for unit, text, due in facts.actions]
        blocks += [Passage("二、分工", heading=True), Grid(rows, (36, 76, 44))]
    return Paper("会商记录", facts.case, blocks, [facts.held_by, format_day(facts.held_at)])


# A situation ---------------------------------------------------------------------------------


def situation_paper(report: SituationReport) -> Paper:
    """The draft that `/情况报告` writes, as a paper: the same words."""
    blocks: list[Passage | Grid] = []
    for heading, text, paragraphs in report.sections:
        blocks.append(Passage(heading.rstrip("。"), heading=True))
        blocks += [Passage(words) for words in (text, *paragraphs) if words]
    blocks.append(Passage(report.basis))
    return Paper(f"{report.title}（草稿）", "", blocks, [report.day])

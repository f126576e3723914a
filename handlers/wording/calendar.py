"""Texts about the working calendar, for whoever maintains it at the command line."""

from datetime import date

from models.calendar import CalendarDay

_WEEK = "一二三四五六日"


def _name_day(day: date) -> str:
    return f"{day.isoformat()}（周{_WEEK[day.weekday()]}）"


def _kind(*, working: bool) -> str:
    return "上班" if working else "休息"


DAY_HEADINGS = ("日期", "上班还是休息", "谁定的", "说明")


def day_cells(row: CalendarDay) -> tuple[str, str, str, str]:
    """The cells of a calendar day, in the order of `DAY_HEADINGS`."""
    source = "本单位改的" if row.source == "office" else "国家公布"
    return _name_day(row.day), _kind(working=row.working), source, row.note


def year(which: int, *, announced: bool, office: int) -> str:
    """The line above the days of a year; `office` is how many days the office overrides."""
    basis = "按国家公布的放假安排" if announced else "国家还没有公布放假安排，先按周一到周五上班"
    own = f"，其中 {office} 天本单位改过" if office else ""
    return f"{which} 年{basis}{own}；没有列出的日子周一到周五上班"


def unchanged_note(which: date, working: bool) -> str:
    """The day is already of that kind."""
    return f"{_name_day(which)}本来就是{_kind(working=working)}，没有改动"


def override_note(which: date, working: bool, running: int) -> str:
    """What a changed day means; `running` is how many running clocks span it."""
    lines = [
        f"{_name_day(which)}改为{_kind(working=working)}，运行中的程序几秒内换用。",
        "以后开始计的时限按新日历算；已经在走的时限不变。",
        "已经在走的以后因延期、挂账恢复、改类重算，才按新日历，经过里会有记录。",
    ]
    if running:
        lines.append(f"现在有 {running} 个按工作日、工作时计的时限跨过这一天，到期时间都没有动。")
    return "\n".join(lines)

"""A week plan: a theme and one text a day, for the groups of a unit and its subtree.

    theme: 防诈骗宣传周
    unit: HM                        # code of the unit whose subtree is the audience
    uses: [residents, intake]       # which groups; all of them where it is left out
    week: 2026-03-30                # the Monday that weekdays count from
    time: "08:00"
    workdays_only: false
    skip: [2026-04-06]
    items:
      - {day: 周一, text: 陌生来电要转账，先挂断再打 96110。}
      - {day: 2026-03-31, text: …}

The file is read as a whole or refused as a whole, every problem with its path.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.config import yaml_file
from bot.config.problems import ConfigProblem, ConfigProblemsFound
from handlers.environment.snapshot import Environment
from handlers.notifications import notices
from handlers.notifications.notices import EVERYWHERE, MOST_TEXT, NoticeDraft
from handlers.triage.rules.value_errors import format_suggestion
from models.organisation import ChatUse, Person, Unit

_KEYS = ("theme", "unit", "uses", "week", "time", "workdays_only", "skip", "items")
_DAYS = 7
_WEEKDAYS = {f"{word}{day}": n for word in ("周", "星期") for n, day in enumerate("一二三四五六日")} | {
    name: n
    for n, name in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlanItem:
    """The text of one day; `day` is a local date."""

    day: date
    text: str


@dataclass(frozen=True, slots=True)
class WeekPlan:
    """A week plan as read from a file; not yet compared with the database."""

    theme: str
    unit: str
    """Code of a unit; `write` checks that it exists."""
    uses: tuple[ChatUse, ...]
    send_time: time
    workdays_only: bool
    items: tuple[PlanItem, ...]
    """In the order of days, without the days to skip."""

    def send_at(self, item: PlanItem, zone: ZoneInfo) -> datetime:
        """When the item is to be sent, as aware UTC; day and time of the plan are local to `zone`."""
        return datetime.combine(item.day, self.send_time, zone).astimezone(UTC)


def read(path: Path) -> WeekPlan:
    """The plan of a file. Raises ConfigProblemsFound with every mistake in it."""
    document = yaml_file.read(path, only_text=True)
    raw = document.value
    if not isinstance(raw, Mapping):
        raise ConfigProblemsFound([ConfigProblem(str(path), "应当是“名称: 值”的列表", "theme: 防诈骗宣传周")])
    reader = _PlanReader(raw)
    plan = reader.read_plan()
    if reader.problems:
        raise ConfigProblemsFound(yaml_file.add_lines(reader.problems, document))
    return plan


def write(
    session: Session, week: WeekPlan, author_code: str, env: Environment, *, now: datetime
) -> tuple[str, list[str]]:
    """Store the plan as notices that wait for approval; its number and the numbers of its notices.

    Raises ConfigProblemsFound for an unknown unit or author and for days that have passed, and Refused
    where the author may not write to that unit.
    """
    unit = session.scalar(select(Unit).where(Unit.code == week.unit))
    author = session.scalar(select(Person).where(Person.code == author_code))
    problems = []
    if unit is None:
        codes = list(session.scalars(select(Unit.code)))
        problems.append(
            ConfigProblem("unit", f"没有编码为 {week.unit} 的单位{format_suggestion(week.unit, codes)}")
        )
    if author is None:
        problems.append(ConfigProblem("--by", f"没有编码为 {author_code} 的人"))
    if unit is None or author is None:
        raise ConfigProblemsFound(problems)
    past = [item for item in week.items if week.send_at(item, env.zone) < now]
    if past:
        raise ConfigProblemsFound([ConfigProblem("items", f"{item.day} 的时间已经过了") for item in past])
    notices.check_may_write(session, author, unit)
    number = notices.next_number(session, "JH", env, now=now)
    written = []
    for item in week.items:
        at = week.send_at(item, env.zone)
        draft = NoticeDraft(
            item.text, unit, at, uses=week.uses, theme=week.theme, workdays_only=week.workdays_only
        )
        notice = notices.store_draft(session, draft, author, env=env, now=now, plan=number)
        written.append(notice.number)
    if written:
        notices.send_plan_to_desk(session, number, env, now=now)
    return number, written


class _PlanReader:
    """Reads the whole file and collects every problem in `problems`."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        self.problems: list[ConfigProblem] = []

    def add_problem(self, path: str, problem: str, example: str = "") -> None:
        self.problems.append(ConfigProblem(path, problem, example))

    def read_plan(self) -> WeekPlan:
        for key in self.raw:
            if key not in _KEYS:
                self.add_problem(str(key), f"没有这一项{format_suggestion(str(key), _KEYS)}")
        theme = self._read_text(self.raw, "theme", "theme", "theme: 防诈骗宣传周")
        if len(theme) > 20:
            self.add_problem("theme", "主题太长，最多 20 个字")
        skip = set(self._read_dates("skip"))
        items = sorted(self._read_items(self._read_monday()), key=lambda item: item.day)
        return WeekPlan(
            theme=theme,
            unit=self._read_text(self.raw, "unit", "unit", "unit: HM"),
            uses=tuple(self._read_uses()) or EVERYWHERE,
            send_time=self._read_time(),
            workdays_only=self._read_flag("workdays_only"),
            items=tuple(item for item in items if item.day not in skip),
        )

    def _read_text(self, where: Mapping[str, Any], key: str, path: str, example: str) -> str:
        value = where.get(key)
        if not isinstance(value, str) or not value.strip():
            self.add_problem(path, "没有写", example)
            return ""
        return value.strip()

    def _read_list(self, key: str) -> list[Any]:
        value = self.raw.get(key, [])
        if isinstance(value, list):
            return value
        self.add_problem(key, "应当是一个列表")
        return []

    def _read_uses(self) -> Iterator[ChatUse]:
        for n, use in enumerate(self._read_list("uses")):
            if use in EVERYWHERE:
                yield ChatUse(use)
            else:
                self.add_problem(f"uses[{n}]", f"没有“{use}”这种群", "residents、intake、handling")

    def _read_time(self) -> time:
        written = self._read_text(self.raw, "time", "time", 'time: "08:00"')
        try:
            return time.fromisoformat(written)
        except ValueError:
            if written:
                self.add_problem("time", f"“{written}”不是时间", 'time: "08:00"')
            return time()

    def _read_flag(self, key: str) -> bool:
        value = self.raw.get(key, "false")
        if value not in ("true", "false"):
            self.add_problem(key, f"“{value}”应当写 true 或 false")
        return bool(value == "true")

    def _parse_date(self, written: Any, path: str) -> date | None:
        try:
            return date.fromisoformat(str(written))
        except ValueError:
            self.add_problem(path, f"“{written}”不是日期", "2026-03-30")
            return None

    def _read_dates(self, key: str) -> Iterator[date]:
        for n, written in enumerate(self._read_list(key)):
            if (day := self._parse_date(written, f"{key}[{n}]")) is not None:
                yield day

    def _read_monday(self) -> date | None:
        if "week" not in self.raw:
            return None
        monday = self._parse_date(self.raw["week"], "week")
        if monday is not None and monday.weekday() != 0:
            self.add_problem("week", f"{monday} 不是星期一", str(monday - timedelta(days=monday.weekday())))
        return monday

    def _read_items(self, monday: date | None) -> Iterator[PlanItem]:
        items = self._read_list("items")
        if not 1 <= len(items) <= _DAYS:
            self.add_problem("items", f"一周写 1 到 {_DAYS} 条，这里有 {len(items)} 条")
        seen: dict[date, int] = {}
        for n, raw in enumerate(items):
            path = f"items[{n}]"
            if not isinstance(raw, Mapping):
                self.add_problem(path, "应当有 day 和 text", "{day: 周一, text: 陌生来电要转账，先挂断。}")
                continue
            for key in raw:
                if key not in ("day", "text"):
                    self.add_problem(
                        f"{path}.{key}", f"没有这一项{format_suggestion(str(key), ('day', 'text'))}"
                    )
            text = self._read_text(raw, "text", f"{path}.text", "text: 陌生来电要转账，先挂断。")
            if len(text) > MOST_TEXT:
                self.add_problem(f"{path}.text", f"内容太长，最多 {MOST_TEXT} 个字")
            day = self._read_day(raw, f"{path}.day", monday)
            if day is not None and day in seen:
                self.add_problem(f"{path}.day", f"{day} 已经在 items[{seen[day]}] 里了")
            elif day is not None:
                seen[day] = n
                yield PlanItem(day, text)

    def _read_day(self, raw: Mapping[str, Any], path: str, monday: date | None) -> date | None:
        written = self._read_text(raw, "day", path, "day: 周一")
        weekday = _WEEKDAYS.get(written.lower())
        if weekday is None:
            return self._parse_date(written, path) if written else None
        if monday is None:
            if "week" not in self.raw:
                self.add_problem(path, "写星期几时，要写明是哪一周", "week: 2026-03-30")
            return None
        return monday + timedelta(days=weekday)

"""`gridbot calendar …`: which days are worked, and days that the office overrides."""

from datetime import date
from typing import Annotated

import typer

from bot.cli.common import CONFIG, Config, Json, load_settings, open_database, refuse
from bot.cli.output import say, say_json, say_table
from handlers.environment import calendar
from handlers.wording import calendar as wording
from models.calendar import CalendarDay

app = typer.Typer(help="工作日历", no_args_is_help=True)

_KINDS = {"work": True, "rest": False, "上班": True, "休息": False}
_YEARS = range(2000, 2100)


@app.command("list")
def list_(
    year: Annotated[int, typer.Argument(help="哪一年，如 2026")],
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """一年里和“周一到周五上班”不一样的日子：节假日、调休，以及本单位改过的。"""
    if year not in _YEARS:
        refuse(f"{year} 年不在范围里，写 {_YEARS[0]} 到 {_YEARS[-1]}")
    with open_database(load_settings(config)) as database, database.read() as session:
        known = calendar.list_year(session, year)
    announced = any(day.source == "state" for day in known.values())
    shown = [
        day
        for day in known.values()
        if day.source == "office" or day.working != calendar.is_usual_workday(day.day)
    ]
    if as_json:
        say_json({"year": year, "announced": announced, "days": [_day_to_json(day) for day in shown]})
        return
    say_table(wording.DAY_HEADINGS, [wording.day_cells(day) for day in shown])
    say(wording.year(year, announced=announced, office=sum(day.source == "office" for day in shown)))


@app.command("set")
def set_(
    day: Annotated[str, typer.Argument(metavar="DATE", help="哪一天，如 2026-10-10")],
    kind: Annotated[str, typer.Argument(metavar="work|rest", help="work 上班，rest 休息")],
    reason: Annotated[str, typer.Option(help="为什么改，会一起记下")] = "",
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """改一天：上班或休息。以后开始计的时限按新日历；已经在走的时限不动。"""
    which, working = _parse_date(day), _parse_kind(kind)
    settings = load_settings(config)
    with open_database(settings) as database, database.write() as session:
        known = calendar.list_year(session, which.year).get(which)
        changed = working != (known.working if known else calendar.is_usual_workday(which))
        running = calendar.load_across(session, which, settings.zone)
        if changed:
            calendar.override_day(session, which, working=working, note=" ".join(reason.split()))
    if as_json:
        say_json({"date": which, "working": working, "changed": changed, "running": running})
        return
    say(wording.override_note(which, working, running) if changed else wording.unchanged_note(which, working))


def _day_to_json(day: CalendarDay) -> dict[str, object]:
    return {"date": day.day, "working": day.working, "source": day.source, "note": day.note}


def _parse_date(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("日期这样写：2026-10-10", param_hint="DATE") from None
    if found.year not in _YEARS:
        raise typer.BadParameter(f"年份写 {_YEARS[0]} 到 {_YEARS[-1]}", param_hint="DATE")
    return found


def _parse_kind(text: str) -> bool:
    if text not in _KINDS:
        raise typer.BadParameter("写 work（上班）或 rest（休息）", param_hint="work|rest")
    return _KINDS[text]

"""`gridbot org …`: import units, people, chats, places and villages."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import CONFIG, Config, Json, load_settings, open_database
from bot.cli.output import say, say_json, show_progress
from bot.config.problems import ConfigProblem
from bot.config.settings import Settings
from bot.imports import ImportReport, import_org, parse_organisation, places, responsibilities, villages
from bot.imports.spreadsheet import ListFile
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from handlers.environment.areas import CRS
from handlers.environment.snapshot import load_areas
from handlers.environment.upkeep.responsibilities import find_list_gaps, replace_list
from handlers.wording import responsibilities as words
from models.database import Database

_MOST_NOTES = 30

app = typer.Typer(help="组织、人员和群", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """组织、人员和群。"""


@contextmanager
def _open_import(config: Path) -> Iterator[tuple[Settings, Database]]:
    """Settings and database for reading a file in."""
    settings = load_settings(config)
    with open_database(settings) as database, show_progress("导入"):
        yield settings, database


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="org.yaml 或 .xlsx")],
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """导入组织文件：按编码新增或更新，要么全部成功，要么一行不动。"""
    with _open_import(config) as (_, database):
        organisation = parse_organisation(file)
        with database.write() as session:
            report = import_org(session, organisation)
    _print_report(report, organisation.notes, as_json=as_json)


def _print_report(report: ImportReport, notes: Sequence[ConfigProblem], *, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "added": report.added,
                "changed": report.changed,
                "unchanged": len(report.unchanged),
                "orphaned": report.orphaned,
                "doubtful": [str(problem) for problem in report.warnings],
                "passed_over": _list_notes(notes),
            }
        )
        return
    for name, rows in (
        ("新增", report.added),
        ("更新", report.changed),
        ("文件里没有、仍保留", report.orphaned),
    ):
        say(f"{name} {len(rows)}：{'、'.join(rows[:20])}{'…' if len(rows) > 20 else ''}")
    say(f"未变 {len(report.unchanged)}")
    for problem in report.warnings:
        say(str(problem))
    _print_notes(notes)


def _list_notes(notes: Sequence[ConfigProblem]) -> list[str]:
    return [str(note) for note in notes]


def _print_notes(notes: Sequence[ConfigProblem]) -> None:
    """What of the file was not read, at most `_MOST_NOTES` sentences."""
    for note in notes[:_MOST_NOTES]:
        say(str(note))
    if len(notes) > _MOST_NOTES:
        say(f"…另有 {len(notes) - _MOST_NOTES} 处略过，用 --json 看全部")


@app.command()
def template(file: Annotated[Path, typer.Argument(help="要写的 .xlsx；已有的文件不会覆盖")]) -> None:
    """写一份组织表模板：单位、人员、群三张表，有示例和下拉列表，填好用 gridbot org import 导入。"""
    from bot.imports import org_template

    org_template.write_template(file)
    say(f"已写好 {file}。删去或照着改示例行，填好后运行 gridbot org import {file}")


@app.command("places")
def places_(
    file: Annotated[
        Path,
        typer.Argument(help=".csv、.xlsx（有表头：名称、单位、类型、纬度、经度），或一行一个地名的 .txt"),
    ],
    unit: Annotated[str | None, typer.Option(help="没写单位的，算哪个单位的（代码或名称）")] = None,
    source: Annotated[str | None, typer.Option(help="这份名单叫什么；不写用文件名")] = None,
    crs: Annotated[CRS, typer.Option(help="经纬度的坐标系；国内地图导出的是 gcj02")] = CRS.WGS84,
    replace: Annotated[bool, typer.Option("--replace", help="这份名单里原有、现在没有的地名删去")] = False,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """导入地名：按名称和单位新增或更新，有一行写错就一行不动；太短、太平常的地名略过并说明。"""
    with _open_import(config) as (settings, database):
        lines = ListFile(file, places.COLUMNS)
        rows = places.parse(lines, crs=crs)
        sieve = places.read_sieve(settings.rules.packs)
        with database.write() as session:
            report = places.import_places(
                session,
                rows,
                index=places.OrganisationIndex.load(session, load_areas(session)),
                sieve=sieve,
                source=source or file.stem,
                unit=unit,
                replace=replace,
            )
    _print_places_report(report, lines.notes, as_json=as_json)


def _print_places_report(
    report: places.PlacesReport, notes: Sequence[ConfigProblem], *, as_json: bool
) -> None:
    counted = {"added": report.added, "changed": report.changed, "unchanged": report.unchanged}
    if as_json:
        say_json(
            {
                **counted,
                "removed": report.removed,
                "dropped": report.dropped,
                "passed_over": _list_notes(notes),
            }
        )
        return
    say(f"新增 {report.added}，更新 {report.changed}，未变 {report.unchanged}，删去 {report.removed}")
    for why, names in report.dropped.items():
        say(f"略过（{why}）{len(names)}：{'、'.join(names[:5])}{'…' if len(names) > 5 else ''}")
    _print_notes(notes)


@app.command("villages")
def villages_(
    file: Annotated[Path, typer.Argument(help=".csv 或 .xlsx，表头：乡镇代码、乡镇、村居代码、村居")],
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """导入行政区划代码表：给已有的镇街补上村居；已有的村居不动，没有的镇街略过。"""
    with _open_import(config) as (_, database), database.write() as session:
        lines = ListFile(file, villages.COLUMNS)
        report = villages.import_villages(session, lines)
    if as_json:
        counted = {"added": report.added, "known": report.already_known}
        say_json({**counted, "elsewhere": report.unknown_towns, "passed_over": _list_notes(lines.notes)})
        return
    say(f"新增 {len(report.added)}，已有 {report.already_known}")
    if report.unknown_towns:
        most = list(report.unknown_towns.items())[:20]
        towns = "、".join(f"{town} {number}" for town, number in most) + (
            "…" if len(report.unknown_towns) > 20 else ""
        )
        say(f"组织里没有的镇街，略过 {sum(report.unknown_towns.values())}：{towns}")
    _print_notes(lines.notes)


@app.command("duties")
def responsibilities_(
    file: Annotated[
        Path, typer.Argument(help=".xlsx 或 .csv，表头是事项编号、事项名称、依据、责任单位、层级、类别")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看会怎样，不改")] = False,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """导入权责清单：整份替换，有变化就是新的一版；有一行写错就一行不动，没有单位和几个单位都有的列出来。"""
    with _open_import(config) as (settings, database):
        lines = ListFile(file, responsibilities.COLUMNS)
        env = EnvironmentBuilder(database, settings)()
        with database.write() as session:
            items = responsibilities.read_items(session, lines, env)
            title = words.import_title(file.name)
            change = replace_list(session, items, title, now=datetime.now(UTC))
            gaps = find_list_gaps(session, env.classes)
            if dry_run:
                session.rollback()
    notes = _list_notes(lines.notes)
    if as_json:
        counted = {key: list(gap.names) for key, gap in gaps.items()}
        say_json({**asdict(change), "gaps": counted, "passed_over": notes})
        return
    say(words.import_report(change.added, change.changed, change.removed, change.unchanged, change.version))
    for key, gap in gaps.items():
        if gap.count:
            say(words.gap_line(key, gap.count, gap.names))
    _print_notes(lines.notes)

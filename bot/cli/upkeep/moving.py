"""`gridbot db copy`, `gridbot db archive`, `gridbot db restore-archive`: moving what a database holds."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot.cli.common import CONFIG, Config, Json, load_settings, open_database, refuse
from bot.cli.output import say, say_json, say_table, show_progress
from bot.ops import table_copy
from bot.ops.case_archive import ArchiveRefused, CaseArchive, archive_cases, list_archived, restore_cases
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from models.database import Database

_LEFT = {
    "restricted": "有限阅的",
    "spoken_of": "热点、公开页面或抽查名单还要用的",
    "shared": "和别的事件连着的",
    "unproved": "和流水对不上的，请用 gridbot case show 查",
    "newest": "编号最新的一件",
}


def copy(
    to: Annotated[str, typer.Option("--to", help="目标，如 postgresql://gridbot@127.0.0.1/gridbot")],
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """把 SQLite 数据库整个复制到空的 PostgreSQL，逐表核对行数；先停下 gridbot。原来的不动。"""
    source = Database(load_settings(config).database.url)
    try:
        target = Database(to)
    except (ArgumentError, ModuleNotFoundError) as error:
        refuse(f"--to 不能用：{error}")
    try:
        with show_progress("复制") as report:
            counts = table_copy.copy_database(source, target, now=datetime.now(UTC), report=report)
    except table_copy.CopyRefused as reason:
        refuse(str(reason))
    except SQLAlchemyError as error:
        refuse(f"数据库没有回答：{type(error).__name__}")
    finally:
        source.dispose()
        target.dispose()
    if as_json:
        say_json({name: {"source": before, "target": after} for name, (before, after) in counts.items()})
        return
    say_table(("表", "原来", "现在"), [(name, *pair) for name, pair in counts.items() if any(pair)])
    say(f"{len(counts)} 张表、{sum(after for _, after in counts.values())} 行，行数都一样")
    say("现在把 config.yaml 里 database.url 改成新地址，gridbot check，再启动")


def archive(
    closed_before: Annotated[
        int, typer.Option("--closed-before", min=2001, max=2099, help="哪一年以前办结的；之后有过动作的留着")
    ],
    to: Annotated[
        Path | None, typer.Option(help="写到哪个文件；不写就是附件旁边的 archives/closed-before-年份.db")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只数，不动")] = False,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """把办结多年的事件整件移到档案文件，不用停机；/查 编号 还找得到，restore-archive 取得回来。"""
    settings = load_settings(config)
    now = datetime.now(UTC)
    before = datetime(closed_before, 1, 1, tzinfo=settings.zone)
    if before > now:
        refuse("只能归档已经过去的年份")
    path = to or settings.archives / f"closed-before-{closed_before}.db"
    with open_database(settings) as database:
        classes = EnvironmentBuilder(database, settings)()
        try:
            kept = None if dry_run else CaseArchive(path, create=True)
            summary = archive_cases(
                database, kept, before=before, zone=settings.zone, now=now,
                name_class=lambda class_id: classes.class_info(class_id).name,
            )  # fmt: skip
            if kept is not None:
                kept.close()
        except ArchiveRefused as reason:
            refuse(str(reason))
    if as_json:
        file = None if dry_run else str(path)
        say_json({"cases": summary.cases, "left": summary.left, "file": file, "dry_run": dry_run})
        return
    say(f"{summary.cases} 件将归档" if dry_run else f"{summary.cases} 件已归档到 {path}，请和备份一起保管")
    for cause, count in summary.left.items():
        say(f"留下 {count} 件：{_LEFT[cause]}")


def restore_archive(
    file: Annotated[Path, typer.Argument(help="档案文件")],
    numbers: Annotated[list[str] | None, typer.Argument(help="完整编号，可写多个；不写就是全部")] = None,
    listing: Annotated[bool, typer.Option("--list", help="只列出文件里有哪些编号")] = False,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """从档案文件取回事件，连同并入它的；取回后重新核对流水，对不上就不取。"""
    settings = load_settings(config)
    try:
        with CaseArchive(file) as kept:
            if listing:
                found = kept.list_numbers()
            else:
                with open_database(settings) as database:
                    wanted = [number.upper() for number in numbers or list_archived(database, kept)]
                    found = restore_cases(database, kept, wanted, zone=settings.zone, now=datetime.now(UTC))
    except ArchiveRefused as reason:
        refuse(str(reason))
    if as_json:
        say_json({"numbers": found, "restored": not listing})
        return
    for number in found:
        say(number)
    say(f"共 {len(found)} 件" if listing else f"已取回 {len(found)} 件，与流水一致")

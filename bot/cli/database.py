"""`gridbot db …`: create, upgrade, back up, restore, copy and archive the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from bot.cli.common import CONFIG, Config, Json, load_settings, open_database, refuse
from bot.cli.output import say, say_json, show_progress
from bot.cli.upkeep import moving
from bot.media.stores import StoreUnreachable, open_store
from bot.ops import backup as copying
from bot.process.backups import build_backup
from bot.retention.expiry import Retention
from models import schema
from models.database import Database

app = typer.Typer(help="数据库", no_args_is_help=True)
app.command("copy")(moving.copy)
app.command("archive")(moving.archive)
app.command("restore-archive")(moving.restore_archive)


@contextmanager
def _open_database(config: Path) -> Iterator[Database]:
    """The database of the settings, in whatever state its schema is."""
    database = Database(load_settings(config).database.url)
    try:
        yield database
    except copying.BackupRefused as reason:
        refuse(str(reason))
    except SQLAlchemyError as error:
        refuse(f"数据库没有回答：{type(error).__name__}")
    finally:
        database.dispose()


@app.command()
def upgrade(config: Config = CONFIG) -> None:
    """建立数据库，或升级到当前版本。"""
    with _open_database(config) as database:
        before = schema.read_state(database)
        if before is schema.SchemaState.AHEAD:
            refuse("数据库已由更新的版本升级过；这里是旧程序，不用再升级数据库")
        schema.upgrade(database)
    current = before is schema.SchemaState.CURRENT
    say("数据库已是当前版本" if current else "数据库已升级到当前版本")


@app.command()
def backup(
    file: Annotated[
        Path | None, typer.Argument(help="备份到哪个文件；不写就按 config.yaml 的 backup 备份今天的")
    ] = None,
    secrets: Annotated[
        bool, typer.Option("--with-secrets", help="连同群机器人的 key 和还能用的回复地址；默认不带")
    ] = False,
    config: Config = CONFIG,
) -> None:
    """备份数据库，不用停机。SQLite 的默认不含密钥，恢复后重新导入组织数据即可。附件和档案目录请一并复制。"""
    if file is None:
        _back_up_today(config)
        return
    with _open_database(config) as database, show_progress("备份") as report:
        size = copying.backup(database, file, secrets=secrets, report=report)
    say(
        f"已备份到 {file}（{size / 1024 / 1024:.1f} MB），{'含有密钥，请妥善保管' if secrets else '不含密钥'}"
    )


def _back_up_today(config: Path) -> None:
    settings = load_settings(config)
    with _open_database(config) as database, show_progress("备份") as report:
        nightly = build_backup(settings, database, clock=lambda: datetime.now(UTC))
        if nightly is None:
            refuse("请写备份到哪个文件，或在 config.yaml 里写 backup: {folder: data/backups}")
        target = nightly.run(report=report)
    say(f"已备份到 {target}（{target.stat().st_size / 1024 / 1024:.1f} MB）")


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="哪个备份文件")], config: Config = CONFIG) -> None:
    """把备份恢复到空的数据库；已有数据的不会覆盖。"""
    with _open_database(config) as database, show_progress("恢复") as report:
        copying.restore(database, file, report=report)
    say("已恢复。备份里没有密钥的，请再 gridbot org import 一次，补上群机器人的 key")


_DELETED = {
    "payloads": "消息原文",
    "inbox": "没有下文的消息",
    "pushes": "发过的消息",
    "handles": "回复地址",
    "media": "事件附件",
    "files": "没有事件用到的文件",
    "audit": "个人信息申请的记录",
    "doors": "账号关联的记录",
    "links": "居民网页的链接",
    "forms": "网页填报的计数",
    "undecrypted": "存档里解不开的消息",
    "archived_files": "已归档事件的附件",
}


@app.command()
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只数，不删")] = False,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """删除保存够久的原文、回复地址和附件（config.yaml 的 keep）；运行中的 gridbot 每天夜里自己做一次。"""
    settings = load_settings(config)
    with open_database(settings) as database:
        keeper = Retention(
            database, settings.keep, store=open_store(settings.storage, settings.media.folder),
            zone=settings.zone, clock=lambda: datetime.now(UTC),
        )  # fmt: skip
        try:
            counts = keeper.preview() if dry_run else keeper.run()
        except StoreUnreachable as error:
            refuse(f"存放附件的桶用不了（{error.slug}），文件还没有删；gridbot check 会说明原因")
    if as_json:
        say_json({"dry_run": dry_run, **counts})
        return
    for kind, count in counts.items():
        say(f"{_DELETED[kind]}：{'将删除' if dry_run else '已删除'} {count}")

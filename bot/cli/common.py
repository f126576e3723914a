"""What the commands share: options, loading, and how they refuse."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy.exc import SQLAlchemyError

from bot.config import loader
from bot.config.problems import ConfigProblem, ConfigProblemsFound
from bot.config.settings import Settings
from models import schema
from models.database import Database

Config = Annotated[Path, typer.Option("--config", help="配置文件")]
Json = Annotated[bool, typer.Option("--json", help="输出给程序读的 JSON")]
CONFIG = Path("config.yaml")


def refuse(*reasons: str) -> NoReturn:
    """End with exit code 1 and say why."""
    for reason in reasons:
        sys.stderr.write(f"{reason}\n")
    raise typer.Exit(1)


def refuse_with_problems(mistakes: Iterable[ConfigProblem]) -> NoReturn:
    refuse(*map(str, mistakes))


def load_settings(path: Path) -> Settings:
    """The settings, or exit code 1 with every mistake in them."""
    try:
        return loader.load(path, environ=os.environ)
    except ConfigProblemsFound as found:
        refuse_with_problems(found.problems)


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """The database, brought into being where it is empty; refused where it is not ours or outdated."""
    database = Database(settings.database.url)
    try:
        match schema.read_state(database):
            case schema.SchemaState.EMPTY:
                schema.upgrade(database)
            case schema.SchemaState.OUTDATED:
                refuse("数据库结构是旧版本的，请先运行 gridbot db upgrade")
            case schema.SchemaState.UNKNOWN:
                refuse("这个数据库不是 gridbot 的，或者是更新的版本建的")
        yield database
    except SQLAlchemyError as error:
        refuse(f"数据库没有回答：{type(error).__name__}（{settings.database.url.split('@')[-1]}）")
    finally:
        database.dispose()

"""Shared by the commands: options, loading settings and database, and refusing with exit code 1."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy.exc import SQLAlchemyError

from bot.config import loader
from bot.config.problems import ConfigProblem
from bot.config.settings import Settings
from models import schema
from models.database import Database

Config = Annotated[Path, typer.Option("--config", help="配置文件")]
Json = Annotated[bool, typer.Option("--json", help="输出给程序读的 JSON")]
CONFIG = Path("config.yaml")


def refuse(*reasons: str) -> NoReturn:
    """Write the reasons to stderr, one a line, and end with exit code 1."""
    for reason in reasons:
        sys.stderr.write(f"{reason}\n")
    raise typer.Exit(1)


def refuse_with_problems(problems: Iterable[ConfigProblem]) -> NoReturn:
    """Write each problem with its path and example to stderr, and end with exit code 1."""
    refuse(*map(str, problems))


def load_settings(path: Path) -> Settings:
    """The settings. Raises ConfigError with every mistake in them, with which every command ends."""
    return loader.load(path, environ=os.environ)


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """The database of the settings, its schema created where it is empty.

    Ends with exit code 1 where the schema is outdated, newer or foreign, or the database does not answer.
    """
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

"""A library of texts for notices as a table, .csv in UTF-8, a line each:

    标签,月份,备用,内容
    防诈骗、老年,11-2,,陌生来电要转账，先挂断再打 96110。
    防诈骗,,是,有疑问打 96110。

The file is read as a whole or refused as a whole, every problem with its line.
"""

import csv
from collections.abc import Mapping
from pathlib import Path

from bot.config.problems import ConfigProblem, ConfigProblemsFound
from handlers.commands.notices import read_item
from handlers.errors import MissingNeed
from handlers.notifications.publishing.library import ItemDraft
from handlers.wording.notice_library import FALLBACK

_COLUMNS = ("标签", "月份", "备用", "内容")


def read(path: Path) -> list[ItemDraft]:
    """The texts of a file. Raises ConfigProblemsFound with every mistake in it."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            lines = [(rows.line_num, row) for row in rows]
            headings = rows.fieldnames or ()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigProblemsFound([ConfigProblem(str(path), "不能读，应当是 UTF-8 的 .csv")]) from error
    if missing := [column for column in _COLUMNS if column not in headings]:
        raise ConfigProblemsFound([ConfigProblem(str(path), f"缺少这几列：{'、'.join(missing)}")])
    items, problems = [], []
    for line, row in lines:
        try:
            items.append(read_item(_as_typed(row)))
        except MissingNeed as refused:
            problems.append(ConfigProblem(f"{path}:{line}", refused.sentence))
    if problems:
        raise ConfigProblemsFound(problems)
    return items


def _as_typed(row: Mapping[str, str | None]) -> str:
    """The row as `/素材` is typed; empty where it lacks a tag or words."""
    tags, months, fallback, text = ((row[column] or "").strip() for column in _COLUMNS)
    if not tags or not text:
        return ""
    return f"{tags} {f'{months}月' if months else ''} {FALLBACK if fallback else ''} {text}"

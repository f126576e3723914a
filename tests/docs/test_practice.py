"""docs/practice.md names only what there is: each test, command and page; `done` is what a door plays."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import typer.main

from bot.cli.documents import ACTS_PAGE
from bot.cli.tree import app
from handlers.commands.run import known_words

PAGE = ACTS_PAGE.parent / "practice.md"
ROOT = PAGE.parent.parent
DOORS = ("tests/stories/", "tests/console/", "tests/bot/")
_NAME = re.compile(r"`([^`]+)`")


def _read_rows() -> list[list[str]]:
    lines = [
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| [A-E]\d\d \|", line)
    ]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]


ROWS = _read_rows()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_names_what_there_is_and_is_done_only_where_a_door_plays_it(row: list[str]) -> None:
    _, _, commands, pages, tests, state, missing = row
    named = _NAME.findall(tests)
    assert [test for test in named if not _is_test(test)] == []
    assert [command for command in _NAME.findall(commands) if not _is_command(command)] == []
    assert set(_NAME.findall(pages)) <= _list_pages()
    if state == "open":
        assert (named, _NAME.findall(commands), missing != "—") == ([], [], True)
    else:
        assert named
        assert state == ("done" if any(test.startswith(DOORS) for test in named) else "in process")


def test_every_row_stands_there_once() -> None:
    assert [number for number, count in Counter(row[0] for row in ROWS).items() if count > 1] == []
    assert len(ROWS) == 88


def _is_test(name: str) -> bool:
    file, _, function = name.partition("::")
    path = ROOT / file
    return path.is_file() and f"def {function}(" in path.read_text(encoding="utf-8")


def _is_command(name: str) -> bool:
    if name.startswith("/"):
        return name[1:] in known_words()
    node: Any = typer.main.get_command(app)
    for word in name.split()[1:]:
        node = getattr(node, "commands", {}).get(word)
    return node is not None


def _list_pages() -> set[str]:
    sources = (Path(file).read_text(encoding="utf-8") for file in (ROOT / "console").rglob("*.py"))
    return {page for source in sources for page in re.findall(r'@router\.get\("([^"]+)"', source)}

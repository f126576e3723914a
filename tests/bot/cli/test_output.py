"""Tables for people, tabs for pipes, and nothing that people wrote taken for markup."""

import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bot.cli.output import say_table, show_progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@contextmanager
def stdout(stream: io.StringIO) -> Iterator[io.StringIO]:
    before, sys.stdout = sys.stdout, stream
    try:
        yield stream
    finally:
        sys.stdout = before


ROWS = [("WG261121-0031", "待受理", "长江路[red]8号\n门口"), ("WG261121-0032", "已办结", "静海路")]


def test_a_pipe_gets_a_row_a_line_with_tabs_between_the_cells() -> None:
    with stdout(io.StringIO()) as shown:
        say_table(("编号", "状态", "地点"), ROWS)
    assert shown.getvalue().splitlines() == [
        "WG261121-0031\t待受理\t长江路[red]8号 门口",
        "WG261121-0032\t已办结\t静海路",
    ]


def test_a_terminal_gets_columns_that_line_up_under_their_headings() -> None:
    with stdout(Terminal()) as shown:
        say_table(("编号", "状态", "地点"), ROWS)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown.getvalue())
    heading, _, first, second = [line for line in plain.splitlines() if line.strip()]
    assert heading.split() == ["编号", "状态", "地点"]
    assert first.index("待受理") == second.index("已办结")
    assert "[red]" in first


def test_nothing_is_drawn_where_nobody_looks_on() -> None:
    before, sys.stderr = sys.stderr, io.StringIO()
    try:
        with show_progress("备份") as report:
            report(1, 2)
        assert sys.stderr.getvalue() == ""
    finally:
        sys.stderr = before

"""What commands print: tables and progress bars where a person looks on, plain lines where a program reads.

Answers go to stdout, progress and refusals to stderr. A terminal gets tables with aligned columns (a
Chinese character is two columns wide); a pipe gets one row a line with tabs between the cells. What draws
tables and bars is loaded by the commands that have some, and by no process that serves.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

ReportProgress = Callable[[int, int], None]
"""Called with how many steps are done and how many there are."""


def say(text: str) -> None:
    """Write one line to stdout."""
    sys.stdout.write(f"{text}\n")


def say_json(value: Any) -> None:
    """Write the value to stdout as one line of JSON; values that JSON has no type for are written as text."""
    say(json.dumps(value, ensure_ascii=False, default=str))


def say_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write the rows to stdout: a table with headings on a terminal, else tab-separated rows without them."""
    if not sys.stdout.isatty():
        for row in rows:
            say("\t".join(_as_cell(cell) for cell in row))
        return
    if not rows:
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(*headings, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*map(_as_cell, row))
    # What people wrote is no markup: [red] stays what it is.
    Console(markup=False, highlight=False, emoji=False).print(table)


def _as_cell(value: object) -> str:
    return " ".join(str(value).split())


@contextmanager
def show_progress(title: str) -> Iterator[ReportProgress]:
    """A progress bar on stderr while the block runs; no output where stderr is no terminal.

    Yields a function to call with how many steps are done and how many there are.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=None)

        def report(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield report

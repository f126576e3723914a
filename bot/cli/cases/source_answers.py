"""Answers for another office as a file, and the record that they went back to it."""

import csv
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import typer
import xlsxwriter
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.cli.common import refuse
from handlers import acts
from handlers.cases import queries
from handlers.cases.actors import Actor
from handlers.cases.context import ActInput
from handlers.cases.lists.answers import SourceAnswer
from handlers.cases.queries import PUBLIC
from handlers.environment.snapshot import Environment
from handlers.errors import Refused
from handlers.wording import formats
from handlers.wording import sources as say
from models.cases import Case
from models.organisation import Person
from models.workflow import ACTS, Status

_WIDTHS = (20, 18, 17, 60, 17, 24, 16)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet program would compute."""


def write_answers(answers: Sequence[SourceAnswer], out: Path) -> None:
    """Write a new file, `.xlsx` or `.csv` by its name, in which every cell is text.

    Raises typer.BadParameter for another name; ends with exit code 1 where the file is there.
    """
    writers = {".xlsx": _write_workbook, ".csv": _write_csv}
    write = writers.get(out.suffix.lower())
    if write is None:
        raise typer.BadParameter("文件名应当以 .xlsx 或 .csv 结尾")
    if out.exists():
        refuse(f"{out} 已经有了，没有覆盖")
    write(out, [say.EXPORT_COLUMNS, *map(_list_cells, answers)])


def _list_cells(answer: SourceAnswer) -> tuple[str, ...]:
    return (
        answer.external_number,
        answer.case.number,
        formats.format_minute(answer.received),
        answer.answer,
        formats.format_minute(answer.answered),
        answer.result,
        answer.unit,
    )


def _write_csv(out: Path, rows: Sequence[Sequence[str]]) -> None:
    # With the mark by which spreadsheet programs know the encoding.
    with out.open("x", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([[_escape(cell) for cell in row] for row in rows])


def _escape(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _write_workbook(out: Path, rows: Sequence[Sequence[str]]) -> None:
    with xlsxwriter.Workbook(str(out), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 0)
        for line, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(line, column, cell)


def record_delivery(
    session: Session, numbers: Sequence[str], by: str, env: Environment, *, now: datetime
) -> tuple[int, list[str]]:
    """Record that this person brought the answers back to the source, which answers who reported there.

    `by`: code of the person; cases that are answered already stay as they are. How many it were, and why not
    the others. Ends with exit code 1 where nobody has that code.
    """
    person = session.scalar(select(Person).where(Person.code == by))
    if person is None:
        refuse(f"没有编码为 {by} 的人")
    done, refused = 0, list[str]()
    for number in numbers:
        case = queries.find_case(session, PUBLIC, number)
        if case.replied_at is not None or case.status not in ACTS["call_back"].from_states:
            continue
        try:
            with session.begin_nested():
                acts.perform(session, "call_back", case, Actor(person), _call_back_of(case), env=env, now=now)
            done += 1
        except Refused as refusal:
            refused.append(refusal.sentence)
    return done, refused


def _call_back_of(case: Case) -> ActInput:
    """The call that told the source the result: solved, as the desk found what waits for its reporter.

    Of a closed one it does not say so: a spot check wants the reporter's own word.
    """
    solved = True if case.status == Status.CALLBACK else None
    return ActInput(reached=True, solved=solved, text=say.DELIVERED)

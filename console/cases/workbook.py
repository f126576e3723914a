"""A list of cases as Excel, in constant memory: pages of rows are written to a file as they are read."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from handlers.cases.lists.rows import CaseRow, load_rows
from handlers.cases.queries import Asker, CaseFilter
from handlers.environment.snapshot import Environment
from handlers.insight.case_search import list_matching
from handlers.wording import pages as say

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 20_000
_BATCH = 500
_WIDTHS = (18, 10, 20, 60, 30, 16, 17, 17, 8, 12, 12)
_OPTIONS = {
    "constant_memory": True,
    # What people wrote is text, whatever it begins with.
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "remove_timezone": True,
}


def write_rows(rows: Iterable[CaseRow]) -> Path:
    """Write these rows to a new file of the caller's."""
    import xlsxwriter

    with tempfile.NamedTemporaryFile(suffix=".xlsx", delete=False) as out:
        path = Path(out.name)
    book = xlsxwriter.Workbook(str(path), _OPTIONS)
    sheet = book.add_worksheet(say.WORKBOOK_SHEET)
    head = book.add_format({"bold": True, "bottom": 1})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for column, (title, width) in enumerate(zip(say.WORKBOOK_COLUMNS, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, title, head)
    sheet.freeze_panes(1, 0)
    for line, row in enumerate(rows, start=1):
        texts = (row.number, row.status.chinese, row.class_name, row.line, row.place, row.unit)
        for column, text in enumerate(texts):
            sheet.write_string(line, column, text)
        sheet.write_datetime(line, 6, row.opened, moment)
        if row.due is not None:
            sheet.write_datetime(line, 7, row.due, moment)
        sheet.write_string(line, 8, say.URGENT if row.urgent else "")
        for column, fen in ((9, row.asked_fen), (10, row.recovered_fen)):
            if fen:
                sheet.write_number(line, column, fen / 100)
    book.close()
    return path


def iter_rows(
    session: Session,
    asker: Asker,
    env: Environment,
    wanted: CaseFilter,
    words: Sequence[str],
    *,
    own_only: bool,
    further: Sequence[ColumnElement[bool]] = (),
) -> Iterator[CaseRow]:
    """The rows of the asker's cases that meet the filter, read page after page; MOST_ROWS at most."""
    before: int | None = None
    for _ in range(MOST_ROWS // _BATCH):
        cases, before = list_matching(
            session,
            asker,
            env,
            wanted,
            words,
            limit=_BATCH,
            before=before,
            own_only=own_only,
            further=further,
        )
        yield from load_rows(session, asker, cases, env, with_acts=False)
        session.expunge_all()
        if before is None:
            return

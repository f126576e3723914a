"""The rows of a list under its headings; titles, signatures and notes are passed over with a word."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bot.config.problems import ConfigProblem, ConfigProblemsFound
from bot.imports.spreadsheet.cell_values import CellValue, read_cell
from bot.imports.spreadsheet.columns import SAMPLE_MARK, ListColumns, format_heading
from bot.imports.spreadsheet.file_format import FileFormat, detect_format
from bot.imports.spreadsheet.workbook import WorkbookSheet, open_workbook

_MOST_TITLES = 20
"""Rows above the headings."""
_SIGNATURE = re.compile(
    r"(?:填表|填报|制表|报送|审核|审批|复核|经办|联系)(?:人员?|单位|日期|时间|电话)(?:$|[:：(（])"
    r"|(?:日期|单位[(（]?盖章[)）]?)[:：]"
)
_REMARK = re.compile(r"(?:注|备注|说明|填表说明|填写说明)\d*[:：]|(?:合计|总计|小计|共计)(?:$|[:：\d])")
"""It may be data as well, where the first column holds remarks about a row."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a list."""

    place: str
    """`人员!第 7 行`; without a sheet where the file has none."""
    fields: Mapping[str, str]
    """Field to text; blank cells are left out."""
    faults: tuple[ConfigProblem, ...]
    """Cells that cannot be what was typed, and cells under headings that nobody knows."""
    headings: Mapping[str, str]
    """Field to its heading in the file."""
    columns: ListColumns

    def locate(self, field: str = "") -> str:
        """`人员!第 7 行「角色」（张三）`; without a field, the row."""
        return _locate(self.place, self.get_heading(field), self.fields.get(self.columns.subject, ""))

    def get_heading(self, field: str) -> str:
        """As it stands in the file, else as we call it."""
        column = self.columns.find_column(field)
        return self.headings.get(field) or (column.title if column else field)

    def format_example(self, field: str, value: str) -> str:  # noqa: ARG002 - YAML names the field
        return value


def _locate(place: str, heading: str, subject: str) -> str:
    return place + (f"「{heading}」" if heading else "") + (f"（{subject}）" if subject else "")


class ListFile:
    """The lines of a file that holds lists of one kind; iterate once, then read `notes`."""

    def __init__(self, path: Path, columns: ListColumns) -> None:
        self._path = path
        self._columns = columns
        self.notes: list[ConfigProblem] = []
        """What was passed over."""

    def __iter__(self) -> Iterator[Line]:
        """Raises ConfigProblemsFound: no file that can be read, no headings, no rows."""
        empty = True
        for line in self._iter_lines():
            empty = False
            yield line
        if empty:
            raise ConfigProblemsFound([ConfigProblem(str(self._path), "没有一行可以导入的数据")])

    def _iter_lines(self) -> Iterator[Line]:
        if detect_format(self._path) is FileFormat.WORKBOOK:
            yield from self._iter_workbook()
            return
        reader = SheetReader(self._columns, "", self.notes)
        if self._path.suffix.lower() == ".txt":
            reader.set_header(0, [self._columns.subject])
        yield from reader.iter_lines(_iter_text_rows(self._path))
        if not reader.has_header:
            raise ConfigProblemsFound([reader.describe_missing_header()])

    def _iter_workbook(self) -> Iterator[Line]:
        headless: list[SheetReader] = []
        found = False
        with open_workbook(self._path) as sheets:
            for sheet in sheets:
                if sheet.is_hidden:
                    self.notes.append(describe_omission(sheet.title, "隐藏的工作表，略过"))
                    continue
                reader = SheetReader(self._columns, f"{sheet.title}!", self.notes)
                yield from reader.iter_lines(sheet.iter_rows())
                found = found or reader.has_header
                if not reader.has_header and reader.first_row:
                    headless.append(reader)
        if headless and not found:
            raise ConfigProblemsFound([headless[0].describe_missing_header()])
        self.notes += [
            describe_omission(reader.sheet.removesuffix("!"), "没有表头，略过") for reader in headless
        ]


class SheetReader:
    """Goes down the rows of one sheet; titles, remarks, examples and repeated headings go to `notes`."""

    def __init__(self, columns: ListColumns, sheet: str, notes: list[ConfigProblem]) -> None:
        self.sheet = sheet
        """`人员!`, or empty."""
        self.first_row = 0
        """The first row that says something; 0: none."""
        self._columns = columns
        self._notes = notes
        self._header: list[str] = []
        self._header_row = 0
        self._fields: list[str | None] = []
        self._headings: dict[str, str] = {}
        self._titles: list[int] = []
        self._samples: list[int] = []
        self._reported: set[int] = set()
        """Columns that were told to be unknown or not stored."""
        self._has_lines = False

    @property
    def has_header(self) -> bool:
        return bool(self._header)

    def describe_missing_header(self) -> ConfigProblem:
        subject = self._columns.find_column(self._columns.subject)
        title = subject.title if subject else self._columns.subject
        return ConfigProblem(
            f"{self.sheet}第 {self.first_row or 1} 行",
            f"应当是表头，要有“{title}”一列",
            ",".join(column.title for column in self._columns.list_needed()),
        )

    def set_header(self, number: int, cells: list[str]) -> None:
        self._header_row = number
        self._header = cells
        self._fields = [self._columns.find_field(cell) if cell else None for cell in cells]
        self._headings = {
            field: format_heading(cell) for field, cell in zip(self._fields, cells, strict=True) if field
        }

    def iter_lines(self, rows: Iterable[tuple[int, Iterable[object]]]) -> Iterator[Line]:
        """The rows that hold data; none where no headings are found.

        Raises ConfigProblemsFound where a column is there twice, or one that is needed is not.
        """
        for number, values in rows:
            cells = [read_cell(value) for value in values]
            texts = _strip_end([cell.text for cell in cells])
            if not texts:
                continue
            self.first_row = self.first_row or number
            if self._is_header(texts):
                self._take_header(number, texts)
            elif not self._header:
                self._titles.append(number)
                if len(self._titles) > _MOST_TITLES:
                    return
            elif not self._is_remark(number, texts):
                self._check_header()
                yield self._build_line(number, texts, cells)
        if self._samples:
            self._note(f"第 {'、'.join(map(str, self._samples))} 行", "示例，略过")

    def _is_header(self, texts: list[str]) -> bool:
        """Headings may take two rows, of which the lower is the fuller; beneath data they only come again."""
        return self._header == texts or (not self._has_lines and self._columns.is_header(texts))

    def _take_header(self, number: int, texts: list[str]) -> None:
        if self._header == texts:
            self._note(f"第 {number} 行", "又是表头，略过")
            return
        if self._titles:
            self._note(f"第 {'、'.join(map(str, self._titles))} 行", "在表头上面，当作标题略过")
            self._titles = []
        self.set_header(number, texts)

    def _check_header(self) -> None:
        """At the first row of data, when it is known which row the headings are."""
        if self._has_lines:
            return
        self._has_lines = True
        place = f"{self.sheet}第 {self._header_row} 行"
        for field, heading in zip(self._fields, self._header, strict=True):
            if field and self._fields.count(field) > 1:
                both = f"“{format_heading(heading)}”和“{self._headings[field]}”"
                raise ConfigProblemsFound([ConfigProblem(place, f"{both}是同一项，只留一列")])
        missing = [column for column in self._columns.list_needed() if column.field not in self._headings]
        if missing:
            titles = "、".join(column.title for column in missing)
            example = ",".join(column.title for column in self._columns.list_needed())
            raise ConfigProblemsFound([ConfigProblem(place, f"表头缺少 {titles}", example)])

    def _is_remark(self, number: int, texts: list[str]) -> bool:
        """An example, a signature or a note among the rows; each is noted."""
        first = next(filter(None, texts))
        fields = self._collect_fields(texts)
        key = self._columns.sample_key
        if key and fields.get(key, "").startswith(SAMPLE_MARK):
            self._samples.append(number)
            return True
        if _SIGNATURE.match(first) or (_REMARK.match(first) and self._is_lacking(fields, first)):
            self._note(f"第 {number} 行", f"“{first[:20]}”不是数据，略过")
            return True
        return False

    def _is_lacking(self, fields: Mapping[str, str], first: str) -> bool:
        """Whether a needed cell is blank, or holds nothing but the remark."""
        return any(fields.get(column.field, first) == first for column in self._columns.list_needed())

    def _collect_fields(self, texts: list[str]) -> dict[str, str]:
        return {field: text for field, text in zip(self._fields, texts, strict=False) if field and text}

    def _build_line(self, number: int, texts: list[str], cells: list[CellValue]) -> Line:
        place = f"{self.sheet}第 {number} 行"
        fields = self._collect_fields(texts)
        subject = fields.get(self._columns.subject, "")
        problems = []
        for index, (text, cell) in enumerate(zip(texts, cells, strict=False)):
            field = self._fields[index] if index < len(self._fields) else None
            stored = field is not None
            problem = self._find_fault(field, cell) if stored or not text else self._report_column(index)
            if problem:
                problems.append(
                    ConfigProblem(_locate(place, format_heading(self._header[index]), subject), problem)
                )
        return Line(place, fields, tuple(problems), self._headings, self._columns)

    def _find_fault(self, field: str | None, cell: CellValue) -> str:
        column = self._columns.find_column(field) if field is not None else None
        return "" if cell.is_date and column is not None and column.dated else cell.fault

    def _report_column(self, index: int) -> str:
        """Once for each column that is no field: why it is refused, or nothing and a note."""
        if index in self._reported:
            return ""
        self._reported.add(index)
        heading = format_heading(self._header[index]) if index < len(self._header) else ""
        if not heading:
            self._note(f"第 {index + 1} 列", "没有表头，里面的内容没有导入")
            return ""
        if (why := self._columns.explain_unkept(heading)) is not None:
            self._note(f"「{heading}」", f"这一列没有导入{why and f'，{why}'}")
            return ""
        near = self._columns.suggest_title(heading)
        titles = "、".join(column.title for column in self._columns.columns)
        return f"不认识的列（是不是 {near}？）" if near else f"不认识的列（可以写 {titles}；多余的列请删去）"

    def _note(self, place: str, message: str) -> None:
        self._notes.append(describe_omission(f"{self.sheet}{place}", message))


def _strip_end(texts: list[str]) -> list[str]:
    """Without the blank cells after the last that says something."""
    while texts and not texts[-1]:
        texts.pop()
    return texts


def describe_omission(place: str, message: str) -> ConfigProblem:
    """Something that is not read, and need not be."""
    return ConfigProblem(place, message, grave=False)


def is_blank(sheet: WorkbookSheet) -> bool:
    return next(iter(sheet.iter_rows()), None) is None


def count_headings(sheet: WorkbookSheet, columns: ListColumns) -> int:
    """How many headings of a list a sheet has near its top; 0 where it has no row of headings."""
    top = (
        [read_cell(value).text for value in values] for _, values in islice(sheet.iter_rows(), _MOST_TITLES)
    )
    return max((len(columns.list_fields(cells)) for cells in top if columns.is_header(cells)), default=0)


def _iter_text_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    text = _decode_file(path)
    if path.suffix.lower() == ".txt":
        yield from ((number, [line]) for number, line in enumerate(text.splitlines(), 1))
        return
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        yield from ((reader.line_num, cells) for cells in reader)
    except csv.Error as error:
        place = f"第 {reader.line_num} 行"
        raise ConfigProblemsFound([ConfigProblem(place, "这一行读不懂，多半是引号没有成对")]) from error


def _decode_file(path: Path) -> str:
    raw = path.read_bytes()
    # Excel saves .csv in GB 18030 on a Chinese Windows, with nothing in the file to say so.
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ConfigProblemsFound([ConfigProblem(str(path), "不是 UTF-8 也不是 GB 18030 编码的文字")])

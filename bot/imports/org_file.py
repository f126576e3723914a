"""org.yaml or org.xlsx to rows; a mistake is told as `people[2].unit` or `人员!第 4 行「单位」（张三）`."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.config import yaml_file
from bot.config.problems import ConfigProblem, ConfigProblemsFound
from bot.imports import org_columns, row_errors
from bot.imports.org_rows import (
    ChatRow,
    Organisation,
    PersonRow,
    RowLocation,
    SheetRow,
    UnitRow,
    YamlLocation,
)
from bot.imports.spreadsheet import Line, SheetReader
from bot.imports.spreadsheet.columns import normalize_heading
from bot.imports.spreadsheet.file_format import FileFormat, detect_format
from bot.imports.spreadsheet.lines import count_headings, describe_omission, is_blank
from bot.imports.spreadsheet.workbook import WorkbookSheet, open_workbook
from handlers.triage.rules.data_files import YAMLDocument
from handlers.triage.rules.value_errors import format_suggestion

TABLES: dict[str, type[SheetRow]] = {"units": UnitRow, "people": PersonRow, "chats": ChatRow}

_YAML_FILES = (".yaml", ".yml")
_TITLE_ENDINGS = re.compile(r"(?:\([^()]{0,40}\)|\d|表|名单|名册|信息|清单|一览|列表){1,20}$")
_TITLE_NUMBER = re.compile(r"^(?:\d{1,9}[.、_-]?|[一二三四五六七八九十]、)")


class OrganisationError(ConfigProblemsFound):
    """The organisation file is refused as a whole; `problems` says why."""


def parse_organisation(path: Path) -> Organisation:
    """The rows of an organisation file (a workbook, else YAML).

    Raises OrganisationError with every wrong row, with codes, accounts and chats named twice, and where
    there is no row. References between rows are checked by `import_org`.
    """
    parser = _OrganisationParser()
    try:
        if path.suffix.lower() in _YAML_FILES or not _is_workbook(path):
            parser.read_yaml(path)
        else:
            parser.read_workbook(path)
    except ConfigProblemsFound as error:
        raise OrganisationError(error.problems) from error
    organisation = parser.build_organisation()
    problems = [*parser.problems, *_find_duplicates(organisation)]
    if parser.document is not None:
        problems = yaml_file.add_lines(problems, parser.document)
    if not problems and not organisation.locations:
        problems = [ConfigProblem(str(path), "没有一行可以导入的数据", "gridbot org template 组织.xlsx")]
    if problems:
        # What was passed over explains some of what is missing.
        raise OrganisationError([*problems, *parser.notes])
    return organisation


def _is_workbook(path: Path) -> bool:
    if detect_format(path) is FileFormat.WORKBOOK:
        return True
    if path.suffix.lower() in (".csv", ".txt", ".tsv"):
        reason = "组织有单位、人员、群三张表，文本文件只有一张，请用 .xlsx"
        raise ConfigProblemsFound([ConfigProblem(str(path), reason, "gridbot org template 组织.xlsx")])
    return False


class _OrganisationParser:
    """Reads the whole file and collects its rows, and every problem in `problems`."""

    def __init__(self) -> None:
        self.document: YAMLDocument | None = None
        """Set where the file is YAML."""
        self.problems: list[ConfigProblem] = []
        self.notes: list[ConfigProblem] = []
        self._rows: dict[str, list[Any]] = {table: [] for table in TABLES}
        self._locations: dict[tuple[str, str], RowLocation] = {}

    def build_organisation(self) -> Organisation:
        rows = {table: tuple(found) for table, found in self._rows.items()}
        return Organisation(rows["units"], rows["people"], rows["chats"], self._locations, tuple(self.notes))

    def _add(self, table: str, row: Any, location: RowLocation) -> None:
        if first := self._locations.get((table, row.code)):
            self.problems.append(ConfigProblem(location.locate(), f"“{row.code}”和 {first.locate()} 重复了"))
        self._locations.setdefault((table, row.code), location)
        self._rows[table].append(row)

    # YAML --------------------------------------------------------------------------------------

    def read_yaml(self, path: Path) -> None:
        self.document = document = yaml_file.read(path, only_text=True)
        data = document.value
        if not isinstance(data, dict):
            raise ConfigProblemsFound(
                [ConfigProblem(str(path), "最外层应当是 units、people、chats 三张表", "units: […]")]
            )
        lists = {name: data.get(name) or [] for name in TABLES}
        problems = [_describe_unknown_table(name) for name in data if name not in TABLES]
        problems += [
            ConfigProblem(name, "应当是列表", f"{name}: […]")
            for name, rows in lists.items()
            if not isinstance(rows, list)
        ]
        if problems:
            raise ConfigProblemsFound(yaml_file.add_lines(problems, document))
        for table, rows in lists.items():
            for number, fields in enumerate(rows):
                self._parse_yaml_row(table, f"{table}[{number}]", fields)

    def _parse_yaml_row(self, table: str, place: str, fields: object) -> None:
        try:
            row = TABLES[table].model_validate(_nest_columns(fields))
        except ValidationError as error:
            self.problems += row_errors.describe_yaml_errors(place, error, TABLES[table])
        else:
            self._add(table, row, YamlLocation(place))

    # Workbooks ---------------------------------------------------------------------------------

    def read_workbook(self, path: Path) -> None:
        found = False
        with open_workbook(path) as sheets:
            for sheet in sheets:
                table = _find_table(sheet.title)
                if sheet.is_hidden:
                    self.notes.append(describe_omission(sheet.title, "隐藏的工作表，略过"))
                elif table is not None:
                    found = True
                    self._read_sheet(table, sheet)
                elif not is_blank(sheet):
                    self._pass_over(sheet)
        if not found and not self.problems:
            names = "、".join(org_columns.SHEET_TITLES.values())
            self.problems.append(ConfigProblem(str(path), f"没有叫 {names} 的工作表"))

    def _read_sheet(self, table: str, sheet: WorkbookSheet) -> None:
        reader = SheetReader(org_columns.TABLES[table], f"{sheet.title}!", self.notes)
        try:
            for line in reader.iter_lines(sheet.iter_rows()):
                self._parse_line(table, line)
        except ConfigProblemsFound as error:
            self.problems += error.problems
            return
        if not reader.first_row:
            self.notes.append(describe_omission(sheet.title, "空表，略过"))
        elif not reader.has_header:
            self.problems.append(reader.describe_missing_header())

    def _parse_line(self, table: str, line: Line) -> None:
        row = row_errors.validate_line(
            line, _nest_columns(dict(line.fields)), TABLES[table], self.problems, whole="unit"
        )
        if row is not None:
            self._add(table, row, line)

    def _pass_over(self, sheet: WorkbookSheet) -> None:
        """A sheet by another name; refused where it looks like one of ours, because its people would miss."""
        headings = {table: count_headings(sheet, columns) for table, columns in org_columns.TABLES.items()}
        likely = max(headings, key=lambda table: headings[table])
        if headings[likely]:
            title = org_columns.SHEET_TITLES[likely]
            reason = f"像是“{title}”表；要导入就把工作表改名为“{title}”，不要就删去或隐藏"
            self.problems.append(ConfigProblem(sheet.title, reason))
            return
        self.notes.append(
            describe_omission(sheet.title, f"不是 {'、'.join(org_columns.SHEET_TITLES.values())} 表，略过")
        )


def _find_table(title: str) -> str | None:
    """`2.人员名单` is people."""
    name = _TITLE_ENDINGS.sub("", _TITLE_NUMBER.sub("", normalize_heading(title)))
    return org_columns.SHEET_NAMES.get(name)


def _describe_unknown_table(name: object) -> ConfigProblem:
    return ConfigProblem(
        str(name), f"不认识的表{format_suggestion(str(name), list(TABLES))}，只能有 {'、'.join(TABLES)}"
    )


def _nest_columns(fields: Any) -> Any:
    """Columns `wecom`, `accounts.wecom`, `webhook.key` as the YAML nests them; blanks are not given."""
    if not isinstance(fields, dict):
        return fields
    row: dict[str, Any] = {}
    for key, value in fields.items():
        if value in ("", None):
            continue
        outer, dot, inner = ("accounts.wecom" if key == "wecom" else str(key)).partition(".")
        if dot and isinstance(row.setdefault(outer, {}), dict):
            row[outer][inner] = value
        elif isinstance(value, dict) and isinstance(row.get(outer), dict):
            row[outer] |= value
        else:
            row[outer] = value
    return row


def _find_duplicates(organisation: Organisation) -> Iterator[ConfigProblem]:
    """A problem for every account that two people have, and for every group that stands twice."""
    holders: dict[tuple[str, str], str] = {}
    for person in organisation.people:
        location = organisation.locations["people", person.id]
        for provider, user in person.accounts.items():
            first = holders.setdefault((provider, user), person.id)
            if first != person.id:
                field = f"accounts.{provider}"
                example = location.format_example(field, person.id)
                yield ConfigProblem(location.locate(field), f"账号 {user} 已经是 {first} 的", example)
    chats: dict[tuple[str, str], str] = {}
    for chat in organisation.chats:
        groups = [("chat_id", chat.channel, chat.chat_id)]
        if chat.archive is not None:
            groups.append(("archive.room_id", chat.archive.channel, chat.archive.room_id))
        for field, channel, group in groups:
            location = organisation.locations["chats", chat.code]
            first = chats.setdefault((channel, group), chat.code)
            if first != chat.code:
                example = location.format_example(field, f"wr{chat.code.upper()}")
                yield ConfigProblem(location.locate(field), f"群 {group} 已经是 {first}", example)

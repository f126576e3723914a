"""org.yaml or org.xlsx to rows. Problems name their place: `people[2].unit`, `people!4.unit`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.config import validation_errors, yaml_file
from bot.config.problems import ConfigProblem, ConfigProblemsFound, format_suggestion
from bot.imports import spreadsheet
from bot.imports.org_rows import ChatRow, Organisation, PersonRow, SheetRow, UnitRow

SHEETS: dict[str, type[SheetRow]] = {"units": UnitRow, "people": PersonRow, "chats": ChatRow}

_Row = TypeVar("_Row", bound=SheetRow)
_Raw = dict[str, list[tuple[str, Any]]]
"""Sheet name to its rows, each with its place in the file."""


class OrganisationError(ConfigProblemsFound):
    """The organisation file is refused as a whole; `problems` says why."""


def parse_organisation(path: Path) -> Organisation:
    """The rows of an organisation file (.xlsx, else YAML).

    Raises OrganisationError with every wrong row, and with codes, accounts and chats named twice.
    References between rows are checked by `import_org`.
    """
    try:
        raw = _read_workbook(path) if path.suffix.lower() == ".xlsx" else _read_yaml(path)
    except ConfigProblemsFound as error:
        raise OrganisationError(error.problems) from error
    problems: list[ConfigProblem] = []
    where: dict[tuple[str, str], str] = {}
    units = _parse_rows(raw, "units", UnitRow, where, problems)
    people = _parse_rows(raw, "people", PersonRow, where, problems)
    chats = _parse_rows(raw, "chats", ChatRow, where, problems)
    organisation = Organisation(units, people, chats, where)
    problems += _find_duplicates(organisation)
    if problems:
        raise OrganisationError(problems)
    return organisation


def _read_yaml(path: Path) -> _Raw:
    data = yaml_file.read(path, only_text=True)
    if not isinstance(data, dict):
        raise ConfigProblemsFound(
            [ConfigProblem(str(path), "最外层应当是 units、people、chats 三张表", "units: […]")]
        )
    sheets = {name: data.get(name) or [] for name in SHEETS}
    problems = [_unknown_sheet(name) for name in data if name not in SHEETS]
    problems += [
        ConfigProblem(name, "应当是列表", f"{name}: […]")
        for name, rows in sheets.items()
        if not isinstance(rows, list)
    ]
    if problems:
        raise ConfigProblemsFound(problems)
    return {
        name: [(f"{name}[{number}]", row) for number, row in enumerate(rows)] for name, rows in sheets.items()
    }


def _read_workbook(path: Path) -> _Raw:
    with spreadsheet.open_workbook(path) as book:
        if unknown := [_unknown_sheet(name) for name in book.sheetnames if name not in SHEETS]:
            raise ConfigProblemsFound(unknown)
        return {name: list(_iter_rows(name, book[name])) for name in SHEETS if name in book.sheetnames}


def _iter_rows(name: str, sheet: Any) -> Iterator[tuple[str, Any]]:
    """Each line under the header as a mapping; empty lines and cells are left out."""
    header: list[str] = []
    for number, texts in spreadsheet.iter_sheet_rows(sheet):
        if not header:
            header = texts
        elif any(texts):
            row = dict(zip(header, texts, strict=False))
            yield f"{name}!{number}", {key: text for key, text in row.items() if key or text}


def _unknown_sheet(name: object) -> ConfigProblem:
    return ConfigProblem(
        str(name), f"不认识的表{format_suggestion(str(name), list(SHEETS))}，只能有 {'、'.join(SHEETS)}"
    )


def _parse_rows(
    raw: _Raw, sheet: str, model: type[_Row], where: dict[tuple[str, str], str], problems: list[ConfigProblem]
) -> tuple[_Row, ...]:
    found: list[_Row] = []
    for place, fields in raw.get(sheet, []):
        try:
            row = model.model_validate(_nest_columns(fields))
        except ValidationError as error:
            problems += describe_row_errors(place, error, model)
            continue
        code = str(getattr(row, "code", ""))
        if first := where.get((sheet, code)):
            problems.append(ConfigProblem(place, f"“{code}”和 {first} 重复了"))
        where.setdefault((sheet, code), place)
        found.append(row)
    return tuple(found)


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


def describe_row_errors(
    place: str, error: ValidationError, model: type[SheetRow], *, whole: str = "unit"
) -> list[ConfigProblem]:
    """The problems of one row; `place` is where the row stands in the file.

    `whole` names the field whose example is shown where the row as a whole is wrong.
    """
    errors = error.errors(include_url=False, include_input=False)
    return [_describe_error(place, details, model, whole) for details in errors]


def _describe_error(place: str, details: ErrorDetails, model: type[SheetRow], whole: str) -> ConfigProblem:
    steps = [str(step) for step in details["loc"] if step != "[key]"]
    path = ".".join([place, *steps])
    if not steps:
        return ConfigProblem(
            path, validation_errors.describe_problem(details), validation_errors.example(model, whole)
        )
    if details["type"] == "extra_forbidden" and len(steps) == 1:
        return validation_errors.describe_unknown_key(path, steps[0], model)
    return ConfigProblem(
        path, validation_errors.describe_problem(details), validation_errors.example(model, steps[0])
    )


def _find_duplicates(organisation: Organisation) -> Iterator[ConfigProblem]:
    """A problem for every account that two people have, and for every group that stands twice."""
    holders: dict[tuple[str, str], str] = {}
    for person in organisation.people:
        for provider, user in person.accounts.items():
            first = holders.setdefault((provider, user), person.id)
            if first != person.id:
                path = f"{organisation.locations['people', person.id]}.accounts.{provider}"
                yield ConfigProblem(
                    path, f"账号 {user} 已经是 {first} 的", f"accounts: {{{provider}: {person.id}}}"
                )
    chats: dict[tuple[str, str], str] = {}
    for chat in organisation.chats:
        first = chats.setdefault((chat.channel, chat.chat_id), chat.code)
        if first != chat.code:
            path = f"{organisation.locations['chats', chat.code]}.chat_id"
            yield ConfigProblem(path, f"群 {chat.chat_id} 已经是 {first}", f"chat_id: wr{chat.code.upper()}")

"""org.yaml or org.xlsx to rows. Every mistake is told with its place: `people[2].unit`, `people!4.unit`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar
from zipfile import BadZipFile

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.config import validation_errors, yaml_file
from bot.config.problems import Mistake, MistakesFound, perhaps
from bot.imports.org_rows import ChatRow, Organisation, PersonRow, Row, UnitRow

SHEETS: dict[str, type[Row]] = {"units": UnitRow, "people": PersonRow, "chats": ChatRow}

_Row = TypeVar("_Row", bound=Row)
_Raw = dict[str, list[tuple[str, Any]]]
"""Sheet name to its rows, each with its place in the file."""


class OrganisationError(MistakesFound):
    """The organisation file is refused as a whole."""


def parse(path: Path) -> Organisation:
    """The rows of the file, each right in itself and no two in each other's way."""
    try:
        raw = _workbook(path) if path.suffix.lower() == ".xlsx" else _yaml(path)
    except MistakesFound as error:
        raise OrganisationError(error.mistakes) from error
    mistakes: list[Mistake] = []
    where: dict[tuple[str, str], str] = {}
    units = _rows(raw, "units", UnitRow, where, mistakes)
    people = _rows(raw, "people", PersonRow, where, mistakes)
    chats = _rows(raw, "chats", ChatRow, where, mistakes)
    organisation = Organisation(units, people, chats, where)
    mistakes += _shared(organisation)
    if mistakes:
        raise OrganisationError(mistakes)
    return organisation


def _yaml(path: Path) -> _Raw:
    data = yaml_file.read(path, only_text=True)
    if not isinstance(data, dict):
        raise MistakesFound([Mistake(str(path), "最外层应当是 units、people、chats 三张表", "units: […]")])
    sheets = {name: data.get(name) or [] for name in SHEETS}
    mistakes = [_unknown_sheet(name) for name in data if name not in SHEETS]
    mistakes += [
        Mistake(name, "应当是列表", f"{name}: […]")
        for name, rows in sheets.items()
        if not isinstance(rows, list)
    ]
    if mistakes:
        raise MistakesFound(mistakes)
    return {
        name: [(f"{name}[{number}]", row) for number, row in enumerate(rows)] for name, rows in sheets.items()
    }


def _workbook(path: Path) -> _Raw:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (OSError, BadZipFile, InvalidFileException, KeyError) as error:
        raise MistakesFound([Mistake(str(path), "打不开这个表格，请另存为 .xlsx")]) from error
    try:
        unknown = [_unknown_sheet(name) for name in book.sheetnames if name not in SHEETS]
        if unknown:
            raise MistakesFound(unknown)
        return {name: list(_lines(name, book[name])) for name in SHEETS if name in book.sheetnames}
    finally:
        book.close()


def _lines(name: str, sheet: Any) -> Iterator[tuple[str, Any]]:
    """Each line under the header as a mapping; empty lines and cells are left out."""
    header: list[str] = []
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        texts = [_cell(cell) for cell in cells]
        if not header:
            header = texts
        elif any(texts):
            row = dict(zip(header, texts, strict=False))
            yield f"{name}!{number}", {key: text for key, text in row.items() if key or text}


def _cell(value: object) -> str:
    """What the person sees: spreadsheets turn ids made of digits into numbers."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _unknown_sheet(name: object) -> Mistake:
    return Mistake(str(name), f"不认识的表{perhaps(str(name), list(SHEETS))}，只能有 {'、'.join(SHEETS)}")


def _rows(
    raw: _Raw, sheet: str, model: type[_Row], where: dict[tuple[str, str], str], mistakes: list[Mistake]
) -> tuple[_Row, ...]:
    found: list[_Row] = []
    for place, fields in raw.get(sheet, []):
        try:
            row = model.model_validate(_nested(fields))
        except ValidationError as error:
            mistakes += row_mistakes(place, error, model)
            continue
        code = str(getattr(row, "code", ""))
        if first := where.get((sheet, code)):
            mistakes.append(Mistake(place, f"“{code}”和 {first} 重复了"))
        where.setdefault((sheet, code), place)
        found.append(row)
    return tuple(found)


def _nested(fields: Any) -> Any:
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


def row_mistakes(
    place: str, error: ValidationError, model: type[Row], *, whole: str = "unit"
) -> list[Mistake]:
    """What is wrong with one row, each with its place. `whole`: the field to show where all of it is."""
    told = error.errors(include_url=False, include_input=False)
    return [_mistake(place, details, model, whole) for details in told]


def _mistake(place: str, details: ErrorDetails, model: type[Row], whole: str) -> Mistake:
    steps = [str(step) for step in details["loc"] if step != "[key]"]
    path = ".".join([place, *steps])
    if not steps:
        return Mistake(path, validation_errors.problem(details), validation_errors.example(model, whole))
    if details["type"] == "extra_forbidden" and len(steps) == 1:
        return validation_errors.unknown_key(path, steps[0], model)
    return Mistake(path, validation_errors.problem(details), validation_errors.example(model, steps[0]))


def _shared(organisation: Organisation) -> Iterator[Mistake]:
    """Two people with one account, two chats that are one."""
    holders: dict[tuple[str, str], str] = {}
    for person in organisation.people:
        for provider, user in person.accounts.items():
            first = holders.setdefault((provider, user), person.id)
            if first != person.id:
                path = f"{organisation.where['people', person.id]}.accounts.{provider}"
                yield Mistake(
                    path, f"账号 {user} 已经是 {first} 的", f"accounts: {{{provider}: {person.id}}}"
                )
    chats: dict[tuple[str, str], str] = {}
    for chat in organisation.chats:
        first = chats.setdefault((chat.channel, chat.chat_id), chat.code)
        if first != chat.code:
            path = f"{organisation.where['chats', chat.code]}.chat_id"
            yield Mistake(path, f"群 {chat.chat_id} 已经是 {first}", f"chat_id: wr{chat.code.upper()}")

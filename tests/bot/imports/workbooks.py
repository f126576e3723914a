"""Workbooks as other programs write them: built by openpyxl, then changed part by part."""

import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

SHEET = "xl/worksheets/sheet1.xml"

Sheets = Mapping[str, Sequence[Sequence[Any]]]


def write_workbook(path: Path, sheets: Sheets) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(list(line))
    book.save(path)
    return path


def patch_parts(path: Path, **changes: Callable[[bytes], bytes]) -> Path:
    """Change parts of a package in place, by the last part of their name without `.xml`."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, raw in parts.items():
            change = changes.get(Path(name).stem)
            package.writestr(name, change(raw) if change else raw)
    return path


def replace_bytes(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(raw: bytes) -> bytes:
        assert old in raw
        return raw.replace(old, new)

    return change


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def write_as_wps(path: Path, title: str, lines: Sequence[Sequence[str]]) -> Path:
    """One sheet as WPS writes it: a table of strings, rows with spans, and a dimension that is not so."""
    strings = [text for line in lines for text in line]
    numbers = iter(range(len(strings)))
    rows = "".join(
        f'<row r="{n}" spans="1:{len(line)}">'
        + "".join(f'<c r="{chr(65 + c)}{n}" s="1" t="s"><v>{next(numbers)}</v></c>' for c in range(len(line)))
        + "</row>"
        for n, line in enumerate(lines, start=1)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{TYPES}.sharedStrings+xml"/>'
        f'<Override PartName="/{SHEET}" ContentType="{TYPES}.worksheet+xml"/></Types>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
        f'<sheet name="{title}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">'
        + "".join(f"<si><t>{text}</t><phoneticPr fontId='1'/></si>" for text in strings)
        + "</sst>",
        SHEET: f'<worksheet xmlns="{MAIN}"><sheetPr/><dimension ref="A1"/><sheetData>{rows}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{text}')
    return path

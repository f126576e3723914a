"""Cells as the people who typed them meant them; spreadsheet programs change what looks like a number."""

import re
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from bot.imports.spreadsheet.columns import strip_format_characters

_FLOAT_CODE = re.compile(r"(\d{5,40})\.0{1,20}")
_SCIENTIFIC = re.compile(r"\d(?:\.\d{1,40})?[Ee]\+?\d{1,4}")
_FORMULA_ERRORS = frozenset(
    {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!"}
)
_EXACT = 10**15
"""Spreadsheet programs keep 15 digits of a number, and write zeros for the rest."""


class CellValue(NamedTuple):
    text: str
    """As people see it, without blanks at its ends."""
    fault: str = ""
    """Why the text cannot be what was typed; a Chinese sentence without a full stop."""
    is_date: bool = False
    """It is a date or a time, which is no fault where one is wanted."""


def read_cell(value: object) -> CellValue:
    """A value of openpyxl, or the text of a .csv: 320684001001.0 was written 320684001001."""
    if isinstance(value, str):
        return _read_text(strip_format_characters(value))
    if value is None:
        return CellValue("")
    if isinstance(value, datetime | date | time | timedelta):
        return _read_date(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and abs(value) >= _EXACT:
        return CellValue(str(value), "数字超过 15 位，表格程序已改掉末尾几位，请把这一列设为“文本”再重填")
    return CellValue(str(value))


def _read_text(text: str) -> CellValue:
    if match := _FLOAT_CODE.fullmatch(text):
        return CellValue(match[1])
    if _SCIENTIFIC.fullmatch(text):
        return CellValue(
            text, f"“{text}”是科学计数法，原来的数字已经丢了，请把这一列设为“文本”或“数值”再导出"
        )
    if text in _FORMULA_ERRORS:
        return CellValue(text, f"显示为 {text}：公式算不出来，或把数字设成了日期格式，请填上文字")
    return CellValue(text)


def _read_date(value: datetime | date | time | timedelta) -> CellValue:
    text = str(value).removesuffix(" 00:00:00")
    fault = f"是日期或时间（{text}），不是文字；表格程序会把 3-1 这样的编码改成日期，请设为“文本”再重填"
    return CellValue(text, fault, is_date=True)

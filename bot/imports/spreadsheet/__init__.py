"""Lists that people bring as they have them: .csv or .txt in either encoding, .xlsx of any program.

    file ── file_format ──> workbook | text ── cell_values ──> rows ── columns ──> lines

A list has a row of headings, under blank rows and titles; beneath it rows, with notes and signatures among
them. What is not read is said; a list without a single row is refused.
"""

from bot.imports.spreadsheet.columns import Column, ListColumns
from bot.imports.spreadsheet.lines import Line, ListFile, SheetReader

__all__ = ["Column", "Line", "ListColumns", "ListFile", "SheetReader"]

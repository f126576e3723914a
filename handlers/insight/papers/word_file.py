"""A paper as a Word file, as offices want it (GB/T 9704: A4, 仿宋 and 黑体, 28 points a line). Pure."""

import io
import re

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from handlers.wording.papers import Grid, Paper, Passage

_BODY, _HEAD = "仿宋", "黑体"
_TITLE_SIZE, _BODY_SIZE, _CELL_SIZE = Pt(22), Pt(16), Pt(10.5)
_LINE = Pt(28)
_INDENT = 2
"""Characters that a paragraph begins with."""
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no Word file can hold."""


def build_word_file(paper: Paper) -> bytes:
    """The Word file of a paper."""
    document = Document()
    _lay_out(document)
    document.core_properties.title, document.core_properties.author = _clean(paper.title), ""
    document.core_properties.comments = ""
    _add_line(document, paper.title, _HEAD, _TITLE_SIZE, WD_ALIGN_PARAGRAPH.CENTER)
    if paper.subtitle:
        _add_line(document, paper.subtitle, _BODY, _BODY_SIZE, WD_ALIGN_PARAGRAPH.CENTER)
    for block in paper.blocks:
        if isinstance(block, Grid):
            _add_grid(document, block)
        else:
            _add_passage(document, block)
    for line in paper.closing:
        _add_line(document, line, _BODY, _BODY_SIZE, WD_ALIGN_PARAGRAPH.RIGHT)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _lay_out(document: WordDocument) -> None:
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin = Mm(37), Mm(35)
    page.left_margin, page.right_margin = Mm(28), Mm(26)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = _BODY, _BODY_SIZE
    # Word takes the name above for Latin letters only.
    normal.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _BODY)


def _add_passage(document: WordDocument, passage: Passage) -> None:
    font = _HEAD if passage.heading else _BODY
    paragraph = _add_line(document, passage.words, font, _BODY_SIZE, WD_ALIGN_PARAGRAPH.JUSTIFY)
    paragraph.paragraph_format.first_line_indent = Pt(_BODY_SIZE.pt * _INDENT)


def _add_line(
    document: WordDocument, words: str, font: str, size: Pt, alignment: WD_ALIGN_PARAGRAPH
) -> Paragraph:
    paragraph = document.add_paragraph()
    paragraph.alignment = alignment
    spacing = paragraph.paragraph_format
    spacing.line_spacing_rule, spacing.line_spacing = WD_LINE_SPACING.AT_LEAST, _LINE
    spacing.space_after = Pt(0)
    _add_run(paragraph, words, font, size)
    return paragraph


def _add_run(paragraph: Paragraph, words: str, font: str, size: Pt) -> None:
    run = paragraph.add_run(_clean(words))
    run.font.name, run.font.size = font, size
    run.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _add_grid(document: WordDocument, grid: Grid) -> None:
    table = document.add_table(rows=0, cols=len(grid.widths), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for at, row in enumerate(grid.rows):
        cells = table.add_row().cells
        for column, (cell, words, width) in enumerate(zip(cells, row, grid.widths, strict=True)):
            cell.width = Mm(width)
            names = at == 0 if grid.has_head else column == 0
            _add_run(cell.paragraphs[0], words, _HEAD if names else _BODY, _CELL_SIZE)


def _clean(words: str) -> str:
    return _NOT_XML.sub("", words)

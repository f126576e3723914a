"""Word files as tests read them: the paragraphs, and the cells of the tables."""

import io
from dataclasses import dataclass

from docx import Document
from docx.oxml.ns import qn


@dataclass(frozen=True)
class ReadPaper:
    lines: list[str]
    rows: list[list[str]]
    fonts: set[str]
    """For Chinese characters."""

    @property
    def text(self) -> str:
        return "\n".join([*self.lines, *("\t".join(row) for row in self.rows)])


def read_paper(content: bytes) -> ReadPaper:
    document = Document(io.BytesIO(content))
    cells = [row.cells for table in document.tables for row in table.rows]
    fonts = {each.get(qn("w:eastAsia")) for each in document.element.body.iter(qn("w:rFonts"))}
    return ReadPaper(
        [paragraph.text for paragraph in document.paragraphs if paragraph.text],
        [[cell.text for cell in row] for row in cells],
        {font for font in fonts if font},
    )

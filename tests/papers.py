"""Papers as tests read them: of a Word file the paragraphs and the cells of the tables, of a PDF its words."""

import io
import subprocess
from dataclasses import dataclass
from pathlib import Path

from docx import Document
from docx.oxml.ns import qn
from pypdf import PdfReader


@dataclass(frozen=True)
class ReadPaper:
    lines: list[str]
    tables: list[list[list[str]]]
    fonts: set[str]
    """For Chinese characters."""

    @property
    def rows(self) -> list[list[str]]:
        """Of all tables."""
        return [row for table in self.tables for row in table]

    @property
    def text(self) -> str:
        return "\n".join([*self.lines, *("\t".join(row) for row in self.rows)])


def read_paper(content: bytes) -> ReadPaper:
    document = Document(io.BytesIO(content))
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]
    fonts = {each.get(qn("w:eastAsia")) for each in document.element.body.iter(qn("w:rFonts"))}
    return ReadPaper(
        [paragraph.text for paragraph in document.paragraphs if paragraph.text],
        tables,
        {font for font in fonts if font},
    )


def read_as_libreoffice_does(content: bytes, folder: Path) -> ReadPaper:
    """What LibreOffice makes of a Word file: opened there, and stored anew. `folder`: a free one."""
    (folder / "paper.docx").write_bytes(content)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    target = ["--convert-to", "docx:MS Word 2007 XML", "--outdir", str(folder / "out")]
    command = ["soffice", profile, "--headless", *target, str(folder / "paper.docx")]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return read_paper((folder / "out" / "paper.docx").read_bytes())


def read_pdf(content: bytes) -> str:
    """The words of all pages, without the blanks and the ends of lines between them."""
    pages = PdfReader(io.BytesIO(content)).pages
    return "".join("".join(page.extract_text().split()) for page in pages)

"""Papers with the figures of the pages: what they say is `handlers.wording.papers`, here it is looked up.

month, order, situation ──> Paper, plain values ──> write_docx: the bytes of a Word file
                                              └──> write_pdf: those of a PDF, with the extra `pdf`
"""

from importlib.util import find_spec
from typing import Literal

from handlers.errors import WrongState
from handlers.insight import fonts
from handlers.wording import papers as say
from handlers.wording.papers import Paper

PaperKind = Literal["docx", "pdf"]
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"


def write_docx(paper: Paper) -> bytes:
    """The Word file of a paper; what writes it takes 20 MB, and is loaded for the first one."""
    from handlers.insight.papers.word_file import build_word_file

    return build_word_file(paper)


def can_write_pdf() -> bool:
    """Whether the extra is there."""
    return find_spec("typst") is not None and fonts.has_fonts()


def list_kinds() -> tuple[tuple[PaperKind, str], ...]:
    """The kinds of files that this machine writes, each with what people call it."""
    return (("docx", "Word"), ("pdf", "PDF")) if can_write_pdf() else (("docx", "Word"),)


def write_pdf(paper: Paper) -> bytes:
    """The PDF of a paper. Raises WrongState where this machine writes none."""
    if not can_write_pdf():
        raise WrongState(say.cannot_write_pdf())
    from handlers.insight.papers.pdf_file import build_pdf_file

    return build_pdf_file(paper)

"""A paper as a PDF file, which looks alike everywhere and is printed or sealed as it is. Pure."""

import json
from functools import cache
from importlib.resources import files

import typst

from handlers.insight import fonts
from handlers.wording.papers import Paper


def build_pdf_file(paper: Paper) -> bytes:
    """The PDF of a paper, readable by machines as well: words stay words, tables are marked as such."""
    inputs = {
        "paper": json.dumps(paper.to_plain(), ensure_ascii=False),
        "body": fonts.SERIF,
        "head": fonts.SANS,
    }
    pdf = typst.compile(_read_layout(), font_paths=_load_fonts(), ignore_system_fonts=True, sys_inputs=inputs)
    return bytes(pdf)


@cache
def _read_layout() -> bytes:
    """The same for all papers: what people wrote comes as a value, and is never read as markup."""
    return files(__package__).joinpath("paper.typ").read_bytes()


@cache
def _load_fonts() -> typst.Fonts:
    folders = sorted({str(path.parent) for path in (fonts.find_sans(), fonts.find_serif())})
    return typst.Fonts(include_system_fonts=False, font_paths=folders)

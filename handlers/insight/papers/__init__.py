"""Papers with the figures of the pages: what they say is `handlers.wording.papers`, here it is looked up.

month, order, situation ──> Paper, plain values ──> write_docx: the bytes of a Word file
"""

from handlers.wording.papers import Paper

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def write_docx(paper: Paper) -> bytes:
    """The Word file of a paper; what writes it takes 20 MB, and is loaded for the first one."""
    from handlers.insight.papers.word_file import build_word_file

    return build_word_file(paper)

"""Which pairs of characters the words of cases hold, so that a rare word is not looked for in all of them.

A row speaks of WIDTH cases that follow each other by their ids: an index of single cases would be as large as
the cases.
"""

from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id

FOLDED = "words"
"""Name of the `Counter` that says up to which event (id) the words of cases are in the index."""
WIDTH = 16
"""Cases of one block; block n begins with the id n * WIDTH."""


class WordBlock(Base):
    """A pair of characters that stands in the place or the words of one of the cases of a block, masked."""

    __tablename__ = "word_blocks"
    __table_args__ = ({"sqlite_with_rowid": False},)

    pair: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    """Code points, the first shifted by 21 bits."""
    block: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)

"""The file of sayings: what people say next, with the signs in it, a line each."""

from dataclasses import dataclass

from handlers.triage.text.normalize import fold

NOTHING = "none"
"""What a saying is labelled with that has no sign."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What somebody of a side says, and the signs in it."""

    side: str
    signs: frozenset[str]
    text: str


def parse_sayings(text: str) -> list[Saying]:
    """The sayings of a text file: side, signs joined by commas, the sentence; `#` begins a comment.

    Raises ValueError with the number of a line that is none.
    """
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split(" ", 2)
        if len(parts) < 3 or not parts[2].strip():
            raise ValueError(f"line {number}: side, signs and a sentence are wanted")
        found.append(Saying(parts[0], frozenset(parts[1].split(",")) - {NOTHING}, fold(parts[2].strip())))
    return found

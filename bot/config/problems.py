"""What somebody wrote wrongly, said so that they can put it right: where, what, and a right one."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to correct, in a file or in the data."""

    path: str
    """Where: `channels.grid.secret`, `people[3].unit`, `chats!5.use`."""
    problem: str
    """A Chinese sentence without a full stop; never holds a secret."""
    example: str = ""
    grave: bool = True
    """False: the program works all the same, somebody should look."""

    def __str__(self) -> str:
        advice = "" if self.grave else "（提醒）"
        example = f"；例：{self.example}" if self.example else ""
        return f"{self.path}：{advice}{self.problem}{example}"


class MistakesFound(Exception):
    """A file was refused as a whole; every mistake in it is listed."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = tuple(mistakes)


def nearest(word: str, known: Sequence[str]) -> str | None:
    return next(iter(get_close_matches(word, known, n=1, cutoff=0.6)), None)


def perhaps(word: str, known: Sequence[str]) -> str:
    """`（是不是 secret？）` where a known word is near, else nothing."""
    near = nearest(word, known)
    return f"（是不是 {near}？）" if near else ""

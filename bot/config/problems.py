"""What somebody wrote wrongly, said so that they can put it right: where, what, and a right one."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One thing to correct, in a file or in the data."""

    path: str
    """Where: `channels.grid.secret`, `people[3].unit`, `chats!5.use`."""
    message: str
    """A Chinese sentence without a full stop; never holds a secret."""
    example: str = ""
    grave: bool = True
    """False: the program works all the same, somebody should look."""

    def __str__(self) -> str:
        advice = "" if self.grave else "（提醒）"
        example = f"；例：{self.example}" if self.example else ""
        return f"{self.path}：{advice}{self.message}{example}"


class ConfigProblemsFound(Exception):
    """A file was refused as a whole; every mistake in it is listed."""

    def __init__(self, mistakes: Sequence[ConfigProblem]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.problems = tuple(mistakes)


def find_nearest(word: str, known: Sequence[str]) -> str | None:
    return next(iter(get_close_matches(word, known, n=1, cutoff=0.6)), None)


def format_suggestion(word: str, known: Sequence[str]) -> str:
    """`（是不是 secret？）` where a known word is near, else nothing."""
    near = find_nearest(word, known)
    return f"（是不是 {near}？）" if near else ""

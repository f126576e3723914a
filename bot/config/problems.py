"""A mistake in a file or in the data, described so that it can be put right: where, what, an example."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


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
    file: Path | None = None
    """The file it stands in; None for data, and for a file that is wrong as a whole."""
    line: int | None = None
    """Its line there, counted from 1."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}：" if self.file else ""
        advice = "" if self.grave else "（提醒）"
        example = f"；例：{self.example}" if self.example else ""
        return f"{place}{self.path}：{advice}{self.message}{example}"


class ConfigProblemsFound(Exception):
    """A file was refused as a whole; every mistake in it is listed."""

    def __init__(self, mistakes: Sequence[ConfigProblem]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.problems = tuple(mistakes)

"""A transcript: who said what, where and when; one JSON object a line.

`docs/manual/对话.md` tells the format.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.cli.common import refuse
from bot.cli.packs.labelled import read_rows
from models.organisation import ChatUse, Role

_DIRECT = "direct"
_BETWEEN = timedelta(seconds=30)
"""Between two lines of which the second says no time."""
_LEAST = timedelta(seconds=1)


class TranscriptLine(BaseModel):
    """One line of a transcript; columns beside these are passed over."""

    model_config = ConfigDict(frozen=True)

    id: str = ""
    """How later lines name this one; by default its place in the file, from 1."""
    who: str = Field(min_length=1)
    """Code, name or account of a person; anybody else is new, with `role` and `unit`."""
    role: Role = Role.RESIDENT
    unit: str = ""
    chat: str = ""
    """Name, code or platform id of a chat, or `direct`."""
    use: ChatUse | None = None
    """Instead of `chat`: the first chat of this use, of the unit of whoever speaks where it has one."""
    text: str = ""
    addressed: bool = True
    direct: bool = False
    quote: str | None = None
    """Id of the line about whose case a push is quoted."""
    photo: bool = False
    at: str = ""
    """`2026-11-29T09:05`, or `09:05`: of the next day where it is earlier than the line before."""

    @property
    def is_direct(self) -> bool:
        return self.direct or self.chat == _DIRECT or self.use == ChatUse.DIRECT

    @property
    def quoted_id(self) -> str:
        """Id of the quoted line, "" where nothing is quoted."""
        return (self.quote or "").removeprefix("push:")


def read_transcript(file: Path) -> list[TranscriptLine]:
    """The lines of the file, each with an id; ends with exit code 1 where one is no line of a transcript."""
    lines = []
    for number, row in enumerate(read_rows(file), start=1):
        try:
            line = TranscriptLine.model_validate(row)
        except ValidationError as error:
            fields = "、".join(".".join(map(str, each["loc"])) for each in error.errors())
            refuse(f"{file}：第 {number} 条不是一句话，看这几项：{fields}")
        lines.append(line if line.id else line.model_copy(update={"id": str(number)}))
    return lines


class WrongTime(ValueError):
    """A line says a time that nobody can read; `str` is the sentence for the terminal."""


def list_times(lines: list[TranscriptLine], zone: ZoneInfo, *, start: datetime) -> Iterator[datetime]:
    """When each line was said (aware), each later than the one before. Raises WrongTime."""
    now = start.astimezone(zone)
    for number, line in enumerate(lines):
        earliest = now + (_LEAST if number else timedelta())
        now = (
            max(_parse_time(line, now), earliest) if line.at else now + (_BETWEEN if number else timedelta())
        )
        yield now


def _parse_time(line: TranscriptLine, before: datetime) -> datetime:
    try:
        if "-" in line.at:
            moment = datetime.fromisoformat(line.at)
            return moment if moment.tzinfo else moment.replace(tzinfo=before.tzinfo)
        hour, minute, *second = map(int, line.at.split(":"))
        moment = before.replace(hour=hour, minute=minute, second=second[0] if second else 0, microsecond=0)
    except ValueError as error:
        raise WrongTime(f"第 {line.id} 句的时间 {line.at} 看不懂，写 2026-11-29T09:05 或 09:05") from error
    return moment + timedelta(days=moment < before.replace(second=0, microsecond=0))

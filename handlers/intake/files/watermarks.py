"""What a watermark camera (水印相机, 今日水印) wrote on a photo: when and where it was taken.

There is no standard: every camera has its own frames, and an engine loses spaces and joins lines. So only
what cannot be misread is taken: a whole date with a time, and a line that calls itself a place or is one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_DATE = re.compile(r"(20\d\d)\s?[-./年]\s?(\d{1,2})\s?[-./月]\s?(\d{1,2})日?")
_TIME = re.compile(r"(?<!\d)([01]?\d|2[0-3])\s?[:：]\s?([0-5]\d)")
_LABELLED = re.compile(r"(?:地\s?[点址]|位\s?置)\s?[:：]\s?(.{2,60})")
_PLACE = re.compile(r"[省市区县].{0,30}[路街镇乡村巷弄道号苑园]")
_COORDINATES = re.compile(r"[经纬]度")
_AHEAD = timedelta(days=1)
"""Clocks of telephones go wrong; a photo of next week was not taken."""


@dataclass(frozen=True, slots=True)
class Watermark:
    """When (aware UTC) and where a photo was taken, as its camera says; `place` may be empty."""

    taken_at: datetime
    place: str


def read_watermark(lines: Sequence[str], zone: ZoneInfo, *, now: datetime) -> Watermark | None:
    """The watermark among the lines on a photo, from top to bottom; None where none says when."""
    taken_at = _find_time(lines, zone)
    if taken_at is None or taken_at > now + _AHEAD:
        return None
    return Watermark(taken_at, _find_place(lines))


def _find_time(lines: Sequence[str], zone: ZoneInfo) -> datetime | None:
    dated = next(((line, found) for line in lines if (found := _DATE.search(line))), None)
    if dated is None:
        return None
    line, date = dated
    beside = (line[date.end() :], line[: date.start()], *(other for other in lines if other is not line))
    time = next((found for words in beside if (found := _TIME.search(words))), None)
    if time is None:
        return None
    try:
        year, month, day, hour, minute = (int(part) for part in (*date.groups(), *time.groups()))
        return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)
    except ValueError:
        return None


def _find_place(lines: Sequence[str]) -> str:
    for line in lines:
        if (found := _LABELLED.search(line)) is not None:
            return found[1].strip()
    plain = (line for line in lines if not _COORDINATES.search(line) and not _DATE.search(line))
    return next((line.strip() for line in plain if _PLACE.search(line)), "")

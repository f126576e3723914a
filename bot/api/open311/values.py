"""Values as GeoReport v2 sends them: all of them text, lists with commas."""

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.api.problems import FieldError, InvalidRequest

_YEARS = range(2000, 2101)


def read_list(given: Mapping[str, str], name: str) -> list[str]:
    """The words of a list; empty where it is not given. Raises InvalidRequest."""
    text = given.get(name, "")
    if "\0" in text:
        raise _wrong(name, "不能含有空字符")
    return [word.strip() for word in text.split(",") if word.strip()]


def read_time(given: Mapping[str, str], name: str) -> datetime | None:
    """An aware time in UTC; None where it is not given. Raises InvalidRequest, also without a zone."""
    # A plus that was not escaped arrives as a blank.
    text = given.get(name, "").strip().replace(" ", "+")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None and moment.year in _YEARS:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _wrong(name, "应当是带时区的时间，如 2026-11-21T00:00:00+08:00") from error
    raise _wrong(name, "应当是带时区的时间，如 2026-11-21T00:00:00+08:00")


def read_count(given: Mapping[str, str], name: str, *, most: int) -> int:
    """A number of rows from 1 to `most`, which it is where it is not given. Raises InvalidRequest."""
    text = given.get(name, "").strip()
    if not text:
        return most
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= most):
        raise _wrong(name, f"应当是 1 到 {most}")
    return int(text)


def read_degrees(given: Mapping[str, str], name: str) -> float | None:
    """A coordinate; None where it is not given. Raises InvalidRequest."""
    text = given.get(name, "").strip()
    try:
        return float(text) if text else None
    except ValueError as error:
        raise _wrong(name, "应当是数字") from error


def _wrong(name: str, problem: str) -> InvalidRequest:
    return InvalidRequest(FieldError(path=name, problem=problem))

"""Sizes as people write them: `10MB`, `512 KB`, `1048576`."""

import re
from typing import Annotated

from pydantic import BeforeValidator

_UNITS = {"": 1, "B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}
_SIZE = re.compile(r"(\d+)\s*([KMG]?B?)", re.IGNORECASE)


def megabytes(count: int) -> int:
    """So many megabytes in bytes."""
    return count * _UNITS["MB"]


def parse(value: object) -> object:
    """`10MB` to bytes; anything but text is left to the number check that follows. Raises ValueError."""
    if not isinstance(value, str):
        return value
    match = _SIZE.fullmatch(value.strip())
    if match is None or match[2].upper() not in _UNITS:
        raise ValueError("大小写成 10MB 这样")
    return int(match[1]) * _UNITS[match[2].upper()]


Bytes = Annotated[int, BeforeValidator(parse)]

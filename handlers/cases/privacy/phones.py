"""Telephone numbers as lists and forms write them, several in one cell; pure."""

import re
from collections.abc import Sequence

_PHONE = re.compile(r"\+?[\d*][\d* ()（）-]{5,20}[\d*]")
"""Some sources hide digits themselves: 138****5678."""
_BETWEEN = re.compile(r"[、,，;；/\s]\s{0,3}(?=[+\d*]{3})")


def split_phones(phone: str) -> Sequence[str]:
    """The numbers in a cell: `13800000000、0513-82345678`."""
    return [part for part in _BETWEEN.split(phone) if part]


def are_phones(phone: str) -> bool:
    """Whether nothing but numbers to call stands there, so that each is masked wherever it must be."""
    return all(map(_PHONE.fullmatch, split_phones(phone)))

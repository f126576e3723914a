"""Keeping people's contacts and names out of what others read (standards §13)."""

import re

_IDENTITY = re.compile(r"(?<!\d)(\d{2})\d{15}([\dXx])(?!\d)")
_MOBILE = re.compile(r"(?<!\d)(1\d{2})[-\s]?\d{4}[-\s]?(\d{4})(?!\d)")


def mask(text: str, *names: str) -> str:
    """Mask telephone numbers (138****1234), identity numbers (first 2, last 1), and these names.

    A name is replaced only where it is long enough to be one: a single character is a word.
    """
    text = _IDENTITY.sub(lambda m: f"{m[1]}{'*' * 15}{m[2]}", text)
    text = _MOBILE.sub(r"\1****\2", text)
    for name in names:
        if len(name) > 1:
            text = text.replace(name, "报事人")
    return text

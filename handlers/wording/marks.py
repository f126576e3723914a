"""Small signs inside texts: the case mark that makes a quote name its case, and the resend note."""

import re
from collections.abc import Sequence

_MARK = re.compile(r"〔([A-Z]{1,4}\d{6}-\d{4,})〕")
_NOTICE = re.compile(r"(?:TZ|JH)\d{6}-\d{3,}", re.IGNORECASE)
HINT_SIGN = "【待写】"
"""How a hint begins that waits for words."""
_HINT = re.compile(HINT_SIGN + r"〔([A-Z]{1,4}\d{6}-\d{4,})〕([^：\s]+)：")

_MOST = 4
"""Numbers named beside the first: more would push the words off a phone."""

PHOTO_NAMES = {"before": "处理前", "after": "处理后", "process": "过程"}
"""What a file is called when it leaves, by what it shows."""


def case_mark(number: str) -> str:
    """`〔WG261121-0031〕`: whoever quotes a push with it names the case."""
    return f"〔{number}〕"


def find_numbers(text: str) -> tuple[str, ...]:
    """Every case number marked in a text, in order, each once."""
    return tuple(dict.fromkeys(_MARK.findall(text)))


def find_notice_number(text: str) -> str | None:
    """The first number of a notice (`TZ261121-001`) or of a week plan (`JH…`) in a text."""
    found = _NOTICE.search(text)
    return found[0].upper() if found else None


def hint_mark(number: str, verb: str) -> str:
    """How the hint begins that wants the rest of an act: quoting it, with the rest, does the act."""
    return f"{HINT_SIGN}{case_mark(number)}{verb}："


def find_hint(text: str) -> tuple[str, str] | None:
    """Number and verb of the hint in a quoted text."""
    found = _HINT.search(text)
    return (found[1], found[2]) if found else None


def with_numbers(text: str, numbers: Sequence[str]) -> str:
    """The numbers of others whom it concerns, right behind the first one."""
    if not numbers:
        return text
    others = "".join(case_mark(number) for number in numbers[:_MOST])
    more = f"等 {len(numbers) + 1} 件：" if len(numbers) > _MOST else ""
    mark = _MARK.match(text)
    return f"{text[: mark.end()] if mark else ''}{others}{more}{text[mark.end() if mark else 0 :]}"


def with_resend_note(text: str) -> str:
    """A push that may already have arrived before the program was interrupted."""
    return f"{text}\n（补发，如已收到请忽略）"

"""Marks inside texts: the case mark, by which quoting a push names its case; hints; the resend note."""

import re
from collections.abc import Sequence

_MARK = re.compile(r"〔([A-Z]{1,4}\d{6}-\d{4,})〕")
_NOTICE = re.compile(r"(?:TZ|JH|SC)\d{6}-\d{3,}", re.IGNORECASE)
HINT_SIGN = "【待写】"
"""The beginning of a hint that waits for words."""
BLANK_NUMBER = "{编号}"
"""Where a number has to be filled in, in a command that waits for the choice of its case."""
_HINT = re.compile(HINT_SIGN + r"〔([A-Z]{1,4}\d{6}-\d{4,})〕([^：\s]+)：")

_MOST = 4
"""Numbers named beside the first; more would push the text off a phone's screen."""

PHOTO_NAMES = {"before": "处理前", "after": "处理后", "process": "过程"}
"""Names of photos that are sent out, by the role of the media row."""
VOICE_NAME = "语音"
"""Name of the copy of a voice that the duty desk plays."""

DRAWING_NAME = "统计图.png"
"""What a chart is called where somebody saves it."""

FILE_WITHHELD = "（有一个文件不能转发：没有去掉拍摄信息的副本。需要时请联系平台管理员。）"
"""Stands for a photo, voice or other file of which no copy exists that may leave."""


def case_mark(number: str) -> str:
    """`〔WG261121-0031〕`: a message that quotes a text with it is about this case."""
    return f"〔{number}〕"


def find_numbers(text: str) -> tuple[str, ...]:
    """Every case number marked in a text, in order, each once."""
    return tuple(dict.fromkeys(_MARK.findall(text)))


def find_notice_number(text: str) -> str | None:
    """The first number of a notice (`TZ261121-001`), of a plan (`JH…`) or of items of the library (`SC…`) in a text."""
    found = _NOTICE.search(text)
    return found[0].upper() if found else None


def hint_mark(number: str, verb: str) -> str:
    """The beginning of a hint. Quoting the hint with the missing words performs the act."""
    return f"{HINT_SIGN}{case_mark(number)}{verb}："


def find_hint(text: str) -> tuple[str, str] | None:
    """Case number and verb of the hint in a quoted text; None where it holds no hint."""
    found = _HINT.search(text)
    return (found[1], found[2]) if found else None


def with_numbers(text: str, numbers: Sequence[str]) -> str:
    """The text with the marks of further cases behind its first mark, at most four of them."""
    if not numbers:
        return text
    others = "".join(case_mark(number) for number in numbers[:_MOST])
    more = f"等 {len(numbers) + 1} 件：" if len(numbers) > _MOST else ""
    mark = _MARK.search(text)
    return f"{text[: mark.end()] if mark else ''}{others}{more}{text[mark.end() if mark else 0 :]}"


def with_resend_note(text: str) -> str:
    """The text with a note for a push that may have been delivered before an interruption."""
    return f"{text}\n（补发，如已收到请忽略）"


def with_resend_mark(title: str) -> str:
    """A short line or a name, with the same note in front of it."""
    return f"补发 {title}".strip()

"""From `／签收　0031` to a verb, a number and the rest; pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from difflib import get_close_matches

_SLASH = re.compile(r"^[\s\u3000]*[/／][\s\u3000]*(?=\S)")
_SPACE = re.compile(r"[\s\u3000]+")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９－＃", "0123456789-#")
_NUMBER = re.compile(r"[#〔]?([A-Za-z]{1,4}\d{6}-\d{4,}|\d{4,10})〕?")
_ONE = _NUMBER.pattern.replace("(", "(?:", 1)
# `0031 0032` alone are two cases; in `0031 12345 热线已回复` the second number is what is said.
_NUMBERS = re.compile(rf"{_ONE}(?:[\s,，、]+{_ONE})*\s*$|{_ONE}(?:\s*[,，、]\s*{_ONE})*(?=$|[\s,，、:：。])")

_FIRST = re.compile(rf"({_ONE})[\s,，、]+(?=\S)")
# `0031已清理`, but neither `0031号楼` nor `2026年`: what counts or measures makes the digits its own.
_GLUED = re.compile(
    rf"({_ONE})(?![\d\s号栋幢座弄巷室楼层单年月日时点分秒个块条辆人户家间吨斤车桶袋处棵盏升米平亩公里元万千百多余左路"
    r"度瓦伏部%％.．:：~～至到\-－—/A-Za-z])"
)


@dataclass(frozen=True, slots=True)
class Command:
    """A typed command: its verb, the case numbers after it, and the words that follow."""

    word: str
    """The verb as typed, without the slash."""
    numbers: tuple[str, ...]
    """Case numbers as typed: whole, or the serial alone."""
    rest: str
    """Everything after verb and numbers."""
    tail: str = ""
    """Everything after the verb, for commands that take no number."""


def is_command(text: str) -> bool:
    """Whether the text begins with a slash, half or full width."""
    return _SLASH.match(text) is not None


def parse(text: str, words: Collection[str]) -> Command | None:
    """A command, or None where the text is none. `words` are the verbs that exist.

    A verb may run into what follows (`/签收0031`, `/反馈已清理`): the longest known verb that
    begins the text wins. An unknown one ends at the first space or digit.
    """
    match = _SLASH.match(text)
    if match is None:
        return None
    return _split_verb(text[match.end() :], words) or _unknown_command(text[match.end() :])


def parse_bare(text: str, words: Collection[str]) -> Command | None:
    """A command without its slash, as people write in reply to a push: `签收`, `反馈 已清理`."""
    return _split_verb(text.strip(), words)


def _split_verb(said: str, words: Collection[str]) -> Command | None:
    lower = said.lower()
    known = [word for word in words if lower.startswith(word.lower())]
    return _split_numbers(max(known, key=len), said) if known else None


def _unknown_command(said: str) -> Command:
    word = re.split(r"[\s\u3000\d#〔]", said, maxsplit=1)[0]
    return _split_numbers(word, said)


def _split_numbers(word: str, said: str) -> Command:
    tail = said[len(word) :].lstrip(" \t\n\u3000:：,，")
    match = _NUMBERS.match(tail.translate(_FULL_WIDTH))
    if match is None:
        return Command(word, (), tail.strip(), tail.strip())
    numbers = tuple(number.upper() for number in _NUMBER.findall(match[0]))
    rest = tail[match.end() :].lstrip(" \t\n\u3000:：,，、")
    return Command(word, numbers, rest.strip(), tail.strip())


def with_glued_number(command: Command) -> Command | None:
    """The command, had its text begun with a number that runs into the words: `反馈 0031已清理`.

    Only who knows the cases can tell that from words that begin with digits.
    """
    match = _GLUED.match(command.tail.translate(_FULL_WIDTH))
    return None if command.numbers or match is None else _take_number(command, match)


def with_next_number(command: Command) -> Command | None:
    """The command with the number that follows its numbers: `0031 0032 城管局`. None: there is none."""
    match = _FIRST.match(command.rest.translate(_FULL_WIDTH))
    return None if not command.numbers or match is None else _take_number(command, match, command.rest)


def _take_number(command: Command, match: re.Match[str], said: str | None = None) -> Command:
    text = command.tail if said is None else said
    number = match[1].strip("#〔〕").upper()
    return replace(command, numbers=(*command.numbers, number), rest=text[match.end() :].strip())


def nearest_word(word: str, words: Collection[str]) -> str | None:
    """The known verb most like a mistyped one."""
    close = get_close_matches(word, [w for w in words if not w.isascii()], n=1, cutoff=0.4)
    return close[0] if close else None


def split_first_word(text: str) -> tuple[str, str]:
    """The first word and what follows it."""
    parts = _SPACE.split(text.strip(), maxsplit=1)
    return parts[0], parts[1] if len(parts) > 1 else ""

"""Marks: the features of an address, unit by unit, as plain patterns that people can read and edit.

A unit is one character, or a run of digits. The digits themselves are never used, only that a
number is there and how long it is. In a mark, `[ ]` is where the unit stands:

    [路]      the unit is 路             滨[康]路   … with its neighbours
    路[]      路 stands before it        []·号      号 is the second behind it
    [0]号     a number, then 号          [3位]      a number of three digits (5位: five or more)
    ^  $      the borders of the text    ␣          a space
    []…路     of the endings, the next one from here on is 路
    []2…路    … two units on (4: four or more)
    路…[]     the last ending before it was 路; 路…[0]号 and 路…[]…号 say both at once
    []=  =[]  the unit and the next one, or the one before and it, occurred before
"""

import re
from collections.abc import Collection, Sequence

from handlers.triage.text.normalize import fold

Unit = tuple[int, int]

UNIT = re.compile(r"[0-9]+|.", re.DOTALL)
_NUMBERS, _SPACES = re.compile(r"[0-9]+"), re.compile(r"\s")
NUMBER, SPACE, HEAD, TAIL = "0", "␣", "^", "$"
LONGEST_NUMBER, FARTHEST = 5, 4
OUTSIDE = "outside"
"""The type of text outside all parts; read like a part, and left out of the result."""
NEVER = -(10**9)
"""The score of a role that a type does not have."""


def split_units(text: str) -> list[Unit]:
    """Start and end of each unit of the text."""
    return [match.span() for match in UNIT.finditer(fold(text))]


def to_signs(text: str) -> list[str]:
    """Each unit as marks write it: the folded character, 0 for a number, ␣ for a space."""
    return [_to_sign(unit[0]) for unit in UNIT.findall(fold(text))]


def split_signs(text: str) -> tuple[list[Unit], str]:
    """`split_units` and `to_signs` in one; the signs as one string."""
    folded = fold(text)
    return [match.span() for match in UNIT.finditer(folded)], _SPACES.sub(SPACE, _NUMBERS.sub(NUMBER, folded))


def _to_sign(char: str) -> str:
    if "0" <= char <= "9":
        return NUMBER
    return SPACE if char.isspace() else char


def build_marks(text: str, where: Sequence[Unit], endings: Collection[str] | None) -> list[list[str]]:
    """The marks of every unit; `where` is from `split_units`.

    Without endings (None) only the marks of the nearest neighbours, in half the time.
    """
    signs = to_signs(text)
    near = [HEAD, HEAD, *signs, TAIL, TAIL]
    if endings is None:
        return [_nearest(*near[at : at + 5]) for at in range(len(signs))]
    found = [_window(*near[at : at + 5]) for at in range(len(signs))]
    for at, (start, end) in enumerate(where):
        if signs[at] == NUMBER:
            found[at] += _number(near[at + 1], min(end - start, LONGEST_NUMBER), near[at + 3])
    _add_far(found, signs, endings)
    _add_repeats(found, signs)
    return found


def _window(two: str, one: str, here: str, next_: str, after: str) -> list[str]:
    return [
        f"[{here}]", f"{one}[]", f"[]{next_}", f"{two}·[]", f"[]·{after}",
        f"{one}[{here}]", f"[{here}]{next_}", f"{one}[]{next_}", f"{two}{one}[]", f"[]{next_}{after}",
        f"{two}{one}[{here}]", f"{one}[{here}]{next_}", f"[{here}]{next_}{after}",
    ]  # fmt: skip


def _nearest(two: str, one: str, here: str, next_: str, after: str) -> list[str]:
    return [
        f"[{here}]", f"{one}[{here}]", f"[{here}]{next_}", f"{two}{one}[]", f"[]{next_}{after}",
        f"{one}[{here}]{next_}",
    ]  # fmt: skip


def _number(before: str, length: int, behind: str) -> list[str]:
    return [f"[{length}位]", f"{before}[{length}位]", f"[{length}位]{behind}"]


def _add_far(found: list[list[str]], signs: Sequence[str], endings: Collection[str]) -> None:
    """Add the marks for the next and the last ending."""
    ahead, steps = TAIL, 0
    coming = []
    for sign in reversed(signs):
        ahead, steps = (sign, 0) if sign in endings else (ahead, steps + 1)
        coming.append((ahead, min(steps, FARTHEST)))
    last = HEAD
    for at, (ahead, steps) in enumerate(reversed(coming)):
        found[at] += [f"[]…{ahead}", f"[]{steps}…{ahead}", f"{last}…[]", f"{last}…[]…{ahead}"]
        if signs[at] == NUMBER:
            found[at].append(f"{last}…[0]{signs[at + 1] if at + 1 < len(signs) else TAIL}")
        if signs[at] in endings:
            last = signs[at]


def _add_repeats(found: list[list[str]], signs: Sequence[str]) -> None:
    """Add the marks for repeated pairs: addresses filled in by machines name city and district twice."""
    seen: set[tuple[str, str]] = set()
    for at in range(len(signs) - 1):
        pair = (signs[at], signs[at + 1])
        if pair in seen:
            found[at].append("[]=")
            found[at + 1].append("=[]")
        seen.add(pair)

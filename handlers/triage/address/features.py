"""What is looked at in an address, unit by unit: plain patterns anybody can read and edit.

A unit is one character, or a run of digits. The numbers themselves are never looked at, only that
a number stands there and how long it is. In a mark, `[ ]` is where the unit stands:

    [路]      the unit is 路             滨[康]路   … with its neighbours
    路[]      路 stands before it        []·号      号 is the second behind it
    [0]号     a number, then 号          [3位]      a number of three digits (5位: five or more)
    ^  $      the borders of the text    ␣          a space
    []…路     of the endings, the next one from here on is 路
    []2…路    … two units on (4: four or more)
    路…[]     the last ending before it was 路; 路…[0]号 and 路…[]…号 say both at once
    []=  =[]  the unit and the next one, or the one before and it, have been said before
"""

import re
from collections.abc import Collection, Sequence

from handlers.triage.text.normalize import fold

Unit = tuple[int, int]

UNIT = re.compile(r"[0-9]+|.", re.DOTALL)
NUMBER, SPACE, HEAD, TAIL = "0", "␣", "^", "$"
LONGEST_NUMBER, FARTHEST = 5, 4


def split_units(text: str) -> list[Unit]:
    """Where each unit begins and ends."""
    return [match.span() for match in UNIT.finditer(fold(text))]


def to_signs(text: str) -> list[str]:
    """Each unit as marks write it."""
    return [_to_sign(unit[0]) for unit in UNIT.findall(fold(text))]


def _to_sign(char: str) -> str:
    if "0" <= char <= "9":
        return NUMBER
    return SPACE if char.isspace() else char


def build_marks(text: str, where: Sequence[Unit], endings: Collection[str] | None) -> list[list[str]]:
    """The marks of every unit; where no endings are looked for (None) the nearest only, in half the time."""
    said = to_signs(text)
    near = [HEAD, HEAD, *said, TAIL, TAIL]
    if endings is None:
        return [_nearest(*near[at : at + 5]) for at in range(len(said))]
    found = [_window(*near[at : at + 5]) for at in range(len(said))]
    for at, (start, end) in enumerate(where):
        if said[at] == NUMBER:
            found[at] += _number(near[at + 1], min(end - start, LONGEST_NUMBER), near[at + 3])
    _add_far(found, said, endings)
    _add_repeats(found, said)
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


def _add_far(found: list[list[str]], said: Sequence[str], endings: Collection[str]) -> None:
    """Which ending comes, and which was last."""
    ahead, steps = TAIL, 0
    coming = []
    for sign in reversed(said):
        ahead, steps = (sign, 0) if sign in endings else (ahead, steps + 1)
        coming.append((ahead, min(steps, FARTHEST)))
    last = HEAD
    for at, (ahead, steps) in enumerate(reversed(coming)):
        found[at] += [f"[]…{ahead}", f"[]{steps}…{ahead}", f"{last}…[]", f"{last}…[]…{ahead}"]
        if said[at] == NUMBER:
            found[at].append(f"{last}…[0]{said[at + 1] if at + 1 < len(said) else TAIL}")
        if said[at] in endings:
            last = said[at]


def _add_repeats(found: list[list[str]], said: Sequence[str]) -> None:
    """Addresses filled in by machines say city and district twice."""
    seen: set[tuple[str, str]] = set()
    for at in range(len(said) - 1):
        pair = (said[at], said[at + 1])
        if pair in seen:
            found[at].append("[]=")
            found[at + 1].append("=[]")
        seen.add(pair)

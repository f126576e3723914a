"""Names in lists of places: which of them can stand for a place in a sentence, and in what spelling.

A map has `湘雅医院(东门)`, `天顶街/枫林路(路口)` and `停车场`; people say 湘雅医院, 天顶街, 枫林路, and mean
any car park by the third. A word that everybody uses without meaning one place is no name.
"""

import re
from collections.abc import Collection, Iterator

from handlers.triage.rules.packs import Pack, iter_rules
from handlers.triage.text.characters import is_han
from handlers.triage.text.normalize import fold

TOO_SHORT, TOO_LONG, NO_NAME, ORDINARY = "太短", "太长", "没有汉字", "太平常"
SHORTEST, LONGEST = 3, 20
"""Characters. Two are a name only with a unit: 桃花 and 天都 are ordinary words as well."""

_ASIDE = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]")
_SIGNS = re.compile(r"[\s·•・'’‘\"“”\-—_.,，、。:：;；()（）\[\]【】]+")
_COUNT = "号|期|栋|幢|座|楼|层|区|门"
_NUMBER = re.compile(
    rf"^(?:(?:[0-9]{{1,2}}|[0-9]{{0,2}}[a-z])(?:{_COUNT})*|第?[一二三四五六七八九十]+(?:{_COUNT}|$))"
)
_TELLING = ("road", "village", "estate", "landmark", "common")
_VAGUE = ("road", "village", "estate", "common", "firm", "site", "plain", "tail", "weak", "stop", "never")


def split_names(line: str) -> Iterator[str]:
    """The names in a line of a list, spelled as in a sentence: 龟山路/隆园五路(路口) is two roads."""
    for piece in _ASIDE.sub("", fold(line)).split("/"):
        if name := _SIGNS.sub("", piece):
            yield name


class NameFilter:
    """Rejects names that would match ordinary sentences; `common` are words that name no place."""

    def __init__(self, pack: Pack, common: Collection[str] = ()) -> None:
        """`common`: words of the language that name no place."""
        words = {word for kind in _VAGUE for word in getattr(pack.places, kind)}
        for _, rule in iter_rules(pack):
            words |= {word for group in rule.words.values() for word in group}
        words |= {word for group in pack.groups.values() for word in group}
        self._ordinary = frozenset(fold(word) for word in words)
        self._common = common
        self._endings = tuple(word for kind in _TELLING for word in getattr(pack.places, kind))

    def explain_rejection(self, name: str, *, has_owner: bool = False) -> str | None:
        """The reason (Chinese) why sentences must not be searched for this name; None where they may.

        `has_owner`: the unit of the place is known, which allows shorter names.
        """
        if not any(map(is_han, name)):
            return NO_NAME
        if len(name) < SHORTEST - has_owner:
            return TOO_SHORT
        if len(name) > LONGEST:
            return TOO_LONG
        rest = _NUMBER.sub("", name)
        return ORDINARY if not rest or self._is_ordinary(name) or self._is_ordinary(rest) else None

    def _is_ordinary(self, word: str) -> bool:
        """Whether it is an ordinary word. 胜利路 is in every dictionary and is a road all the same."""
        return word in self._ordinary or (word in self._common and not word.endswith(self._endings))

"""Finds the place a sentence names: a chain of road, number, estate, landmark and tail.

    特立路 和 东四路 交叉口 西南角        解放中路 老邮局 边上 那条弄堂
    road      road   tail   tail          road     site   tail  site

An *anchor* is a name with an ending that says what it is (路, 村, 花园, 菜场) or a name of the
gazetteer. A chain starts at an anchor or a house number and grows to the right while pieces
follow each other. The chain that tells most wins.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from handlers.triage.schema import PlaceWords

HAN = "\u4e00-\u9fff"
DIGITS = "0-9一二三四五六七八九十百零两〇"
NUMBER = re.compile(
    rf"(?:[0-9]+[-—–~至到][0-9]+|[0-9]+|[{DIGITS}]+)(?:号楼|#楼|号院|号门|号口|号|弄|幢|栋|单元|楼|层|室|座|组|社|队|期|区|排|户|巷|入口|出口|窗口|号窗口|段)"
    rf"|[a-z][座区栋口幢](?![{HAN}]?级)"
    rf"|(?:地下|负)[一二三0-9]+层?|[0-9]+#"
)
ROOM = re.compile(r"-?[0-9]{3,4}(?:室)?(?![0-9年元块多米路号%]|\.[0-9])")
QUANT = re.compile(
    r"(?:[那这]|有)?(?:[一二两三几]?)(?:条|个|家|栋|片|座|块|幢|排|处|所|棵|边|头|里|段)"
)  # 那条弄堂, 那几家门口, 一家厂
LINK = re.compile(r"(?:的|和|与|跟|到|至|靠|往|沿|近|、|/|-|—)")
WHERE = re.compile(r"[那这](?:条|家|栋|边|段|片|幢|头|块地|块|一带|一片|一段)")
LEVELS = {
    "road": "road",
    "village": "village",
    "estate": "estate",
    "landmark": "landmark",
    "site": "landmark",
}
WORTH = {"road": 30, "village": 30, "estate": 30, "landmark": 24, "site": 6, "gazetteer": 34}
MIN_WORTH = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A place in a text, before the organisation is asked whose it is."""

    start: int
    end: int
    level: str
    worth: int
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Anchor:
    start: int
    end: int
    kind: str
    named: bool
    codes: tuple[str, ...] = ()


class PlaceGrammar:
    """The compiled vocabulary; immutable after it is made."""

    def __init__(self, words: PlaceWords) -> None:
        kinds = {
            w: kind
            for kind in ("road", "village", "estate", "landmark", "site")
            for w in getattr(words, kind)
        }
        self._kinds: Mapping[str, str] = kinds
        self._ending = _any_of(kinds)
        self._tail = _any_of(words.tail)
        self._stops = frozenset(words.stop)
        self._longest_stop = max((len(word) for word in words.stop), default=0)
        self._never = _any_of(words.never) if words.never else None

    def find(self, text: str, names: Sequence[tuple[int, int, tuple[str, ...]]] = ()) -> Found | None:
        """The place that tells most, or None."""
        blocked = {i for m in self._never.finditer(text) for i in range(*m.span())} if self._never else set()
        anchors = self._anchors(text, names, blocked)
        best: Found | None = None
        reached = 0
        for anchor in anchors:
            if anchor.start < reached:
                continue
            found = self._chain(text, anchor, anchors, blocked)
            reached = max(reached, found.end)
            if best is None or (found.worth, found.end - found.start) > (best.worth, best.end - best.start):
                best = found
        return best if best is not None and best.worth >= MIN_WORTH else None

    def _anchors(
        self, text: str, names: Sequence[tuple[int, int, tuple[str, ...]]], blocked: set[int]
    ) -> list[_Anchor]:
        known = [_Anchor(s, e, "gazetteer", True, codes) for s, e, codes in names]
        known = [a for a in known if not any(_covers(b, a) for b in known)]
        spoken = list(self._spoken(text, blocked))
        numbered = [_Anchor(m.start(), m.start(), "number", False) for m in NUMBER.finditer(text)]
        return sorted([*known, *spoken, *numbered], key=lambda a: (a.start, -a.end))

    def _spoken(self, text: str, blocked: set[int]) -> Iterator[_Anchor]:
        for match in self._ending.finditer(text):
            if match.start() in blocked or match.end() - 1 in blocked:
                continue
            kind = self._kinds[match[0]]
            start = self._name_start(text, match.start(), 9 if kind == "village" else 6)
            length = match.start() - start
            named = length >= (2 if len(match[0]) == 1 else 1)
            if named or kind in ("site", "landmark"):
                yield _Anchor(start if named else match.start(), match.end(), kind, named)

    def _name_start(self, text: str, end: int, limit: int) -> int:
        """Walks left over the characters of a name, up to a word no name contains."""
        at = end
        while at > 0 and end - at < limit and _nameable(text[at - 1]):
            size = self._stop_before(text, at)
            if size and (size > 1 or end - at != 1):
                break
            at -= 1
        return at

    def _stop_before(self, text: str, at: int) -> int:
        for size in range(min(self._longest_stop, at), 0, -1):
            if text[at - size : at] in self._stops:
                return size
        return 0

    def _chain(self, text: str, first: _Anchor, anchors: Iterable[_Anchor], blocked: set[int]) -> Found:
        by_start = {a.start: a for a in reversed(list(anchors)) if a.kind != "number"}
        kinds: list[str] = []
        codes: list[str] = []
        at, worth, named = first.start, 0, first.named
        while True:
            step = self._piece(text, at, by_start if not kinds or True else {}, bool(kinds), blocked)
            if step is None:
                break
            end, kind, piece_codes = step
            kinds.append(kind)
            codes.extend(piece_codes)
            worth += _worth(kind, named or bool(kinds[:-1]), len(kinds))
            at = end
        return Found(first.start, at, _level(kinds), worth, tuple(codes))

    def _piece(
        self, text: str, at: int, anchors: Mapping[int, _Anchor], inside: bool, blocked: set[int]
    ) -> tuple[int, str, tuple[str, ...]] | None:
        if anchor := anchors.get(at):
            return anchor.end, anchor.kind if anchor.named else "bare", anchor.codes
        if number := NUMBER.match(text, at):
            room = ROOM.match(text, number.end())
            return (room or number).end(), "number", ()
        if not inside:
            return None
        if tail := self._tail.match(text, at):
            return tail.end(), "tail", ()
        if where := self._described(text, at, blocked):
            return where, "bare", ()
        if link := LINK.match(text, at):
            step = self._piece(text, link.end(), anchors, False, blocked)
            if step is None and (tail := self._tail.match(text, link.end())):
                step = (tail.end(), "tail", ())
            return step
        if where_match := WHERE.match(text, at):
            return where_match.end(), "tail", ()
        return None

    def _described(self, text: str, at: int, blocked: set[int]) -> int | None:
        """那条弄堂, 一家绗缝厂, 老邮局: at most four characters of name before an ending."""
        quant = QUANT.match(text, at)
        begin = quant.end() if quant and quant[0] else at
        match = self._ending.search(text, begin, min(len(text), begin + 7))
        if match is None or match.start() - begin > 4 or match.start() in blocked:
            return None
        name = text[begin : match.start()]
        if not all(_nameable(char) for char in name):
            return None
        if any(self._stop_before(text, i) for i in range(begin + 1, match.start() + 1)):
            return None
        return match.end()


def _covers(big: _Anchor, small: _Anchor) -> bool:
    return big is not small and big.start <= small.start and small.end <= big.end and (
        big.end - big.start > small.end - small.start
    )  # fmt: skip


def _nameable(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff" or char.isdigit()


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or r"(?!)")


def _worth(kind: str, named: bool, position: int) -> int:
    if kind == "tail":
        return 14 if position > 1 else 0
    if kind == "number":
        return 20
    if kind == "bare":
        return 8
    return WORTH[kind]


def _level(kinds: Sequence[str]) -> str:
    if kinds.count("road") + kinds.count("gazetteer") >= 2 and "number" not in kinds:
        return "junction"
    if "number" in kinds:
        return "number" if "road" in kinds else "village" if "village" in kinds else "building"
    for kind in ("estate", "village", "road", "landmark", "site"):
        if kind in kinds:
            return LEVELS[kind]
    return "landmark"

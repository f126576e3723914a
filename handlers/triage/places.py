"""Finds the place a sentence names: a chain of road, number, estate, landmark and tail.

    特立路 和 东四路 交叉口 西南角        解放中路 老邮局 边上 那条弄堂
    road      road   tail   tail          road     site   tail  tail

An *anchor* is a name with an ending that says what it is (路, 村, 花园, 菜场), a name of the
gazetteer, or a number (3号楼). A chain starts at an anchor and grows to the right while one
piece follows another; the chain that tells most wins. Offsets are those of the text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from handlers.triage.schema import PlaceWords

KINDS = ("road", "village", "estate", "landmark", "common", "site")
NAMED = frozenset(KINDS) - {"site"}
DIGIT = "0-9一二三四五六七八九十百零两〇"
NUMBER = re.compile(
    rf"(?:[0-9]+[-—~至到][0-9]+|[{DIGIT}]+(?:[-—][0-9]+)?)"
    r"(号楼|号窗口|号门(?![前口外边])|号院|号线|号|#楼|#|弄|幢|栋|单元|楼|层|室|座|组|社|队|期|区|入口|出口|窗口)"
    r"|[a-z](口|座|区|栋|幢|出口|入口)|(?:地下|负)[一二三0-9](层?)"
)
ROOM = re.compile(r"-?[0-9]{3,4}(?:室)?(?![0-9年元块多米路号%.])")
THAT = "[那这]"
# 十二路 is a bus, 八一五路 is a road.
COUNT = re.compile(rf"[{DIGIT}]{{1,2}}")
# 那条弄堂, 一家绗缝厂, 那几家门口: what may stand before the ending of a described place.
QUANTITY = re.compile(r"(?:[那这]|[那这]?[一两三几])(?:条|个|家|栋|片|座|块|幢|排|处|所|棵|段|间)")
DESCRIBED = re.compile(
    rf"[\u4e00-\u9fff]{{0,3}}?{THAT}(?:几家|[一几]?(?:条|家|栋|段|片|幢)(?:(?:路|街|巷|楼|店|地)(?![面灯口]))?|块地|块空地|一带|一片|一段|个口子)"
    rf"|{THAT}个[\u4e00-\u9fff]{{1,6}}的地方"
)
LINK = re.compile(r"[的和与跟到至靠往沿近、/-]")
DATE_BEFORE = re.compile(r"(?:月|[0-9][:：])$")
WORTH = {"gazetteer": 34, "road": 30, "village": 30, "estate": 30, "landmark": 24, "common": 22, "site": 10}
BARE = {"landmark": 20, "common": 8, "site": 6}
NUMBERS = {"号楼": 20, "幢": 20, "栋": 20, "#楼": 20, "弄": 20, "单元": 12, "组": 10, "社": 10}
OTHER_NUMBER = 8
TAIL = 13
ENOUGH = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A place in a text, before the organisation is asked whose it is."""

    start: int
    end: int
    level: str
    worth: int
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    kind: str
    worth: int
    codes: tuple[str, ...] = ()


class PlaceGrammar:
    """The compiled vocabulary; immutable after it is made."""

    def __init__(self, words: PlaceWords) -> None:
        self._kinds = {word: kind for kind in KINDS for word in getattr(words, kind)}
        self._ending = _any_of(self._kinds)
        self._tail = _any_of(words.tail)
        self._never = _any_of(words.never)
        self._loose = _any_of(words.loose)
        self._weak = frozenset(words.weak)
        self._soft = frozenset(words.soft)
        self._stops = frozenset(words.stop)
        self._stop_sizes = tuple(sorted({len(word) for word in words.stop}, reverse=True))

    def find(
        self,
        text: str,
        names: Sequence[tuple[int, int, tuple[str, ...]]] = (),
        matter: Sequence[tuple[int, int]] = (),
    ) -> Found | None:
        """The place that tells most, or None. `matter`: words of the problem, never part of a place name."""
        starts = {piece.start: piece for piece in sorted(self._anchors(text, names), key=lambda p: p.end)}
        best: Found | None = None
        reached = 0
        for start in sorted(starts):
            if start < reached:
                continue
            found = self._chain(text, start, starts, matter)
            reached = found.end
            if best is None or (found.worth, found.end - found.start) > (best.worth, best.end - best.start):
                best = found
        return best if best is not None and best.worth >= ENOUGH else None

    def _anchors(self, text: str, names: Sequence[tuple[int, int, tuple[str, ...]]]) -> Iterator[_Piece]:
        yield from self._spoken(text, self._blocked(text))
        for match in NUMBER.finditer(text):
            if not DATE_BEFORE.search(text, 0, match.start()):
                yield _number(match, match.end())
        for start, end, codes in names:
            if not any(s <= start and end <= e and e - s > end - start for s, e, _ in names):
                yield _Piece(start, end, "gazetteer", WORTH["gazetteer"], codes)

    def _blocked(self, text: str) -> set[int]:
        return {at for match in self._never.finditer(text) for at in range(*match.span())}

    def _spoken(self, text: str, blocked: set[int]) -> Iterator[_Piece]:
        """Names with an ending. A name does not reach back over the name before it."""
        floor = 0
        for match in self._ending.finditer(text):
            kind = self._kinds[match[0]]
            if match.start() in blocked:
                continue
            short = len(match[0]) == 1
            start = self._name_start(text, match.start(), max(floor, match.start() - 9), short)
            name = text[start : match.start()]
            if len(name) > short and name[-1] != "子" and not COUNT.fullmatch(name):
                yield _Piece(start, match.end(), kind, WORTH[kind])
                floor = match.end() if kind in NAMED else floor
            elif kind in BARE:
                yield _Piece(match.start(), match.end(), "site", BARE["site"] if short else BARE[kind])

    def _name_start(self, text: str, end: int, floor: int, short: bool) -> int:
        """Walks left over the characters of a name, up to a word no name contains."""
        at = end
        while at > floor and _is_han(text[at - 1]):
            if text[at - 1] in self._soft:
                if end - at > short and at - 1 > floor and not self._edge(text, at - 1):
                    break
            elif self._stop_before(text, at):
                break
            at -= 1
        return at

    def _edge(self, text: str, at: int) -> bool:
        """Whether a name may begin at `at`: after the start, a sign, or a word no name contains."""
        return at == 0 or not _is_han(text[at - 1]) or self._stop_before(text, at) > 0

    def _stop_before(self, text: str, at: int) -> int:
        for size in self._stop_sizes:
            if size <= at and text[at - size : at] in self._stops:
                return size
        return 0

    def _chain(
        self, text: str, start: int, starts: Mapping[int, _Piece], matter: Sequence[tuple[int, int]]
    ) -> Found:
        pieces = [self._with_room(text, starts[start])]
        while (piece := self._next(text, pieces[-1].end, starts)) is not None:
            pieces.append(piece)
        while len(pieces) > 1 and text[pieces[-1].start : pieces[-1].end] in self._weak:
            pieces.pop()
        end = pieces[-1].end
        if any(piece.kind in ("road", "village", "estate") for piece in pieces):
            end = self._rest_of_name(text, end, matter)
        codes = tuple(code for piece in pieces for code in piece.codes)
        return Found(start, end, _level(pieces), sum(piece.worth for piece in pieces), codes)

    def _next(self, text: str, at: int, starts: Mapping[int, _Piece]) -> _Piece | None:
        anchor = starts.get(at)
        if anchor is not None and anchor.kind != "site":
            return self._with_room(text, anchor)
        if (tail := self._tail.match(text, at)) and not self._loose.match(text, at):
            site = self._site(text, at)
            return site if site and site.end > tail.end() else _Piece(at, tail.end(), "tail", TAIL)
        if (described := DESCRIBED.match(text, at)) and not self._stopped(text, at, described.end()):
            site = self._site(text, at)
            return site if site and site.end > described.end() else _Piece(at, described.end(), "tail", TAIL)
        if site := self._site(text, at):
            return site
        if LINK.match(text, at) and (after := starts.get(at + 1)) is not None:
            return after
        if text[at : at + 1] in "往靠沿" and (tail := self._tail.match(text, at + 1)):
            return _Piece(at, tail.end(), "tail", TAIL)
        return anchor

    def _with_room(self, text: str, piece: _Piece) -> _Piece:
        room = ROOM.match(text, piece.end) if piece.kind == "number" else None
        return _Piece(piece.start, room.end(), piece.kind, piece.worth) if room else piece

    def _site(self, text: str, at: int) -> _Piece | None:
        """那条弄堂, 一家绗缝厂, 老邮局: at most four characters of name before an ending."""
        quantity = QUANTITY.match(text, at)
        begin = quantity.end() if quantity else at
        match = self._ending.search(text, begin, begin + 8)
        if match is None or match.start() - begin > 4 or self._loose.match(text, match.end() - 1):
            return None
        inside = range(begin, match.start())
        if any(not _is_han(text[i]) for i in inside):
            return None
        if any(self._stop_before(text, i + 1) for i in inside):
            return None
        return _Piece(at, match.end(), "site", BARE["site"])

    def _stopped(self, text: str, start: int, end: int) -> bool:
        """Whether a word no name contains stands before 那 in this description."""
        return any(text[at - 1] not in "那这" and self._stop_before(text, at) for at in range(start + 1, end))

    def _rest_of_name(self, text: str, end: int, matter: Sequence[tuple[int, int]]) -> int:
        """灰埠路 + 湘味小炒: a short rest of the clause, unless it tells of the problem."""
        stop = end
        while stop < len(text) and _is_han(text[stop]):
            stop += 1
        if not 3 <= stop - end <= 6:
            return end
        if any(self._stop_before(text, at) for at in range(end + 1, stop + 1)):
            return end
        return end if any(start < stop and end < upto for start, upto in matter) else stop


def _number(match: re.Match[str], end: int) -> _Piece:
    unit = next((group for group in match.groups() if group), "")
    return _Piece(match.start(), end, "number", NUMBERS.get(unit, OTHER_NUMBER))


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or r"(?!)")


def _level(pieces: Sequence[_Piece]) -> str:
    kinds = [piece.kind for piece in pieces]
    if kinds.count("road") + kinds.count("gazetteer") > 1 and "number" not in kinds:
        return "junction"
    if "number" in kinds:
        return "number" if "road" in kinds else "village" if "village" in kinds else "building"
    return next((kind for kind in ("estate", "village", "road") if kind in kinds), "landmark")

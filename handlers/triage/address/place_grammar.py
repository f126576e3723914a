"""Finds the place a sentence names: a chain of road, number, estate, landmark and tail.

    特立路 和 东四路 交叉口 西南角        解放中路 老邮局 边上 那条弄堂
    road      road   tail   tail          road     site   tail  tail

An *anchor* is a name (see `place_names`), a name of the gazetteer, or a number (3号楼). A chain starts
at an anchor and grows to the right while one piece follows another; the chain that tells most wins.
Offsets are those of the text.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from handlers.triage.address.place_names import (
    BARE,
    DIGIT,
    NUMBERS,
    WORTH,
    NameFinder,
    PlacePiece,
    Span,
    build_longest_matcher,
    compile_any,
)
from handlers.triage.rules.schema import PlaceWords
from handlers.triage.text.characters import ScannedText, is_han

ROOM = re.compile(
    r"-?[0-9]{3,4}(?:室)?(?![0-9年元块多米路号%.])"
    r"|[一二三四五六七八九][零〇幺一二三四五六七八九]{2,3}室?(?![零〇幺一二三四五六七八九十百年元块多米路号])"
)
HOUSE_AND_ROOM = re.compile(r"[0-9]{1,3}(?:[-—][0-9]{1,4}){1,2}(?:室)?(?![0-9])")
THAT = "[那这]"
# 那条弄堂, 一家绗缝厂, 那几家门口: what may stand before the ending of a described place.
QUANTITY = re.compile(r"(?:[那这]|[那这]?[一两三几])(?:条|个|家|栋|片|座|块|幢|排|处|所|棵|段|间)")
DESCRIBED = re.compile(
    rf"[\u4e00-\u9fff]{{0,3}}?{THAT}(?:几家|[一几]?(?:条|家|栋|段|幢)(?:(?:路|街|巷|楼|店|地(?!上))(?![面灯口]))?|块地|块空地|一带|一段|个口子)"
    rf"|{THAT}个[\u4e00-\u9fff]{{1,6}}的地方"
)
# 建业路这一段: "this stretch" adds nothing to the name, "that stretch" tells one from another.
HERE = re.compile(r"这")
LINK = re.compile(r"[的和与跟到至靠往沿近、/-]")
# 二楼往外冒烟: where something comes from, and no place beyond.
AWAY = frozenset({"往外", "往下", "往上", "往里", "往前", "往后"})
ASIDE = re.compile(r"[（(]([^（）()]{2,10})[)）]")
# 地点：…: a field of a form holds the place and nothing else.
FIELD = re.compile(
    r"(?:地点|地址|位置|点位|住址|小区|路段|事发地|所在地)[:：]\s{0,3}([^\s，,。；;！!？?:：]{2,40})"
)
# 保合4队: a group of a village, by the name of its hamlet.
GROUP = re.compile(rf"[\u4e00-\u9fff]{{2,3}}[{DIGIT}]{{1,2}}(?:组|社|队)(?![\u4e00-\u9fff]{{0,2}}[人员长])")
_VILLAGES = "镇乡村道"
TAIL = 13
# Most characters of a site.
SITE = 8
# Kinds that a short rest of the clause may belong to.
RESTED_ON = frozenset({"road", "village", "estate"})
SETTLED_BY = ("hamlet", "firm", "bare")
# Extra worth of a place that is a clause of its own: 「银行门口睡着个人，和平新村」.
ALONE = 10
ENOUGH = 20


@dataclass(frozen=True, slots=True)
class PlaceMatch:
    """A place in a text, before its unit is looked up; `codes` are the units its names may mean."""

    start: int
    end: int
    level: str
    worth: int
    codes: tuple[str, ...] = ()
    stated: bool = False
    """Whether it fills a field of a form, so that its borders are certain."""


class PlaceGrammar:
    """The compiled vocabulary of places; immutable after it is made."""

    def __init__(self, words: PlaceWords) -> None:
        self._names = NameFinder(words)
        ground = (word for word in words.ground if len(word) > 1)
        follows = (*ground, *words.road, *words.estate, *words.landmark, *words.common, *words.site)
        self._ending = build_longest_matcher(follows)
        self._shop = build_longest_matcher((*follows, *words.firm))
        self._loose = compile_any(words.loose)
        self._weak = frozenset(words.weak)

    def classify(self, text: str, start: int, end: int) -> PlaceMatch:
        """A place that was found otherwise, with the level its words tell."""
        named = self.find(text[start:end])
        return PlaceMatch(start, end, named.level if named else "landmark", WORTH["landmark"])

    def find(
        self,
        text: str,
        names: Sequence[tuple[int, int, tuple[str, ...]]] = (),
        matter: Sequence[Span] = (),
        known: Sequence[Span] = (),
    ) -> PlaceMatch | None:
        """The place that tells most, or None.

        `names` are gazetteer names as (start, end, unit codes). `matter` are spans of the words of the
        problem, which are never part of a place name; `known` are spans of all words of rules.
        """
        line = self._names.scan(text)
        starts: dict[int, PlacePiece] = {}
        for piece in self._find_anchors(line, names, known, matter):
            other = starts.get(piece.start)
            if other is None or _rank(piece) >= _rank(other):
                starts[piece.start] = piece
        best: PlaceMatch | None = None
        reached = 0
        for start in sorted(starts):
            if start < reached:
                continue
            found = self._grow_chain(line, start, starts, matter)
            reached = found.end
            if best is None or (found.worth, found.end - found.start) > (best.worth, best.end - best.start):
                best = found
        best = best if best is not None and best.worth >= ENOUGH else None
        return self._take_field(line, best)

    def _take_field(self, line: ScannedText, best: PlaceMatch | None) -> PlaceMatch | None:
        """The place with the borders of the form field it was written into (地点：…)."""
        field = FIELD.search(line.text)
        if field is None:
            return best
        start, end = field.span(1)
        if best is not None and start < best.end and best.start < end:
            return replace(best, start=start, end=end, stated=True)
        if best is not None or line.has_stop(start, end) or not is_han(line.text[start]):
            return best
        return replace(self.classify(line.text, start, end), stated=True)

    def _find_anchors(
        self,
        line: ScannedText,
        names: Sequence[tuple[int, int, tuple[str, ...]]],
        known: Sequence[Span],
        matter: Sequence[Span],
    ) -> list[PlacePiece]:
        guessed = self._names.find(line, known, matter)
        if not names:
            return list(guessed)
        ends_by_start: dict[int, list[int]] = {}
        for start, end, _ in names:
            ends_by_start.setdefault(start, []).append(end)
        reach = dict(sorted(known))  # of those that begin together, the longest is last
        whole = _find_outermost(names)
        return [
            *(piece for piece in guessed if not _overlaps_known(piece, ends_by_start, reach)),
            *(
                PlacePiece(start, end, "gazetteer", WORTH["gazetteer"], codes)
                for start, end, codes in names
                if (start, end) in whole
            ),
        ]

    def _grow_chain(
        self, line: ScannedText, start: int, starts: Mapping[int, PlacePiece], matter: Sequence[Span]
    ) -> PlaceMatch:
        text = line.text
        pieces = [self._add_room(text, starts[start])]
        while (piece := self._find_next(line, pieces[-1].end, starts)) is not None:
            pieces.append(piece)
        while len(pieces) > 1 and (
            self._is_too_weak(text, pieces[-1]) or self._is_subject(line, pieces[-2], pieces[-1])
        ):
            pieces.pop()
        end = pieces[-1].end
        later = start > 0 and not text[start - 1].isalnum()
        kinds = {piece.kind for piece in pieces}
        if later or not RESTED_ON.isdisjoint(kinds):
            end = self._extend_name(line, end, range(1 if later else 3, 7), matter)
        codes = tuple([code for piece in pieces for code in piece.codes])
        worth = sum([piece.worth for piece in pieces])
        if kinds != {"bare"} and _is_clause(text, start, end):
            worth += ALONE
        return PlaceMatch(start, end, self._choose_level(text, pieces), worth, codes)

    def _choose_level(self, text: str, pieces: Sequence[PlacePiece]) -> str:
        kinds = [
            self._names.classify_name(text[piece.start : piece.end])
            if piece.kind == "gazetteer"
            else piece.kind
            for piece in pieces
        ]
        if kinds.count("road") > 1 and "number" not in kinds:
            return "junction"
        if "number" in kinds:
            return "number" if "road" in kinds else "village" if "village" in kinds else "building"
        return next((kind for kind in ("estate", "village", "road") if kind in kinds), "landmark")

    def _is_too_weak(self, text: str, piece: PlacePiece) -> bool:
        """Whether it ends no place here: 一楼 does at the end of a clause, but not in 一楼那家养了狗."""
        word = text[piece.start : piece.end]
        return word in self._weak and (
            len(word) < 2 or word[0] == "那" or (piece.end < len(text) and is_han(text[piece.end]))
        )

    def _is_subject(self, line: ScannedText, before: PlacePiece, piece: PlacePiece) -> bool:
        """Whether the piece is the subject of what follows, and not part of the place: 路口 + 水渠 + 淤了."""
        if piece.kind != "site" or before.kind not in SETTLED_BY or QUANTITY.match(line.text, piece.start):
            return False
        end = piece.end
        return end < len(line.text) and is_han(line.text[end]) and end not in line.tails

    def _find_next(self, line: ScannedText, at: int, starts: Mapping[int, PlacePiece]) -> PlacePiece | None:
        text = line.text
        anchor = starts.get(at)
        if anchor is not None and anchor.kind not in ("site", "bare"):
            return self._add_room(text, anchor)
        if (tail := line.tails.get(at)) and not self._loose.match(text, at):
            site = self._find_site(line, at)
            if site and site.end > tail:
                return site
            return self._add_room(text, PlacePiece(at, tail, "tail", TAIL))
        if HERE.match(text, at):
            return None
        if (described := DESCRIBED.match(text, at)) and not self._is_badly_described(
            line, at, described.end()
        ):
            site = self._find_site(line, at)
            return (
                site if site and site.end > described.end() else PlacePiece(at, described.end(), "tail", TAIL)
            )
        return (
            self._find_site(line, at)
            or self._find_linked(line, at, starts)
            or self._find_farther_tail(line, at)
            or self._find_group(line, at)
            or anchor
        )

    def _find_linked(self, line: ScannedText, at: int, starts: Mapping[int, PlacePiece]) -> PlacePiece | None:
        text = line.text
        if (aside := ASIDE.match(text, at)) and not line.has_stop(*aside.span(1)):
            return PlacePiece(at, aside.end(), "tail", TAIL)
        if LINK.match(text, at) and (after := starts.get(at + 1)) is not None:
            return after
        if text[at : at + 1] == " " and (after := starts.get(at + 1)) is not None and after.kind == "number":
            return after
        if (
            text[at : at + 1] in "往靠沿"
            and (tail := line.tails.get(at + 1))
            and text[at : at + 2] not in AWAY
        ):
            return PlacePiece(at, tail, "tail", TAIL)
        return None

    def _find_farther_tail(self, line: ScannedText, at: int) -> PlacePiece | None:
        """A tail after up to three other characters: 育英小学 + 放学路口."""
        for begin in range(at + 1, min(at + 3, line.find_han_end(at)) + 1):
            if line.stops[begin]:
                return None
            tail = line.tails.get(begin, begin)
            if tail - begin > 1 and not self._loose.match(line.text, begin):
                return PlacePiece(at, tail, "tail", TAIL)
        return None

    def _find_group(self, line: ScannedText, at: int) -> PlacePiece | None:
        group = GROUP.match(line.text, at)
        if group is None or line.text[at - 1] not in _VILLAGES or line.has_stop(at, group.end()):
            return None
        return PlacePiece(at, group.end(), "number", NUMBERS["组"])

    def _add_room(self, text: str, piece: PlacePiece) -> PlacePiece:
        upstairs = piece.kind == "tail" and text[piece.end - 1] == "楼"
        pattern = (
            ROOM if piece.kind == "number" or upstairs else HOUSE_AND_ROOM if piece.kind == "estate" else None
        )
        room = pattern.match(text, piece.end) if pattern else None
        return PlacePiece(piece.start, room.end(), piece.kind, piece.worth) if room else piece

    def _find_site(self, line: ScannedText, at: int) -> PlacePiece | None:
        """A described place, at most four characters before an ending: 那条弄堂, 一家绗缝厂, 老邮局."""
        text = line.text
        quantity = QUANTITY.match(text, at)
        begin = quantity.end() if quantity else at
        begin += text.startswith("旧", begin)
        # 那家药房 is found by its 那家; 药房 alone is an ordinary word.
        endings = self._shop if quantity else self._ending
        found = endings.find_matches_as_indexes(text[begin : begin + SITE])
        if not found:
            return None
        _, named, size = found[0]
        start, end = begin + named, begin + size
        if named > 4 or (end - start == 1 and self._loose.match(text, start)):
            return None
        if self._names.is_never(text, begin, end):
            return None
        if line.find_han_end(begin) < start or line.has_stop(begin, start):
            return None
        return PlacePiece(at, end, "site", BARE["site"])

    def _is_badly_described(self, line: ScannedText, start: int, end: int) -> bool:
        """Whether a stop word stands before 那 in this description."""
        text = line.text
        if text[start] in "那这" and text.endswith("的地方", start, end):
            return False
        return any(text[at - 1] not in "那这" and line.stops[at] for at in range(start + 1, end))

    def _extend_name(self, line: ScannedText, end: int, sizes: range, matter: Sequence[Span]) -> int:
        """The end of the place with a short rest of the clause, unless that tells of the problem.

        灰埠路 + 湘味小炒 is one place.
        """
        stop = line.find_han_end(end)
        if stop - end not in sizes or line.text[end] in "这那" or line.has_stop(end, stop):
            return end
        return end if any(start < stop and end < upto for start, upto in matter) else stop


def _rank(piece: PlacePiece) -> tuple[int, int, int]:
    """The order among pieces with one start: a name before a mere site, and of names the longest."""
    if piece.kind in ("bare", "site"):
        return ("bare", "site").index(piece.kind), piece.worth, piece.end
    return 2, 0, piece.end


def _overlaps_known(
    piece: PlacePiece, ends_by_start: Mapping[int, Sequence[int]], reach: Mapping[int, int]
) -> bool:
    """Whether a guessed name overlaps a known word that begins behind a gazetteer name inside it.

    In 印象汇路灯不亮 the guess 印象汇路 overlaps 路灯 behind 印象汇. `ends_by_start`: of the gazetteer
    names; `reach`: start of a known word to the end of the longest one that begins there.
    """
    return any(
        end < piece.end and reach.get(end, 0) > piece.end
        for start in range(piece.start, piece.end)
        for end in ends_by_start.get(start, ())
    )


def _find_outermost(names: Sequence[tuple[int, int, tuple[str, ...]]]) -> frozenset[Span]:
    """Spans of the names that stand in no longer one; in one pass, for a message may hold a thousand."""
    found: set[Span] = set()
    reached = 0
    for start, end in sorted({(start, end) for start, end, _ in names}, key=lambda span: (span[0], -span[1])):
        if end > reached:
            found.add((start, end))
            reached = end
    return frozenset(found)


def _is_clause(text: str, start: int, end: int) -> bool:
    return (start == 0 or not text[start - 1].isalnum()) and (end == len(text) or not text[end].isalnum())

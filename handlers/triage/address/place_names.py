"""Finds names in a text: a name is what stands before an ending that tells its kind (路, 村, 药房).

A name begins where a stop word (a word no name contains) ends. Endings differ in how much they prove:
路 after two characters is a road wherever it stands; 里 or 健身 need a clear beginning as well.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from handlers.triage.rules.schema import PlaceWords
from handlers.triage.text.characters import ScannedText, TextScanner, is_han

Span = tuple[int, int]

KINDS = ("road", "village", "estate", "landmark", "common", "firm", "hamlet", "lane", "site")
# Kinds whose end is a boundary: the next name begins there.
NAMED = frozenset({"road", "village", "estate", "landmark", "common"})
CLEAR_SIZES = {"firm": range(2, 7), "hamlet": range(1, 4), "lane": range(2, 4)}
"""Kinds whose name must begin at a border (the start, a sign, a stop word), with its length in characters."""
LONGEST = 9
WHOLE = 3
"""From so many characters an ending is a word of its own, whatever word overlaps its beginning."""
DIGIT = "0-9一二三四五六七八九十百零两〇幺"
NUMBER = re.compile(
    rf"(?:[0-9]{{1,9}}[-—~至到、][0-9]{{1,9}}|[{DIGIT}]{{1,9}}(?:[-—][0-9]{{1,9}})?)"
    r" ?(号楼|号窗口|号窗(?!户)|号梯|号投放点|号门(?![前口外边])|号院|号线|号桥|号闸"
    r"|号涵管处?|号泵站|号码头|号摊位?|号档口?|号台|号仓库?|号厂房|号灯?杆|号桩|号|#楼|#"
    rf"|弄|巷|幢|栋|单元|[楼层](?!(?:[跟和与到、]?[{DIGIT}]{{1,3}}[楼层])?(?:中间|之间|当中))"
    r"|室|座|组|社|队|期|区|入口|出口|窗口)"
    r"|[a-z](口|座|区|栋|幢|地块|出口|入口)|k[0-9]+\+[0-9]+(处?)|(?:地下|负)[一二三0-9](层?)"
)
PATH = r"通[往向][\u4e00-\u9fff]{2,8}?那?[条段](?:水泥|石子|柏油|机耕|土|山)?[路道]"
ROUTE = re.compile(
    rf"{PATH}|老?(?:[gsxy]?[0-9]{{2,4}}|[{DIGIT}]{{2,3}})(?:国道|省道|县道|乡道|线公路)"
    rf"|[国省县乡]道[gsxy]?[0-9]{{1,4}}"
)
# Numbers that may be a bus route; 八一五路 cannot.
COUNT = re.compile(rf"[{DIGIT}]{{1,2}}")
DATE_BEFORE = re.compile(r"(?:月|[0-9][:：])$")
DATE_SIZE = 3
# Units of a place with a name, whatever its ending: 金地时代7幢, 天玺湾二期.
HOUSED = frozenset({"号楼", "#楼", "#", "幢", "栋", "单元", "期", "座", "组", "社", "弄", "号院"})
NAME_SIZES = range(2, 7)
CLAUSE = re.compile(r"[^，。！？!?,;；：:\s…~～、]+")
BARE_SIZES = range(3, 9)
LEADING = range(3, 6)
AT = ("在", "于", "住")

WORTH = {
    "gazetteer": 34, "road": 30, "village": 30, "estate": 30, "landmark": 24, "common": 22,
    "firm": 21, "hamlet": 22, "lane": 22, "site": 10, "bare": 20,
    "beside": 10,
}  # fmt: skip
BARE = {"landmark": 20, "common": 8, "site": 6, "road": 12, "estate": 8, "village": 8}
"""Worth of an ending without a name. A single 路 or 村 tells nothing."""
NUMBERS = {"号楼": 20, "幢": 20, "栋": 20, "#楼": 20, "弄": 20, "单元": 12, "号院": 12, "组": 10, "社": 10}
OTHER_NUMBER = 8
LEFT_THERE = re.compile("[倒翻泼堆停洒砸漫淹丢扔掉](?=[路沟河塘田街门桥树墙巷])")
"""What is done with a thing at a kind of place: 沙子堆路边 names none."""


class PlacePiece(NamedTuple):
    """One link of a place: its span, its kind, and how much it tells (`worth`)."""

    start: int
    end: int
    kind: str
    worth: int
    codes: tuple[str, ...] = ()


class NameFinder:
    """The compiled vocabulary of names; immutable after it is made."""

    def __init__(self, words: PlaceWords) -> None:
        self._kinds = {word: kind for kind in reversed(KINDS) for word in getattr(words, kind)}
        self._sites = frozenset(words.site)
        self._endings = build_longest_matcher(self._kinds)
        self._nevers = build_longest_matcher(words.never)
        self._telling = compile_any(word for word, kind in self._kinds.items() if kind not in CLEAR_SIZES)
        self.never = compile_any(words.never)
        self._longest_never = max(map(len, words.never), default=0)
        self._tails = frozenset(words.tail)
        self._longest_tail = max(map(len, words.tail), default=0)
        self._scanner = TextScanner(stop=words.stop, tail=words.tail)
        self._loose = compile_any(words.loose)
        self._soft = frozenset(words.soft)
        longer = (word for word in (*self._kinds, *words.tail) if len(word) > 1)
        self._plain_whole = frozenset((*words.plain, *longer))
        self._plain = frozenset(word for word in self._plain_whole if len(word) > 1)

    def scan(self, text: str) -> ScannedText:
        """The text with its stop words and place tails."""
        return self._scanner.scan(text)

    def find(self, line: ScannedText, known: Sequence[Span], matter: Sequence[Span]) -> Iterator[PlacePiece]:
        """Names with an ending, numbered buildings and roads, and clauses that are nothing but a name.

        `known` are the spans of all words of rules, `matter` those of the words of the problem.
        """
        text = line.text
        yield from self._find_names_by_ending(line, known)
        if "道" in text or "公路" in text or "通" in text:  # every route contains one of them
            for match in ROUTE.finditer(text):
                yield PlacePiece(match.start(), match.end(), "road", WORTH["road"])
        for match in NUMBER.finditer(text):
            start = match.start()
            if not DATE_BEFORE.search(text, max(0, start - DATE_SIZE), start):
                yield self._build_numbered(line, match, known)
        yield from self._find_names_before_tails(line, known)
        yield from self._find_leading_name(line, known)
        yield from self._find_bare_names(line, matter)

    def is_never(self, text: str, start: int, end: int) -> bool:
        """Whether a word that only looks like a place (坝坝舞) begins in this span and reaches to its end."""
        upto = end + self._longest_never
        return any(word.end() >= end for word in self.never.finditer(text, start, upto) if word.start() < end)

    def classify_name(self, name: str) -> str:
        """The kind of a whole name by its ending; `landmark` where the ending says nothing."""
        endings = (name[at:] for at in range(1, len(name)))
        return next((self._kinds[ending] for ending in endings if ending in self._kinds), "landmark")

    def _find_names_by_ending(self, line: ScannedText, known: Sequence[Span]) -> Iterator[PlacePiece]:
        """Names with an ending; a name does not reach back over the name before it."""
        text, floor, last = line.text, 0, PlacePiece(0, 0, "", 0)
        blocked = {
            at: stop for _, start, stop in self._nevers.find_matches_as_indexes(text)
            for at in range(start, stop)
        }  # fmt: skip
        for _, begin, end in self._endings.find_matches_as_indexes(text):
            # 厂家属院 holds no 厂家: a longer ending that reaches over the other word is meant.
            if begin in blocked and not (end - begin >= WHOLE and end > blocked[begin]):
                continue
            if begin and LEFT_THERE.match(text, begin - 1):
                continue
            word, short = text[begin:end], end - begin == 1
            kind = self._kinds[word]
            start = self._find_start(line, begin, max(floor, begin - LONGEST), short)
            if kind in CLEAR_SIZES:
                if self._is_clear_name(text, (start, begin, end), known) and (
                    start == floor > 0 or line.is_boundary(start)
                ):
                    yield PlacePiece(start, end, kind, WORTH[kind])
                    continue
                kind = "site" if word in self._sites else ""
            name = text[start:begin]
            if kind and len(name) > short and name[-1] != "子" and not self._is_bus_route(line, name, end):
                last = PlacePiece(start, end, kind, WORTH[kind])
                yield last
                floor = end if kind in NAMED else floor
            elif kind == "village" and 0 < begin == last.end:
                # 礼嘉桥村, 新华街街道: a village named for a bridge or a street.
                last = PlacePiece(last.start, end, kind, WORTH[kind])
                yield last
                floor = end
            elif kind in BARE and not (short and kind in ("road", "village")):
                yield PlacePiece(begin, end, "site", BARE["site"] if short else BARE[kind])

    def _is_clear_name(self, text: str, name: tuple[int, int, int], known: Sequence[Span]) -> bool:
        """Whether 力动 before 健身, or 平安 before 里, is a name and no ordinary word."""
        start, begin, end = name
        kind = self._kinds[text[begin:end]]
        alone = start == 0 or not is_han(text[start - 1])
        if kind == "firm" and alone:
            known = ()
        if begin - start not in CLEAR_SIZES[kind] or self._is_ordinary(text, start, begin, known):
            return False
        if kind == "lane":
            return alone or end == len(text)
        return begin - start > 1 or end == len(text) or not is_han(text[end])

    def _is_ordinary(self, text: str, start: int, end: int, known: Sequence[Span]) -> bool:
        """Whether it begins or ends in a word everybody uses, and so is no name: 楼道里, 小区3栋."""
        if text[start:end] in self._plain_whole or self.never.search(text, start, end):
            return True
        for at in range(start, end):
            if text[at:end] in self._plain or text[start:at] in self._plain:
                return True
        return any(left < end and start < right and right - left > 1 for left, right in known)

    def _is_bus_route(self, line: ScannedText, name: str, end: int) -> bool:
        """Whether it is a bus: 十二路 is one, 三八路拐弯处 is a road."""
        if not COUNT.fullmatch(name):
            return False
        return name[0].isdigit() or line.tails.get(end, end) - end < 2

    def _build_numbered(self, line: ScannedText, match: re.Match[str], known: Sequence[Span]) -> PlacePiece:
        unit = next((group for group in match.groups() if group), "")
        worth = NUMBERS.get(unit, OTHER_NUMBER)
        if unit in HOUSED:
            start = self._find_start(line, match.start(), max(0, match.start() - LONGEST), short=False)
            if self._is_unknown_name(line, start, match.start(), known):
                return PlacePiece(start, match.end(), "number", worth + WORTH["bare"])
        return PlacePiece(match.start(), match.end(), "number", worth)

    def _find_names_before_tails(self, line: ScannedText, known: Sequence[Span]) -> Iterator[PlacePiece]:
        """Names before a tail: whatever has a gate or a far side (门口, 对面) is a place, with any ending."""
        reached = 0
        for at, end in sorted(line.tails.items()):
            if at < reached:
                continue
            reached = end
            if end - at < 2 or self._loose.match(line.text, at) or LEFT_THERE.match(line.text, at - 1):
                continue
            start = self._find_start(line, at, max(0, at - LONGEST), short=False)
            if self._is_unknown_name(line, start, at, known):
                yield PlacePiece(start, at, "bare", WORTH["beside"])

    def _find_leading_name(self, line: ScannedText, known: Sequence[Span]) -> Iterator[PlacePiece]:
        """The first word, where it is unknown and the next one is known: 荷花里充电桩坏了, 三角池又停电."""
        first = min(known)[0] if known else len(line.text)
        end = next((at for at in LEADING if at == first or at in line.stop_starts), 0)
        if end and not line.has_stop(0, end) and self._is_unknown_name(line, 0, end, known):
            yield PlacePiece(0, end, "bare", WORTH["bare"])

    def _is_unknown_name(self, line: ScannedText, start: int, end: int, known: Sequence[Span]) -> bool:
        return (
            end - start in NAME_SIZES
            and line.find_han_end(start) >= end
            and line.is_boundary(start)
            and not self._telling.search(line.text, start, end)
            and not self._is_ordinary(line.text, start, end, known)
        )

    def _find_bare_names(self, line: ScannedText, matter: Sequence[Span]) -> Iterator[PlacePiece]:
        """A last clause that is nothing but a name (「……没人来收，兰田湾」), or the name after a last 在."""
        clauses = [match.span() for match in CLAUSE.finditer(line.text)]
        if not clauses:
            return
        start, end = clauses[-1]
        if len(clauses) == 1:
            start = self._find_start(line, end, max(0, end - LONGEST), short=False)
            if line.text[start - 1 : start] not in AT:
                return
        # 太古广场后面: the tail is a piece of its own.
        first = max(start + 2, end - self._longest_tail)
        upto = next((at for at in range(first, end - 1) if line.text[at:end] in self._tails), end)
        if self._is_lone_name(line, start, upto, matter):
            yield PlacePiece(start, upto, "bare", WORTH["bare"])

    def _is_lone_name(self, line: ScannedText, start: int, end: int, matter: Sequence[Span]) -> bool:
        name = line.text[start:end]
        return (
            len(name) in BARE_SIZES
            and len(set(name)) == len(name)
            and line.find_han_end(start) >= end
            and not line.has_stop(start, end)
            and not self._is_ordinary(line.text, start, end, matter)
        )

    def _find_start(self, line: ScannedText, end: int, floor: int, short: bool) -> int:
        """Where the name that ends at `end` begins: walks left up to a stop word."""
        text, stops = line.text, line.stops
        at = end
        while at > floor and is_han(char := text[at - 1]):
            soft = char in self._soft
            if stops[at] > 1 or (stops[at] and not soft):
                break
            if soft and end - at > short and at - 1 > floor and not line.is_boundary(at - 1):
                break
            at -= 1
        return at


def compile_any(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern for the longest of these words; it matches nothing where there are none."""
    return re.compile(_branches(sorted(set(words))) or r"(?!)")


def _branches(words: Sequence[str]) -> str:
    """The words as a tree of alternatives, so that few of them are tried at each character."""
    branches = []
    for letter, group in groupby(filter(None, words), key=lambda word: word[0]):
        rest = [word[1:] for word in group]
        tail = _branches(rest)
        ends = "?" if tail and "" in rest else ""
        branches.append(re.escape(letter) + (f"(?:{tail}){ends}" if tail else ""))
    return "|".join(branches)


def build_longest_matcher(words: Iterable[str]) -> AhoCorasick:
    """An automaton for these words, one match after another; of words with one start the longest."""
    return AhoCorasick(list(words) or ["\0"], matchkind=MatchKind.LeftmostLongest)

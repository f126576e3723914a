"""Correction of where a place begins and ends, learned from examples in which people marked it.

The grammar of places knows how places are built and rarely misses one; whether 那条弄堂 belongs to it,
or the verb before it, is decided better from the characters around. So the grammar finds a place, and
this module moves its borders where the marks speak clearly for others, and rejects some guesses.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from handlers.triage.address.border_scores import BorderMarks
from handlers.triage.address.descriptions import DescriptionFinder
from handlers.triage.address.place_names import LEFT_THERE, Span
from handlers.triage.rules.schema import PartRules, PlaceWords

SIGNS = re.compile(r"[，。！？；,!?;\n]")
CLAUSE = re.compile(r"[^，。！？；,!?;\n]{2,}")
# 三栋五零二: a number that the grammar found as part of the place stays part of it.
NUMBERED = re.compile(r"[0-9]|[零〇幺一二三四五六七八九十]{2}")
# What no place contains, whatever the marks around it say: people spoken to, what is seen, what happens,
# a date (8月5号 is no house).
BREAK = re.compile(
    rf"{LEFT_THERE.pattern}|[我你他她咱俺][们家]|各位|大家|小心|注意|麻烦|偏偏|另外|还有|顺便|恰好|正好|听[见到说]|[看发][见到现]|路过|经过"
    r"|[呃诶欸唉嗳哎喂嗯哦噢]|[莫别][跑走停去]|[卡困躺倒停堆放扔挂站蹲堵]在|位于|位置|[点地]点|点位|[把叫]|掉[进到在]|[挂堆停放站躺坐贴写摆冒开围插架装盖锁]着|因为|所以|但是|如果|已经|刚刚|刚才|今[天早晚]|昨[天晚]|最[近怕]"
    r"|[0-9一二三四五六七八九十]月[0-9一二三四五六七八九十]{1,3}[号日]"
)
# What a place may end with although it begins with words of the problem: 便民点, 老公房.
SOLID = frozenset(
    "点房所站部室场亭店铺厂馆楼口边旁前后侧段处路巷街道桥池塘坡湾沟河地林园坪坝井棚库角门墙台队组栋摊市坊班"
)
# How much better other borders must be; tried from 0 to 150 on unseen writers: less moves
# borders that were right, more leaves those that were wrong.
MOVE_THRESHOLD = 60
# How much better no place at all must be than a guess (血压药一, for its place in the sentence).
REJECT_THRESHOLD = 100
# How much better than no place one must be that the grammar did not find; of 124 reports of unseen writers
# in which it found none, all but one above it named a place.
FIND_THRESHOLD = 20.0
# The same where the grammar found another.
OTHER_THRESHOLD = 100.0


def find_clause(text: str, start: int, end: int) -> tuple[int, int]:
    """Start and end of the clause that contains the span from `start` to `end`.

    A place seldom reaches over a comma, and text farther away says nothing about its borders.
    """
    before = (match.end() for match in SIGNS.finditer(text, 0, start))
    after = SIGNS.search(text, end)
    return max(before, default=0), after.start() if after else len(text)


class BoundaryCorrector:
    """The compiled marks around places; immutable after it is made.

    Without rules it moves no border; without words it finds no description behind a name.
    """

    def __init__(self, rules: PartRules | None, words: PlaceWords | None = None) -> None:
        self._marks = BorderMarks(rules) if rules else None
        self._descriptions = DescriptionFinder(words) if words else None

    def correct_borders(
        self, text: str, start: int, end: int, matter: Sequence[Span] = (), *, guessed: bool = False
    ) -> Span | None:
        """The borders of a place found from `start` to `end`, moved where others are clearly better.

        Those of another place in the text where the marks speak against this one and clearly for that.
        `matter`: spans of the words of the problem. None for a place that was merely `guessed` and is
        clearly none.
        """
        if self._marks is not None:
            left, right = find_clause(text, start, end)
            chosen = _choose_borders(self._marks, text[left:right], start - left, end - left)
            if chosen.points < 0 and (other := self.find_place(text, matter, least=OTHER_THRESHOLD)):
                return other
            if guessed and chosen.points < -REJECT_THRESHOLD:
                return None
            moved = (left + chosen.start, left + chosen.end)
            start, end = _hold_borders(text, (start, end), moved, matter)
        return start, self._find_end(text, end, matter)

    def find_place(
        self, text: str, matter: Sequence[Span] = (), *, least: float = FIND_THRESHOLD
    ) -> Span | None:
        """The place the marks clearly speak for, whatever the grammar of places says; None without one."""
        if self._marks is None:
            return None
        best, span = least, None
        for clause in CLAUSE.finditer(text):
            where, gains = self._marks.score(clause[0])
            first, last = gains.find_best(0, len(where) - 1)
            found = clause.start() + where[first][0], clause.start() + where[last][1]
            if (
                not any(_crosses(span, found) for span in matter)
                and not BREAK.search(text, *found)
                and (points := gains.score(first, last)) > best
            ):
                best, span = points, found
        return (span[0], self._find_end(text, span[1], matter)) if span else None

    def _find_end(self, text: str, end: int, matter: Sequence[Span]) -> int:
        return self._descriptions.find_end(text, end, matter) if self._descriptions else end


def _crosses(word: Span, place: Span) -> bool:
    """Whether the word lies across a border of the place; within it, it is part of a name: 荷花池."""
    start, end = word
    inside = place[0] <= start and end <= place[1]
    return start < place[1] and place[0] < end and (not inside or word == place)


def _hold_borders(text: str, found: Span, moved: Span, matter: Sequence[Span]) -> Span:
    """The moved borders; as they were found where they were moved out over what is no part of a place."""
    if moved == found:
        return found
    (start, end), (begin, until) = found, moved
    if BREAK.search(text, begin, max(begin, start)):
        begin = start
    told = text[until - 1] not in SOLID and any(left == end < right - 1 for left, right in matter)
    if until > end and (told or BREAK.search(text, end, until)):
        until = end
    return begin, until


class _Choice(NamedTuple):
    """Borders, and the points that the best ones near them have."""

    start: int
    end: int
    points: float


def _choose_borders(marks: BorderMarks, text: str, start: int, end: int) -> _Choice:
    where, gains = marks.score(text)
    first = next(at for at, unit in enumerate(where) if unit[1] > start)
    last = next(at for at in range(len(where) - 1, -1, -1) if where[at][0] < end)
    begin, until = gains.find_best(first, last)
    points = gains.score(begin, until)
    if NUMBERED.search(text, where[until][1], end):
        until = last
    exact = (where[first][0], where[last][1]) == (start, end)
    if exact and gains.score(begin, until) - gains.score(first, last) <= MOVE_THRESHOLD:
        return _Choice(start, end, points)
    return _Choice(where[begin][0], where[until][1], points)

"""What follows a name and still says where it is: 后门那条坡, 55号的川菜馆, 下来第一个弯, 隧道口施工段.

The matter of a report stands in the same words behind the name (3栋的电梯, 那几个桶), so a description
counts only where it ends with something that stands on the ground (`ground` of the vocabulary).
"""

import re
from collections.abc import Sequence

from handlers.triage.address.place_names import DIGIT, Span, build_longest_matcher, compile_any
from handlers.triage.rules.schema import PlaceWords
from handlers.triage.text.characters import TextScanner, is_han

_MEASURE = "条个家栋片座块幢排处所间爿棵口"
_LINK = re.compile(rf"(?:之间|中间)?(?:的(?:那[一]?[{_MEASURE}])?|那[一]?[{_MEASURE}])")
# 对面小卖部: beside something stands a shop, with no link between them.
_BESIDE = re.compile(r"(?:对面|隔壁|旁边|后面|前面|楼下|对门)$")
_HOUSES = "店馆部铺厂吧所"
# 第三棵树, 下来第一个弯, 往南第二个路口.
_ORDINAL = re.compile(rf"(?:下来|过去|进去|出来|往[东西南北前里])?第[{DIGIT}]{{1,2}}[{_MEASURE}根道盏]")
_STRETCH = re.compile(
    r"(?![这那])[\u4e00-\u9fff]{0,4}?(?:(?<![一二两三四几多各每])段(?![时位子落话])"
    r"|(?<![一二两三四几多各每无到深])处(?![理罚分置境于在长处所]))"
)
_LOCATIVE = re.compile(r"(?:边上|旁边|上面|下面|[上里内前后外下旁边])(?![\u4e00-\u9fff])")
# 路上 and 街上 only say that it is there.
_ROADS = "路街"
# Words that tell what happens, not which one it is.
_TOLD = re.compile(r"[了着过在把被不没有是都就又很太从连跟]")
# Most characters between the link and the thing, and in the name of the thing.
_MODIFIER, _LONGEST = 3, 7
_SPACE = _MODIFIER + _LONGEST
_TAIL = 6


class DescriptionFinder:
    """The compiled words for what stands on the ground; immutable after it is made."""

    def __init__(self, words: PlaceWords) -> None:
        self._ground = build_longest_matcher(words.ground)
        self._loose = compile_any(words.loose)
        self._never = compile_any(words.never)
        self._weak = frozenset(words.weak)
        self._scanner = TextScanner(stop=words.stop, tail=words.tail)

    def find_end(self, text: str, end: int, matter: Sequence[Span]) -> int:
        """Where the description behind a name that ends at `end` ends itself; `end` where there is none.

        `matter`: spans of the words of the problem; a description does not cut one in two.
        """
        found = self._find_thing(text, end, matter)
        if found > end:
            found += self._measure_tail(text[found : found + _TAIL])
        locative = _LOCATIVE.match(text, found)
        return locative.end() if locative and text[found - 1] not in _ROADS else found

    def _measure_tail(self, rest: str) -> int:
        """The length of the tail (外侧, 门口) that the rest of the text begins with."""
        size = self._scanner.scan(rest).tails.get(0, 0)
        return 0 if rest[:size] in self._weak or self._loose.match(rest) else size

    def _find_thing(self, text: str, end: int, matter: Sequence[Span]) -> int:
        stretch = _STRETCH.match(text, end)
        if stretch and not self._has_stop(text, end, stretch.end()) and "有" not in stretch[0]:
            return stretch.end()
        link = _ORDINAL.match(text, end) or _LINK.match(text, end)
        if link is None and not _BESIDE.search(text, max(0, end - 2), end):
            return end
        begin = link.end() if link else end
        found = self._ground.find_matches_as_indexes(text[begin : begin + _SPACE])
        if not found:
            return end
        start, until = begin + found[0][1], begin + found[0][2]
        if not self._is_thing(text, begin, start, until) or (
            link is None and (until - begin < 2 or text[until - 1] not in _HOUSES)
        ):
            return end
        return end if any(left < until < right for left, right in matter) else until

    def _is_thing(self, text: str, begin: int, start: int, until: int) -> bool:
        modifier = text[begin:start]
        if len(modifier) > _MODIFIER or not all(map(is_han, modifier)) or _TOLD.search(modifier):
            return False
        never = self._never.match(text, start)
        if never and never.end() > until:
            return False
        if until - start == 1 and self._loose.match(text, start):
            return False
        return not self._has_stop(text, begin, start)

    def _has_stop(self, text: str, start: int, end: int) -> bool:
        """Whether a stop word of several characters lies between these offsets."""
        return any(length > 1 for length in self._scanner.scan(text[start:end]).stops)

"""Which case is meant: scored by number, quote, place, matter, what was asked last, and state; pure."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from handlers.talk.situation import KnownCase, Situation
from handlers.triage.text.numbers import to_figures
from models.workflow import OPEN, Status

_NAMED, _ASKED, _PIECE, _SPOKEN, _FRESH, _HERE, _NEWEST = 30, 3, 3, 3, 2, 1, 1
_CLEAR = 2
"""A case that is ahead of the next by less is not clearly the one that is meant."""
LETTER = 3
"""Points of a matter for each single character of its class's name that is said: 灯."""
_LETTER_OF_WORDS = 2
"""The same of one that only stands in the words of the report: it may stand there by chance."""
SAME_MATTER = 3
"""Points of a shared matter from which it is taken for the same."""
_SAME_CLASS, _PAIR, _MOST_MATTER = 3, 3, 9
_SAME_PLACE, _SAME_SPOT, _OTHER_PLACE = 4, 2, -8
_HOUSE = re.compile(r"(?<!\d)(\d{1,6})(栋|幢|号楼|号|座|单元|弄|期)")
_BARE_HOUSE = re.compile(r"[\d一二三四五六七八九十]{1,4}(?:栋|幢|座|单元|号楼)")
"""A house that is named without its estate."""
_PLAIN = frozenset(
    "的了是在我你他她它们这那个有没不还就都也和跟与把被给让叫到去来说看要想会能可以怎么什吗呢啊吧呀哦嗯很太好大小多少上下里外前后"
    "一二三四五六七八九十几两半点天月日年今昨明早晚中午夜间又再才刚已经现时候人家您请谢麻烦帮忙快慢对错真假话话事情问题路街道区市县镇村号栋楼门口边旁处地方"
    "里头面下上起过得着呗咯哒嘞咧冇弄搞修换清办做处理解决报反映投诉催查收知道晓白行用东西样些每次回件处只块条堆辆家被从向往靠但而且因为所如果或"
    "切老伴妈爸爷奶娃崽孩婆公哥姐弟妹叔姨伢元东西南北俺咱侬伊恁嘞嘛哈啦喽噻哟唉哎呃呐见听讲闻吃穿拿站坐"
    "手电业管直线完全部分干净亮通平坏断破堵漏臭脏乱黑吵响灭停掉倒塌松裂冒溢满缺占挡拦积"
)
"""Characters that say nothing of the matter: they stand in every sentence."""
_PLAIN_PAIRS = frozenset(
    [
        "差点",
        "到底",
        "经常",
        "附近",
        "这边",
        "那边",
        "旁边",
        "马上",
        "赶紧",
        "好像",
        "感觉",
        "发现",
        "不敢",
        "小心",
        "注意",
        "动静",
    ]
)
"""Pairs that say nothing of the matter either."""
_PLAIN_WORDS = re.compile("|".join(sorted(_PLAIN_PAIRS)))
_ROADS = re.compile(
    r"[^，。！？；,.!?;\s]{1,8}?(?:路|街|巷|道|桥|村|小区|社区|广场|公园|市场|学校|医院|隧道)"
)
_KIND_OF_ROAD = re.compile("(?:大道|小区|社区|路|街|巷|道|桥|村)$")
_ONE_MORE = re.compile("又([断倒掉塌裂坏堵漏冒翘松垮破灭])(?:了|下来|下)?一?[根棵块盏处个片截段条堆扇]")
"""What happened once more where it had happened to something: 又断一根."""
_POINTER = "(?:路口)?的?(?:[那这](?:边|头|里|个|件|处|条|段|块|儿|一片|一带)|方向)"
"""What follows the short name of a road that is spoken of."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that may be meant, and how much speaks for it."""

    case: KnownCase
    score: int
    matter: int
    """How far the words are about the same matter; 0: not at all."""
    recency: int
    """How much of the score is that it was just spoken of."""
    is_named: bool
    """It is quoted or numbered."""
    place: int
    """Positive: the same place; negative: another one; 0: no place was said."""


@dataclass(frozen=True)
class SpokenMatter:
    """What the words are about: the matter, and the place as said."""

    text: str
    place: str
    list_classes: Callable[[], Collection[str]]

    @cached_property
    def classes(self) -> Collection[str]:
        """The classes its words may belong to; looked for where they matter: most that is said is chatter."""
        return self.list_classes()

    @cached_property
    def pairs(self) -> Collection[str]:
        """The pairs of characters beside the place that say something of the matter."""
        words = self._words
        pairs = {words[at : at + 2] for at in range(len(words) - 1)}
        return {
            pair
            for pair in pairs
            if pair.isalnum() and pair not in _PLAIN_PAIRS and not _PLAIN.issuperset(pair)
        }

    @cached_property
    def letters(self) -> Collection[str]:
        """The single characters beside the place that may name something: 坑, 灯, 狗."""
        words = _PLAIN_WORDS.sub(" ", self._words)
        return {letter for letter in words if letter not in _PLAIN and "一" <= letter <= "\u9fff"}

    @cached_property
    def recurring(self) -> Sequence[str]:
        """What is said to have happened to something once more: 断 of 又断一根."""
        return _ONE_MORE.findall(self.text)

    @property
    def _words(self) -> str:
        return self.text.replace(self.place, " ") if self.place else self.text


def rank(situation: Situation, cases: Sequence[KnownCase], said: SpokenMatter) -> list[Candidate]:
    """The cases with what speaks for each, the best first."""
    newest = max((case.id for case in cases), default=0)
    found = [_score(situation, case, said, newest=newest) for case in cases]
    return sorted(found, key=lambda candidate: (-candidate.score, -candidate.case.id))


def keep_named(ranked: Sequence[Candidate]) -> list[Candidate]:
    """Those that are quoted or numbered; all where none is: a number is never taken for another case."""
    return [each for each in ranked if each.is_named] or list(ranked)


def choose(
    candidates: Sequence[Candidate],
    states: Collection[Status] | None,
    *,
    recent: bool,
    by_matter: bool = False,
) -> list[Candidate]:
    """The one that is meant, among those in a state in which something can be done; several: unclear.

    `states`: None where every state will do; `recent`: what was just spoken of is meant rather than others;
    `by_matter`: the place that is said tells nothing, since it is what is corrected.
    """
    fitting = [each for each in candidates if states is None or each.case.status in states]
    if numbered := [each for each in fitting if each.is_named]:
        return numbered
    if not by_matter:
        fitting = [each for each in fitting if each.place >= 0] or fitting
        # 灯亮了 is said of the lamp, whatever was spoken of last.
        named = [each for each in fitting if each.matter >= _PAIR]
        fitting = named or fitting
    if not fitting:
        return []
    scores = [
        each.score - (0 if recent else each.recency) - (each.place if by_matter else 0) for each in fitting
    ]
    return [each for each, score in zip(fitting, scores, strict=True) if max(scores) - score < _CLEAR]


def is_next_door(ranked: Sequence[Candidate], matter: SpokenMatter) -> bool:
    """Whether only another house is named, and the matter is that of the cases of one kind here.

    6栋还是黄的, where the yellow water was told of 4栋: whoever says so lives in the same estate.
    """
    same = [each.case for each in ranked if each.matter >= SAME_MATTER]
    estate, houses = _BARE_HOUSE.subn("", matter.place)
    is_here = houses > 0 and all(estate in case.place for case in same)
    return is_here and len({case.class_id for case in same}) == 1


def follows_report(ranked: Sequence[Candidate]) -> bool:
    """Whether the words come minutes after one case was reported; of several, after the one they name."""
    fresh = [each for each in ranked if each.case.is_fresh]
    named = [each for each in fresh if each.matter] or fresh
    return len(named) == 1


def is_other_meant(ranked: Sequence[Candidate], matter: SpokenMatter, class_id: str) -> bool:
    """Whether what is meant, before 不是, is of none of these cases: 我说的是停水 不是狗.

    `class_id`: what the rules take the words for.
    """
    meant = "".join(matter.text.partition("是")[2].partition("不是")[0].split("的"))
    is_theirs = any(
        each.case.class_id == class_id or any(letter in each.case.text for letter in meant) for each in ranked
    )
    return not is_theirs and class_id in matter.classes


def _score(situation: Situation, case: KnownCase, said: SpokenMatter, *, newest: int) -> Candidate:
    matter, place = _compare_matter(case, said), _compare_place(case, said)
    score = matter + place
    is_named = case.id in situation.named
    score += _NAMED * is_named
    score += _ASKED * (case.status is Status.CALLBACK) + _SPOKEN * case.is_spoken_of
    # Of several whose results are asked for, the one reported last is not the one that is meant.
    is_judged = case.status is Status.CALLBACK
    is_told = case.id == situation.open_report_case and not is_judged
    recency = _PIECE * is_told + _FRESH * (case.is_fresh and not is_judged) + _NEWEST * (case.id == newest)
    score += recency + _HERE * case.is_here + (case.status in OPEN)
    return Candidate(case, score, matter, recency, is_named, place)


def _compare_matter(case: KnownCase, said: SpokenMatter) -> int:
    """Shared words: pairs of characters, and single ones that name something (坑, 灯, 狗)."""
    told = _leave_out_roads(f"{case.text} {case.class_name}", case.place)
    shared = sum([pair in told for pair in said.pairs])
    letters = [letter for letter in said.letters if letter in told]
    naming = sum([letter in case.class_name for letter in letters])
    points = _PAIR * shared + LETTER * naming + _LETTER_OF_WORDS * (len(letters) - naming)
    if case.class_id in said.classes:
        points += _SAME_CLASS
    if not points and any(verb in case.text for verb in said.recurring):
        points = LETTER
    return min(points, _MOST_MATTER)


def _compare_place(case: KnownCase, said: SpokenMatter) -> int:
    if not said.place:
        return _SAME_PLACE * any(_points_to(name, said.text) for name in _list_roads(case.place))
    mine, theirs = to_figures(said.place), to_figures(f"{case.place} {case.text}")
    houses, known = set(_HOUSE.findall(mine)), set(_HOUSE.findall(to_figures(case.place)))
    names = set(_ROADS.findall(mine))
    shares = any(name in theirs for name in names) if names else _share_name(mine, theirs)
    contradicts = any(
        kind in {each for _, each in known} and (number, kind) not in known for number, kind in houses
    )
    if shares and not contradicts:
        rest = _ROADS.sub("", mine)
        return _SAME_PLACE + (_SAME_SPOT if len(rest) > 1 and _share_name(rest, theirs) else 0)
    # A place beside something (加油站对面) may be anywhere along the road of the case.
    return _OTHER_PLACE if names or contradicts else 0


def _points_to(name: str, text: str) -> bool:
    """Whether the words point to a road by its short name: 东四那边 to 东四路."""
    short = _KIND_OF_ROAD.sub("", name)
    said = len(short) > 1 and short in text
    return said and re.search(re.escape(short) + _POINTER, text) is not None


# All that is said in a group is compared with the same few open cases.
@lru_cache(maxsize=256)
def _list_roads(place: str) -> Sequence[str]:
    """The names of roads in a place, each as often as it is there."""
    return _ROADS.findall(place)


@lru_cache(maxsize=256)
def _leave_out_roads(told: str, place: str) -> str:
    """What was told, without where it is: 夜宵摊 in 东四路夜宵摊 is what it is about."""
    for road in _list_roads(place):
        told = told.replace(road, " ")
    return told


def _share_name(mine: str, theirs: str) -> bool:
    """Whether two characters of the place stand in the other words: 加油站 in 加油站斜对面."""
    return any(mine[at : at + 2] in theirs for at in range(len(mine) - 1))

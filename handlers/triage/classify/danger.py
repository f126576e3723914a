"""Danger in the words of a message: what calls the people on duty at once.

The words of every kind of danger (`danger` of the pack) are counted in points, and so are the signs that
they tell of none: a drill, the past, a story, a question (`harmless`). Words of talk have no voice here: a
cry is heard among whatever else is said.

Where the pack has learned what lines of danger and of talk lean to (`alarm`), that is weighed against the
words: the fewer they are, the more a line must lean to danger. A line without a written word of danger or a
sign of one (`sign`) raises no alarm whatever it leans to, and words that leave no doubt are not outvoted.

Words of danger are looked for once more in the text without its stretching, where there is any:
着——火——了, 救 命 啊, 着着着火了.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from handlers.triage.classify import intent
from handlers.triage.classify.alarm_weights import AlarmWeights, WordFinder
from handlers.triage.classify.lexicon import Lexicon, LexiconMatch
from handlers.triage.classify.word_pairs import Hit, Span
from handlers.triage.rules.packs import Pack
from handlers.triage.text.normalize import fold
from handlers.triage.types import Reason

CRY, LIVE = "cry", "live"
"""Kinds of danger that lend their points to the others; a cry may stand for itself."""
_IDIOM = "idiom"
ENOUGH = 6
"""Points from which words are a danger."""
LEAST = 3
"""A kind with fewer points is not what the others lend theirs to."""
MOST_LENT, MOST_OTHER, MOST_KIND = 4, 3, 12
DOUBT = 4
"""Points of `harmless`, less those lent, from which there is no danger."""
STRONG, STRONG_DOUBT = 12, 5
"""A danger of so many points of its own takes more signs than one of yesterday to be none."""
PLAINLY = 20
"""More points of its own than this and no barbecue quiets a kind."""
HEADED, PROGRESS, BYGONE = 9, 6, 6
SAID, SAID_POINT, MOST_SAID = 0.45, 0.125, 15
"""What written words are worth against what the line leans to: plain ones, and each of their points."""
OUTVOTED = -2.7
"""Who leans to talk as much as this only names a danger, though no word says that it is talk: 溺水多发季."""
QUIET = -1.1
"""The most that a line leans to talk which tells of a risk: who takes leave does it in words of every day."""
WEAK, CALM_POINT, MOST_CALM = 0.85, 0.1, 20
"""The same of words too few to be plain, and of each point of `harmless`. Mere signs are worth nothing."""
BRIEF, HASTY = 10, 1.3
"""So short a line leans nowhere for sure: it outvotes no plain words, and must lean more if they are few."""
VAGUE = 1.2
"""What a line must lean more that has only signs of no special danger: 里头, 学生, 止不."""
MATTER_POINT, MOST_MATTER = 0.06, 20
"""A point of a matter that is no danger: what tells of a dead pig leans to danger and is none."""
TALK_POINTS, SURE = 12, 2.0
"""From so many points of `harmless` words that are not plain are talk, if the line leans less to danger."""
TALKED_OF = -1.7
"""Who leans to talk as much as this tells of a danger that is none."""
_GAP = re.compile(r"[\s\-—–~～…·.、,，。!！*_]")
_PROLONGED = re.compile(r"([\u4e00-\u9fff])\1\1")
_SPACED_OUT = re.compile(rf"{_GAP.pattern}[\u4e00-\u9fff]{_GAP.pattern}")
"""A character by itself: 着——火——了, 救!命!啊!"""
_RUNS = re.compile(r"(.)\1*", re.DOTALL)
_FILLERS = frozenset(
    "啊呀哦噢呐哪哇嘞咧咯喽啦了哒嘛吧呢诶哎唉喂哟呦哈唷么快点急的就来人在这里这儿那那边我们家有出有人大好又真的天哪妈呀"
)
_TWICE = 2
"""So often a character may follow itself: 救救我. Oftener it only prolongs a cry."""
_PHRASE = 4
"""Length of what a kind leaves out from which it is a phrase: 护栏倒了, where 不动了 is but another word."""
_SMALL_CHILD = re.compile(
    "小女孩|小男孩|娃儿|娃娃|奶娃|细娃|小娃|细伢|小伢|伢崽|伢子|小朋友|小孩|小把戏|小囡|细路|妹娃|幺儿|毛毛|崽崽|宝宝|幼儿|孩子"
    "|(?<![\\d一二三四五六七八九十])[1-9一二三四五六七八九两]岁"
)
"""Of whom a climb is no leap: 孩子 too, where nothing says that they are grown, or what they mean."""
_CLIMBS = re.compile("翻[到出过上]|爬[到出过上在]|钻出|跨[到出]|[挂吊卡骑趴悬]在|踩|探出|掉出|滑出")
_MEANS_IT = re.compile(
    "跳|寻短|轻生|自杀|想不开|想死|寻死|不想活|不活|活够|活着|遗书|遗言|割|农药|安眠药|别过来|莫过来|不让[人靠]|哭|威胁"
    "|吵架|闹别扭|考|成绩|作业|学生|初[中一二三]|高[中一二三]|大学|抑郁|(?:1[0-9]|十[一二三四五六七八九]?)岁"
)
"""What says that whoever stands there means it, or is old enough to."""
_SHORT = 2
"""Length of the words whose borders are looked at: longer ones are seldom parts of others."""


@dataclass(frozen=True, slots=True)
class Danger:
    """A danger that the words tell of, with what they were."""

    kind: str
    class_id: str
    """Empty: the class is that of the matter it is about."""
    risk: str
    """The risk it is, where a person must look at once; empty otherwise."""
    points: int
    reasons: tuple[Reason, ...]

    @property
    def is_plain(self) -> bool:
        """Whether the words suffice; otherwise the learned n-grams have to bear them out."""
        return self.points >= ENOUGH


class DangerDetector:
    """The kinds of danger of a pack; immutable after it is made."""

    def __init__(self, pack: Pack, lexicon: Lexicon, common: Collection[str]) -> None:
        """`common`: words of the language; a word of danger that lies across two of them is none."""
        self._lexicon = lexicon
        self._common = common
        self._kinds = pack.danger
        self._calm_classes = frozenset(name for name, info in pack.classes.items() if not info.urgent)
        self._weights = AlarmWeights(pack.alarm, pack.groups) if pack.alarm else None
        self._signs = WordFinder({name: _expand_words(pack, rule.sign) for name, rule in pack.danger.items()})
        self._excluded = WordFinder(
            {
                name: [phrase for phrase in _expand_words(pack, rule.not_) if len(phrase) >= _PHRASE]
                for name, rule in pack.danger.items()
            }
        )
        self._idioms = WordFinder({_IDIOM: pack.idioms})
        self._sides = tuple((name, f"danger:{name}") for name in pack.danger if name != LIVE)
        self._alone = tuple((name, f"danger:{name}/alone") for name in pack.danger if pack.danger[name].alone)
        self._written = frozenset(side for _, side in (*self._sides, *self._alone))
        self._doubts = WordFinder(
            {name: _expand_words(pack, rule.sign) for name, rule in pack.harmless.items()}
        )
        self._harmless = {f"harmless:{name}": frozenset(rule.of) for name, rule in pack.harmless.items()}

    def find(self, reading: LexiconMatch) -> Danger | None:
        """The danger that the message tells of; None where it tells of none."""
        written = self._find_written(reading)
        if self._weights is None:
            found = written
        elif written is not None and written.is_plain:
            found = self._confirm(reading, written, self._weights)
        else:
            found = self._hear(reading, written, self._weights)
        return replace(found, risk="") if found is not None and _is_of_small_child(found, reading) else found

    def is_talk(self, reading: LexiconMatch, *, plain: bool = False) -> bool:
        """Whether a line leans so much to talk that words of an urgent class make it no alarm.

        `plain`: a word calls for help, which takes more to be outvoted.
        """
        least = OUTVOTED if plain else TALKED_OF
        return self._weights is not None and self._weights.score(reading.folded) < least

    def leans_to_danger(self, reading: LexiconMatch) -> bool:
        """Whether a line leans to a danger, so that it takes more words that it is over to be talk."""
        return self._weights is None or self._weights.score(reading.folded) > 0

    def _confirm(self, reading: LexiconMatch, written: Danger, weights: AlarmWeights) -> Danger | None:
        """The plainly written danger, unless the line leans to talk of one and a word says that it may be."""
        calm = self.weigh_harmless(reading, kind=written.kind)
        lean = weights.score(reading.folded)
        if written.risk:
            lean = max(lean, QUIET)
        if not calm and (len(reading.folded) <= BRIEF or self._is_undoubted(reading, written)):
            return written if lean > OUTVOTED or written.points >= STRONG else None
        worth = SAID + SAID_POINT * min(written.points, MOST_SAID) - CALM_POINT * min(calm, MOST_CALM)
        return written if worth + lean > 0 else None

    def _hear(self, reading: LexiconMatch, written: Danger | None, weights: AlarmWeights) -> Danger | None:
        """The danger that few words or mere signs tell of, if the line leans to one more than they lack."""
        kind, points, signs = (written.kind, written.points, []) if written else self._find_signs(reading)
        if not kind:
            return None
        lean = weights.score(reading.folded)
        worth = lean + WEAK * (points >= LEAST) - HASTY * (len(reading.folded) <= BRIEF)
        if kind == CRY and not points:
            worth -= VAGUE
        if worth <= 0:
            return None
        calm = self.weigh_harmless(reading, kind=kind)
        if calm >= TALK_POINTS and lean < SURE * calm / TALK_POINTS:
            return None
        calm = min(calm, MOST_CALM)
        if worth <= MATTER_POINT * self._count_matter(reading) + CALM_POINT * calm:
            return None
        rule = self._kinds[kind]
        reasons = (
            *_list_reasons(reading, reading.text, kind, None),
            *(Reason(reading.text[start:end], start, 0.0, f"danger:{kind}/sign") for start, end in signs),
        )
        return Danger(kind, rule.class_id, rule.risk, max(points, ENOUGH), reasons)

    def _is_undoubted(self, reading: LexiconMatch, danger: Danger) -> bool:
        """Whether many words or one by itself say it, and none that the line may be talk of a danger."""
        says = any(hit[2] >= ENOUGH for hit in reading.hits.get(f"danger:{danger.kind}", ()))
        return (says or danger.points >= STRONG) and not self._doubts.find_names(reading.folded)

    def _count_matter(self, reading: LexiconMatch) -> int:
        """The points of the matter for the office that the words tell of, if it is none that is urgent."""
        matter = max(
            [score for name, score in reading.scores.items() if name in self._calm_classes], default=0
        )
        return min(matter, MOST_MATTER)

    def _find_signs(self, reading: LexiconMatch) -> tuple[str, int, list[Span]]:
        """The kind that most words and signs tell of, its points and its signs; or an empty one."""
        points = {name: self.count(reading, side) for name, side in self._sides if side in reading.scores}
        signs = self._list_signs(reading.folded)
        if points or signs:
            for quieted in self._list_quieted(reading):
                points.pop(quieted, None)
                signs.pop(quieted, None)
        if not points and not signs:
            return "", 0, []
        kind = max(
            {**points, **signs},
            key=lambda name: (points.get(name, 0), name != CRY, len(signs.get(name, ()))),
        )
        return kind, points.get(kind, 0), signs.get(kind, [])

    def _list_signs(self, folded: str) -> dict[str, list[Span]]:
        """The signs of each kind that stand in no idiom, and in no phrase that the kind leaves out.

        The smoke in 抽根烟 is none, nor is what fell in 护栏也倒了 a sign of somebody who fell.
        """
        signs = self._signs.find_spans(folded)
        if not signs:
            return signs
        idioms = self._idioms.find_spans(folded).get(_IDIOM, [])
        excluded = self._excluded.find_spans(folded)
        left = {
            name: [span for span in spans if not _lies_within(span, (*idioms, *excluded.get(name, ())))]
            for name, spans in signs.items()
        }
        return {name: spans for name, spans in left.items() if spans}

    def _find_written(self, reading: LexiconMatch) -> Danger | None:
        danger = self._find_in(reading, reading.text, None)
        if danger is not None or not (_PROLONGED.search(reading.text) or _SPACED_OUT.search(reading.text)):
            return danger
        text, offsets = _squeeze(reading.folded)
        return self._find_in(self._lexicon.match(text, fold(text)), reading.text, offsets)

    def _find_in(self, reading: LexiconMatch, text: str, offsets: Sequence[int] | None) -> Danger | None:
        if self._written.isdisjoint(reading.scores):
            return None
        points = {
            name: min(MOST_KIND, self.count(reading, side))
            for name, side in self._sides
            if side in reading.scores
        }
        alone = [name for name, side in self._alone if side in reading.scores]
        for quieted in self._list_quieted(reading):
            points.pop(quieted, None)
        if not points and not alone:
            return None
        lent = min(MOST_LENT, points.get(CRY, 0) + reading.scores.get(f"danger:{LIVE}", 0))
        kinds = [name for name in points if name != CRY and points[name] >= LEAST]
        kind, own = CRY, points.get(CRY, 0)
        if kinds:
            kind = max(kinds, key=points.__getitem__)
            others = max([points[name] for name in points if name not in (kind, CRY)], default=0)
            own = points[kind] + lent + min(MOST_OTHER, others)
        if own < ENOUGH and (said := self._find_alone(reading, alone)):
            kind, own = said, ENOUGH
        doubt = STRONG_DOUBT if own - lent >= STRONG else DOUBT
        if own < LEAST or self.weigh_harmless(reading, text, kind) - lent >= doubt:
            return None
        rule = self._kinds[kind]
        return Danger(kind, rule.class_id, rule.risk, own, _list_reasons(reading, text, kind, offsets))

    def _list_quieted(self, reading: LexiconMatch) -> set[str]:
        """The kinds that a sign of theirs speaks against: smoke of a barbecue against fire, not a fight.

        A danger that more speaks for stays: gas that hisses out beside a stall's wok.
        """
        strong = [
            (self._harmless[side], points)
            for side, points in reading.scores.items()
            if points >= STRONG_DOUBT and side in self._harmless
        ]
        return {
            kind
            for of, points in strong
            for kind in of
            if reading.scores.get(f"danger:{kind}", 0) <= max(points, PLAINLY)
        }

    def count(self, reading: LexiconMatch, side: str) -> int:
        """The points of a side, without words that lie across two others: 晚上吊车 holds no 上吊."""
        hits = reading.hits.get(side, ())
        return sum([hit[2] for hit in hits if not self._is_split(reading.folded, hit)])

    def _is_split(self, text: str, hit: Hit) -> bool:
        start, end, _ = hit
        if end - start != _SHORT or start == 0 or not self._common:
            return False
        return text[start - 1 : start + 1] in self._common and text[end - 1 : end + 1] in self._common

    def _find_alone(self, reading: LexiconMatch, kinds: Sequence[str]) -> str | None:
        """The kind whose words are all that is said, beside cries, particles and a name of a place."""
        if not kinds:
            return None
        said: set[int] = set()
        for _, side in self._alone:
            for start, end, _ in reading.hits.get(side, ()):
                said.update(_find_all(reading.folded, reading.folded[start:end]))
        for start, end, _ in reading.names:
            said.update(range(start, end))
        rest = [char for at, char in enumerate(reading.folded) if at not in said and char.isalpha()]
        if any(char not in _FILLERS for char in rest):
            return None
        return next((name for name in kinds if name != CRY), kinds[0])

    def weigh_harmless(self, reading: LexiconMatch, text: str | None = None, kind: str = "") -> int:
        """The points of all signs that nothing is happening here and now.

        `text`: as it was written, where the reading is of something else. `kind`: the danger it is about;
        signs of other kinds are left out. Empty where it is not known: all count.
        """
        text = reading.text if text is None else text
        points = sum(
            [
                points
                for side, points in reading.scores.items()
                if (of := self._harmless.get(side)) is not None and (not kind or not of or kind in of)
            ]
        )
        if intent.LINKED.match(text) or intent.HEADED.match(text):
            points += HEADED
        if intent.PROGRESS.search(text):
            points += PROGRESS
        if intent.BYGONE.search(text):
            points += BYGONE
        return points


def _is_of_small_child(danger: Danger, reading: LexiconMatch) -> bool:
    """Whether a small child climbed out where somebody may fall: no life that its owner means to end."""
    text = reading.folded
    is_climbing = _SMALL_CHILD.search(text) is not None and _CLIMBS.search(text) is not None
    return bool(danger.risk) and is_climbing and _MEANS_IT.search(text) is None


def _lies_within(span: Span, others: Sequence[Span]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in others)


def _expand_words(pack: Pack, words: Sequence[str]) -> list[str]:
    return [each for word in words for each in (pack.groups[word[1:]] if word[0] == "$" else (word,))]


def _find_all(text: str, word: str) -> Iterator[int]:
    """The offsets of all characters of this word, wherever it stands."""
    for found in re.finditer(re.escape(word), text):
        yield from range(found.start(), found.end())


def _squeeze(text: str) -> tuple[str, list[int]]:
    """The text without gaps beside single characters and without repetitions, and its offsets before."""
    chars: list[tuple[str, int]] = []
    for run in _RUNS.finditer(text):
        kept = 1 if len(run[0]) > _TWICE else len(run[0])
        chars += [(run[1], run.start() + at) for at in range(kept)]
    tokens = [(gap, list(token)) for gap, token in groupby(chars, key=lambda each: bool(_GAP.match(each[0])))]
    words = {number for number, (gap, token) in enumerate(tokens) if not gap and len(token) == 1}
    squeezed = [
        each
        for number, (gap, token) in enumerate(tokens)
        if not gap or words.isdisjoint((number - 1, number + 1))
        for each in token
    ]
    return "".join([char for char, _ in squeezed]), [at for _, at in squeezed]


def _list_reasons(
    reading: LexiconMatch, text: str, kind: str, offsets: Sequence[int] | None
) -> tuple[Reason, ...]:
    """The words that told of it, as they were written and where they stand in the text."""
    names = (f"danger:{kind}", f"danger:{kind}/alone", f"danger:{CRY}", f"danger:{LIVE}")
    found = reading.list_reasons(*dict.fromkeys(names))
    if offsets is None:
        return tuple(found)
    spans = [(offsets[each.start], offsets[each.start + len(each.word) - 1] + 1) for each in found]
    return tuple(
        replace(each, word=text[start:end], start=start)
        for each, (start, end) in zip(found, spans, strict=True)
    )

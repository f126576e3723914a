"""What single characters and pairs of them lean to: a soft second opinion beside the written words.

Nobody writes down every way to say that a lamp is dark. The pieces of the words in the pack, and of
the example sentences beside it, lean to the classes they occur in; a sentence made of such pieces
leans the same way, even where no word of the pack stands in it whole. The same pieces tell talk
from reports, where the examples hold sentences that ask for nothing. Learned anew at each build,
from the pack alone, so the same pack always gives the same hints.
"""

import math
import re
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import chain

from handlers.triage.packs import TALK, Pack

# Words of a class say more than words of a shared group, an example sentence more than both. Only how
# they stand to each other counts; whole numbers add up to the same sum in any order.
WORD, PAIRED, GROUPED, EXAMPLE = 6, 3, 1, 20
SMOOTHING = 0.15
LEAST_WEIGHT, MOST_CLASSES = 0.4, 10
SINGLE, DOUBLE = 0.5, 1.0
LANE = 8 * struct.calcsize("<I")
MOST_CHARACTERS = 120
# Few sentences are counted, so a piece seen once must already weigh something.
TALK_SMOOTHING = 0.5

Leaning = list[tuple[str, int]]
"""Classes, and how much to each, in hundredths."""

_HAN = re.compile("[\u4e00-\u9fff]+")


class Hints:
    """Weights by piece; immutable after it is made."""

    def __init__(self, pack: Pack) -> None:
        self._classes = tuple(pack.classes)
        number = {class_id: at for at, class_id in enumerate(self._classes)}
        pieces = cache(_han_pieces)
        weights = _weigh({class_id: _count(pack, class_id, pieces) for class_id in self._classes})
        talk = _against_talk(pack, pieces)
        # All classes are in one number, a lane each, and how it sounds in the last: one addition a
        # piece instead of one a class.
        self._lanes = struct.Struct(f"<{len(self._classes)}Ii")
        last = LANE * len(self._classes)
        self._leanings = {piece: sound << last for piece, sound in talk.items()}
        for piece, leaning in weights.items():
            lanes = sum([weight << LANE * number[name] for name, weight in leaning])
            self._leanings[piece] = self._leanings.get(piece, 0) + lanes

    def scores(self, text: str) -> dict[str, float]:
        """How much the pieces of this text lean to each class."""
        return self.read(text)[0]

    def read(self, text: str) -> tuple[dict[str, float], float]:
        """The leaning to each class, and how much more the text sounds like a report than like talk."""
        pieces = _pieces(text[:MOST_CHARACTERS])
        sums = self._unpacked(sum(map(self._leanings.__getitem__, pieces & self._leanings.keys())))
        scores = {name: score / 100 for name, score in zip(self._classes, sums, strict=False) if score}
        return scores, sums[-1] / 100

    def _unpacked(self, leanings: int) -> tuple[int, ...]:
        """Hundredths by class, in the order of the classes; then how it sounds."""
        return self._lanes.unpack(leanings.to_bytes(self._lanes.size, "little", signed=True))

    def words(self, text: str, class_id: str, most: int = 3) -> list[tuple[str, float]]:
        """The pieces that lean most to this class."""
        at = self._classes.index(class_id)
        found = [
            (piece, weight / 100)
            for piece in _pieces(text[:MOST_CHARACTERS]) & self._leanings.keys()
            if (weight := self._unpacked(self._leanings[piece])[at])
        ]
        return sorted(found, key=lambda each: (-each[1], each[0]))[:most]


def _pieces(text: str) -> set[str]:
    """Every character and every two that stand together; only Chinese ones have weights."""
    return {*text, *map(str.__add__, text, text[1:])}


def _han_pieces(text: str) -> set[str]:
    """Those of them that can have a weight."""
    return set(chain.from_iterable(map(_pieces, _HAN.findall(text))))


def _count(pack: Pack, class_id: str, pieces: Callable[[str], set[str]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text, weight in _sources(pack, class_id):
        for piece in pieces(text):
            counts[piece] += weight
    return counts


def _sources(pack: Pack, class_id: str) -> Iterator[tuple[str, int]]:
    info = pack.classes[class_id]
    yield f"{info.name} {info.covers}", EXAMPLE
    yield from ((sentence, EXAMPLE) for sentence in pack.examples.get(class_id, ()))
    if (rule := pack.rules.get(class_id)) is None:
        return
    for words in rule.words.values():
        yield from _words(pack, words, WORD)
    for near in rule.near:
        yield from _words(pack, (*near.of, *near.with_), PAIRED)


def _words(pack: Pack, words: Iterable[str], weight: int) -> Iterator[tuple[str, int]]:
    for word in words:
        if word[0] == "$":
            yield from ((each, GROUPED) for each in pack.groups[word[1:]])
        else:
            yield word, weight


def _weigh(counts: Mapping[str, Counter[str]]) -> dict[str, Leaning]:
    """Log odds of a piece in a class against its share everywhere, smoothed towards that share."""
    everywhere: Counter[str] = Counter()
    for each in counts.values():
        everywhere.update(each)
    whole, smoothing = everywhere.total(), SMOOTHING / max(1, len(counts))
    weights: dict[str, Leaning] = {}
    for class_id, pieces in counts.items():
        odds_each = whole / (pieces.total() + smoothing * whole)
        for piece, count in pieces.items():
            weight = math.log((count / everywhere[piece] + smoothing) * odds_each) * _worth(piece)
            if weight > LEAST_WEIGHT:
                weights.setdefault(piece, []).append((class_id, round(100 * weight)))
    for leaning in weights.values():
        leaning.sort(key=lambda each: -each[1])
        del leaning[MOST_CLASSES:]
    return weights


def _against_talk(pack: Pack, pieces: Callable[[str], set[str]]) -> dict[str, int]:
    """Log odds of a piece in the reports among the examples against its share in the talk, in hundredths."""
    talk = pack.examples.get(TALK, ())
    reports = [text for name, texts in pack.examples.items() if name != TALK for text in texts]
    if not talk or not reports:
        return {}
    asked = Counter(chain.from_iterable(map(pieces, reports)))
    idle = Counter(chain.from_iterable(map(pieces, talk)))
    level = (len(talk) + 2 * TALK_SMOOTHING) / (len(reports) + 2 * TALK_SMOOTHING)
    return {
        piece: round(
            100
            * math.log((asked[piece] + TALK_SMOOTHING) / (idle[piece] + TALK_SMOOTHING) * level)
            * _worth(piece)
        )
        for piece in asked.keys() | idle.keys()
    }


def _worth(piece: str) -> float:
    return DOUBLE if len(piece) > 1 else SINGLE

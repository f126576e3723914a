"""What single characters and pairs of them lean to: a soft second opinion beside the written words.

Nobody writes down every way to say that a lamp is dark. The pieces of the words in the pack, and of
the example sentences beside it, lean to the classes they occur in; a sentence made of such pieces
leans the same way, even where no word of the pack stands in it whole. The same pieces tell talk
from reports, where the examples hold sentences that ask for nothing. Learned anew at each build,
from the pack alone, so the same pack always gives the same hints.
"""

import math
import struct
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from ahocorasick_rs import AhoCorasick

from handlers.triage.packs import TALK, Pack

# Words of a class say more than words of a shared group, an example sentence more than both.
WORD, PAIRED, GROUPED, EXAMPLE = 0.3, 0.15, 0.05, 1.0
SMOOTHING = 0.15
LEAST_WEIGHT, MOST_CLASSES = 0.4, 10
SINGLE, DOUBLE = 0.5, 1.0
LANE = 8 * struct.calcsize("<I")
MOST_CHARACTERS = 120
# Few sentences are counted, so a piece seen once must already weigh something.
TALK_SMOOTHING = 0.5

Leaning = tuple[tuple[str, float], ...]


class Hints:
    """Weights by piece; immutable after it is made."""

    def __init__(self, pack: Pack) -> None:
        self._classes = tuple(pack.classes)
        number = {class_id: at for at, class_id in enumerate(self._classes)}
        weights = _weigh({class_id: _count(pack, class_id) for class_id in self._classes})
        talk = _against_talk(pack)
        # In hundredths: whole numbers add up to the same sum in any order. All classes are in one
        # number, a lane each, and how it sounds in the last: one addition a piece instead of one a class.
        self._lanes = struct.Struct(f"<{len(self._classes)}Ii")
        last = LANE * len(self._classes)
        self._pieces = tuple(weights.keys() | talk.keys())
        self._leanings = [
            sum(
                (round(100 * weight) << LANE * number[name] for name, weight in weights.get(piece, ())),
                round(100 * talk.get(piece, 0.0)) << last,
            )
            for piece in self._pieces
        ]
        self._automaton = AhoCorasick(self._pieces or ["\0"])

    def scores(self, text: str) -> dict[str, float]:
        """How much the pieces of this text lean to each class."""
        return self.read(text)[0]

    def read(
        self, text: str, *, least: float = 0.01, also: Collection[str] = ()
    ) -> tuple[dict[str, float], float]:
        """The leaning to each class, and how much more the text sounds like a report than like talk.

        Only classes it leans to at `least` so much are told, and those in `also`.
        """
        sums = self._unpacked(sum([self._leanings[piece] for piece in self._found(text)]))
        enough = round(100 * least)
        scores = {
            name: score / 100
            for name, score in zip(self._classes, sums, strict=False)
            if score >= enough or name in also
        }
        return scores, sums[-1] / 100

    def _found(self, text: str) -> set[int]:
        """The numbers of the pieces that stand in the text; a piece said twice counts once."""
        matches = self._automaton.find_matches_as_indexes(text[:MOST_CHARACTERS], overlapping=True)
        return {number for number, _, _ in matches}

    def _unpacked(self, leanings: int) -> tuple[int, ...]:
        """Hundredths by class, in the order of the classes; then how it sounds."""
        return self._lanes.unpack(leanings.to_bytes(self._lanes.size, "little", signed=True))

    def words(self, text: str, class_id: str, most: int = 3) -> list[tuple[str, float]]:
        """The pieces that lean most to this class."""
        at = self._classes.index(class_id)
        found = [
            (self._pieces[piece], weight / 100)
            for piece in self._found(text)
            if (weight := self._unpacked(self._leanings[piece])[at])
        ]
        return sorted(found, key=lambda each: (-each[1], each[0]))[:most]


def _pieces(text: str) -> set[str]:
    """Every character and every two that stand together."""
    return {*text, *map(str.__add__, text, text[1:])}


def _is_han(piece: str) -> bool:
    return all("\u4e00" <= char <= "\u9fff" for char in piece)


def _count(pack: Pack, class_id: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text, weight in _sources(pack, class_id):
        for piece in filter(_is_han, _pieces(text)):
            counts[piece] += weight  # type: ignore[assignment]  # parts of an occurrence are what is meant
    return counts


def _sources(pack: Pack, class_id: str) -> Iterator[tuple[str, float]]:
    info = pack.classes[class_id]
    yield f"{info.name} {info.covers}", EXAMPLE
    yield from ((sentence, EXAMPLE) for sentence in pack.examples.get(class_id, ()))
    if (rule := pack.rules.get(class_id)) is None:
        return
    for words in rule.words.values():
        yield from _words(pack, words, WORD)
    for near in rule.near:
        yield from _words(pack, (*near.of, *near.with_), PAIRED)


def _words(pack: Pack, words: Iterable[str], weight: float) -> Iterator[tuple[str, float]]:
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
    whole, classes = sum(everywhere.values()), max(1, len(counts))
    weights: dict[str, list[tuple[str, float]]] = {}
    for class_id, pieces in counts.items():
        size = sum(pieces.values()) + SMOOTHING * whole / classes
        for piece, count in pieces.items():
            share = (count + SMOOTHING * everywhere[piece] / classes) / size
            weight = math.log(share * whole / everywhere[piece]) * _worth(piece)
            if weight > LEAST_WEIGHT:
                weights.setdefault(piece, []).append((class_id, round(weight, 2)))
    return {
        piece: tuple(sorted(leaning, key=lambda each: -each[1])[:MOST_CLASSES])
        for piece, leaning in weights.items()
    }


def _against_talk(pack: Pack) -> dict[str, float]:
    """Log odds of a piece in the reports among the examples against its share in the talk."""
    talk = pack.examples.get(TALK, ())
    reports = [text for name, texts in pack.examples.items() if name != TALK for text in texts]
    if not talk or not reports:
        return {}
    asked = Counter(piece for text in reports for piece in _pieces(text))
    idle = Counter(piece for text in talk for piece in _pieces(text))
    level = math.log((len(talk) + 2 * TALK_SMOOTHING) / (len(reports) + 2 * TALK_SMOOTHING))
    return {
        piece: round(
            (math.log((asked[piece] + TALK_SMOOTHING) / (idle[piece] + TALK_SMOOTHING)) + level)
            * _worth(piece),
            2,
        )
        for piece in filter(_is_han, asked | idle)
    }


def _worth(piece: str) -> float:
    return DOUBLE if len(piece) > 1 else SINGLE

"""What single characters and pairs of them lean to: a soft second opinion beside the written words.

Nobody writes down every way to say that a lamp is dark. The pieces of the words in the pack, and of
the example sentences beside it, lean to the classes they occur in; a sentence made of such pieces
leans the same way, even where no word of the pack stands in it whole. Learned anew at each build,
from the pack alone, so the same pack always gives the same hints.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from handlers.triage.packs import Pack

# Words of a class say more than words of a shared group, an example sentence more than both.
WORD, PAIRED, GROUPED, EXAMPLE = 0.3, 0.15, 0.05, 1.0
SMOOTHING = 0.5
LEAST_WEIGHT, MOST_CLASSES = 0.4, 8
SINGLE, DOUBLE = 0.5, 1.0
MOST_CHARACTERS = 120

Leaning = tuple[tuple[str, float], ...]


class Hints:
    """Weights by piece; immutable after it is made."""

    def __init__(self, pack: Pack) -> None:
        counts = {class_id: _count(pack, class_id) for class_id in pack.classes}
        self._weights: Mapping[str, Leaning] = _weigh(counts)

    def scores(self, text: str) -> dict[str, float]:
        """How much the pieces of this text lean to each class."""
        scores: dict[str, float] = {}
        weights = self._weights
        for piece in _pieces(text[:MOST_CHARACTERS]):
            for class_id, weight in weights.get(piece, ()):
                scores[class_id] = scores.get(class_id, 0.0) + weight
        return scores

    def words(self, text: str, class_id: str, most: int = 3) -> list[tuple[str, float]]:
        """The pieces that lean most to this class."""
        found = [
            (piece, weight)
            for piece in _pieces(text[:MOST_CHARACTERS])
            for name, weight in self._weights.get(piece, ())
            if name == class_id
        ]
        return sorted(found, key=lambda each: (-each[1], each[0]))[:most]


def _pieces(text: str) -> set[str]:
    """Every Chinese character and every two that stand together."""
    single = {char for char in text if "\u4e00" <= char <= "\u9fff"}
    double = {
        text[at : at + 2] for at in range(len(text) - 1) if text[at] in single and text[at + 1] in single
    }
    return single | double


def _count(pack: Pack, class_id: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text, weight in _sources(pack, class_id):
        for piece in _pieces(text):
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
            weight = math.log(share * whole / everywhere[piece]) * (DOUBLE if len(piece) > 1 else SINGLE)
            if weight > LEAST_WEIGHT:
                weights.setdefault(piece, []).append((class_id, round(weight, 2)))
    return {
        piece: tuple(sorted(leaning, key=lambda each: -each[1])[:MOST_CLASSES])
        for piece, leaning in weights.items()
    }

"""The label that a learned pack gives a message, and the words that decided it.

Unlike classes, labels are weighed over whole letters: every word counts, overlapping ones too,
repeating it counts less each time, and a long text counts for no more than a short title. `Score` in
the pack has the numbers; training and labelling share `WordCounter`, so that they count alike.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ahocorasick_rs import AhoCorasick

from handlers.triage.rules.schema import LabelRule, Score
from handlers.triage.text.normalize import fold
from handlers.triage.types import Reason

REPEATS: Mapping[str, Callable[[float], float]] = {
    "log": math.log1p,
    "sqrt": math.sqrt,
    "once": lambda _: 1.0,
}
MOST_REASONS = 12


@dataclass(frozen=True, slots=True)
class LabelResult:
    """The best label, its margin, and the words for and against it, heaviest first."""

    label: str
    score: float
    runner_up: str | None
    margin: float
    reasons: tuple[Reason, ...]
    """Offsets are in the title, a line break and the text."""

    def to_json(self) -> dict[str, Any]:
        """Plain data for programs."""
        return asdict(self)


class WordCounter:
    """Counts the words of a fixed list in a message, before any weight."""

    def __init__(self, words: Sequence[str], score: Score) -> None:
        self._automaton = AhoCorasick(list(words) or ["\0"])
        self._repeat = REPEATS[score.repeat]
        self._score = score

    def score_words(self, title: str, text: str) -> dict[int, float]:
        """The value of each word in the message, by word number."""
        values: dict[int, float] = {}
        for field, share in ((title, self._score.title), (text, self._score.text)):
            length = sum(map(len, field.split()))
            if not length or not share:
                continue
            unit = share / length**self._score.length
            for number, count in Counter(number for number, _, _ in self._matches(field)).items():
                values[number] = values.get(number, 0.0) + unit * self._repeat(count)
        return values

    def find_positions(self, title: str, text: str) -> dict[int, tuple[int, int]]:
        """First start and end of each word, by word number; offsets in `title`, a line break and `text`."""
        places: dict[int, tuple[int, int]] = {}
        for number, start, end in self._matches(f"{title}\n{text}"):
            places.setdefault(number, (start, end))
        return places

    def _matches(self, field: str) -> list[tuple[int, int, int]]:
        return self._automaton.find_matches_as_indexes(fold(field), overlapping=True)


class Labeller:
    """The compiled labels of one pack; immutable after it is made."""

    def __init__(self, labels: Mapping[str, LabelRule], score: Score) -> None:
        self.labels = tuple(labels)
        words: dict[str, dict[str, int]] = {}
        for label, rule in labels.items():
            for weight, several in rule.words.items():
                for word in several:
                    words.setdefault(fold(word), {})[label] = weight
        self._weights = [tuple(weights.items()) for weights in words.values()]
        self._counter = WordCounter(list(words), score)
        self._starts = {label: float(rule.start) for label, rule in labels.items()}

    def label(self, text: str, *, title: str = "") -> LabelResult:
        """The label with the highest score; of equal ones the one written first."""
        values = self._counter.score_words(title, text)
        scores = dict(self._starts)
        for number, value in values.items():
            for label, weight in self._weights[number]:
                scores[label] += weight * value
        ranked = sorted(scores, key=lambda label: -scores[label])
        best = ranked[0]
        second = ranked[1] if len(ranked) > 1 else None
        margin = scores[best] - scores[second] if second else scores[best]
        reasons = self._build_reasons(best, values, title, text)
        return LabelResult(best, round(scores[best], 2), second, round(margin, 2), reasons)

    def _build_reasons(
        self, label: str, values: Mapping[int, float], title: str, text: str
    ) -> tuple[Reason, ...]:
        worth = {
            number: value * weight
            for number, value in values.items()
            for name, weight in self._weights[number]
            if name == label
        }
        heaviest = sorted(worth, key=lambda number: (-abs(worth[number]), number))[:MOST_REASONS]
        places, whole = self._counter.find_positions(title, text), f"{title}\n{text}"
        return tuple(
            Reason(whole[slice(*places[number])], places[number][0], round(worth[number], 2), label)
            for number in heaviest
        )

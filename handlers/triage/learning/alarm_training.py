"""Training of the weights of alarms: what tells a line of danger from talk of danger.

A logistic regression over the characters, the pairs of them and the groups of words of the danger rules.
The lines come from labelled files, the examples of the pack count a little beside them: they are labelled
by class, and a class is not yet a danger.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handlers.triage.classify.alarm_weights import GROUP, POINT, WordFinder, compute_share, list_pieces
from handlers.triage.rules.examples import TALK
from handlers.triage.rules.packs import Pack
from handlers.triage.rules.schema import AlarmRules, Rule, Words
from handlers.triage.text.normalize import fold
from models.normalization import normalize_text

Floats = NDArray[np.float64]

RIDGE, STEP, PASSES, SLOWER, SLOW = 0.7, 0.1, 150, 0.6, 0.2
"""Regularisation, step, passes, and from which share of them the steps are how much smaller."""
KEEP, KEEP_SQUARES, CALM = 0.9, 0.999, 1e-8
"""Of Adam: what of the last slopes and of their squares is kept, and what keeps it from dividing by 0."""
SEEN = 2
"""A mark seen in fewer lines tells nothing."""
EXAMPLE, OTHER_REPORT = 0.4, 0.8
"""What an example of danger or talk counts for beside a labelled line, and one of another report."""
LEAST, GRAIN = 3, 5
"""Hundredths of a point: lighter weights are left out, the others are rounded."""


@dataclass(frozen=True, slots=True)
class LabelledLine:
    """One line, whether somebody is in danger here and now, and what it counts for."""

    text: str
    danger: bool
    worth: float = 1.0


@dataclass(frozen=True, slots=True)
class LearnedAlarm:
    """The learned weights, and from how many labelled lines and examples they come."""

    rules: AlarmRules
    lines: int
    examples: int

    def count_weights(self) -> int:
        """How many marks have a weight."""
        sides = (*self.rules.words.values(), *self.rules.groups.values())
        return sum(map(len, sides))


def parse_line(row: Mapping[str, Any]) -> LabelledLine | None:
    """A row of a labelled file: `text` and `danger`, or `urgent`; None where it says neither."""
    label = row.get("danger", row.get("urgent"))
    text = row.get("text")
    return LabelledLine(text, bool(label)) if isinstance(text, str) and label is not None else None


def learn(pack: Pack, lines: Sequence[LabelledLine]) -> LearnedAlarm:
    """The weights that these lines and the examples of the pack give; the same lines give the same."""
    examples = list(_iter_examples(pack))
    finder = WordFinder({GROUP + name: pack.groups[name] for name in _list_groups(pack)})
    weights, start = _train([*lines, *examples], finder)
    kept = sorted((-GRAIN * round(POINT * weight / GRAIN), mark) for mark, weight in weights.items())
    words: dict[int, list[str]] = {}
    groups: dict[int, list[str]] = {}
    for weight, mark in kept:
        if abs(weight) > LEAST:
            side, name = (groups, mark[1:]) if _names_group(mark) else (words, mark)
            side.setdefault(-weight, []).append(name)
    rules = AlarmRules(start=round(POINT * start), words={**_freeze(words)}, groups=_freeze(groups))
    return LearnedAlarm(rules, len(lines), len(examples))


def _names_group(mark: str) -> bool:
    return mark.startswith(GROUP) and mark.isascii() and len(mark) > SEEN


def _freeze(lists: Mapping[int, Iterable[str]]) -> dict[int, Words]:
    return {weight: tuple(several) for weight, several in lists.items()}


def _iter_examples(pack: Pack) -> Iterator[LabelledLine]:
    """The examples whose label tells of danger: those of dangers and talk count more than other reports."""
    dangers = {rule.class_id for rule in pack.danger.values() if rule.class_id}
    for class_id, examples in pack.examples.items():
        urgent = class_id != TALK and pack.classes[class_id].urgent
        for each in examples:
            if each.urgent or (urgent and each.urgent is None and class_id in dangers):
                yield LabelledLine(each.text, danger=True, worth=EXAMPLE)
            elif each.urgent is False or not urgent:
                yield LabelledLine(
                    each.text, danger=False, worth=EXAMPLE if class_id == TALK else OTHER_REPORT
                )


def _list_groups(pack: Pack) -> list[str]:
    """The groups of words that the rules of danger use."""
    named = {
        word[1:]
        for rule in (*pack.danger.values(), *pack.harmless.values())
        for word in _iter_words(rule)
        if word.startswith(GROUP)
    }
    return sorted(named)


def _iter_words(rule: Rule) -> Iterator[str]:
    for words in rule.words.values():
        yield from words
    for near in rule.near:
        yield from (*near.of, *near.with_)


def _train(lines: Sequence[LabelledLine], finder: WordFinder[str]) -> tuple[dict[str, float], float]:
    """The weight of every mark seen often enough, and the start value."""
    texts = [fold(normalize_text(each.text)) for each in lines]
    marks = [sorted(list_pieces(text) | finder.find_names(text)) for text in texts]
    seen = Counter(mark for several in marks for mark in several)
    number = {mark: at for at, mark in enumerate(sorted(m for m, count in seen.items() if count >= SEEN))}
    cells = [
        (row, number[mark], compute_share(texts[row]))
        for row, several in enumerate(marks)
        for mark in several
        if mark in number
    ]
    rows = np.array([row for row, _, _ in cells])
    columns = np.array([column for _, column, _ in cells])
    shares = np.array([share for _, _, share in cells])
    danger = np.array([float(each.danger) for each in lines])
    worth = np.array([each.worth for each in lines])
    weights = np.zeros(len(number) + 1)
    slopes, squares = np.zeros_like(weights), np.zeros_like(weights)
    for at in range(1, PASSES + 1):
        points = np.bincount(rows, weights=weights[columns] * shares, minlength=len(lines)) + weights[-1]
        wrong = (1 / (1 + np.exp(-points)) - danger) * worth
        pull = np.bincount(columns, weights=wrong[rows] * shares, minlength=len(number))
        slope = np.append(pull + RIDGE * weights[:-1], wrong.sum())
        slopes = KEEP * slopes + (1 - KEEP) * slope
        squares = KEEP_SQUARES * squares + (1 - KEEP_SQUARES) * slope * slope
        step = STEP if at < SLOWER * PASSES else STEP * SLOW
        steadied = np.sqrt(squares / (1 - KEEP_SQUARES**at)) + CALM
        weights -= step * slopes / (1 - KEEP**at) / steadied
    return {mark: float(weights[at]) for mark, at in number.items()}, float(weights[-1])

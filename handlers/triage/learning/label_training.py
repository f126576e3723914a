"""Training of labels: from labelled messages to weighted words an office can read and edit.

jieba proposes words; single characters and pairs of them are added, because a street's own way
of writing is in no dictionary. A linear model weighs them, is cut to the words asked for, and is
rounded to whole numbers: what is left is a list of words for and against each label.
"""

import math
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from typing import Any, TypeVar

import numpy as np

from handlers.triage.classify.labeller import Labeller, WordCounter
from handlers.triage.evaluation.metrics import describe_labels, macro_f1
from handlers.triage.learning import label_solver as fit
from handlers.triage.rules.schema import LabelRule, Score
from handlers.triage.text.characters import is_han
from handlers.triage.text.normalize import fold
from handlers.triage.text.segmenter import build_tokenizer

WORDS = 3_000
SCORE = Score()
# Words of the dictionary from three characters on; every shorter piece is proposed anyway.
LEAST_WORD, MOST_WORD = 3, 6
# A word of two letters is chance; in a small corpus there is nothing else.
LEAST_LETTERS, FEW_LETTERS, SMALL = 3, 2, 1_000
# A title on its own says less than a letter, and is trusted half. Every title is learned from once
# more on its own: who writes no text gains a point, and who does loses a fifth of one.
TITLE_ALONE = 0.5
# Exponent of the rarity of words; 1 and 2 are a fifth of a point worse.
RARITY = 1.5
# The heaviest weight. With 20 and with 50 no fold scored lower than with fractions.
HEAVIEST = 60


Example = TypeVar("Example")

ReportFolds = Callable[[int, int], None]
"""Called with how many parts of a cross-validation are done and how many there are."""


def ignore_folds(_done: int, _count: int) -> None:
    """The default for `report`: no progress is shown."""


class LearningError(Exception):
    """These messages cannot be learned from; the message says why."""


@dataclass(frozen=True, slots=True)
class LabelledMessage:
    """A message with its label; title or text may be empty."""

    title: str
    text: str
    label: str


@dataclass(frozen=True, slots=True)
class LearnedLabels:
    """The learned rules, and from how many messages."""

    labels: Mapping[str, LabelRule]
    score: Score
    messages: int

    def count_most_words(self) -> int:
        """How many words the label with most of them has."""
        return max(sum(map(len, rule.words.values())) for rule in self.labels.values())


def parse_message(row: Mapping[str, Any], *, title_only: bool = False) -> LabelledMessage | None:
    """A row as a message, without its text where `title_only`; None where it has no label.

    A class is a label too.
    """
    label = row.get("label") or row.get("class")
    if not label:
        return None
    text = "" if title_only else row.get("text")
    return LabelledMessage(str(row.get("title") or ""), str(text or ""), str(label))


def learn(messages: Sequence[LabelledMessage], *, words: int = WORDS, seed: int = 0) -> LearnedLabels:
    """At most `words` words a label; the same messages and seed always give the same words.

    Raises LearningError where there is only one label, or no word occurs often enough.
    """
    names = sorted({each.label for each in messages})
    if len(names) < 2:
        raise LearningError("at least two labels are needed to tell them apart")
    vocabulary = _propose(messages)
    if not vocabulary:
        raise LearningError("no word occurs in two messages")
    counting = WordCounter(vocabulary, SCORE)
    titles = [replace(each, text="") for each in messages if each.title and each.text]
    letters_and_titles = [*messages, *titles]
    share = np.array([1.0 if each.text else TITLE_ALONE for each in letters_and_titles])
    values = [counting.score_words(each.title, each.text) for each in letters_and_titles]
    rows = fit.SparseRows.from_rows(
        [(sorted(row), [row[at] for at in sorted(row)]) for row in values], len(vocabulary)
    )
    rarity = _compute_rarity(values[: len(messages)], len(vocabulary))
    labels = np.array([names.index(each.label) for each in letters_and_titles])
    model = fit.fit(rows.scale_columns(rarity), labels, words=words, share=share, seed=seed)
    return LearnedLabels(_build_rules(model, rarity, vocabulary, names), SCORE, len(messages))


@cache
def _load_tokenizer() -> Any:
    """Held for the folds to come: learning is a command of its own, and what it holds ends with it."""
    return build_tokenizer()


def _propose(messages: Sequence[LabelledMessage]) -> list[str]:
    """Every n-gram and word that occurs in enough messages, sorted."""
    tokenizer = _load_tokenizer()
    letters: Counter[str] = Counter()
    for each in messages:
        folded = fold(f"{each.title}\n{each.text}")
        words = (word for word in tokenizer.cut(folded, HMM=False) if LEAST_WORD <= len(word) <= MOST_WORD)
        letters.update({*_pieces(folded), *(word for word in words if _is_word(word))})
    least = FEW_LETTERS if len(messages) < SMALL else LEAST_LETTERS
    return sorted(word for word, count in letters.items() if count >= least)


def _pieces(text: str) -> Iterator[str]:
    """Single characters and pairs, never across a sign or from one script into another."""
    for kind, run in groupby(text, _detect_script):
        if kind:
            whole = "".join(run)
            yield from whole
            yield from (whole[at : at + 2] for at in range(len(whole) - 1))


def _detect_script(char: str) -> str:
    if is_han(char):
        return "han"
    return "latin" if char.isascii() and char.isalnum() else ""


def _is_word(word: str) -> bool:
    return len({_detect_script(char) for char in word} | {""}) == 2 and all(map(_detect_script, word))


def _compute_rarity(values: Sequence[Mapping[int, float]], width: int) -> fit.Floats:
    """A word that few letters hold says more; trained on this scale, rare words are not held back."""
    letters = Counter(number for row in values for number in row)
    shares = ((1 + len(values)) / (1 + letters[number]) for number in range(width))
    return np.array([(math.log(share) + 1) ** RARITY for share in shares])


def _build_rules(
    model: fit.LinearModel, rarity: fit.Floats, vocabulary: Sequence[str], names: Sequence[str]
) -> dict[str, LabelRule]:
    weights = model.weights * rarity[:, None]
    scale = HEAVIEST / (float(np.abs(weights).max()) or 1.0)
    whole = np.rint(weights * scale).astype(int)
    starts = np.rint(model.starts * scale).astype(int)
    rules = {}
    for column, name in enumerate(names):
        by_weight: dict[int, list[str]] = {}
        for number in map(int, np.flatnonzero(whole[:, column])):
            by_weight.setdefault(int(whole[number, column]), []).append(vocabulary[number])
        words: dict[int, Sequence[str]] = {
            weight: tuple(by_weight[weight]) for weight in sorted(by_weight, reverse=True)
        }
        rules[name] = LabelRule(start=int(starts[column]), words=words)
    return rules


def split_folds(messages: Sequence[LabelledMessage], count: int, *, seed: int = 0) -> list[list[int]]:
    """Positions of messages in `count` disjoint folds; messages of the same wording share a fold.

    Each label is dealt out on its own, so that every fold has its share of it. Raises LearningError
    for fewer than two folds, or more folds than different messages.
    """
    by_wording: dict[tuple[str, str, str], list[int]] = {}
    first: dict[tuple[str, str], str] = {}
    for number, each in enumerate(messages):
        wording = (fold(each.title), fold(each.text))
        label = first.setdefault(wording, each.label)
        by_wording.setdefault((label, *wording), []).append(number)
    if not 2 <= count <= len(by_wording):
        raise LearningError(f"{len(by_wording)} different messages cannot be dealt into {count} parts")
    chance = random.Random(seed)  # noqa: S311  # a deal anybody can repeat, not a secret
    dealt = sorted(by_wording, key=lambda key: (key[0], chance.random()))
    parts: list[list[int]] = [[] for _ in range(count)]
    for at, key in enumerate(dealt):
        parts[at % count].extend(by_wording[key])
    return [sorted(part) for part in parts]


def leave_out(examples: Sequence[Example], held: Iterable[int]) -> list[Example]:
    """The examples to learn from while those at the positions `held` are kept back."""
    kept_back = set(held)
    return [each for number, each in enumerate(examples) if number not in kept_back]


def cross_validate(
    messages: Sequence[LabelledMessage],
    count: int,
    *,
    words: int = WORDS,
    seed: int = 0,
    report: ReportFolds = ignore_folds,
) -> dict[str, Any]:
    """Scores of every message labelled by words learned from the other folds.

    `report` is called with how many folds are done and how many there are.
    """
    answers: dict[int, str] = {}
    by_fold, most = [], 0
    for nth, held in enumerate(split_folds(messages, count, seed=seed)):
        report(nth, count)
        learned = learn(leave_out(messages, held), words=words, seed=seed)
        labeller = Labeller(learned.labels, learned.score)
        fold_answers = {
            number: labeller.label(messages[number].text, title=messages[number].title).label
            for number in held
        }
        by_fold.append(macro_f1([(messages[number].label, label) for number, label in fold_answers.items()]))
        most = max(most, learned.count_most_words())
        answers |= fold_answers
    pairs = [(messages[number].label, answers[number]) for number in sorted(answers)]
    return {
        "folds": count,
        "most_words": most,
        "scores": {"label": {**describe_labels(pairs), "by_fold": by_fold}},
    }

"""Training of n-gram weights from the examples of a pack: for classes, reports, urgency and natures.

Everything is learned on top of the words of rules: an n-gram weighs what the words leave open.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from handlers.triage.classify import intent
from handlers.triage.classify.decisions import (
    FIRST_CLASS_BONUS,
    OPEN_ADDRESSED,
    find_first_class,
    score_classes,
    score_natures,
    score_urgency,
)
from handlers.triage.classify.ngram_weights import POINT
from handlers.triage.engine import Classifier, ParsedText, build_classifier
from handlers.triage.learning import boundary_training
from handlers.triage.learning.ngram_solver import (
    TrainingSentence,
    count_log_odds,
    split_pieces,
    train_softmax,
)
from handlers.triage.rules.examples import TALK, Example, fingerprint
from handlers.triage.rules.packs import Pack
from handlers.triage.rules.schema import HintRules, LabelRule, PartRules
from handlers.triage.types import NATURES, Facts

# Words of a class say more than words of a shared group, an example sentence more than both.
WORD, PAIRED, GROUPED, EXAMPLE = 0.3, 0.15, 0.05, 1.0
# Points of a count, and of the softmax; tried on unseen writers.
COUNTED, APART = 1.5, 4.0
# How much a point of the words of rules is worth to the softmax of classes, and to that of reports.
SAID, EVIDENCE = 0.15, 0.3
# A needless case costs more than a question: a report must be surer than talk by this much.
CAREFUL = 3
# A needless call at night costs less than a missed one.
ALERT = 2
# Regularisation; less for urgency and natures, which have few examples.
RIDGE, LOOSE = 8.0, 2.0
# Lighter weights are left out, as is all that speaks against a class: nine tenths of the weights,
# without which the results are the same.
LEAST_CLASS, LEAST_TOLD, LEAST_NATURE = 1.2, 0.3, 0.15
# Weights are rounded to this many hundredths, which is fine enough for readers.
ROUGH, FINE = 10, 5

Weights = dict[str, dict[str, float]]
"""Points by side and piece."""


@dataclass(frozen=True, slots=True)
class LearnedWeights:
    """The learned weights, the marks around places, and from how many sentences they come."""

    rules: HintRules
    spots: PartRules | None
    examples: int

    def count_weights(self) -> int:
        """How many weights of n-grams there are in all."""
        rules = self.rules
        sides = (*rules.classes.values(), *rules.natures.values(), rules.report, rules.urgent)
        return sum(len(words) for side in sides for words in side.words.values())


@dataclass(frozen=True, slots=True)
class _ParsedExample:
    class_id: str
    example: Example
    parsed: ParsedText
    pieces: set[str]


def learn(pack: Pack, *, seed: int = 0) -> LearnedWeights:
    """The hints of this pack's examples; the same examples, rules and seed always give the same."""
    classifier = build_classifier(replace(pack, hints=None), [])
    facts = Facts()
    parsed_examples = [
        _ParsedExample(
            class_id, example, parsed := classifier.parse(example.text, facts), split_pieces(parsed.matter)
        )
        for class_id, examples in pack.examples.items()
        for example in examples
    ]
    reports = [each for each in parsed_examples if each.class_id != TALK]
    rules = HintRules(
        of=fingerprint(pack.examples),
        classes=_learn_classes(pack, reports, seed),
        report=_learn_report(classifier, parsed_examples, facts, seed),
        urgent=_learn_urgent(pack, reports, seed),
        natures=_learn_natures(pack, reports, seed),
    )
    return LearnedWeights(rules, boundary_training.learn(pack, seed=seed), len(parsed_examples))


def _learn_classes(pack: Pack, reports: list[_ParsedExample], seed: int) -> dict[str, LabelRule]:
    order = {class_id: at for at, class_id in enumerate(pack.classes)}
    sentences = [
        TrainingSentence(each.pieces, order[each.class_id], _build_class_points(pack, order, each))
        for each in reports
    ]
    nothing = np.zeros(len(order))
    sentences += [
        TrainingSentence(split_pieces(f"{info.name} {info.covers}"), order[info.id], nothing)
        for info in pack.classes.values()
    ]
    apart, starts = train_softmax(sentences, len(order), ridge=RIDGE, seed=seed)
    by_count = count_log_odds({class_id: _count_pieces(pack, class_id, reports) for class_id in order})
    points: Weights = defaultdict(lambda: defaultdict(float))
    for piece, sides in by_count.items():
        for class_id, weight in sides.items():
            points[class_id][piece] += COUNTED * weight
    for piece, each in apart.items():
        for class_id, at in order.items():
            points[class_id][piece] += APART * each[at]
    return {
        class_id: _build_rule(
            {piece: weight for piece, weight in points[class_id].items() if weight > 0},
            APART * starts[at],
            least=LEAST_CLASS,
            grain=ROUGH,
        )
        for class_id, at in order.items()
    }


def _build_class_points(
    pack: Pack, order: Mapping[str, int], read: _ParsedExample
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    class_scores = score_classes(pack, read.parsed.reading)
    points = np.zeros(len(order))
    for class_id, score in class_scores.items():
        points[order[class_id]] = score
    if class_scores:
        points[order[find_first_class(order, read.parsed.reading, class_scores)]] += FIRST_CLASS_BONUS
    return SAID * points


def _learn_report(
    classifier: Classifier, read: Iterable[_ParsedExample], facts: Facts, seed: int
) -> LabelRule:
    """Weights for a report. Only of texts whose form leaves it open: a greeting is no report in any case."""
    enough = classifier.pack.limits.get("open_addressed", OPEN_ADDRESSED)
    sentences = []
    for each in read:
        if intent.detect_kind(each.example.text, facts) == "report":
            class_id = each.class_id if each.class_id != TALK else next(iter(classifier.pack.classes))
            evidence = classifier.gather_evidence(each.parsed, class_id, facts)
            word_points = np.array([0.0, EVIDENCE * (evidence.points - enough)])
            sentences.append(TrainingSentence(each.pieces, int(each.class_id != TALK), word_points))
    points, start = _train_two_sides(sentences, ridge=RIDGE, seed=seed)
    worth = {piece: weight / EVIDENCE for piece, weight in points.items()}
    return _build_rule(worth, start / EVIDENCE - CAREFUL, least=LEAST_TOLD, grain=ROUGH)


def _learn_urgent(pack: Pack, reports: Iterable[_ParsedExample], seed: int) -> LabelRule:
    sentences = []
    for each in reports:
        info = pack.classes[each.class_id]
        urgent = info.urgent if each.example.urgent is None else each.example.urgent
        word_points = np.array([0.0, score_urgency(pack, each.parsed.reading, info)])
        sentences.append(TrainingSentence(each.pieces, int(urgent), word_points))
    points, start = _train_two_sides(sentences, ridge=LOOSE, seed=seed)
    return _build_rule(points, start + ALERT, least=LEAST_TOLD, grain=ROUGH)


def _learn_natures(pack: Pack, reports: Iterable[_ParsedExample], seed: int) -> dict[str, LabelRule]:
    sentences = []
    for each in reports:
        info = pack.classes[each.class_id]
        scores = score_natures(pack, each.parsed.reading, info)
        side = NATURES.index(each.example.nature or info.nature)
        sentences.append(
            TrainingSentence(each.pieces, side, np.array([scores[nature] for nature in NATURES]))
        )
    apart, starts = train_softmax(sentences, len(NATURES), ridge=LOOSE, seed=seed)
    return {
        nature: _build_rule(
            {piece: float(each[at]) for piece, each in apart.items()},
            float(starts[at]),
            least=LEAST_NATURE,
            grain=FINE,
        )
        for at, nature in enumerate(NATURES)
    }


def _train_two_sides(
    sentences: list[TrainingSentence], *, ridge: float, seed: int
) -> tuple[dict[str, float], float]:
    """By n-gram, how much more it speaks for the second side than for the first; and the start value."""
    apart, starts = train_softmax(sentences, 2, ridge=ridge, seed=seed)
    return {piece: float(each[1] - each[0]) for piece, each in apart.items()}, float(starts[1] - starts[0])


def _build_rule(points: Mapping[str, float], start: float, *, least: float, grain: int) -> LabelRule:
    """The weights as a rule, heaviest first; n-grams of one weight are sorted."""
    words: dict[int, list[str]] = {}
    rounded = sorted((-grain * round(POINT * weight / grain), piece) for piece, weight in points.items())
    for weight, piece in rounded:
        if abs(weight) >= POINT * least:
            words.setdefault(-weight, []).append(piece)
    return LabelRule(
        start=round(POINT * float(start)), words={weight: tuple(each) for weight, each in words.items()}
    )


def _count_pieces(pack: Pack, class_id: str, reports: Iterable[_ParsedExample]) -> Counter[str]:
    counts: Counter[str] = Counter()
    read = ((each.parsed.matter, EXAMPLE) for each in reports if each.class_id == class_id)
    for text, weight in (*read, *_iter_class_texts(pack, class_id)):
        for piece in split_pieces(text):
            counts[piece] += weight  # type: ignore[assignment]  # parts of an occurrence are what is meant
    return counts


def _iter_class_texts(pack: Pack, class_id: str) -> Iterator[tuple[str, float]]:
    info = pack.classes[class_id]
    yield f"{info.name} {info.covers}", EXAMPLE
    if (rule := pack.rules.get(class_id)) is None:
        return
    for words in rule.words.values():
        yield from _iter_words(pack, words, WORD)
    for near in rule.near:
        yield from _iter_words(pack, (*near.of, *near.with_), PAIRED)


def _iter_words(pack: Pack, words: Iterable[str], weight: float) -> Iterator[tuple[str, float]]:
    for word in words:
        if word[0] == "$":
            yield from ((each, GROUPED) for each in pack.groups[word[1:]])
        else:
            yield word, weight

"""Learns what pieces of sentences lean to from the examples of a pack: classes, reports, urgency.

Everything is learned on top of the written words: a piece weighs what the words leave to tell.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from handlers.triage.classify import intent
from handlers.triage.classify.decisions import (
    FIRST_SAID,
    OPEN_ADDRESSED,
    alarm,
    first_said,
    said_classes,
    told_natures,
)
from handlers.triage.classify.ngram_weights import POINT
from handlers.triage.engine import Heard, Understanding, build
from handlers.triage.learning import boundary_training
from handlers.triage.learning.ngram_solver import Sentence, counted, pieces, told_apart
from handlers.triage.rules.examples import TALK, Example, fingerprint
from handlers.triage.rules.packs import Pack
from handlers.triage.rules.schema import HintRules, LabelRule, PartRules
from handlers.triage.types import NATURES, Facts

# Words of a class say more than words of a shared group, an example sentence more than both.
WORD, PAIRED, GROUPED, EXAMPLE = 0.3, 0.15, 0.05, 1.0
# Tried on writers whose sentences were not learned from: points of a count, and of the softmax.
COUNTED, APART = 1.5, 4.0
# How much a point of the written words is worth to the softmax of classes, and to that of reports.
SAID, EVIDENCE = 0.15, 0.3
# A case nobody asked for costs more than a question: a report must be this much surer than talk.
CAREFUL = 3
# A call at night too many costs less than one too few.
ALERT = 2
# How much a weight is drawn to nothing; less for urgency and natures, of which there are few examples.
RIDGE, LOOSE = 8.0, 2.0
# Lighter weights are left out, as is all that speaks against a class: nine tenths of the weights,
# without which the same is understood.
LEAST_CLASS, LEAST_TOLD, LEAST_NATURE = 1.2, 0.3, 0.15
# Weights are rounded to so many hundredths: nobody reads more of them.
ROUGH, FINE = 10, 5

Weights = dict[str, dict[str, float]]
"""Points by side and piece."""


@dataclass(frozen=True, slots=True)
class Learned:
    """The weights, and from how many sentences they come."""

    rules: HintRules
    spots: PartRules | None
    examples: int

    def weights(self) -> int:
        """How many weights of pieces there are in all."""
        rules = self.rules
        sides = (*rules.classes.values(), *rules.natures.values(), rules.report, rules.urgent)
        return sum(len(words) for side in sides for words in side.words.values())


@dataclass(frozen=True, slots=True)
class _Read:
    class_id: str
    example: Example
    heard: Heard
    pieces: set[str]


def learn(pack: Pack, *, seed: int = 0) -> Learned:
    """The hints of this pack's examples; the same examples and rules always give the same."""
    understanding = build(replace(pack, hints=None), [])
    facts = Facts()
    read = [
        _Read(class_id, example, heard := understanding.heard(example.text, facts), pieces(heard.matter))
        for class_id, examples in pack.examples.items()
        for example in examples
    ]
    reports = [each for each in read if each.class_id != TALK]
    rules = HintRules(
        of=fingerprint(pack.examples),
        classes=_classes(pack, reports, seed),
        report=_report(understanding, read, facts, seed),
        urgent=_urgent(pack, reports, seed),
        natures=_natures(pack, reports, seed),
    )
    return Learned(rules, boundary_training.learn(pack, seed=seed), len(read))


def _classes(pack: Pack, reports: list[_Read], seed: int) -> dict[str, LabelRule]:
    order = {class_id: at for at, class_id in enumerate(pack.classes)}
    sentences = [Sentence(each.pieces, order[each.class_id], _said(pack, order, each)) for each in reports]
    nothing = np.zeros(len(order))
    sentences += [
        Sentence(pieces(f"{info.name} {info.covers}"), order[info.id], nothing)
        for info in pack.classes.values()
    ]
    apart, starts = told_apart(sentences, len(order), ridge=RIDGE, seed=seed)
    by_count = counted({class_id: _count(pack, class_id, reports) for class_id in order})
    points: Weights = defaultdict(lambda: defaultdict(float))
    for piece, sides in by_count.items():
        for class_id, weight in sides.items():
            points[class_id][piece] += COUNTED * weight
    for piece, each in apart.items():
        for class_id, at in order.items():
            points[class_id][piece] += APART * each[at]
    return {
        class_id: _rule(
            {piece: weight for piece, weight in points[class_id].items() if weight > 0},
            APART * starts[at],
            least=LEAST_CLASS,
            grain=ROUGH,
        )
        for class_id, at in order.items()
    }


def _said(pack: Pack, order: Mapping[str, int], read: _Read) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    said = said_classes(pack, read.heard.reading)
    points = np.zeros(len(order))
    for class_id, score in said.items():
        points[order[class_id]] = score
    if said:
        points[order[first_said(order, read.heard.reading, said)]] += FIRST_SAID
    return SAID * points


def _report(understanding: Understanding, read: Iterable[_Read], facts: Facts, seed: int) -> LabelRule:
    """Only what its form leaves open: a greeting is none, whatever it holds."""
    enough = understanding.pack.limits.get("open_addressed", OPEN_ADDRESSED)
    sentences = []
    for each in read:
        if intent.kind(each.example.text, facts) == "report":
            class_id = each.class_id if each.class_id != TALK else next(iter(understanding.pack.classes))
            evidence = understanding.evidence(each.heard, class_id, facts)
            said = np.array([0.0, EVIDENCE * (evidence.points - enough)])
            sentences.append(Sentence(each.pieces, int(each.class_id != TALK), said))
    points, start = _against(sentences, ridge=RIDGE, seed=seed)
    worth = {piece: weight / EVIDENCE for piece, weight in points.items()}
    return _rule(worth, start / EVIDENCE - CAREFUL, least=LEAST_TOLD, grain=ROUGH)


def _urgent(pack: Pack, reports: Iterable[_Read], seed: int) -> LabelRule:
    sentences = []
    for each in reports:
        info = pack.classes[each.class_id]
        urgent = info.urgent if each.example.urgent is None else each.example.urgent
        said = np.array([0.0, alarm(pack, each.heard.reading, info)])
        sentences.append(Sentence(each.pieces, int(urgent), said))
    points, start = _against(sentences, ridge=LOOSE, seed=seed)
    return _rule(points, start + ALERT, least=LEAST_TOLD, grain=ROUGH)


def _natures(pack: Pack, reports: Iterable[_Read], seed: int) -> dict[str, LabelRule]:
    sentences = []
    for each in reports:
        info = pack.classes[each.class_id]
        said = told_natures(pack, each.heard.reading, info)
        side = NATURES.index(each.example.nature or info.nature)
        sentences.append(Sentence(each.pieces, side, np.array([said[nature] for nature in NATURES])))
    apart, starts = told_apart(sentences, len(NATURES), ridge=LOOSE, seed=seed)
    return {
        nature: _rule(
            {piece: float(each[at]) for piece, each in apart.items()},
            float(starts[at]),
            least=LEAST_NATURE,
            grain=FINE,
        )
        for at, nature in enumerate(NATURES)
    }


def _against(sentences: list[Sentence], *, ridge: float, seed: int) -> tuple[dict[str, float], float]:
    """How much more each piece speaks for the second side than for the first; and where it begins."""
    apart, starts = told_apart(sentences, 2, ridge=ridge, seed=seed)
    return {piece: float(each[1] - each[0]) for piece, each in apart.items()}, float(starts[1] - starts[0])


def _rule(points: Mapping[str, float], start: float, *, least: float, grain: int) -> LabelRule:
    """Heaviest first; pieces of one weight in their own order."""
    words: dict[int, list[str]] = {}
    rounded = sorted((-grain * round(POINT * weight / grain), piece) for piece, weight in points.items())
    for weight, piece in rounded:
        if abs(weight) >= POINT * least:
            words.setdefault(-weight, []).append(piece)
    return LabelRule(
        start=round(POINT * float(start)), words={weight: tuple(each) for weight, each in words.items()}
    )


def _count(pack: Pack, class_id: str, reports: Iterable[_Read]) -> Counter[str]:
    counts: Counter[str] = Counter()
    read = ((each.heard.matter, EXAMPLE) for each in reports if each.class_id == class_id)
    for text, weight in (*read, *_written(pack, class_id)):
        for piece in pieces(text):
            counts[piece] += weight  # type: ignore[assignment]  # parts of an occurrence are what is meant
    return counts


def _written(pack: Pack, class_id: str) -> Iterator[tuple[str, float]]:
    info = pack.classes[class_id]
    yield f"{info.name} {info.covers}", EXAMPLE
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

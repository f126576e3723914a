"""Training of address parts: from labelled addresses to weighted marks an office can read and edit.

No address is memorised: digits are never used, and a mark counts only where enough different
addresses have it, so what is left is how places are named in general.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from handlers.triage.address.features import OUTSIDE, build_marks, split_units, to_signs
from handlers.triage.address.parser import BEGIN, END, INSIDE, ONLY, ROLES, AddressParser
from handlers.triage.evaluation.address_parts import describe_parts
from handlers.triage.learning import address_solver as fit
from handlers.triage.learning import label_training
from handlers.triage.learning.label_training import LabelledMessage, LearningError, ReportFolds, ignore_folds
from handlers.triage.rules.schema import LabelRule, PartRule, PartRules
from handlers.triage.types import AddressPart

# Weights for and against each type of part.
WORDS = 1_000
# In how many different addresses a mark has to occur: one in a hundred where there are few.
LEAST, FEW, SHARE = 20, 3, 100
# The share of addresses in which a part must end with a character that is looked for from afar.
ENDING = 0.02
HEAVIEST = 60

Tag = tuple[str, int]
"""Type and role."""


@dataclass(frozen=True, slots=True)
class LabelledAddress:
    """One address with its parts, in the order of the text."""

    text: str
    parts: tuple[AddressPart, ...]


@dataclass(frozen=True, slots=True)
class LearnedParts:
    """The learned rules, from how many addresses, and in how many a mark had to occur."""

    rules: PartRules
    addresses: int
    least: int

    def count_weights(self) -> int:
        """How many weights there are in all."""
        return sum(self._count_rule_weights(rule) for rule in self.rules.types.values())

    def count_most_words(self) -> int:
        """How many weights the type with most of them has."""
        return max(self._count_rule_weights(rule) for rule in self.rules.types.values())

    @staticmethod
    def _count_rule_weights(rule: PartRule) -> int:
        roles = (role for name in ROLES if (role := rule.role(name)))
        return sum(len(marks) for role in roles for marks in role.words.values())


def is_labelled(row: Mapping[str, Any]) -> bool:
    """Whether a row has labelled parts (`spans`) and no label of its own."""
    return row.get("spans") is not None and not (row.get("label") or row.get("class"))


def parse_address(row: Mapping[str, Any]) -> LabelledAddress:
    """A row as an address. Raises LearningError where its parts overlap or leave the text."""
    text = str(row.get("text") or "")
    try:
        parts = sorted(
            (AddressPart(str(t), int(s), int(e)) for t, s, e in row["spans"]), key=lambda p: p.start
        )
    except (TypeError, ValueError) as error:
        raise LearningError(f"{_row_name(row)}: spans are lists of type, start, end") from error
    end = 0
    for part in parts:
        if not end <= part.start < part.end <= len(text):
            raise LearningError(
                f"{_row_name(row)}: {part.type} {part.start}-{part.end} overlaps or is outside"
            )
        end = part.end
    return LabelledAddress(text, tuple(parts))


def _row_name(row: Mapping[str, Any]) -> str:
    return str(row.get("id") or "a row")


def learn(
    addresses: Sequence[LabelledAddress],
    *,
    words: int = WORDS,
    least: int = LEAST,
    near: bool = False,
    seed: int = 0,
) -> LearnedParts:
    """At most `words` weights a type; the same addresses and seed always give the same ones.

    `least`: in how many different addresses a mark has to occur. `near`: only marks of the nearest
    neighbours. Raises LearningError where there are too few types or marks.
    """
    tagged = {each.text: tags for each in addresses if (tags := _tag_units(each))}
    names = sorted({tag for tags in tagged.values() for tag in tags})
    kinds = sorted({kind for kind, _ in names})
    if len(kinds) < 2:
        raise LearningError("at least two types of parts are needed to tell them apart")
    least = min(least, max(FEW, len(tagged) // SHARE))
    endings = () if near else _endings(addresses)
    found = [build_marks(text, split_units(text), None if near else endings) for text in tagged]
    vocabulary = _find_common_marks(found, least)
    if not vocabulary:
        raise LearningError(f"nothing stands in {least} different addresses")
    encoded = _encode(found, vocabulary, [[names.index(tag) for tag in tags] for tags in tagged.values()])
    width = len(vocabulary) + fit.ALWAYS + 1
    model = fit.fit(encoded, _build_tags(names, kinds), width=width, most=words, seed=seed)
    rules = _build_rules(model, vocabulary, names, endings).model_copy(update={"near": near})
    return LearnedParts(rules, len(addresses), least)


def _tag_units(address: LabelledAddress) -> list[Tag] | None:
    """Type and role of every unit; None where a part begins or ends within a number."""
    where = split_units(address.text)
    first = {start: at for at, (start, _) in enumerate(where)}
    last = {end: at for at, (_, end) in enumerate(where)}
    tags: list[Tag] = [(OUTSIDE, ONLY)] * len(where)
    for part in address.parts:
        if part.start not in first or part.end not in last:
            return None
        begin, end = first[part.start], last[part.end]
        tags[begin : end + 1] = [(part.type, INSIDE)] * (end + 1 - begin)
        tags[begin], tags[end] = (part.type, BEGIN), (part.type, END)
        if begin == end:
            tags[begin] = (part.type, ONLY)
    return tags


def _endings(addresses: Sequence[LabelledAddress]) -> tuple[str, ...]:
    """The characters that many parts end with, the most frequent first; a number counts as one."""
    counts: Counter[str] = Counter()
    for each in addresses:
        signs_of_parts = (to_signs(each.text[part.start : part.end]) for part in each.parts)
        counts.update({some[-1] for some in signs_of_parts if len(some) > 1})
    enough = max(FEW, ENDING * len(addresses))
    return tuple(sign for sign in sorted(counts, key=lambda s: (-counts[s], s)) if counts[sign] >= enough)


def _find_common_marks(found: Sequence[Sequence[Sequence[str]]], least: int) -> list[str]:
    """Every mark that enough addresses have, sorted."""
    counts: Counter[str] = Counter()
    for address in found:
        counts.update({mark for unit in address for mark in unit})
    return sorted(mark for mark, count in counts.items() if count >= least)


def _encode(
    found: Sequence[Sequence[Sequence[str]]], vocabulary: Sequence[str], tags: Sequence[Sequence[int]]
) -> list[fit.Encoded]:
    number = {mark: at for at, mark in enumerate(vocabulary, fit.ALWAYS + 1)}
    most = 1 + max(len(unit) for address in found for unit in address)
    encoded = []
    for address, tags_of_units in zip(found, tags, strict=True):
        rows = np.full((len(address), most), fit.NOTHING, np.int64)
        for at, unit in enumerate(address):
            known = [fit.ALWAYS, *(number[mark] for mark in unit if mark in number)]
            rows[at, : len(known)] = known
        encoded.append(fit.Encoded(rows, np.array(tags_of_units, np.int64)))
    return encoded


def _build_tags(names: Sequence[Tag], kinds: Sequence[str]) -> fit.Tags:
    return fit.Tags(
        np.array([kinds.index(kind) for kind, _ in names], np.int64),
        np.array([role in (BEGIN, ONLY) for _, role in names]),
        np.array([role in (END, ONLY) for _, role in names]),
    )


def _build_rules(
    model: fit.CrfModel, vocabulary: Sequence[str], names: Sequence[Tag], endings: Sequence[str]
) -> PartRules:
    """The model as rules; weights are whole numbers, the heaviest is `HEAVIEST`."""
    heaviest = max(float(np.abs(model.marks).max()), float(np.abs(model.follow).max())) or 1.0
    weights = np.rint(model.marks * (HEAVIEST / heaviest)).astype(int)
    follow = np.rint(model.follow * (HEAVIEST / heaviest)).astype(int)
    kinds = sorted({kind for kind, _ in names})
    types: dict[str, dict[str, Any]] = {kind: {} for kind in kinds}
    for column, (kind, role) in enumerate(names):
        words = _group_by_weight(weights[fit.ALWAYS + 1 :, column], vocabulary)
        types[kind][ROLES[role]] = LabelRule(start=int(weights[fit.ALWAYS, column]), words=words)
    for row, kind in enumerate(kinds):
        types[kind]["next"] = _group_by_weight(follow[row], kinds)
    return PartRules(endings=tuple(endings), types={kind: PartRule(**rule) for kind, rule in types.items()})


def _group_by_weight(weights: Sequence[int], names: Sequence[str]) -> dict[int, Sequence[str]]:
    several: dict[int, list[str]] = {}
    for weight, name in zip(weights, names, strict=True):
        if weight:
            several.setdefault(int(weight), []).append(name)
    return {weight: tuple(several[weight]) for weight in sorted(several, reverse=True)}


def split_folds(addresses: Sequence[LabelledAddress], count: int, *, seed: int = 0) -> list[list[int]]:
    """Positions of addresses in `count` disjoint folds; addresses that differ in numbers share a fold.

    Raises LearningError as `label_training.split_folds` does.
    """
    return label_training.split_folds(
        [LabelledMessage("", "".join(to_signs(each.text)), "") for each in addresses], count, seed=seed
    )


def cross_validate(
    addresses: Sequence[LabelledAddress],
    count: int,
    *,
    words: int = WORDS,
    seed: int = 0,
    report: ReportFolds = ignore_folds,
) -> dict[str, Any]:
    """Scores of every address parsed by rules learned from the other folds.

    `report` is called with how many folds are done and how many there are.
    """
    answers: dict[int, tuple[AddressPart, ...]] = {}
    by_fold, most = [], 0
    for nth, held in enumerate(split_folds(addresses, count, seed=seed)):
        report(nth, count)
        learned = learn(label_training.leave_out(addresses, held), words=words, seed=seed)
        reader = AddressParser(learned.rules)
        fold_answers = {number: reader.parse(addresses[number].text) for number in held}
        scores = describe_parts([(addresses[number].parts, parts) for number, parts in fold_answers.items()])
        by_fold.append(scores["micro_f1"])
        most = max(most, learned.count_weights())
        answers |= fold_answers
    pairs = [(addresses[number].parts, answers[number]) for number in sorted(answers)]
    return {
        "folds": count,
        "weights": most,
        "scores": {"spans": {**describe_parts(pairs), "by_fold": by_fold}},
    }

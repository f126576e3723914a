"""Suggestions for rules from the duty desk's corrections: words, each with its measured effect.

corrected messages the rules still get wrong ─> candidates (jieba) ─> the most telling are tried:
a classifier is built with the candidate, and all past messages are triaged again ─> only words
that do no harm, or clearly more good than harm, are suggested. Nothing is adopted here.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from handlers.triage import engine
from handlers.triage.learning.rule_candidates import Proposer
from handlers.triage.rules import additions
from handlers.triage.rules.examples import TALK
from handlers.triage.rules.packs import Pack
from handlers.triage.rules.schema import Addition
from handlers.triage.text.normalize import fold
from handlers.triage.types import Facts, Triage, UnitFact

MOST = 10
LEAST_SEEN = 3
"""Two messages share a word by chance: words found in two did no good on other messages."""
MOSTLY = 0.5
"""Share of the messages with a word that must have ended in its class, corrected or not."""
CLEARLY = 3
"""How many messages must be set right for each one that is spoiled."""
WEIGHTS = (4, 6)
"""「很像」 and 「基本就是」; the lighter one where it does as well."""
TRIED = 16
"""Candidates tried. Each trial builds a classifier: half a second with the shipped rules."""


class SuggestionKind(StrEnum):
    """What a suggestion adds to the rules of a class."""

    WORD = "word"
    """Speaks for the class."""
    NOT = "not"
    """A phrase in which the words of the class do not count."""


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A message that became a case, and the class it ended with."""

    number: str
    text: str
    final_class: str
    corrected: bool
    """Whether a person changed the class."""
    quotable: bool = True
    """False for restricted cases: their words are never shown, but harm done to them counts."""


@dataclass(frozen=True, slots=True)
class Effect:
    """How many past messages a suggestion would move to another class."""

    changed: int
    right: int
    """Changed messages that would get their final class."""
    wrong: int
    """Changed messages that have their final class now."""
    spoiled: int = 0
    """Example sentences of the pack that would be misclassified, talk taken for a report among them."""

    @property
    def is_good(self) -> bool:
        """Whether enough messages are set right, and clearly more than are spoiled."""
        return self.right >= LEAST_SEEN and self.right >= CLEARLY * (self.wrong + self.spoiled)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A word or phrase for a class, with its weight and its effect."""

    kind: SuggestionKind
    class_id: str
    text: str
    weight: int
    """0 for an exclusion."""
    seen: tuple[str, ...]
    """Numbers of the corrected cases it was proposed from."""
    effect: Effect

    @property
    def id(self) -> str:
        """Six hex digits; the same suggestion has the same id tomorrow."""
        key = f"{self.kind}:{self.class_id}:{self.weight}:{self.text}"
        return hashlib.sha256(key.encode()).hexdigest()[:6]

    def to_addition(self) -> Addition:
        """The suggestion as an entry of a rule file."""
        return _build_addition(self.kind, self.class_id, self.text, self.weight)

    def to_json(self) -> dict[str, Any]:
        """Plain data for programs; holds no word of a message but the suggested one."""
        effect = {name: getattr(self.effect, name) for name in ("changed", "right", "wrong", "spoiled")}
        return {
            "id": self.id,
            "kind": str(self.kind),
            "class": self.class_id,
            "text": self.text,
            "weight": self.weight,
            "seen": list(self.seen),
            "effect": effect,
        }


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A candidate, and the past messages it was found in."""

    kind: SuggestionKind
    class_id: str
    text: str
    seen: tuple[int, ...]


def suggest(
    pack: Pack,
    units: Sequence[UnitFact],
    past: Sequence[PastMessage],
    proposer: Proposer,
    *,
    most: int = MOST,
) -> list[Suggestion]:
    """At most `most` suggestions, those that set most messages right first."""
    trials = _Trials(pack, units, past)
    suggestions: list[Suggestion] = []
    covered: set[int] = set()
    for draft in _rank_candidates(trials, proposer)[:TRIED]:
        if len(suggestions) == most:
            break
        # Words of the same messages do the same good; one of them is enough.
        if covered.issuperset(draft.seen):
            continue
        found, right = trials.find_best(draft)
        if found is not None and found.effect.is_good:
            suggestions.append(found)
            covered |= right
    return sorted(suggestions, key=lambda each: (-each.effect.right, each.id))


def _rank_candidates(trials: "_Trials", proposer: Proposer) -> list[_Candidate]:
    """Candidates seen often enough; first those in many corrected messages and few others."""
    found: dict[tuple[SuggestionKind, str, str], list[int]] = defaultdict(list)
    for at in trials.list_uncorrected():
        each, result = trials.past[at], trials.results[at]
        for word in proposer.propose_words(result, each.text):
            found[SuggestionKind.WORD, each.final_class, word].append(at)
        for phrase in proposer.propose_phrases(result, each.text):
            found[SuggestionKind.NOT, result.class_id, phrase].append(at)
    drafts = [
        _Candidate(*key, tuple(seen))
        for key, seen in found.items()
        if len(seen) >= LEAST_SEEN and not trials.is_known(*key) and trials.is_mostly_right(*key)
    ]

    def rank(draft: _Candidate) -> tuple[float, str, str]:
        share = len(draft.seen) / len(trials.find_messages(draft.text))
        # Where both do, a word for the right class is plainer than an exception in the wrong one.
        return (
            -len(draft.seen) * share,
            {SuggestionKind.WORD: "0", SuggestionKind.NOT: "1"}[draft.kind],
            draft.text,
        )

    return sorted(drafts, key=rank)


class _Trials:
    """Past messages as the rules classify them now, and as they would with one change."""

    def __init__(self, pack: Pack, units: Sequence[UnitFact], past: Sequence[PastMessage]) -> None:
        self.past = past
        self._pack, self._units = pack, units
        self._texts = [fold(each.text) for each in past]
        self._words = {
            fold(word) for rule in pack.rules.values() for words in rule.words.values() for word in words
        }
        now = engine.build_classifier(pack, units)
        self.results = [_classify(now, each.text) for each in past]
        self._examples = self._find_failed_examples(now)

    def list_uncorrected(self) -> list[int]:
        """Positions of messages that the desk corrected and the rules still misclassify."""
        return [
            at
            for at, (each, result) in enumerate(zip(self.past, self.results, strict=True))
            if each.corrected
            and each.quotable
            and each.final_class != result.class_id
            and each.final_class in self._pack.classes
        ]

    def find_messages(self, text: str) -> list[int]:
        return [at for at, whole in enumerate(self._texts) if text in whole]

    def is_known(self, kind: SuggestionKind, class_id: str, text: str) -> bool:
        """Whether the rules have it already; a word of any class is refused, since it would pull two ways."""
        rule = self._pack.rules.get(class_id)
        if kind is SuggestionKind.NOT:
            return rule is not None and text in rule.not_
        return text in self._words

    def is_mostly_right(self, kind: SuggestionKind, class_id: str, text: str) -> bool:
        """Whether it agrees with the final class of most messages that contain it."""
        finals = [self.past[at].final_class for at in self.find_messages(text)]
        ours = sum(final == class_id for final in finals)
        borne_out = ours if kind is SuggestionKind.WORD else len(finals) - ours
        return borne_out >= MOSTLY * len(finals)

    def find_best(self, draft: _Candidate) -> tuple[Suggestion | None, set[int]]:
        """The suggestion with the best weight, measured on all messages, and the positions it sets right.

        None and no positions where it does no good.
        """
        trial, effect, weight = self._try_weights(draft)
        if not effect.is_good:
            return None, set()
        changes = self._find_changes(trial, range(len(self.past)))
        spoiled = len(self._find_failed_examples(trial) - self._examples)
        seen = tuple(self.past[at].number for at in draft.seen)
        effect = replace(self._measure_effect(changes), spoiled=spoiled)
        right = {at for at, class_id in changes.items() if class_id == self.past[at].final_class}
        return Suggestion(draft.kind, draft.class_id, draft.text, weight, seen, effect), right

    def _try_weights(self, draft: _Candidate) -> tuple[engine.Classifier, Effect, int]:
        """The lightest weight that does most good among the messages that hold the words."""
        holding = self.find_messages(draft.text)
        first, *heavier = WEIGHTS if draft.kind is SuggestionKind.WORD else (0,)
        best = self._try_weight(draft, first, holding)
        for weight in heavier:
            if best[1].right < len(draft.seen) and not best[1].wrong:
                best = max(
                    best, self._try_weight(draft, weight, holding), key=lambda each: _score_gain(each[1])
                )
        return best

    def _try_weight(
        self, draft: _Candidate, weight: int, holding: Sequence[int]
    ) -> tuple[engine.Classifier, Effect, int]:
        trial = self._build_trial(draft, weight)
        return trial, self._measure_effect(self._find_changes(trial, holding)), weight

    def _build_trial(self, draft: _Candidate, weight: int) -> engine.Classifier:
        addition = _build_addition(draft.kind, draft.class_id, draft.text, weight)
        rules = additions.apply_additions(self._pack.rules, [addition])
        return engine.build_classifier(replace(self._pack, rules=rules), self._units)

    def _find_changes(self, trial: engine.Classifier, among: Iterable[int]) -> dict[int, str]:
        """Positions of messages that would get another class, with that class."""
        now = ((at, _classify(trial, self.past[at].text).class_id) for at in among)
        return {at: class_id for at, class_id in now if class_id != self.results[at].class_id}

    def _measure_effect(self, changes: Mapping[int, str]) -> Effect:
        right = sum(class_id == self.past[at].final_class for at, class_id in changes.items())
        wrong = sum(self.results[at].class_id == self.past[at].final_class for at in changes)
        return Effect(len(changes), right, wrong)

    def _find_failed_examples(self, classifier: engine.Classifier) -> set[str]:
        """Texts of example sentences that are misclassified."""
        return {
            example.text
            for class_id, examples in self._pack.examples.items()
            for example in examples
            if not _matches_expected(_classify(classifier, example.text), class_id)
        }


def _score_gain(effect: Effect) -> int:
    return effect.right - CLEARLY * effect.wrong


def _classify(classifier: engine.Classifier, text: str) -> Triage:
    return classifier.triage(text, facts=Facts())


def _matches_expected(found: Triage, meant: str) -> bool:
    return not found.report if meant == TALK else found.class_id == meant


def _build_addition(kind: SuggestionKind, class_id: str, text: str, weight: int) -> Addition:
    if kind is SuggestionKind.NOT:
        return Addition.model_validate({"class": class_id, "not": (text,)})
    return Addition.model_validate({"class": class_id, "words": {weight: (text,)}})

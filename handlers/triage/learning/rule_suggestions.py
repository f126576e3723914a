"""What the rules could learn from the duty desk's corrections: suggested words, each with its effect.

corrected messages the rules still get wrong ─> candidates (jieba) ─> the most telling are tried:
the rules are built with the candidate, and everything said before is understood again ─> only
what does no harm, or clearly more good than harm, is suggested. Nothing is adopted here.
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
"""Two messages share a word by chance: learned from two, words did no good on other messages."""
MOSTLY = 0.5
"""Share of the messages holding a word that must have ended in its class, corrected or not."""
CLEARLY = 3
"""How many messages must be set right for each one that is spoiled."""
WEIGHTS = (4, 6)
"""「很像」 and 「基本就是」; the lighter one where it does as well."""
TRIED = 16
"""Each trial builds all the rules anew: half a second with the shipped ones."""


class Kind(StrEnum):
    WORD = "word"
    """Speaks for the class."""
    NOT = "not"
    """A phrase in which the words of the class do not count."""


@dataclass(frozen=True, slots=True)
class Past:
    """A message that became a case, and the class it ended with."""

    number: str
    text: str
    final: str
    corrected: bool
    """A person said that the rules were wrong."""
    quotable: bool = True
    """False: restricted. Its words are never shown, but harm done to it counts."""


@dataclass(frozen=True, slots=True)
class Effect:
    """How many past messages would be understood differently."""

    changed: int
    right: int
    """Of those: now in the class the desk finally gave."""
    wrong: int
    """Of those: were in it and would be no more."""
    spoiled: int = 0
    """Example sentences of the pack that would be misunderstood, talk taken for a report among them."""

    @property
    def good(self) -> bool:
        return self.right >= LEAST_SEEN and self.right >= CLEARLY * (self.wrong + self.spoiled)


@dataclass(frozen=True, slots=True)
class Suggestion:
    kind: Kind
    class_id: str
    text: str
    weight: int
    """0 for an exclusion."""
    seen: tuple[str, ...]
    """Numbers of the corrected cases it was proposed from."""
    effect: Effect

    @property
    def id(self) -> str:
        """The same suggestion has the same id tomorrow."""
        key = f"{self.kind}:{self.class_id}:{self.weight}:{self.text}"
        return hashlib.sha256(key.encode()).hexdigest()[:6]

    def addition(self) -> Addition:
        """As the rules take it."""
        return _addition(self.kind, self.class_id, self.text, self.weight)

    def to_json(self) -> dict[str, Any]:
        """Plain data for programs; no word of a message but the suggested one."""
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
class _Draft:
    """A candidate, and the past messages it was found in."""

    kind: Kind
    class_id: str
    text: str
    seen: tuple[int, ...]


def suggest(
    pack: Pack,
    units: Sequence[UnitFact],
    past: Sequence[Past],
    proposer: Proposer,
    *,
    most: int = MOST,
) -> list[Suggestion]:
    """At most `most` suggestions, those that set most right first."""
    trials = _Trials(pack, units, past)
    suggestions: list[Suggestion] = []
    mended: set[int] = set()
    for draft in _ranked(trials, proposer)[:TRIED]:
        if len(suggestions) == most:
            break
        # Words of the same messages do the same good; one of them is enough.
        if mended.issuperset(draft.seen):
            continue
        found, right = trials.best(draft)
        if found is not None and found.effect.good:
            suggestions.append(found)
            mended |= right
    return sorted(suggestions, key=lambda each: (-each.effect.right, each.id))


def _ranked(trials: "_Trials", proposer: Proposer) -> list[_Draft]:
    """Candidates seen often enough; first those that many corrected messages hold and few others."""
    found: dict[tuple[Kind, str, str], list[int]] = defaultdict(list)
    for at in trials.unmended():
        each, said = trials.past[at], trials.said[at]
        for word in proposer.words(said, each.text):
            found[Kind.WORD, each.final, word].append(at)
        for phrase in proposer.phrases(said, each.text):
            found[Kind.NOT, said.class_id, phrase].append(at)
    drafts = [
        _Draft(*key, tuple(seen))
        for key, seen in found.items()
        if len(seen) >= LEAST_SEEN and not trials.knows(*key) and trials.mostly(*key)
    ]

    def rank(draft: _Draft) -> tuple[float, str, str]:
        share = len(draft.seen) / len(trials.holding(draft.text))
        # Where both do, a word for the right class is plainer than an exception in the wrong one.
        return -len(draft.seen) * share, {Kind.WORD: "0", Kind.NOT: "1"}[draft.kind], draft.text

    return sorted(drafts, key=rank)


class _Trials:
    """The past as the rules understand it now, and as they would with one change."""

    def __init__(self, pack: Pack, units: Sequence[UnitFact], past: Sequence[Past]) -> None:
        self.past = past
        self._pack, self._units = pack, units
        self._texts = [fold(each.text) for each in past]
        self._words = {
            fold(word) for rule in pack.rules.values() for words in rule.words.values() for word in words
        }
        now = engine.build(pack, units)
        self.said = [_understood(now, each.text) for each in past]
        self._examples = self._failed(now)

    def unmended(self) -> list[int]:
        """Messages the desk corrected and the rules still misunderstand."""
        return [
            at
            for at, (each, said) in enumerate(zip(self.past, self.said, strict=True))
            if each.corrected
            and each.quotable
            and each.final != said.class_id
            and each.final in self._pack.classes
        ]

    def holding(self, text: str) -> list[int]:
        return [at for at, whole in enumerate(self._texts) if text in whole]

    def knows(self, kind: Kind, class_id: str, text: str) -> bool:
        """Whether the rules have it already; a word of any class is no news, and would pull two ways."""
        rule = self._pack.rules.get(class_id)
        if kind is Kind.NOT:
            return rule is not None and text in rule.not_
        return text in self._words

    def mostly(self, kind: Kind, class_id: str, text: str) -> bool:
        """Whether most messages that hold it bear it out; else it says something else as well."""
        finals = [self.past[at].final for at in self.holding(text)]
        ours = sum(final == class_id for final in finals)
        borne_out = ours if kind is Kind.WORD else len(finals) - ours
        return borne_out >= MOSTLY * len(finals)

    def best(self, draft: _Draft) -> tuple[Suggestion | None, set[int]]:
        """With the weight that does most good, measured on the whole past; and what it sets right."""
        trial, effect, weight = self._tried(draft)
        if not effect.good:
            return None, set()
        changes = self._changes(trial, range(len(self.past)))
        spoiled = len(self._failed(trial) - self._examples)
        seen = tuple(self.past[at].number for at in draft.seen)
        effect = replace(self._effect(changes), spoiled=spoiled)
        right = {at for at, class_id in changes.items() if class_id == self.past[at].final}
        return Suggestion(draft.kind, draft.class_id, draft.text, weight, seen, effect), right

    def _tried(self, draft: _Draft) -> tuple[engine.Understanding, Effect, int]:
        """The lightest weight that does most good among the messages that hold the words."""
        holding = self.holding(draft.text)
        first, *heavier = WEIGHTS if draft.kind is Kind.WORD else (0,)
        best = self._trial(draft, first, holding)
        for weight in heavier:
            if best[1].right < len(draft.seen) and not best[1].wrong:
                best = max(best, self._trial(draft, weight, holding), key=lambda each: _gain(each[1]))
        return best

    def _trial(
        self, draft: _Draft, weight: int, holding: Sequence[int]
    ) -> tuple[engine.Understanding, Effect, int]:
        trial = self._built(draft, weight)
        return trial, self._effect(self._changes(trial, holding)), weight

    def _built(self, draft: _Draft, weight: int) -> engine.Understanding:
        addition = _addition(draft.kind, draft.class_id, draft.text, weight)
        rules = additions.applied(self._pack.rules, [addition])
        return engine.build(replace(self._pack, rules=rules), self._units)

    def _changes(self, trial: engine.Understanding, among: Iterable[int]) -> dict[int, str]:
        """Messages that would be of another class, and of which."""
        now = ((at, _understood(trial, self.past[at].text).class_id) for at in among)
        return {at: class_id for at, class_id in now if class_id != self.said[at].class_id}

    def _effect(self, changes: Mapping[int, str]) -> Effect:
        right = sum(class_id == self.past[at].final for at, class_id in changes.items())
        wrong = sum(self.said[at].class_id == self.past[at].final for at in changes)
        return Effect(len(changes), right, wrong)

    def _failed(self, understanding: engine.Understanding) -> set[str]:
        """Example sentences that are misunderstood."""
        return {
            example.text
            for class_id, examples in self._pack.examples.items()
            for example in examples
            if not _as_meant(_understood(understanding, example.text), class_id)
        }


def _gain(effect: Effect) -> int:
    return effect.right - CLEARLY * effect.wrong


def _understood(understanding: engine.Understanding, text: str) -> Triage:
    return understanding.triage(text, facts=Facts())


def _as_meant(found: Triage, meant: str) -> bool:
    return not found.report if meant == TALK else found.class_id == meant


def _addition(kind: Kind, class_id: str, text: str, weight: int) -> Addition:
    if kind is Kind.NOT:
        return Addition.model_validate({"class": class_id, "not": (text,)})
    return Addition.model_validate({"class": class_id, "words": {weight: (text,)}})

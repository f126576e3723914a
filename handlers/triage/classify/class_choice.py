"""Which class a message is of: by its words and hints, its danger, its risk, and whom it accuses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from handlers.triage.classify.danger import Danger
from handlers.triage.classify.decisions import choose_classes
from handlers.triage.classify.lexicon import LexiconMatch
from handlers.triage.rules.class_table import ClassInfo
from handlers.triage.rules.packs import Pack

STRONG_WORD = 6
"""A written word of so many points is not outvoted by what pieces of words lean to."""
_Points = TypeVar("_Points", int, float)


@dataclass(frozen=True, slots=True)
class ChosenClass:
    """The class of a message, how much speaks for it, and by how much it is ahead of the next one."""

    info: ClassInfo
    score: float
    runner_up: str | None
    margin: float


class ClassChooser:
    """The classes of a pack; immutable after it is made."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._fallback = pack.classes[pack.special.fallback_class]
        self.restricted = frozenset(pack.special.restricted_classes or ())
        """The classes whose cases are for the named few only."""
        self._written = self.restricted | frozenset(
            (*pack.special.written_classes, *(name for name, info in pack.classes.items() if info.urgent))
        )
        self._causes = {name: rule.cause for name, rule in pack.rules.items() if rule.cause is not None}
        self._order = {class_id: at for at, class_id in enumerate(pack.classes)}

    def choose(
        self,
        reading: LexiconMatch,
        risk: str | None,
        danger: Danger | None,
        class_scores: Mapping[str, int],
        hints: Mapping[str, float],
    ) -> ChosenClass:
        """The class, by words and hints; where there is danger by words alone, and one that is urgent."""
        leanings: Mapping[str, float] = {}
        if danger is not None:
            class_scores, hints = {}, self._weigh_danger(reading, danger, class_scores)
        else:
            # No unknown text is a fire or an accusation by default: such a class wants a written word.
            leanings = hints
            said = max(class_scores.values(), default=0) >= STRONG_WORD
            hints = {n: w for n, w in hints.items() if n in class_scores or not (said or n in self._written)}
        first, second = choose_classes(self._order, reading, class_scores, hints)
        if first is not None and second is None:
            others = {name: weight for name, weight in leanings.items() if name != first[0]}
            second, _ = choose_classes(self._order, reading, {}, others)
        if risk is not None:
            first = (self._pack.special.risk_class, max(first[1] if first else 0, 6))
        if first is None:
            return ChosenClass(self._fallback, 0, None, 0)
        runner_up, behind = second or (None, 0)
        return ChosenClass(self._pack.classes[first[0]], first[1], runner_up, max(0, first[1] - behind))

    def _weigh_danger(
        self, reading: LexiconMatch, danger: Danger, class_scores: Mapping[str, int]
    ) -> dict[str, float]:
        """The written classes that may be that of this danger, with its points for its own."""
        own = self._find_cause(reading, danger.class_id) or danger.class_id
        if not own and class_scores:
            return dict(class_scores)
        own = own or self._pack.special.risk_class
        said, classes, points = reading.scores, self._pack.classes, class_scores.get(own, 0) + danger.points
        urgent = [name for name in class_scores if classes[name].urgent or said.get(f"{name}/urgent", 0) > 0]
        scores: dict[str, float] = {name: class_scores[name] for name in urgent}
        return scores | {own: points}

    def _find_cause(self, reading: LexiconMatch, danger_class: str) -> str:
        """The class of the thing that hurts somebody, where its case is not one of the danger's own class.

        Empty where there is none, or the danger keeps its case.
        """
        found = {
            name: points
            for name, rule in self._causes.items()
            if (not danger_class or danger_class in rule.of)
            and (points := reading.scores.get(f"{name}/cause", 0)) > 0
        }
        return max(found, key=found.__getitem__, default="")

    def choose_accusation(self, chosen: ChosenClass) -> ChosenClass:
        """Who accuses officials is heard by those who look into it, not by the unit that is accused."""
        first = next(iter(self._pack.special.restricted_classes or ()), None)
        if first is None or chosen.info.id in self.restricted:
            return chosen
        return ChosenClass(self._pack.classes[first], max(chosen.score, 6), chosen.info.id, 0)

    def without_restricted(self, scores: Mapping[str, _Points]) -> dict[str, _Points]:
        """The points of the classes that everybody may see the cases of."""
        return {name: score for name, score in scores.items() if name not in self.restricted}

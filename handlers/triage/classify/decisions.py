"""The four decisions taken from scores: is it a report, which class, which nature, is it urgent.

Written words and learned hints are counted in the same points. `rules hints` learns what is missing
to the written words, so whatever they count here it takes into account.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.triage.classify import intent
from handlers.triage.classify.lexicon import LexiconMatch
from handlers.triage.classify.ngram_weights import NgramScores
from handlers.triage.rules.packs import ClassInfo, Pack
from handlers.triage.types import NATURES, Facts

Ranked = tuple[str, float]

# A class needs two points to be more than a chance word; the pack may set these under `limits`.
OPEN_ADDRESSED = 4
OPEN_OVERHEARD = 9
MIN_CLASS = 2
MIN_NATURE = 4
FIRST_CLASS_BONUS = 2
LEAST_HINT = 3.0
# No kind of evidence alone may carry a long text over the line.
MOST_PROBLEM, MOST_ASKED, MOST_HEAT = 8, 6, 3
MOST_STILL = 3
MOST_THINGS = MOST_TROUBLE = 2
MOST_CLASS = 20
# Turns of talk that speak for a report, or are weighed by themselves.
OTHERWISE = frozenset({"talk:asks", "talk:heat", "talk:private", "talk:trouble"})
# What is merely heard must tell of something wrong in words; how it sounds counts half for it.
LEAST_EVIDENCE, OVERHEARD = 3, 0.5
# What is plain: a few characters, or words of danger that say so much.
FEW, DANGER = 5, 12
# What speaks for urgency: the class table; a word that raises a case of this class, or of another;
# against it, a word that calms.
BY_CLASS, BY_WORD, BY_OTHER, CALMED = 2.0, 8.0, 1.0, 4.0


def score_classes(pack: Pack, reading: LexiconMatch) -> dict[str, int]:
    """The classes that written words tell of, and how clearly."""
    least = pack.limits.get("min_class", MIN_CLASS)
    return {
        name: min(score, MOST_CLASS)
        for name, score in reading.scores.items()
        if score >= least and name in pack.classes
    }


def choose_classes(
    order: Mapping[str, int],
    reading: LexiconMatch,
    class_scores: Mapping[str, int],
    hints: Mapping[str, float],
) -> tuple[Ranked | None, Ranked | None]:
    """The best class and the next: written words first (`said`), hints beside them.

    Ties go to the class written first in the table, which is what `order` tells.
    """
    totals = dict(hints)
    for name, score in class_scores.items():
        totals[name] = totals.get(name, 0.0) + score
    if class_scores:
        totals[find_first_class(order, reading, class_scores)] += FIRST_CLASS_BONUS
    return _pop_best(order, totals), _pop_best(order, totals)


def _pop_best(order: Mapping[str, int], totals: dict[str, float]) -> Ranked | None:
    """The best of these, which is then no longer among them."""
    if not totals:
        return None
    most = max(totals.values())
    name = min([name for name, score in totals.items() if score == most], key=order.__getitem__)
    return name, round(totals.pop(name), 2)


def find_first_class(order: Mapping[str, int], reading: LexiconMatch, class_scores: Mapping[str, int]) -> str:
    """People say first what matters most: the class whose words come first is a little ahead."""
    return min(class_scores, key=lambda name: (min(reading.hits[name])[0], order[name]))


@dataclass(frozen=True, slots=True)
class SideEvidence:
    """What the written words of a message say for a report."""

    points: int
    """All of it, less what speaks against."""
    problem_points: int
    """What is wrong, and what is asked for."""
    counter_points: int
    """What speaks against one."""
    private_points: int
    """What speaks of the writer's own life."""


def weigh_evidence(
    pack: Pack, reading: LexiconMatch, *, is_thanks: bool, has_place: bool, facts: Facts
) -> SideEvidence:
    """Whether the message asks the office for something; what speaks against it is in `talk`."""
    scores = reading.scores
    talk = {
        side: score for side, score in scores.items() if side.startswith("talk:") and side not in OTHERWISE
    }
    heat = min(MOST_HEAT, scores.get("talk:heat", 0))
    private = scores.get("talk:private", 0)
    if is_thanks:
        # Who praises tells that it is settled.
        talk.pop("talk:settled", 0)
    elif intent.is_unresolved(reading.text):
        # What is settled is not: 修好了又坏.
        talk["talk:settled"] = min(MOST_STILL, talk.get("talk:settled", 0))
    problem_points = _score_problem(pack, reading, facts)
    points = problem_points + heat + int(has_place) + int(facts.has_media)
    against = sum(talk.values()) + intent.score_mood(reading.text)
    return SideEvidence(points - against, problem_points, against, private)


def is_report(
    pack: Pack, evidence: SideEvidence, matter: str, ngram_score: float, *, alarming: bool, facts: Facts
) -> bool:
    """`lean`: how much the pieces of the matter lean to a report; `alarming`: words make it urgent."""
    if facts.addressed:
        enough = pack.limits.get("open_addressed", OPEN_ADDRESSED)
        if evidence.points + ngram_score >= enough:
            return True
        # 楼上漏水: a few plain words have nothing else to sound by; and danger is not weighed by its sound.
        plain = evidence.points >= enough and not evidence.counter_points
        danger = alarming and evidence.points >= DANGER
        return plain and (danger or sum(map(str.isalnum, matter)) <= FEW)
    points = evidence.points + min(ngram_score, OVERHEARD * ngram_score) - evidence.private_points
    return evidence.problem_points >= LEAST_EVIDENCE and points >= pack.limits.get(
        "open_overheard", OPEN_OVERHEARD
    )


def is_idle(pack: Pack, reading: LexiconMatch, facts: Facts) -> bool:
    """Merely heard, with nothing beside it, and nothing wrong or asked for in words: most of all talk."""
    if facts.addressed or facts.has_media or facts.point_unit is not None:
        return False
    return _score_problem(pack, reading, facts) < LEAST_EVIDENCE


def _score_problem(pack: Pack, reading: LexiconMatch, facts: Facts) -> int:
    """What is wrong, and what is asked for."""
    written = [name for name in reading.scores if name in pack.classes]
    problem = max(
        [_score_class_problem(pack, reading, name, plain=facts.addressed) for name in written], default=0
    )
    if problem and facts.addressed:
        problem += min(MOST_TROUBLE, reading.scores.get("talk:trouble", 0))
    return problem + min(MOST_ASKED, reading.scores.get("talk:asks", 0))


def _score_class_problem(pack: Pack, reading: LexiconMatch, class_id: str, *, plain: bool) -> int:
    """How much of the score tells of something wrong, and not merely what the talk is about.

    `plain`: it is said to the bot, so everyday words are meant.
    """
    folded, ordinary = reading.folded, pack.things
    things = sum([weight for start, end, weight in reading.hits[class_id] if folded[start:end] in ordinary])
    points = reading.scores[class_id] - things + min(things, MOST_THINGS)
    rule = pack.rules.get(class_id)
    if rule is not None and rule.everyday and not plain:
        points = (points + reading.paired.get(class_id, 0)) // 2
    return min(MOST_PROBLEM, points)


def score_natures(pack: Pack, reading: LexiconMatch, info: ClassInfo) -> dict[str, float]:
    """What the words and the class table give each nature; a word must outweigh the table by itself."""
    usual = pack.limits.get("min_nature", MIN_NATURE) - 1
    return {
        nature: reading.scores.get(f"nature:{nature}", 0)
        + reading.scores.get(f"{info.id}/nature:{nature}", 0)
        + (usual if nature == info.nature else 0)
        for nature in NATURES
    }


def choose_nature(pack: Pack, reading: LexiconMatch, info: ClassInfo, ngram_scores: NgramScores) -> str:
    """The class's own nature unless the wording says another."""
    scores = score_natures(pack, reading, info)
    return max(NATURES, key=lambda nature: scores[nature] + ngram_scores.natures.get(nature, 0.0))


def score_urgency(pack: Pack, reading: LexiconMatch, info: ClassInfo) -> float:
    """How urgent the class table and the written words make it; above 0 is urgent."""
    rule = pack.rules.get(info.id)
    scores = reading.scores
    only = rule is not None and rule.urgent_only is not None
    by_class = info.urgent and (not only or scores.get(f"{info.id}/urgent_only", 0) > 0)
    points = BY_CLASS if by_class else -BY_CLASS
    if scores.get(f"{info.id}/calm", 0) > 0:
        points -= CALMED
    if scores.get(f"{info.id}/urgent", 0) > 0:
        return points + BY_WORD
    return points + BY_OTHER * any(side.endswith("/urgent") for side in scores)


def is_urgent(pack: Pack, reading: LexiconMatch, info: ClassInfo, ngram_scores: NgramScores) -> bool:
    """Whether people on duty are called at once."""
    return score_urgency(pack, reading, info) + ngram_scores.urgent > 0


def compute_confidence(score: float, margin: float) -> float:
    """Between 0 and 1: much evidence for a class, and little of it for another."""
    if score <= 0:
        return 0.0
    return round(score / (score + 3) * (0.5 + 0.5 * min(1.0, margin / score)), 2)

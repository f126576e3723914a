"""The four decisions taken from scores: whether it is a report, its class, its nature, its urgency.

Words of rules and learned hints are counted in the same points. `rules hints` learns what the words
leave open, so it takes into account whatever the words count here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.triage.classify import intent
from handlers.triage.classify.lexicon import LexiconMatch
from handlers.triage.classify.ngram_weights import NgramScores
from handlers.triage.rules.class_table import ClassInfo
from handlers.triage.rules.packs import Pack
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
# Sides of talk that speak for a report, or are weighed separately.
OTHERWISE = frozenset({"talk:asks", "talk:heat", "talk:private", "talk:trouble"})
# An overheard message must name something wrong; points of n-grams for a report count half.
LEAST_EVIDENCE, OVERHEARD, VAGUE = 3, 0.5, 2
# A plain message: at most FEW characters, or at least DANGER points from words of danger.
FEW, DANGER = 5, 12
# Points for something wrong from which a message with a place is plain, and what n-grams may take from it.
PLAIN, MOST_DOUBT = 6, -3.0
# Points for urgency: by the class table; by a word of this class, or of another;
# against it, by a word that calms.
BY_CLASS, BY_WORD, BY_OTHER, CALMED = 2.0, 8.0, 1.0, 4.0


def score_classes(pack: Pack, reading: LexiconMatch) -> dict[str, int]:
    """The score of every class whose words reach the least score, at most MOST_CLASS."""
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
    """The best class and the runner-up with their scores, or None: words of rules and hints added up.

    Ties go to the class written first in the table; `order` gives the position of each class.
    """
    totals = dict(hints)
    for name, score in class_scores.items():
        totals[name] = totals.get(name, 0.0) + score
    if class_scores:
        totals[find_first_class(order, reading, class_scores)] += FIRST_CLASS_BONUS
    return _pop_best(order, totals), _pop_best(order, totals)


def _pop_best(order: Mapping[str, int], totals: dict[str, float]) -> Ranked | None:
    """Remove the class with the highest total, and return it."""
    if not totals:
        return None
    most = max(totals.values())
    name = min([name for name, score in totals.items() if score == most], key=order.__getitem__)
    return name, round(totals.pop(name), 2)


def find_first_class(order: Mapping[str, int], reading: LexiconMatch, class_scores: Mapping[str, int]) -> str:
    """The class whose words come first in the text: people say first what matters most."""
    return min(class_scores, key=lambda name: (min(reading.hits[name])[0], order[name]))


@dataclass(frozen=True, slots=True)
class SideEvidence:
    """What the words of a message say for and against a report, in points."""

    points: int
    """All points for a report, less those against it."""
    problem_points: int
    """Points for something wrong and something asked for."""
    counter_points: int
    """Points against a report."""
    private_points: int
    """Points for the writer's private life."""
    has_place: bool
    """The words say where it is."""


def weigh_evidence(
    pack: Pack, reading: LexiconMatch, *, is_thanks: bool, has_place: bool, facts: Facts
) -> SideEvidence:
    """The points for and against the message asking the office for something."""
    scores = reading.scores
    talk = {
        side: score for side, score in scores.items() if side.startswith("talk:") and side not in OTHERWISE
    }
    heat = min(MOST_HEAT, scores.get("talk:heat", 0))
    private = scores.get("talk:private", 0)
    if is_thanks:
        # Praise says that the matter is settled.
        talk.pop("talk:settled", 0)
    elif intent.is_unresolved(reading.text):
        # A settled matter may be open again: 修好了又坏.
        talk["talk:settled"] = min(MOST_STILL, talk.get("talk:settled", 0))
    problem_points = _score_problem(pack, reading, facts)
    points = problem_points + heat + int(has_place) + int(facts.has_media)
    against = sum(talk.values()) + intent.score_mood(reading.text)
    return SideEvidence(points - against, problem_points, against, private, has_place)


def is_report(
    pack: Pack, evidence: SideEvidence, matter: str, ngram_score: float, *, alarming: bool, facts: Facts
) -> bool:
    """Whether the message is a report.

    `ngram_score` is what the n-grams of the `matter` say for a report; `alarming`: words make it urgent. A
    message not addressed to the bot needs more points, and words that name something wrong.
    """
    if facts.addressed:
        enough = pack.limits.get("open_addressed", OPEN_ADDRESSED)
        if evidence.has_place and evidence.problem_points >= PLAIN and not evidence.counter_points:
            # Where something is wrong, and what: pieces of words may doubt it, but not outvote it.
            ngram_score = max(ngram_score, MOST_DOUBT)
        if evidence.points + ngram_score >= enough:
            return True
        # A few plain words (楼上漏水) have too few n-grams, and danger does not depend on n-grams.
        plain = evidence.points >= enough and not evidence.counter_points
        danger = alarming and evidence.points >= DANGER
        return plain and (danger or sum(map(str.isalnum, matter)) <= FEW)
    learned = min(ngram_score, OVERHEARD * ngram_score)
    if evidence.has_place and evidence.problem_points >= MOST_PROBLEM and not evidence.counter_points:
        # What is written as plainly as can be is not outvoted by pieces of words.
        learned = max(learned, 0.0)
    if not evidence.has_place and not alarming:
        # Grumbling says what is wrong and not where.
        learned -= VAGUE
    points = evidence.points + learned - evidence.private_points
    return evidence.problem_points >= LEAST_EVIDENCE and points >= pack.limits.get(
        "open_overheard", OPEN_OVERHEARD
    )


def is_idle(pack: Pack, reading: LexiconMatch, facts: Facts) -> bool:
    """Whether an overheard message names nothing wrong and asks for nothing; most talk is decided here."""
    if facts.addressed or facts.has_media or facts.point_unit is not None:
        return False
    return _score_problem(pack, reading, facts) < LEAST_EVIDENCE


def _score_problem(pack: Pack, reading: LexiconMatch, facts: Facts) -> int:
    """The points for something wrong and for something asked for."""
    written = [name for name in reading.scores if name in pack.classes]
    problem = max(
        [_score_class_problem(pack, reading, name, plain=facts.addressed) for name in written], default=0
    )
    if problem and facts.addressed:
        problem += min(MOST_TROUBLE, reading.scores.get("talk:trouble", 0))
    return problem + min(MOST_ASKED, reading.scores.get("talk:asks", 0))


def _score_class_problem(pack: Pack, reading: LexiconMatch, class_id: str, *, plain: bool) -> int:
    """The points of a class that tell of something wrong, and not merely of its subject.

    `plain`: the message is addressed to the bot, so everyday words are meant.
    """
    folded, ordinary = reading.folded, pack.things
    things = sum([weight for start, end, weight in reading.hits[class_id] if folded[start:end] in ordinary])
    points = reading.scores[class_id] - things + min(things, MOST_THINGS)
    rule = pack.rules.get(class_id)
    if rule is not None and rule.everyday and not plain:
        points = (points + reading.paired.get(class_id, 0)) // 2
    return min(MOST_PROBLEM, points)


def score_natures(pack: Pack, reading: LexiconMatch, info: ClassInfo) -> dict[str, float]:
    """The points of every nature from words and class table; a word outweighs the table by itself."""
    usual = pack.limits.get("min_nature", MIN_NATURE) - 1
    return {
        nature: reading.scores.get(f"nature:{nature}", 0)
        + reading.scores.get(f"{info.id}/nature:{nature}", 0)
        + (usual if nature == info.nature else 0)
        for nature in NATURES
    }


def choose_nature(pack: Pack, reading: LexiconMatch, info: ClassInfo, ngram_scores: NgramScores) -> str:
    """The nature of the class, unless the wording speaks clearly for another."""
    scores = score_natures(pack, reading, info)
    return max(NATURES, key=lambda nature: scores[nature] + ngram_scores.natures.get(nature, 0.0))


def score_urgency(pack: Pack, reading: LexiconMatch, info: ClassInfo) -> float:
    """The points for urgency from the class table and the words; above 0 is urgent."""
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


def calls_for_help(reading: LexiconMatch) -> bool:
    """Whether the words tell of a life in danger, whatever else they are about."""
    return any(side.endswith("/urgent") for side in reading.scores)


def is_accusation(reading: LexiconMatch) -> bool:
    """Whether the words accuse officials or staff of misconduct, or tell of retaliation."""
    return reading.scores.get("secrecy:misconduct", 0) > 0


def is_assault(reading: LexiconMatch) -> bool:
    """Whether the words tell that officials or staff hurt somebody: an accusation, and a danger."""
    return reading.scores.get("secrecy:assault", 0) > 0


def is_urgent(pack: Pack, reading: LexiconMatch, info: ClassInfo, ngram_scores: NgramScores) -> bool:
    """Whether the people on duty have to be called at once."""
    return score_urgency(pack, reading, info) + ngram_scores.urgent > 0


def compute_confidence(score: float, margin: float) -> float:
    """Confidence between 0 and 1: high where the score is high and the runner-up is far behind."""
    if score <= 0:
        return 0.0
    return round(score / (score + 3) * (0.5 + 0.5 * min(1.0, margin / score)), 2)

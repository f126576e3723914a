"""The four decisions taken from scores: is it a report, which class, which nature, is it urgent."""

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.triage.lexicon import Reading
from handlers.triage.packs import ClassInfo, Pack
from handlers.triage.result import Facts

Ranked = tuple[str, float]

# A class needs two points to be more than a chance word; the pack may set both under `limits`.
OPEN_ADDRESSED = 4
OPEN_OVERHEARD = 8
MIN_CLASS = 2
FIRST_SAID = 2
# Tried from 0.5 to 2: more helps unusual wording, and costs where words are plain.
HINT = 1.5
LEAST_HINT = 3.0 / HINT
# No kind of evidence alone may carry a long text over the line.
MOST_PROBLEM, MOST_ASKED, MOST_HEAT = 8, 6, 3
# How it sounds counts little for a report and much against one: a class word makes a report, no tone does.
SOUND, MOST_SOUND, PLAIN_LEAN = 0.6, 6.0, 4.0
# Talk of the same things leans to reports by its words alone: nothing in a few characters (停电了),
# this much in a sentence of this length.
LEAN_OF_TALK, FEW, SENTENCE = 4.0, 6, 20
LEAST_ASKED, LEAST_EVIDENCE = 4, 3
MOST_STILL = 3
MOST_THINGS = MOST_TROUBLE = 2
MOST_CLASS = 20


def said_classes(pack: Pack, reading: Reading) -> dict[str, int]:
    """The classes that written words tell of, and how clearly."""
    least = pack.limits.get("min_class", MIN_CLASS)
    return {
        name: min(score, MOST_CLASS)
        for name, score in reading.scores.items()
        if score >= least and name in pack.classes
    }


def choose(
    order: Mapping[str, int], reading: Reading, said: Mapping[str, int], hints: Mapping[str, float]
) -> tuple[Ranked | None, Ranked | None]:
    """The best class and the next: written words first (`said`), hints beside them.

    People say first what matters most, so the class whose words come first is a little ahead;
    ties go to the class written first in the table, which is what `order` tells.
    """
    totals = {name: HINT * hint for name, hint in hints.items()}
    for name, score in said.items():
        totals[name] = totals.get(name, 0.0) + score
    if said:
        totals[min(said, key=lambda name: (min(reading.hits[name])[0], order[name]))] += FIRST_SAID
    ranked = sorted(totals.items(), key=lambda each: (-each[1], order[each[0]]))[:2]
    best = [(name, round(score, 2)) for name, score in ranked]
    return (best[0] if best else None), (best[1] if len(best) > 1 else None)


@dataclass(frozen=True, slots=True)
class Tone:
    """How a message sounds, whatever it is about."""

    lean: float = 0.0
    """How much more it sounds like a report than like talk."""
    mood: int = 0
    """How much its turn of phrase speaks against a report."""
    still: bool = False
    """What is settled is not: 修好了又坏."""
    size: int = 0
    """How many characters it has beside the place: what there is to sound by."""


def is_report(
    pack: Pack, reading: Reading, chosen: Ranked, *, tone: Tone, placed: bool, facts: Facts
) -> bool:
    """Whether the message asks the office for something; what speaks against it is in `talk`."""
    talk = {
        side.removeprefix("talk:"): score
        for side, score in reading.scores.items()
        if side.startswith("talk:")
    }
    asked = min(MOST_ASKED, talk.pop("asks", 0))
    heat = min(MOST_HEAT, talk.pop("heat", 0))
    private = talk.pop("private", 0)
    trouble = min(MOST_TROUBLE, talk.pop("trouble", 0))
    class_id, score = chosen
    if pack.classes[class_id].nature == "感谢":
        # Who praises tells that it is settled.
        talk.pop("settled", 0)
    elif tone.still:
        talk["settled"] = min(MOST_STILL, talk.get("settled", 0))
    usual = _lean_of_talk(tone) if facts.addressed else 0.0
    sound = min(MOST_SOUND, SOUND * (tone.lean - usual))
    if score == 0 and asked < LEAST_ASKED:
        return False
    written = [name for name in reading.scores if name in pack.classes]
    plain = facts.addressed and tone.lean >= PLAIN_LEAN
    problem = max((_problem(pack, reading, name, plain=plain) for name in written), default=0)
    if problem and facts.addressed:
        problem += trouble
    if problem + asked + (max(0.0, sound) if facts.addressed else 0) < LEAST_EVIDENCE:
        return False
    evidence = problem + asked + heat + int(placed) + int(facts.has_media) - sum(talk.values()) - tone.mood
    if facts.addressed:
        return evidence + sound >= pack.limits.get("open_addressed", OPEN_ADDRESSED)
    return evidence + min(0.0, sound) - private >= pack.limits.get("open_overheard", OPEN_OVERHEARD)


def _lean_of_talk(tone: Tone) -> float:
    """How much talk of this length leans to a report without being one."""
    return LEAN_OF_TALK * min(1.0, max(0, tone.size - FEW) / (SENTENCE - FEW)) if tone.lean else 0.0


def _problem(pack: Pack, reading: Reading, class_id: str, *, plain: bool) -> int:
    """How much of the score tells of something wrong, and not merely what the talk is about.

    `plain`: it is said to the bot and sounds like a report, so everyday words are meant.
    """
    things = sum(
        weight
        for start, end, weight in reading.hits.get(class_id, ())
        if reading.folded[start:end] in pack.things
    )
    told = reading.scores.get(class_id, 0) - things + min(things, MOST_THINGS)
    rule = pack.rules.get(class_id)
    if rule is not None and rule.everyday and not plain:
        told = (told + reading.paired.get(class_id, 0)) // 2
    return min(MOST_PROBLEM, told)


def nature_of(pack: Pack, reading: Reading, info: ClassInfo) -> str:
    """The class's own nature unless the wording plainly says another."""
    scores = {
        nature: reading.scores.get(f"nature:{nature}", 0)
        + reading.scores.get(f"{info.id}/nature:{nature}", 0)
        for nature in ("举报", "咨询", "建议", "感谢", "投诉", "求助")
    }
    best = max(scores, key=lambda nature: scores[nature])
    return best if scores[best] >= pack.limits.get("min_nature", 3) else info.nature


def urgent_of(pack: Pack, reading: Reading, info: ClassInfo) -> bool:
    """The class table, the words that raise a case, and the words that calm it."""
    rule = pack.rules.get(info.id)
    if reading.scores.get(f"{info.id}/urgent", 0) > 0:
        return True
    # Hints alone raise no alarm: 热得着火了一样 leans to fire too.
    if reading.scores.get(info.id, 0) <= 0:
        return False
    if not info.urgent or reading.scores.get(f"{info.id}/calm", 0) > 0:
        return False
    return rule is None or rule.urgent_only is None or reading.scores.get(f"{info.id}/urgent_only", 0) > 0

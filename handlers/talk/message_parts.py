"""Several things in one message: told apart, so that each part is taken as if only it had been said.

井盖换好了，路灯还是黑的 are two verdicts, 公厕水龙头断了，对面人行道上堆着砖 two reports.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from handlers.chat.inbound import InboundMessage
from handlers.talk import courtesy, signs, utterances
from handlers.talk.situation import Situation
from handlers.talk.understanding import VERDICTS, Words, find_only_case, stated_place
from handlers.triage.classify.meant_reports import is_meant_as_report
from models.messages import Part, PartKind

_TELLS_OF_CASE = VERDICTS | {"withdraw", "keeps"}
_ALL_OF_THEM = re.compile("[两三几](?:个|件|样|处)(?:都|全|侪)|都(?:弄|搞|修|办|解决|处理)好")
"""What is said of all of somebody's cases is one verdict: 两个都弄好了."""
_MOST_CLAUSES = 4
"""Where a second report may begin."""


def reports_another(inbound: InboundMessage, part: str) -> bool:
    """Whether the last part of a message reports a matter of its own, with its place."""
    triage = inbound.env.classifier.triage(part, facts=inbound.facts())
    return (triage.report or is_meant_as_report(triage, part)) and bool(stated_place(triage))


def split_message(inbound: InboundMessage, situation: Situation) -> list[str]:
    """The parts of a message that says several things; fewer than two where it says one."""
    text = inbound.incoming.text
    words, classifier = words_of(inbound), inbound.env.classifier
    clauses = utterances.split_clauses(text)
    if len(clauses) > 1 and situation.cases and not situation.named and not _ALL_OF_THEM.search(text):
        parts = utterances.split_by_case(
            clauses, lambda clause: find_only_case(clause, words, situation, classifier)
        )
        if len(parts) > 1 and all(has_verdict(inbound, part) for part in parts):
            return parts
    first, *other = utterances.split_at_contrast(text)
    if other and has_verdict(inbound, first) and reports_another(inbound, other[0]):
        return [first, *other]
    problems = utterances.split_problems(text)
    if len(problems) > 1 and (
        _are_different(inbound, situation, problems) or _are_placed_apart(inbound, text, problems)
    ):
        return _with_place(inbound, problems)
    return _split_reports(inbound, text, clauses)


def _split_reports(inbound: InboundMessage, text: str, clauses: Sequence[str]) -> list[str]:
    """A message of two reports, each whole by itself: 公厕水龙头断了，对面人行道上堆着砖. Else none."""
    for at in range(1, min(len(clauses), _MOST_CLAUSES)):
        start = text.index(clauses[at])
        # Most that follows names no place: then what stands before it need not be read.
        second = _whole_report_of(inbound, text[start:])
        first = _whole_report_of(inbound, text[:start]) if second is not None else None
        if first is not None and second is not None and first[0] != second[0]:
            return [text[:start], text[start:]]
    return []


def _whole_report_of(inbound: InboundMessage, part: str) -> tuple[str, str] | None:
    """Class and place of a part that says what and where in so many words, and tells of no danger."""
    facts, classifier = inbound.facts(), inbound.env.classifier
    triage = classifier.triage(part, facts=facts)
    place = stated_place(triage)
    if not (triage.report and place) or triage.missing or triage.urgent:
        return None
    spoken = classifier.list_spoken_classes(part.replace(place, " "), facts)
    return (triage.class_id, place) if triage.class_id in spoken else None


def has_verdict(inbound: InboundMessage, part: str) -> bool:
    heard = signs.finder_of(inbound.env.classifier.pack).find(part)
    return not _TELLS_OF_CASE.isdisjoint({sign.name for sign in heard})


def _are_different(inbound: InboundMessage, situation: Situation, parts: list[str]) -> bool:
    """Whether each part reports something or speaks of a case, and each of something else."""
    matters = [_matter_of(inbound, situation, part) for part in parts]
    found = [matter for matter in matters if matter is not None]
    return len(found) == len(parts) and not any(
        _are_alike(one, other) for one, other in combinations(found, 2)
    )


def _are_placed_apart(inbound: InboundMessage, text: str, parts: list[str]) -> bool:
    """Whether the parts that the text itself counts each name a place of their own: 俩事 一个…一个…."""
    if not (inbound.is_spoken_to and utterances.counts_problems(text)):
        return False
    found = [inbound.env.classifier.find_place(part, inbound.facts()) for part in parts]
    places = {place.text for place in found if place is not None and place.end > place.start}
    return len(places) == len(parts)


def _matter_of(inbound: InboundMessage, situation: Situation, part: str) -> tuple[str, str] | None:
    words, classifier = words_of(inbound), inbound.env.classifier
    case = find_only_case(part, words, situation, classifier) if situation.cases else None
    if case is not None and has_verdict(inbound, part):
        return "case", str(case)
    triage = classifier.triage(part, facts=words.facts)
    return (triage.class_id, stated_place(triage)) if triage.report else None


def _are_alike(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two parts speak of one matter: of one class, and not at two places that both are named."""
    return one[0] == other[0] and (one[1] == other[1] or not (one[1] and other[1]))


def _with_place(inbound: InboundMessage, parts: list[str]) -> list[str]:
    """The parts; a later one that names no place with that of the part before it."""
    placed: list[str] = []
    place = ""
    for part in parts:
        own = stated_place(inbound.env.classifier.triage(part, facts=inbound.facts()))
        placed.append(part if own or not place else f"{place}{part}")
        place = own or place
    return placed


def part_of(inbound: InboundMessage, text: str, number: int) -> InboundMessage:
    """The message as if only this part of it had been said; its files belong to the first."""
    is_first = number == 0
    files = tuple(part for part in inbound.incoming.parts if part.kind is not PartKind.TEXT and is_first)
    said = replace(inbound.incoming, parts=(Part(PartKind.TEXT, text.strip(" \n，,、；;")), *files))
    return replace(
        inbound,
        incoming=said,
        attachments=inbound.attachments if is_first else (),
        part=f"part{number}:",
        is_stored=not is_first,
    )


def words_of(inbound: InboundMessage) -> Words:
    return Words(
        courtesy.strip_manners(inbound.incoming.text), inbound.facts(), has_evidence=bool(inbound.evidence)
    )

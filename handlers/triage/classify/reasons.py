"""The words behind each decision: what counted, where it stands, and for what."""

from handlers.triage.classify.lexicon import DUTY_WORD, LexiconMatch
from handlers.triage.classify.ngram_weights import NgramWeights
from handlers.triage.types import Place, Reason

REPORTED_SIDES = ("risk:", "talk:", DUTY_WORD)


def keyword_reasons(
    reading: LexiconMatch, class_id: str, nature: str, place: Place | None
) -> tuple[Reason, ...]:
    """The words of rules that counted for class, nature, urgency and unit, and the place."""
    sides = (class_id, f"{class_id}/urgent", f"{class_id}/urgent_only", f"{class_id}/calm",
             f"nature:{nature}", f"{class_id}/nature:{nature}")  # fmt: skip
    kept = reading.list_reasons(*sides, *(side for side in reading.hits if side.startswith(REPORTED_SIDES)))
    if place is not None and place.end > place.start:
        kept.append(Reason(place.text, place.start, place.confidence, "place"))
    return tuple(kept)


def ngram_reasons(hints: NgramWeights, text: str, matter: str, class_id: str) -> tuple[Reason, ...]:
    """The n-grams that speak most for the class, where no word of a rule decided."""
    found = (
        (matter.index(piece), piece, weight) for piece, weight in hints.list_top_pieces(matter, class_id)
    )
    return tuple(Reason(text[at : at + len(piece)], at, weight, class_id) for at, piece, weight in found)

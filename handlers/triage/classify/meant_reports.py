"""Reports that the rules weigh as talk, though whoever says them to the bot plainly means them; pure."""

from handlers.triage.classify import intent
from handlers.triage.types import Triage

_PLAIN_PLACE = 0.58
"""A place that only its position in the sentence makes one is less certain than this."""
_FOR_A_REPORT = frozenset({"talk:asks", "talk:heat", "talk:trouble"})


def is_meant_as_report(own: Triage, text: str) -> bool:
    """Whether words said to the bot name a matter and a plain place, and nothing that speaks against it.

    The rules weigh every word against talk; whoever mentions the bot means it. Nothing is dropped, the duty
    desk decides.
    """
    matter = sum(reason.weight for reason in own.reasons if own.class_id in reason.side.split("/"))
    is_named = matter or any(reason.side == f"nature:{own.nature}" for reason in own.reasons)
    if own.kind != "chatter" or not is_named:
        return False
    against = sum(r.weight for r in own.reasons if r.side.startswith("talk:") and r.side not in _FOR_A_REPORT)
    place = own.place
    plain = place is not None and place.end > place.start and place.confidence >= _PLAIN_PLACE
    return plain and matter >= against and not intent.score_mood(text)

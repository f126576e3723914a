"""What is said to the bot and fits nothing: to the desk where it may be a matter, else a hint once a day."""

from handlers.chat import hints, smalltalk, unreadable_parts
from handlers.chat.inbound import InboundMessage
from handlers.intake import desk_lines
from handlers.triage.types import Triage
from handlers.wording import talk

_MAY_BE_A_MATTER = frozenset({"talk:asks", "talk:heat", "talk:trouble", "talk:private"})
"""Kinds of talk that do not speak against a matter."""
_SHORT = 4
"""Fewer characters are a sound, not a request."""


def answer(inbound: InboundMessage, triage: Triage) -> str:
    """Answer words that fit nothing; returns a slug. Adverts, jokes and passed-on notices trouble no desk."""
    if unreadable_parts.find_unreadable_kinds(inbound.incoming):
        return smalltalk.reply_to(inbound, "unreadable")
    is_talk = any(
        reason.side.startswith("talk:") and reason.side not in _MAY_BE_A_MATTER for reason in triage.reasons
    )
    if is_talk or len(inbound.incoming.text.strip()) < _SHORT:
        hints.reply_once_a_day(inbound, "report", talk.NOT_A_REPORT)
        return "talk.chatter"
    return desk_lines.hand_to_desk(inbound)

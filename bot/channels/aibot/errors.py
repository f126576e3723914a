"""What the AI bot's error numbers mean for a push (wecom-aibot.md §9). Pure."""

from dataclasses import dataclass

from bot.channels.base import Again, Never, Outcome, Sent

CHAT_GONE = 93006
NOT_SUBSCRIBED = 846609
MEDIA_EXPIRED = frozenset({40007, 40145})
CARD_ALREADY_THERE = 40058
"""What a `task_id` used before is answered with (number not confirmed against the real platform)."""
_LATE_FOR_CARD = frozenset({846604, 846605})
_BUSY = frozenset({-1, 6000, 846601, 846602})
_NEXT_WAY = frozenset({600039, 846604, 846605, 846608})


@dataclass(frozen=True, slots=True)
class NextWay:
    """Refused this way; another way into the same chat may be open (§5.1)."""

    code: int


def judge(code: int) -> Outcome | NextWay:
    """What an acknowledgement of a message means."""
    if code == 0:
        return Sent()
    if code == 45009:
        return Again("errcode_45009", after=60.0, free=True)
    if code == NOT_SUBSCRIBED:
        return Again("errcode_846609", after=5.0, free=True)
    if code in _BUSY:
        return Again(f"errcode_{code}", after=5.0)
    if code in MEDIA_EXPIRED:
        return Again(f"errcode_{code}", after=1.0)
    if code in _NEXT_WAY or code == CHAT_GONE:
        return NextWay(code)
    return Never(f"errcode_{code}")


def judge_update(code: int) -> Outcome:
    """What an acknowledgement of a card update means: there is no other way, and no later."""
    if code == 0:
        return Sent()
    if code in _LATE_FOR_CARD or code == NOT_SUBSCRIBED:
        return Never("card_window_over")
    return Never(f"errcode_{code}")


def nowhere(code: int) -> Never:
    """Every way into the chat was refused; `code` is what the first one said."""
    return Never(f"errcode_{code}", unbind=code == CHAT_GONE)

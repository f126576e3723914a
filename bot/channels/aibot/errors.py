"""What the AI bot's error numbers mean for a push (wecom-aibot.md §9). Pure."""

from dataclasses import dataclass

from bot.channels.base import (
    CREDENTIAL_ERRORS,
    CredentialsRefused,
    Delivered,
    Outcome,
    RetryLater,
    RouteRefused,
)

CHAT_GONE = 93006
NOT_SUBSCRIBED = 846609
MEDIA_EXPIRED = frozenset({40007, 40145})
CARD_ALREADY_THERE = 40058
"""What a `task_id` used before is answered with (number not confirmed against the real platform)."""
_LATE_FOR_CARD = frozenset({846604, 846605})
_BUSY = frozenset({-1, 6000, 846601, 846602})
_NEXT_WAY = frozenset({600039, 846604, 846605, 846608})


@dataclass(frozen=True, slots=True)
class SendMethodRefused:
    """The platform refused this way of sending; another way into the same chat may be open (§5.1)."""

    code: int


def judge_ack(code: int) -> Outcome | SendMethodRefused:
    """What the error code of an acknowledged message means for the push."""
    if code == 0:
        return Delivered()
    if code == 45009:
        return RetryLater("errcode_45009", after=60.0, uncounted=True)
    if code == NOT_SUBSCRIBED:
        return RetryLater("errcode_846609", after=5.0, uncounted=True)
    if code in _BUSY:
        return RetryLater(f"errcode_{code}", after=5.0, outage=True)
    if code in CREDENTIAL_ERRORS:
        return CredentialsRefused(f"errcode_{code}")
    if code in MEDIA_EXPIRED:
        return RetryLater(f"errcode_{code}", after=1.0)
    if code in _NEXT_WAY or code == CHAT_GONE:
        return SendMethodRefused(code)
    return RouteRefused(f"errcode_{code}")


def judge_update(code: int) -> Outcome:
    """What the error code of an acknowledged card update means: no other way, and no later."""
    if code == 0:
        return Delivered()
    if code in _LATE_FOR_CARD or code == NOT_SUBSCRIBED:
        return RouteRefused("card_window_over")
    return RouteRefused(f"errcode_{code}")


def refuse_route(code: int) -> RouteRefused:
    """Every way into the chat was refused; `code` is what the first one said."""
    return RouteRefused(f"errcode_{code}", chat_gone=code == CHAT_GONE)

"""What the errcodes of an app's interfaces mean for a push (wecom-app.md §1, §3, §4, §5). Pure."""

from bot.channels.base import (
    CREDENTIAL_ERRORS,
    CredentialsRefused,
    Delivered,
    Outcome,
    RetryLater,
    RouteRefused,
)
from bot.channels.wecom.interfaces import MEDIA_EXPIRED

CARD_REFUSED = 40058
"""A malformed card, one whose task_id was used before, or a response code that is spent or over."""
_BUSY = frozenset({-1, 6000, 846601, 846602})
_TOO_MANY = frozenset({45009, 45033})
_NOT_ALLOWED = frozenset({48002, 50003, 60020, 301002})
"""The app may not do this, is disabled, its address is not among 企业可信IP: a person has to mend it."""
_RECEIVER_GONE = frozenset({60011, 60111, 81013, 86001, 86003, 40050})
"""Nobody who could read it: not in the app's visible range, no member any more, no such group."""


def judge_errcode(code: int) -> Outcome:
    """What an errcode means for the push; 0: delivered."""
    if code == 0:
        return Delivered()
    if code in _TOO_MANY:
        return RetryLater(f"errcode_{code}", after=60.0, uncounted=True)
    if code in _BUSY:
        return RetryLater(f"errcode_{code}", after=5.0, outage=True)
    if code in CREDENTIAL_ERRORS or code in _NOT_ALLOWED:
        return CredentialsRefused(f"errcode_{code}")
    if code in MEDIA_EXPIRED:
        return RetryLater(f"errcode_{code}", after=1.0)
    return RouteRefused(f"errcode_{code}", chat_gone=code in _RECEIVER_GONE)

"""What the errcodes of customer service mean (wecom-external.md B). Pure.

The sheet lists 95000, 95004, 95011, 95012, 95014, 95017, 95018, 40096, 40201 and 48002. 95001, 95002 and
95013 stand in the platform's list of all errcodes alone: UNVERIFIED.
"""

from bot.channels.base import (
    CREDENTIAL_ERRORS,
    CredentialsRefused,
    Delivered,
    Outcome,
    RetryLater,
    RouteRefused,
)
from bot.channels.wecom.interfaces import MEDIA_EXPIRED

STATE_INVALID = 95018
NO_SUCH_ACCOUNT = frozenset({95000, 95004})
WINDOW_OVER = frozenset({95001, 95002, 95013, STATE_INVALID})
"""Too many, too late, ended, or in the hands of a person: nothing more until the customer writes again."""
BUSY = frozenset({-1, 6000})
TOO_MANY = frozenset({45009, 45033})
_NOT_ALLOWED = frozenset({40201, 48002, 60020, 95011, 95012, 95017, 301002})
"""The account is blocked, or the app may not do this, or not from here: a person has to mend it."""
_CUSTOMER_GONE = 40096


def judge_errcode(code: int) -> Outcome:
    """What an errcode means for a push, whatever way it went; 0: delivered."""
    if code == 0:
        return Delivered()
    if code in TOO_MANY:
        return RetryLater(f"errcode_{code}", after=60.0, uncounted=True)
    if code in BUSY:
        return RetryLater(f"errcode_{code}", after=5.0, outage=True)
    if code in CREDENTIAL_ERRORS or code in _NOT_ALLOWED:
        return CredentialsRefused(f"errcode_{code}")
    if code in MEDIA_EXPIRED:
        return RetryLater(f"errcode_{code}", after=1.0)
    return RouteRefused(f"errcode_{code}", chat_gone=code == _CUSTOMER_GONE)


def judge_send(code: int, *, handle: int, once: bool) -> Outcome:
    """What an errcode means for a push that used this reply handle (id).

    `once`: the code of an event, which is spent or over whatever the platform says of it.
    """
    outcome = judge_errcode(code)
    over = code in WINDOW_OVER or code in NO_SUCH_ACCOUNT or (once and isinstance(outcome, RouteRefused))
    if over and not (isinstance(outcome, RouteRefused) and outcome.chat_gone):
        # The next look finds whether there is another way.
        return RetryLater(f"errcode_{code}", after=0.0, uncounted=True, used_handle=handle)
    return outcome


def may_blame_token(code: int) -> bool:
    """Whether messages may be had without the token that came with a call; no sheet says what one that is
    over is answered with.
    """
    return code not in NO_SUCH_ACCOUNT and isinstance(judge_errcode(code), RouteRefused)

"""What the error numbers of the account's interfaces mean for a push (official-account §1, §4, §5). Pure."""

from bot.channels.base import (
    CredentialsRefused,
    Delivered,
    Outcome,
    RetryLater,
    RouteRefused,
)

TOKEN_REFUSALS = frozenset({40001, 40014, 42001})
"""Here 40001 means a wrong secret, or a token that another refresh has made void."""
NOT_A_FOLLOWER = 43004
NO_PERMISSION = 48001
MEDIA_EXPIRED = frozenset({40007, 40145})
WINDOW_OVER = frozenset({45015, 45047})
"""The person spoke too long ago, or was told too much since: our count was behind the platform's."""
DAILY_QUOTA = 45009
BUSY = frozenset({-1, 6000, 45011})
_CREDENTIALS = frozenset({40013, 40125, 40164, 41001, NO_PERMISSION, 61024})
"""Account, secret, address of this machine or permission."""


def judge_send(code: int, *, handle: int | None = None) -> Outcome:
    """What the errcode of a send means for the push; `handle`: id of the reply handle that it used."""
    if code == 0:
        return Delivered()
    if code == DAILY_QUOTA:
        return RetryLater(f"errcode_{code}", after=60.0, uncounted=True)
    if code in BUSY:
        return RetryLater(f"errcode_{code}", after=5.0, outage=True)
    if code in WINDOW_OVER and handle is not None:
        # The next look finds whether there is another way.
        return RetryLater(f"errcode_{code}", after=0.0, uncounted=True, used_handle=handle)
    if code == NO_PERMISSION and handle is None:
        # Without notices an account can still say everything else.
        return RouteRefused(f"errcode_{code}")
    if code in MEDIA_EXPIRED:
        return RetryLater(f"errcode_{code}", after=1.0)
    if code in _CREDENTIALS or code in TOKEN_REFUSALS:
        return CredentialsRefused(f"errcode_{code}")
    return RouteRefused(f"errcode_{code}", chat_gone=code == NOT_A_FOLLOWER)

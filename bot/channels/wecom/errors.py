"""What errcodes of a corporation's interfaces mean for a push: one order of questions, other codes. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from bot.channels.base import (
    CREDENTIAL_ERRORS,
    CredentialsRefused,
    Delivered,
    Outcome,
    RetryLater,
    RouteRefused,
)
from bot.channels.wecom.interfaces import MEDIA_EXPIRED

_TOO_MANY = frozenset({45009, 45033})


@dataclass(frozen=True, slots=True)
class ErrorTable:
    """The codes of one kind of interface."""

    busy: Collection[int]
    not_allowed: Collection[int]
    """A person has to mend it."""
    receiver_gone: Collection[int]

    def judge(self, code: int) -> Outcome:
        """What an errcode means for the push, whatever way it went; 0: delivered."""
        if code == 0:
            return Delivered()
        if code in _TOO_MANY:
            return RetryLater(f"errcode_{code}", after=60.0, uncounted=True)
        if code in self.busy:
            return RetryLater(f"errcode_{code}", after=5.0, outage=True)
        if code in CREDENTIAL_ERRORS or code in self.not_allowed:
            return CredentialsRefused(f"errcode_{code}")
        if code in MEDIA_EXPIRED:
            return RetryLater(f"errcode_{code}", after=1.0)
        return RouteRefused(f"errcode_{code}", chat_gone=code in self.receiver_gone)

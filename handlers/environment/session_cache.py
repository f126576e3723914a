"""What a transaction has asked about the organisation, so that it asks once.

A burst of messages is one transaction, and every case of it is told to the same few desks.
"""

from collections.abc import Callable, Hashable
from typing import TypeVar

from sqlalchemy.orm import Session

T = TypeVar("T")
_MEMO = "remembered"


def cached_in_session(session: Session, key: Hashable, load: Callable[[], T]) -> T:
    """The answer to this question, as it was first given in this transaction."""
    memo = session.info.setdefault(_MEMO, {})
    if key not in memo:
        memo[key] = load()
    answer: T = memo[key]
    return answer


def clear_cache(session: Session) -> None:
    """The organisation was changed, or what was done is undone."""
    session.info.pop(_MEMO, None)

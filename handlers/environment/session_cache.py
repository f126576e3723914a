"""What a transaction has looked up about the organisation, so that it asks once.

A burst of messages is one transaction: its senders are few, and every case of it is told to the
same few desks. Everything in here can be asked for again, and is, once the cache is cleared: by
`clear_cache`, or by a rollback (`models.session_info.CACHE`).
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from models import session_info
from models.organisation import Chat, Person
from models.reports import Report

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SessionCache:
    """What is known in one transaction."""

    chats: dict[tuple[str, str], Chat] = field(default_factory=dict)
    """By channel and the chat's id there."""
    people: dict[tuple[str, str], Person] = field(default_factory=dict)
    """By provider and user id."""
    open_reports: dict[tuple[int, int], Report | None] = field(default_factory=dict)
    """By ids of chat and person; None: looked up, and there is none."""
    answers: dict[Hashable, Any] = field(default_factory=dict)
    """Of `cached_in_session`, by question."""


def get_cache(session: Session) -> SessionCache:
    """The cache of this session's transaction."""
    found: SessionCache | None = session.info.get(session_info.CACHE)
    if found is None:
        found = session.info[session_info.CACHE] = SessionCache()
    return found


def clear_cache(session: Session) -> None:
    """The organisation was changed: everything is asked anew."""
    session.info.pop(session_info.CACHE, None)


def cached_in_session(session: Session, key: Hashable, load: Callable[[], T]) -> T:
    """The answer to this question, as it was first given in this transaction."""
    answers = get_cache(session).answers
    if key not in answers:
        answers[key] = load()
    answer: T = answers[key]
    return answer

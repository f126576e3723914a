"""What a transaction has looked up about the organisation, so that it asks once.

A burst of messages is one transaction: its senders are few, and every case of it is announced to the
same few chats. Everything in here can be looked up again, and is, once the cache is cleared: by
`clear_cache`, or by a rollback (`models.session_info.CACHE`).
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from models import session_info
from models.cases import Assignment, Case
from models.organisation import Chat, Person
from models.parties import Party
from models.reports import Report

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SessionCache:
    """What one transaction has looked up about the organisation."""

    chats: dict[tuple[str, str], Chat] = field(default_factory=dict)
    """By channel and the chat's id there."""
    people: dict[tuple[str, str], Person] = field(default_factory=dict)
    """By provider and user id."""
    open_reports: dict[tuple[int, int], Report | None] = field(default_factory=dict)
    """By ids of chat and person; None: looked up, and there is none."""
    cases_of_newcomers: dict[int, list[Case]] = field(default_factory=dict)
    """Of people who had reported none before: the cases opened for them in this transaction, by their ids."""
    without_commands: set[int] = field(default_factory=set)
    """Ids of people who have no command that waits for them; of others nothing is known."""
    without_doors: set[int] = field(default_factory=set)
    """Ids of people who have no conversation alone with the bot; of others nothing is known."""
    joined: dict[int, list[Case]] = field(default_factory=dict)
    """What was joined to a case, and to those in their turn, by the case's id."""
    opened: set[int] = field(default_factory=set)
    """Ids of cases opened in this transaction: nobody else sees them yet."""
    parties: dict[int, Sequence[Party]] = field(default_factory=dict)
    """Whom a case concerns beside its reporter, as they were told, by the case's id."""
    shares: dict[int, list[Assignment]] = field(default_factory=dict)
    """All shares of cases opened in this transaction, by the case's id."""
    answers: dict[Hashable, Any] = field(default_factory=dict)
    """Results of `cached_in_session`, by key."""


def get_cache(session: Session) -> SessionCache:
    """The cache of this session's transaction."""
    found: SessionCache | None = session.info.get(session_info.CACHE)
    if found is None:
        found = session.info[session_info.CACHE] = SessionCache()
    return found


def clear_cache(session: Session) -> None:
    """Forget what was looked up, because the organisation was changed."""
    session.info.pop(session_info.CACHE, None)


def cached_in_session(session: Session, key: Hashable, load: Callable[[], T]) -> T:
    """The result of `load()` for this key, called at most once in a transaction."""
    answers = get_cache(session).answers
    if key not in answers:
        answers[key] = load()
    answer: T = answers[key]
    return answer

"""Failed tries to sign in, counted in a table, so that all processes know them."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from models.console import FailedSignIn

WINDOW = timedelta(minutes=15)
MOST_OF_NAME = 5
"""Failed tries on one name in the window; after that even the right password is refused."""
MOST_OF_ADDRESS = 30
"""Likewise from one address, where a whole office may sit."""
_KEEP = timedelta(days=1)


def is_held(session: Session, name: str, address: str, *, now: datetime) -> bool:
    """Whether there were too many failed tries on this name or from this address lately."""
    of_name = _count(session, FailedSignIn.subject == _hash_name(name), now)
    return of_name >= MOST_OF_NAME or _count(session, FailedSignIn.address == address, now) >= MOST_OF_ADDRESS


def note_failure(session: Session, name: str, address: str, *, now: datetime) -> None:
    """Count a failed try; those of yesterday are forgotten."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.at < now - _KEEP))
    session.add(FailedSignIn(subject=_hash_name(name), address=address, at=now))


def forget_failures(session: Session, name: str) -> None:
    """Whoever signed in has not failed."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.subject == _hash_name(name)))


def _count(session: Session, condition: ColumnElement[bool], now: datetime) -> int:
    recent = select(func.count()).select_from(FailedSignIn).where(condition, FailedSignIn.at > now - WINDOW)
    return session.scalar(recent) or 0


def _hash_name(name: str) -> str:
    return hashlib.sha256(name.casefold().encode()).hexdigest()

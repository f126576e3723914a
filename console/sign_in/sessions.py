"""Sessions: a random token in a cookie, its hash in a table, so that each can be ended from this side."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import Session

from handlers.environment.people.posts import holds_post_at_top
from models.console import RESIDENT_DOOR, ConsoleSession
from models.organisation import DUTY_OFFICERS, OUTSIDERS, UNIT_NAME, Person, Unit
from models.personal_data import ERASED

_KEEP = timedelta(days=30)
"""How long an ended session stays on record."""
_MASK = 16


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is signed in in this browser, as they stand in the roster now."""

    session_id: int
    person: Person
    unit_name: str
    token: str = field(repr=False)
    at_top: bool = False
    """Whether they sit at the desk of a unit that has none above it."""

    @property
    def csrf(self) -> str:
        """The token of this session's forms, written otherwise each time: pages are packed, and what is
        packed beside other words could be guessed by its length."""
        mask, secret = secrets.token_bytes(_MASK), _derive_secret(self.token)
        return (mask + bytes(a ^ b for a, b in zip(mask, secret, strict=True))).hex()

    def owns_form(self, csrf: str) -> bool:
        """Whether a form with this token stood on a page of this session."""
        try:
            data = bytes.fromhex(csrf)
        except ValueError:
            return False
        if len(data) != 2 * _MASK:
            return False
        given = bytes(a ^ b for a, b in zip(data[:_MASK], data[_MASK:], strict=True))
        return hmac.compare_digest(given, _derive_secret(self.token))


def may_enter(person: Person) -> bool:
    """Whether the console is for this person: staff, and nobody who only reports."""
    return person.role not in OUTSIDERS and not person.code.startswith(ERASED)


def open_session(session: Session, person: Person, door: str, *, now: datetime, lasts: timedelta) -> str:
    """Begin a session of this person and return its token, which is nowhere else; old ones are forgotten."""
    session.execute(delete(ConsoleSession).where(ConsoleSession.expires_at < now - _KEEP))
    token = secrets.token_urlsafe(32)
    session.add(
        ConsoleSession(
            token_hash=_hash(token), person_id=person.id, door=door, opened_at=now, expires_at=now + lasts
        )
    )
    return token


def find_viewer(session: Session, token: str, *, now: datetime) -> Viewer | None:
    """Whoever holds this token; None where it is over, revoked, or of somebody who has left the staff."""
    found = session.execute(
        select(ConsoleSession.id, Person, UNIT_NAME)
        .join(Person, Person.id == ConsoleSession.person_id)
        .outerjoin(Unit, Unit.id == Person.unit_id)
        .where(_is_running(token, now), ConsoleSession.door != RESIDENT_DOOR)
    ).one_or_none()
    if found is None or not may_enter(found[1]):
        return None
    return Viewer(
        found[0], found[1], found[2], token, at_top=holds_post_at_top(session, found[1], DUTY_OFFICERS)
    )


def find_resident(session: Session, token: str, *, now: datetime) -> Person | None:
    """Whoever holds this token of a resident's page, as the roster has them; None where it is over."""
    known = _is_running(token, now), ConsoleSession.door == RESIDENT_DOOR, Person.code.not_like(f"{ERASED}%")
    return session.scalar(select(Person).join(ConsoleSession).where(*known))


def _is_running(token: str, now: datetime) -> ColumnElement[bool]:
    of_token = ConsoleSession.token_hash == _hash(token)
    return and_(of_token, ConsoleSession.revoked_at.is_(None), ConsoleSession.expires_at > now)


def revoke_session(session: Session, session_id: int, *, now: datetime) -> None:
    """End one session."""
    ended = update(ConsoleSession).where(ConsoleSession.id == session_id)
    session.execute(ended.values(revoked_at=now))


def revoke_person(session: Session, person_id: int, *, now: datetime) -> int:
    """End every session of somebody, on all browsers; how many there were."""
    running = select(ConsoleSession).where(
        ConsoleSession.person_id == person_id,
        ConsoleSession.revoked_at.is_(None),
        ConsoleSession.expires_at > now,
    )
    rows = session.scalars(running).all()
    for row in rows:
        row.revoked_at = now
    return len(rows)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _derive_secret(token: str) -> bytes:
    return hmac.new(token.encode(), b"form", hashlib.sha256).digest()[:_MASK]

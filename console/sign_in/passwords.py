"""Passwords of places without a platform to sign in by: scrypt from the standard library."""

import base64
import hashlib
import hmac
import secrets
import threading
from datetime import datetime

from sqlalchemy.orm import Session

from models.console import ConsolePassword

LEAST = 10
"""Characters of a password."""
MOST = 200
_N, _R, _P = 2**15, 8, 1
_MEMORY = 64 * 1024 * 1024
_TURNS = threading.BoundedSemaphore(2)
"""Each takes 32 MiB and a tenth of a second: however many try at once, two are worked on."""


def hash_password(password: str) -> str:
    """The password as it is stored, with a salt of its own."""
    salt = secrets.token_bytes(16)
    return "$".join(("scrypt", str(_N), str(_R), str(_P), _encode(salt), _encode(_derive(password, salt))))


def check_password(password: str, stored: str | None) -> bool:
    """Whether it is the stored one. Where none is stored, no, after as much work."""
    kind, n, r, p, salt, key = (stored or _NOBODY).split("$")
    if kind != "scrypt":
        raise ValueError("a password of a kind that is not known")
    given = _derive(password[:MOST], base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(given, base64.b64decode(key)) and stored is not None


def set_password(session: Session, person_id: int, password: str, *, now: datetime) -> None:
    """Store the password of this person, in place of another. ValueError for one too short or too long."""
    if not LEAST <= len(password) <= MOST:
        raise ValueError("a password of an unfit length")
    session.merge(ConsolePassword(person_id=person_id, hash=hash_password(password), set_at=now))


def _derive(password: str, salt: bytes, n: int = _N, r: int = _R, p: int = _P) -> bytes:
    with _TURNS:
        return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32)


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


_NOBODY = "$".join(("scrypt", str(_N), str(_R), str(_P), _encode(bytes(16)), _encode(bytes(32))))

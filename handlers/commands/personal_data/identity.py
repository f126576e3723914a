"""By what a person is known, and how that is hidden in words."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases.privacy import REPORTER, mask
from handlers.environment.people import doors
from models.organisation import Account, Person

_SHORTEST_ACCOUNT = 4
"""Characters; a shorter one is in too many words."""

Redact = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Identity:
    """The rows, names and accounts of a person on all platforms, whatever they joined."""

    person_ids: tuple[int, ...]
    names: tuple[str, ...]
    user_ids: tuple[str, ...]

    def build_redaction(self) -> Redact:
        """Hides name and accounts of the person, and whatever numbers and names stand in a text."""
        words = sorted((word for word in self.user_ids if len(word) >= _SHORTEST_ACCOUNT), key=len)
        named = "|".join(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])" for word in reversed(words))
        accounts = re.compile(named or r"(?!)", re.IGNORECASE)

        def redact(text: str) -> str:
            return mask(accounts.sub(REPORTER, text), *self.names)

        return redact


def find_identity(session: Session, person: Person) -> Identity:
    """By what the person is known now."""
    rows = doors.list_rows(session, person)
    ids = tuple(row.id for row in rows)
    mine = select(Account.user_id).where(Account.person_id.in_(ids)).order_by(Account.id)
    return Identity(ids, tuple(row.name for row in rows), tuple(session.scalars(mine)))

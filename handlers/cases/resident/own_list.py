"""The cases of whoever is known by an account that nobody vouches for: what they reported, and no more.

They are the cases of `/我的` in that account's conversation, with the same rights.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases import queries
from handlers.cases.lists import personal
from handlers.cases.queries import Asker
from handlers.cases.resident import page
from handlers.cases.resident.page import ResidentLine
from handlers.environment.people import doors
from handlers.environment.snapshot import Environment
from handlers.errors import NotFound
from handlers.wording import resident_page as say
from models import case_links
from models.organisation import Account, Person

A_PAGE = 20


@dataclass(frozen=True, slots=True)
class OwnCases:
    """A page of the list, newest first."""

    lines: Sequence[ResidentLine]
    page: int
    """From 1."""
    pages: int


def find_person(session: Session, provider: str, user_id: str) -> Person | None:
    """Whoever has this account; None where they have never spoken to us."""
    account = Account.provider == provider, Account.user_id == user_id
    return session.scalar(select(Person).join(Account).where(*account))


def list_own_cases(
    session: Session, person: Person, provider: str, env: Environment, *, number: int, now: datetime
) -> OwnCases:
    """Page `number` of what this person reported, whatever they are elsewhere."""
    found = personal.list_own(session, _build_asker(person, provider), page=number, size=A_PAGE)
    lines = [page.build_line(session, case, env, now=now) for case in found.cases]
    return OwnCases(lines, found.page, max(-(-found.total // A_PAGE), 1))


def open_own_case(session: Session, person: Person, provider: str, number: str, *, now: datetime) -> str:
    """A token of the link to a case that this person reported, under whichever of their accounts.

    Raises NotFound, also where the link was taken back.
    """
    asker = _build_asker(person, provider)
    case = queries.find_case(session, asker, number)
    reporter_id = case.reporter_id
    if reporter_id is None or not doors.is_same(session, asker.person, reporter_id):
        raise NotFound(say.NO_SUCH_PAGE)
    token = case_links.issue_token(
        session, case_links.open_link(session, case, reporter_id, now=now), reporter_id
    )
    if not token:
        raise NotFound(say.NO_SUCH_PAGE)
    return token


def _build_asker(person: Person, provider: str) -> Asker:
    return Asker(doors.limit_rights(person, provider, None), in_private=True)

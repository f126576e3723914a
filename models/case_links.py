"""The pages of residents: links to cases, and what was reported by form.

Whoever has a link speaks as the reporter of its case, so that it is said in conversations of one person only,
and the database cannot give it away: of a token only its hash is kept, and what is to be sent names the link
by its id until it leaves.
"""

import hashlib
import re
import secrets
import string
from datetime import datetime, timedelta
from functools import cache
from typing import cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    ForeignKey,
    Index,
    Select,
    UniqueConstraint,
    and_,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from models.cases import Case, Event
from models.database import Base, Id, insert_if_absent
from models.organisation import Person
from models.workflow import OPEN, Status

_LETTERS = string.ascii_lowercase
"""No digits, which would be read as a case's number or masked as a telephone's; no signs of markup."""
_LENGTH = 28
"""Letters of a token: 131 bits."""
TOKEN = re.compile(rf"(?<![A-Za-z])[{_LETTERS[0]}-{_LETTERS[-1]}]{{{_LENGTH}}}(?![A-Za-z])")
"""A token in what somebody writes, with its address or without: whoever reads it could act with it."""


class CaseLink(Base):
    """The right of one person to see their case on a page and to speak there as its reporter."""

    __tablename__ = "case_links"
    __table_args__ = (UniqueConstraint("case_id", "person_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    """When the desk or the reporter took it back; it stays so."""


class LinkToken(Base):
    """One address of a link. Nobody can read it back, so each message that names the link has another."""

    __tablename__ = "case_link_tokens"

    digest: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 of the token, in hexadecimal digits."""
    link_id: Mapped[int] = mapped_column(ForeignKey("case_links.id", ondelete="CASCADE"), index=True)


COUNTED_WITHIN = timedelta(days=1)
"""The longest span over which forms are counted."""


class PageReport(Base):
    """One form that was sent in, counted by address and unit; deleted when it counts no more."""

    __tablename__ = "page_reports"
    __table_args__ = (
        Index("ix_page_reports_address", "address", "at"),
        Index("ix_page_reports_unit", "unit_id", "at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    address: Mapped[str]
    """Hash of the network address, of this day only."""
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    at: Mapped[datetime]


_IS_LIVE = CaseLink.revoked_at.is_(None)


def open_link(session: Session, case: Case, person_id: int, *, now: datetime) -> int | None:
    """Id of the link of this person to this case, made where there is none; None where it was taken back.

    `case` is stored already; `now`: aware UTC.
    """
    insert_if_absent(session, CaseLink, {"case_id": case.id, "person_id": person_id, "created_at": now})
    own = CaseLink.case_id == case.id, CaseLink.person_id == person_id
    link = session.scalars(select(CaseLink).where(*own)).one()
    return link.id if link.revoked_at is None else None


def issue_token(session: Session, link_id: int | None, person_id: int | None) -> str:
    """A new token of this link of this person; "" where they have none of this id, or it was taken back.

    Earlier ones go on working.
    """
    own = CaseLink.id == link_id, CaseLink.person_id == person_id, _IS_LIVE
    if session.scalar(select(CaseLink.id).where(*own)) is None:
        return ""
    token = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    session.execute(insert(LinkToken).values(digest=_hash_token(token), link_id=link_id))
    return token


def build_address(base_url: str, token: str) -> str:
    """The whole address of the page with this token, as people are told it."""
    return f"{base_url.rstrip('/')}/c/{token}"


def find_link(session: Session, token: str, *, keep: timedelta, now: datetime) -> CaseLink | None:
    """The link of this token; None where there is none, or it is over: nobody learns which.

    `keep`: how long after the end of its case it lasts. The same is asked of the database whatever the token
    looks like.
    """
    row = session.execute(_select_live_link(), {"digest": _hash_token(token)}).one_or_none()
    if row is None:
        return None
    link: CaseLink = row[0]
    ended: datetime | None = row[1]
    return link if ended is None or now - ended <= keep else None


@cache
def _select_live_link() -> Select[CaseLink, datetime]:
    """Made once: putting it together takes longer than the database."""
    return (
        select(CaseLink, _ended_at())
        .join(LinkToken, LinkToken.link_id == CaseLink.id)
        .join(Case, Case.id == CaseLink.case_id)
        .where(LinkToken.digest == bindparam("digest"), _IS_LIVE)
    )


def _hash_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _ended_at() -> ColumnElement[datetime]:
    """When a case ended; of one joined to another, when that one did. NULL while it is open."""
    root = aliased(Case)
    last = (
        select(func.max(Event.at))
        .where(Event.case_id == Case.id, Event.status_from != Event.status_to)
        .scalar_subquery()
    )
    of_root = select(root.closed_at).where(root.id == Case.parent_id).scalar_subquery()
    return func.coalesce(
        Case.closed_at,
        sql_case((Case.status == Status.DUPLICATE, of_root)),
        sql_case((Case.status.in_((Status.REJECTED, Status.VOID)), last)),
    )


def select_ended() -> Select[int, datetime]:
    """Id of each link whose case is at an end, and since when that is: `id`, `since`."""
    of_cases = select(CaseLink.id, _ended_at().label("since")).join(Case, Case.id == CaseLink.case_id)
    return of_cases.where(Case.status.not_in(OPEN))


def has_link(session: Session, case: Case, person_id: int | None = None) -> bool:
    """Whether somebody, or this person, has a link to the case that was not taken back."""
    return session.scalar(select(CaseLink.id).where(_of_case(case, person_id), _IS_LIVE).limit(1)) is not None


def revoke_links(session: Session, case: Case, person_id: int | None, *, now: datetime) -> int:
    """Take back the links of this person to the case, with None of everybody; how many those were."""
    session.flush()
    taken = update(CaseLink).where(_of_case(case, person_id), _IS_LIVE).values(revoked_at=now)
    done = session.execute(taken.execution_options(synchronize_session="fetch"))
    return int(cast("CursorResult[object]", done).rowcount)


def _of_case(case: Case, person_id: int | None) -> ColumnElement[bool]:
    mine = CaseLink.case_id == case.id
    return mine if person_id is None else and_(mine, CaseLink.person_id == person_id)


def load_holder(session: Session, link: CaseLink) -> tuple[Case, Person]:
    """The case of a link, and whose link it is."""
    return session.get_one(Case, link.case_id), session.get_one(Person, link.person_id)

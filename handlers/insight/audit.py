"""What is looked at afterwards: who saw a reporter, what two people decided, who signed in, whose data went.

Of cases, those of the reader's own area, and restricted ones for their readers only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from handlers.cases import queries
from handlers.cases.privacy import display_actor, mask
from handlers.cases.queries import Asker
from handlers.environment.units import select_subtree
from handlers.errors import NotAllowed
from handlers.wording import audit as say
from handlers.wording import participation as say_joining
from models.cases import IS_AUDITED, Case, Event
from models.console import RESIDENT_DOOR, ConsoleSession, FailedSignIn
from models.organisation import LEADERS, ParticipationChange, Person, Role, has_post
from models.personal_data import DataRequest
from models.workflow import ACTS, REVEALS

_ADMINS = frozenset({Role.ADMIN})
_AUDITORS = LEADERS | {Role.OBSERVER}
_RECENT = timedelta(days=1)


class AuditKind(StrEnum):
    """What is on record."""

    REVEALS = "reveals"
    """Somebody looked at who reported a case."""
    DECISIONS = "decisions"
    """What is asked of a second person, and what cannot easily be taken back."""
    SIGN_INS = "sign_ins"
    PERSONAL_DATA = "personal_data"
    PARTICIPATION = "participation"
    """An informant agreed to take part, or left."""


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One thing that was done; `id` is that of its row."""

    id: int
    at: datetime
    who: str
    what: str
    number: str
    """Of the case; "" where it was done to none."""
    text: str


@dataclass(frozen=True, slots=True)
class FailedTries:
    """Tries to sign in that failed within a day, and from how many addresses they came."""

    count: int
    addresses: int


def may_audit(asker: Asker) -> bool:
    """Whether the record of their area is theirs to read."""
    auditor = asker.in_post(_AUDITORS).actor
    return auditor.is_one_of(_AUDITORS) and auditor.unit_id is not None


def may_operate(asker: Asker, *, at_top: bool) -> bool:
    """Whether they see how the program runs: administrators, and the desk of the top unit (`at_top`)."""
    return at_top or asker.in_post(_ADMINS).actor.is_one_of(_ADMINS)


def list_kinds(session: Session, asker: Asker) -> Sequence[AuditKind]:
    """What the asker may read; whose data went, at the top unit only. Raises NotAllowed."""
    unit = asker.in_post(_AUDITORS).unit(session)
    if unit is None or not may_audit(asker):
        raise NotAllowed(say.may_not_audit())
    return [kind for kind in AuditKind if kind is not AuditKind.PERSONAL_DATA or unit.parent_id is None]


def list_audit(
    session: Session, asker: Asker, kind: AuditKind, *, size: int, before: int | None = None
) -> tuple[Sequence[AuditLine], int | None]:
    """A page of the record, the newest first, and the `before` of the next page; None: there is none.

    Raises NotAllowed.
    """
    if kind not in list_kinds(session, asker):
        raise NotAllowed(say.may_not_audit())
    if kind is AuditKind.SIGN_INS:
        lines = _list_sign_ins(session, asker, size + 1, before)
    elif kind is AuditKind.PERSONAL_DATA:
        lines = _list_requests(session, size + 1, before)
    elif kind is AuditKind.PARTICIPATION:
        lines = _list_participation(session, asker, size + 1, before)
    else:
        lines = _list_events(session, asker, kind, size + 1, before)
    page = lines[:size]
    return page, page[-1].id if len(lines) > size else None


def _list_events(
    session: Session, asker: Asker, kind: AuditKind, size: int, before: int | None
) -> list[AuditLine]:
    query = select(Event, Case).join(Case, Case.id == Event.case_id).where(
        IS_AUDITED,
        Event.act.in_(REVEALS) if kind is AuditKind.REVEALS else Event.act.not_in(REVEALS),
        queries.is_visible(asker),
        queries.lies_in(session, asker.in_post(_AUDITORS).unit(session)),
    )  # fmt: skip
    if before is not None:
        query = query.where(Event.id < before)
    return [
        AuditLine(
            event.id,
            event.at,
            display_actor(event, case),
            ACTS[event.act].verb,
            case.number,
            mask(event.text),
        )
        for event, case in session.execute(query.order_by(Event.id.desc()).limit(size))
    ]


def _list_sign_ins(session: Session, asker: Asker, size: int, before: int | None) -> list[AuditLine]:
    opened = select(ConsoleSession, Person.name).join(Person, Person.id == ConsoleSession.person_id)
    query = opened.where(ConsoleSession.door != RESIDENT_DOOR)
    unit = asker.in_post(_AUDITORS).unit(session)
    if unit is not None:
        query = query.where(Person.unit_id.in_(select_subtree(unit)))
    if before is not None:
        query = query.where(ConsoleSession.id < before)
    return [
        AuditLine(
            row.id,
            row.opened_at,
            name,
            say.signed_in(row.door),
            "",
            say.SIGNED_OUT if row.revoked_at is not None else "",
        )
        for row, name in session.execute(query.order_by(ConsoleSession.id.desc()).limit(size))
    ]


def _list_requests(session: Session, size: int, before: int | None) -> list[AuditLine]:
    asker, approver = aliased(Person), aliased(Person)
    query: Select[DataRequest, str, str | None] = (
        select(DataRequest, asker.name, approver.name)
        .join(asker, asker.id == DataRequest.asked_by)
        .outerjoin(approver, approver.id == DataRequest.approved_by)
    )
    if before is not None:
        query = query.where(DataRequest.id < before)
    return [
        AuditLine(
            row.id, row.asked_at, name, say.data_request(row.kind), "",
            say.data_request_state(row.number, mask(row.reason), second or "", done=row.done_at is not None),
        )
        for row, name, second in session.execute(query.order_by(DataRequest.id.desc()).limit(size))
    ]  # fmt: skip


def _list_participation(session: Session, asker: Asker, size: int, before: int | None) -> list[AuditLine]:
    query = select(ParticipationChange, Person).join(Person, Person.id == ParticipationChange.person_id)
    unit = asker.in_post(_AUDITORS).unit(session)
    if unit is not None:
        units = select_subtree(unit)
        query = query.where(has_post(lambda _role, unit_id: unit_id.in_(units)))
    if before is not None:
        query = query.where(ParticipationChange.id < before)
    return [
        AuditLine(
            row.id, row.changed_at, person.name or person.code,
            say_joining.audit_line(row.participation, by_themselves=row.changed_by == person.id), "", "",
        )
        for row, person in session.execute(query.order_by(ParticipationChange.id.desc()).limit(size))
    ]  # fmt: skip


def count_failed_tries(session: Session, *, now: datetime) -> FailedTries:
    """Tries that failed within the last day."""
    columns = func.count(), func.count(FailedSignIn.address.distinct())
    row = session.execute(select(*columns).where(FailedSignIn.at > now - _RECENT)).one()
    return FailedTries(row[0], row[1])

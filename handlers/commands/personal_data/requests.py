"""Requests to export or erase a person's data: asked for by one, agreed to by another, done by the program.

Both are administrators or the lead of a top unit. Only people who report are erased: what staff did is the
office's record. While a case of theirs runs, their answer has to find them.
"""

from datetime import datetime

import structlog
from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session, aliased

from handlers.environment.people import doors
from handlers.environment.snapshot import Environment
from handlers.errors import MissingNeed, NotAllowed, NotFound, WrongState
from handlers.wording import personal_data as say
from models.account_ids import WECOM, spell_account
from models.case_archive import ArchivedCase
from models.cases import Case, increment_counter
from models.organisation import OUTSIDERS, Account, Person, Role, Unit
from models.personal_data import DataRequest, DataRequestKind
from models.reports import IS_WAITING, Report
from models.workflow import OPEN, Status

log = structlog.get_logger()


def check_may_decide(session: Session, person: Person) -> None:
    """Raise NotAllowed for others than administrators and leads of a unit that has none above it."""
    leads = select(Unit.id).where(Unit.parent_id.is_(None), Unit.lead == person.code)
    if person.find_post(frozenset({Role.ADMIN})) is None and session.scalar(leads.limit(1)) is None:
        raise NotAllowed(say.may_not_decide())


def find_person(session: Session, said: str) -> Person:
    """The person with this code or account, or the reporter of the case of this number. Raises NotFound."""
    named = or_(
        Account.user_id == said,
        and_(Account.provider == WECOM, Account.user_id == spell_account(WECOM, said)),
    )
    by_account = select(Account.person_id).where(named)
    by_case = select(Case.reporter_id).where(Case.number == said.upper())
    by_archived = select(ArchivedCase.reporter_id).where(ArchivedCase.number == said.upper())
    by_number = or_(Person.id.in_(by_case), Person.id.in_(by_archived))
    known = or_(Person.code == said, Person.id.in_(by_account), by_number)
    found = session.scalars(select(Person).where(known).limit(2)).all()
    if len(found) != 1:
        raise NotFound(say.no_such_person(said))
    return found[0]


def store_request(
    session: Session,
    kind: DataRequestKind,
    person: Person,
    asker: Person,
    reason: str,
    *,
    env: Environment,
    now: datetime,
) -> DataRequest:
    """Store what is asked for; nothing is done before somebody else agrees. `now`: aware UTC.

    Raises NotAllowed for who may not ask, MissingNeed without a reason, WrongState for staff who are to be
    erased and for people whose cases still run.
    """
    check_may_decide(session, asker)
    if not reason:
        raise MissingNeed(say.usage(kind))
    _check_none_archived(session, person)
    if kind is DataRequestKind.ERASE:
        check_erasable(session, person)
    day = f"GR{env.local(now):%y%m%d}"
    request = DataRequest(
        number=f"{day}-{increment_counter(session, f'data:{day}'):03d}",
        kind=kind,
        person_id=person.id,
        reason=reason,
        asked_by=asker.id,
        asked_at=now,
    )
    session.add(request)
    session.flush()
    log.info("personal_data.asked", request=request.number, kind=str(kind), by=asker.id)
    return request


def check_erasable(session: Session, person: Person) -> None:
    """Raise WrongState for staff, and for people who still wait for an answer."""
    if any(row.role not in OUTSIDERS for row in doors.list_rows(session, person)):
        raise WrongState(say.staff_are_not_erased())
    numbers = list_unfinished(session, person)
    waiting = select(Report.id).where(doors.is_one_of(person, Report.person_id), IS_WAITING).limit(1)
    if numbers or session.scalar(waiting) is not None:
        raise WrongState(say.cases_still_run(numbers))
    _check_none_archived(session, person)


def _check_none_archived(session: Session, person: Person) -> None:
    """Raise WrongState where the archive holds cases of theirs: nothing in a file is found or erased."""
    mine = select(ArchivedCase.number).where(doors.is_one_of(person, ArchivedCase.reporter_id))
    if numbers := list(session.scalars(mine.order_by(ArchivedCase.case_id))):
        raise WrongState(say.cases_archived(numbers))


def list_unfinished(session: Session, person: Person) -> list[str]:
    """Numbers of their cases that are open, or joined to one that is."""
    parent = aliased(Case)
    joined = and_(Case.status == Status.DUPLICATE, parent.status.in_(OPEN))
    mine = select(Case.number).outerjoin(parent, parent.id == Case.parent_id)
    running = mine.where(doors.is_one_of(person, Case.reporter_id), or_(Case.status.in_(OPEN), joined))
    return list(session.scalars(running.order_by(Case.id)))


def approve(session: Session, number: str, person: Person, *, now: datetime) -> DataRequest:
    """Agree to a request; of two who do so in one second, one does. `now`: aware UTC.

    Raises NotFound, NotAllowed for who asked for it and for who may not decide, WrongState where it was
    agreed to before, or a case of the person runs again.
    """
    check_may_decide(session, person)
    request = find_request(session, number)
    if doors.is_same(session, person, request.asked_by):
        raise NotAllowed(say.own_request(number))
    if request.kind == DataRequestKind.ERASE and request.approved_at is None:
        check_erasable(session, session.get_one(Person, request.person_id))
    agreed = (
        update(DataRequest)
        .where(DataRequest.id == request.id, DataRequest.approved_at.is_(None))
        .values(approved_by=person.id, approved_at=now)
        .returning(DataRequest.id)
        .execution_options(synchronize_session=False)
    )
    if session.scalar(agreed) is None:
        raise WrongState(say.approved_before(number))
    session.refresh(request)
    log.info("personal_data.approved", request=request.number, kind=request.kind, by=person.id)
    return request


def find_request(session: Session, number: str) -> DataRequest:
    """The request of this number. Raises NotFound."""
    request = session.scalar(select(DataRequest).where(DataRequest.number == number.upper()))
    if request is None:
        raise NotFound(say.no_such_request(number))
    return request


def find_exportable(session: Session, number: str) -> DataRequest:
    """The request of this number, where it is an export that two people agreed to and nobody has written yet.

    Raises NotFound and WrongState.
    """
    request = find_request(session, number)
    if request.kind != DataRequestKind.EXPORT:
        raise WrongState(say.no_export(request.number))
    if request.approved_at is None:
        raise WrongState(say.not_approved(request.number))
    if request.done_at is not None:
        raise WrongState(say.exported_before(request.number))
    return request

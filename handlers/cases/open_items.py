"""What of a case is still open: a request, an order, a leader's charge, a voice, a clock, a milestone."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from handlers.cases.context import ActContext
from models.approvals import IS_UNDECIDED, ApprovalRequest, SupervisionOrder
from models.cases import Case, Event
from models.charges import IS_IN_CHARGE, Charge
from models.clocks import IS_RUNNING, ClockRow
from models.organisation import Person
from models.reports import Media
from models.suggestions import IS_AHEAD, Milestone, Publication
from models.voices import Voice
from models.workflow import Step


def open_order(session: Session, case: Case) -> SupervisionOrder | None:
    """The supervision order of this case that nobody has answered; None where there is none."""
    return session.scalar(
        select(SupervisionOrder)
        .where(SupervisionOrder.case_id == case.id, SupervisionOrder.replied_at.is_(None))
        .limit(1)
    )


def find_charge(session: Session, case: Case) -> Charge | None:
    """The charge of this case that lasts; None where there is none."""
    return session.scalar(select(Charge).where(Charge.case_id == case.id, IS_IN_CHARGE))


def find_leader(session: Session, case: Case, *, ended_by: int | None = None) -> Person | None:
    """Who answers for this case, or did until the event of this number; None: nobody."""
    lasts = IS_IN_CHARGE if ended_by is None else or_(IS_IN_CHARGE, Charge.ended_event_number == ended_by)
    taken = select(Person).join(Charge, Charge.leader_id == Person.id).where(Charge.case_id == case.id, lasts)
    return session.scalar(taken.order_by(Charge.id.desc()).limit(1))


def pending_request(context: ActContext) -> ApprovalRequest | None:
    """The approval request of this case that nobody has decided; None where there is none."""
    return context.session.scalar(
        select(ApprovalRequest).where(ApprovalRequest.case_id == context.case.id, IS_UNDECIDED)
    )


def find_proposed_reason(session: Session, case: Case) -> str:
    """Why the program proposed to raise this case last; "" where it never did."""
    proposed = select(Event.text).where(Event.case_id == case.id, Event.act == "propose_raise")
    return session.scalar(proposed.order_by(Event.number.desc()).limit(1)) or ""


def has_voice(session: Session, case: Case) -> bool:
    """Whether something was said for this case whose words did not come with it."""
    mine = select(Voice.media_id).join(Media).where(Media.case_id == case.id).limit(1)
    return session.scalar(mine) is not None


def is_clock_running(session: Session, case: Case, step: Step) -> bool:
    """Whether a clock of this step is running for the case."""
    of_step = (ClockRow.case_id == case.id, ClockRow.step == step, IS_RUNNING)
    return session.scalar(select(ClockRow.id).where(*of_step).limit(1)) is not None


def find_next_milestone(session: Session, case: Case) -> Milestone | None:
    """The earliest step towards what was suggested that is not reached yet."""
    mine = select(Milestone).where(Milestone.case_id == case.id, IS_AHEAD)
    return session.scalar(mine.order_by(Milestone.due, Milestone.id).limit(1))


def find_publication(session: Session, case: Case) -> Publication | None:
    """What is public of a suggestion, or waits for a second person."""
    return session.scalar(select(Publication).where(Publication.case_id == case.id))


def is_published(session: Session, case: Case) -> bool | None:
    """Whether it is public; None: nobody has written anything."""
    written = find_publication(session, case)
    return written.published_at is not None if written is not None else None

"""What some acts add to a view: the units called to help, the supervision order, the time until arrival."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from handlers.cases import assignments, open_items, site_checks
from handlers.environment import unit_chats
from handlers.environment.snapshot import Environment
from handlers.triage.similarity.photo_hash import is_one_picture, parse_hash
from handlers.triage.similarity.score import measure_distance
from handlers.wording import formats, labels
from handlers.wording.case_view import NO_DETAILS, ActDetails
from models.approvals import ApprovalRequest, SupervisionOrder
from models.cases import Assignment, Case, Event
from models.messages import PartKind
from models.organisation import Person, Unit
from models.reports import Media
from models.site_checks import SiteCheck
from models.spot_checks import SpotCheck
from models.time_limits import TimeLimit
from models.workflow import ACTS, Act, ActField, Audience, Condition, RequestKind, Status


def _submits(act: Act) -> bool:
    """Whether a result is handed in by it."""
    return Status.SUBMITTED in act.to_states and Status.SUBMITTED not in act.from_states


_SUBMITTING = [act.key for act in ACTS.values() if _submits(act)]


def load_details(session: Session, case: Case, event: Event, env: Environment) -> ActDetails:
    """The details of an event of this case that its words need, chosen by the act's row; most acts have none.

    At most one query for most acts, none for the most common ones.
    """
    act = ACTS[event.act]
    if Audience.PARTNERS in act.audiences:
        return ActDetails(partners=_partner_names(session, case, event))
    if act.request is not None:
        return ActDetails(request=_describe_request(session, case, env))
    if (of_columns := _describe_columns(event, env)) is not NO_DETAILS:
        return of_columns
    if _submits(act):
        return ActDetails(repeats_photo=_repeats_earlier_photo(session, case))
    if ActField.CALL in act.required_fields:
        return ActDetails(spot_check=_describe_spot_check(session, case, event))
    if Audience.SURVEYORS in act.audiences:
        return _surveyor_names(session, case, event, env)
    if ActField.UNIT in act.required_fields:
        return _find_unreached_unit(session, case)
    return _describe_condition(session, case, event, env)


def _describe_condition(session: Session, case: Case, event: Event, env: Environment) -> ActDetails:
    match ACTS[event.act].requires:
        case Condition.NOT_ARRIVED:
            return _describe_arrival(session, case, event)
        case Condition.IN_CHARGE | Condition.NOT_IN_CHARGE:
            leader = open_items.find_leader(session, case, ended_by=event.number)
            return ActDetails(leader=leader.name if leader is not None else "")
        case Condition.NO_ORDER_OPEN | Condition.ORDER_OPEN:
            return _order_details(session, case, event, env)
        case _:
            return NO_DETAILS


def _describe_columns(event: Event, env: Environment) -> ActDetails:
    if event.fields.get("complex"):
        return ActDetails(ceiling=env.limits.complex.chinese)
    if event.fields.get("resume_at") is not None:
        return ActDetails(resumes=env.local(datetime.fromisoformat(event.fields["resume_at"])))
    return NO_DETAILS


def _find_unreached_unit(session: Session, case: Case) -> ActDetails:
    """Names the lead unit where no group of it can be told of its task."""
    chats = unit_chats.handling_chats(session, case.unit_id)
    is_told = any(
        chat.gone_at is None and unit_chats.is_group_of(session, chat, case.unit_id) for chat in chats
    )
    unit = session.get(Unit, case.unit_id) if case.unit_id is not None and not is_told else None
    return ActDetails(unreached=unit.display_name) if unit is not None else NO_DETAILS


def _partner_names(session: Session, case: Case, event: Event) -> str:
    called = assignments.list_called(session, case, event)
    return "、".join(session.get_one(Unit, unit_id).display_name for unit_id in called)


def _surveyor_names(session: Session, case: Case, event: Event, env: Environment) -> ActDetails:
    asked = site_checks.list_contacts(session, case, event.number, env)
    skill = env.class_info(case.class_id).skill
    these = (SiteCheck.case_id == case.id, SiteCheck.event_number == event.number)
    due = session.scalar(select(func.max(SiteCheck.due_at)).where(*these))
    return ActDetails(
        surveyors="、".join(
            labels.with_skill(each.person.name, skill if skill in each.person.skills else "")
            for each in asked
            if each.chat is not None
        ),
        unreached="、".join(each.person.name for each in asked if each.chat is None),
        look_by=formats.format_time(env.local(due), now=env.local(event.at)) if due is not None else "",
    )


def _describe_spot_check(session: Session, case: Case, event: Event) -> str:
    ended_or_tried = or_(SpotCheck.event_number == event.number, SpotCheck.attempted_at == event.at)
    of_case = select(SpotCheck).where(SpotCheck.case_id == case.id, ended_or_tried)
    check = session.scalar(of_case.order_by(SpotCheck.id.desc()).limit(1))
    return (check.outcome or "attempted") if check is not None else ""


def _describe_arrival(session: Session, case: Case, event: Event) -> ActDetails:
    person = session.get(Person, event.actor_id) if event.actor_id else None
    share = session.scalar(
        select(Assignment)
        .where(Assignment.case_id == case.id, Assignment.arrived_event_number == event.number)
        .order_by(Assignment.id.desc())
        .limit(1)
    )
    if share is None or person is None:
        return NO_DETAILS
    took = formats.format_span(event.at - share.dispatched_at)
    here, there = _find_point(share.arrived_lat, share.arrived_lon), _find_point(case.lat, case.lon)
    metres = measure_distance(here, there)
    return ActDetails(arrival_time=took, arrival_distance=formats.format_metres(metres))


def _find_point(lat: float | None, lon: float | None) -> tuple[float, float] | None:
    return (lat, lon) if lat is not None and lon is not None else None


def _order_details(session: Session, case: Case, event: Event, env: Environment) -> ActDetails:
    order = session.scalar(
        select(SupervisionOrder)
        .where(
            SupervisionOrder.case_id == case.id,
            or_(
                SupervisionOrder.event_number == event.number,
                SupervisionOrder.replied_event_number == event.number,
            ),
        )
        .limit(1)
    )
    if order is None:
        return ActDetails()
    due = formats.format_time(env.local(order.due_at), now=env.local(event.at))
    return ActDetails(order=order.number, order_due=due)


def _describe_request(session: Session, case: Case, env: Environment) -> str:
    request = session.scalar(
        select(ApprovalRequest)
        .where(ApprovalRequest.case_id == case.id)
        .order_by(ApprovalRequest.id.desc())
        .limit(1)
    )
    if request is None:
        return ""
    length = f" {TimeLimit.parse(request.limit).chinese}" if request.limit else ""
    day = env.local(request.until) if request.until else None
    until = f"到 {day.month}月{day.day}日" if day else ""
    return f"{RequestKind(request.kind).chinese}{length}{until}"


def _repeats_earlier_photo(session: Session, case: Case) -> bool:
    """Whether a photo of the result came with the report, or with a result that was refused.

    Whoever sent it on the way already, without a result before, sends it as the result rightly.
    """
    found = session.execute(
        select(Media.role, Media.phash).where(
            Media.case_id == case.id, Media.kind == PartKind.PHOTO, Media.phash.is_not(None)
        )
    ).all()
    hashes = {
        role: [number for other, text in found if other == role and (number := parse_hash(text or ""))]
        for role in ("before", "process", "after")
    }
    if _share_picture(hashes["after"], hashes["before"]):
        return True
    return _share_picture(hashes["after"], hashes["process"]) and _was_submitted_before(session, case)


def _share_picture(some: Iterable[int], others: Iterable[int]) -> bool:
    return any(is_one_picture(one, other) for one in some for other in others)


def _was_submitted_before(session: Session, case: Case) -> bool:
    count = select(func.count()).where(Event.case_id == case.id, Event.act.in_(_SUBMITTING))
    return (session.scalar(count) or 0) > 1

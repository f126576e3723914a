"""To whom: dispatching, passing on, deciding for good, calling others to help."""

from sqlalchemy import select

from handlers.cases import event_log
from handlers.cases.assignments import begin_share, end_lead, share_of_unit
from handlers.cases.assignments import live_shares as live
from handlers.cases.assignments import update_lead as lead
from handlers.cases.context import ActContext, ColumnChanges, attach_media, require_unit
from handlers.clocks import case_clocks
from handlers.errors import MissingNeed, WrongState
from handlers.wording import refusals as say
from models.cases import ASSIST, Assignment
from models.organisation import Unit
from models.workflow import ActField, Status, Step


def _apply_assign(context: ActContext) -> ColumnChanges:
    if context.case.arbitration:
        raise WrongState(say.must_arbitrate(context.case.number))
    return _dispatch(context, require_unit(context))


def _apply_pass_on(context: ActContext) -> ColumnChanges:
    """The clock is unchanged, whoever has the case now."""
    if context.case.arbitration:
        raise WrongState(say.must_arbitrate(context.case.number))
    return _dispatch(context, require_unit(context), relimit=False)


def _apply_arbitrate(context: ActContext) -> ColumnChanges:
    """The duty desk's last word: this unit cannot return it (standards §10)."""
    if not context.case.arbitration:
        raise WrongState(say.nothing_to_arbitrate(context.case.number))
    return _dispatch(context, require_unit(context)) | {"arbitration": False, "final": True}


def _dispatch(context: ActContext, unit: Unit, *, relimit: bool = True) -> ColumnChanges:
    _uphold_return(context, unit)
    end_lead(context)
    begin_share(context, unit)
    due = context.case.due_at
    if relimit and context.input.limit is not None:
        due = case_clocks.set_finish_limit(context, limit=context.input.limit)
    elif context.case.status == Status.ACCEPTED and (upheld := case_clocks.due_at(context)) is not None:
        due = upheld
    return {"status": Status.DISPATCHED, "unit_id": unit.id, "due_at": due, "handler_id": None}


def _uphold_return(context: ActContext, unit: Unit) -> None:
    """Giving a returned case to another unit says that the return was right: its time did not run.

    Sent back to the same unit, the return was wrong, and the clock ran on all the while.
    """
    if context.case.status != Status.ACCEPTED:
        return
    returned = context.session.scalar(
        select(Assignment)
        .where(Assignment.case_id == context.case.id, Assignment.returned_at.is_not(None))
        .order_by(Assignment.id.desc())
        .limit(1)
    )
    last = event_log.latest(context.session, context.case, event_log.CHANGES_STATE)
    if (
        returned is not None
        and returned.returned_at is not None
        and last is not None
        and last.act == "return"
        and returned.unit_id != unit.id
    ):
        case_clocks.pause_between(context, (Step.FINISH, Step.STAGE), returned.returned_at, context.now)


def _apply_assist(context: ActContext) -> ColumnChanges:
    _call_partners(context)
    return {}


def _apply_whistle(context: ActContext) -> ColumnChanges:
    """Each department named owes its arrival (requirements A04, C16)."""
    for unit in _call_partners(context):
        case_clocks.start_clock(context, Step.ARRIVE, unit_id=unit.id)
    return {}


def _call_partners(context: ActContext) -> list[Unit]:
    """Begin a helping share for each named unit that has none yet."""
    if not context.input.units:
        raise MissingNeed(say.missing_field(context.act, ActField.UNITS, context.case.number))
    busy = {share.unit_id for share in live(context.session, context.case, ASSIST)} | {context.case.unit_id}
    called = [unit for unit in context.input.units if unit.id not in busy]
    if not called:
        raise WrongState(say.already_called(context.case.number))
    for unit in called:
        begin_share(context, unit, role=ASSIST)
    return called


def _apply_check_in(context: ActContext) -> ColumnChanges:
    """Arrived: the time since the whistle is measured."""
    share = _share_of_actor(context)
    if share is not None:
        if share.arrived_at is not None:
            raise WrongState(say.already_there(context.case.number))
        share.arrived_at, share.arrived_event_number = context.now, context.event_number
        case_clocks.stop_clock(context, Step.ARRIVE, unit_id=share.unit_id)
    else:
        lead(context, arrived_at=context.now, arrived_event_number=context.event_number)
    return {}


def _apply_partner_done(context: ActContext) -> ColumnChanges:
    share = _share_of_actor(context)
    if share is None:
        raise WrongState(say.not_a_partner(context.case.number))
    share.done_at = share.ended_at = context.now
    # Whoever is done need not arrive any more; whistled for again, they owe it anew.
    case_clocks.stop_clock(context, Step.ARRIVE, unit_id=share.unit_id)
    attach_media(context, "process")
    return {}


def _share_of_actor(context: ActContext) -> Assignment | None:
    return share_of_unit(context.session, context.case, context.actor.unit_id)


def _apply_meet(context: ActContext) -> ColumnChanges:
    attach_media(context, "process")
    return {}


EFFECTS = {
    "assign": _apply_assign,
    "pass_on": _apply_pass_on,
    "arbitrate": _apply_arbitrate,
    "assist": _apply_assist,
    "whistle": _apply_whistle,
    "check_in": _apply_check_in,
    "partner_done": _apply_partner_done,
    "meet": _apply_meet,
}

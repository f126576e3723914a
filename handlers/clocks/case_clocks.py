"""The clocks of a case, kept in step with its state.

`follow_state` asks the workflow which clocks run, wait or stop in the state the case
is in now. Acts start and stop the few that no state decides (arrival, orders, first contact).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from handlers.cases import event_log
from handlers.cases.context import ActContext
from handlers.clocks import deadlines
from handlers.errors import WrongState
from handlers.wording import refusals as say
from models import clocks, deferred_insert, session_info
from models.cases import Case, Event
from models.clocks import IS_RUNNING, ClockRow
from models.organisation import Unit
from models.time_limits import TimeLimit
from models.workflow import ClockEffect, Step, find_clock_effects

_HOUR = timedelta(hours=1)
_RUNNING = select(ClockRow).where(ClockRow.case_id == bindparam("case_id"), IS_RUNNING).order_by(ClockRow.id)
_OF_FINISH = frozenset({Step.FINISH, Step.STAGE})
_OWED_BY_UNIT = frozenset({Step.SIGN, Step.CONTACT, Step.PROGRESS, Step.STAGE, Step.ARRIVE, Step.ORDER})


def open_clocks(context: ActContext) -> list[ClockRow]:
    """Begin the clocks of a new case and set its due time.

    Returns the clocks; the caller stores them once the case has its id.
    """
    begun = [_begin_clock(context, step) for step in _steps_to_start(context)]
    if context.case.opened_at < context.now:
        for clock in begun:
            deadlines.backdate_clock(context, clock, context.case.opened_at)
    context.case.due_at = _finish_target(begun)
    return begun


def keep_opened(context: ActContext, begun: Sequence[ClockRow]) -> None:
    """Have what `open_clocks` returned at hand, of a case that has its id by now.

    A unit may get the case at once, which stops and begins clocks: `store_opened` stores how that left them.
    """
    for clock in begun:
        clock.case_id = context.case.id
    context.session.info.setdefault(session_info.KEPT_CLOCKS, {})[context.case.id] = list(begun)


def store_opened(session: Session, case: Case) -> None:
    """Store the clocks that were kept, in lots; what comes later asks the database for them."""
    kept = session.info[session_info.KEPT_CLOCKS].pop(case.id)
    deferred_insert.defer_insert(session, ClockRow, *map(deferred_insert.to_row, kept))


def _find_effects(context: ActContext) -> Mapping[Step, ClockEffect]:
    case = context.case
    return find_clock_effects(case.status, in_signoff=case.signoff_asked_at is not None)


def _steps_to_start(context: ActContext) -> list[Step]:
    runs = _find_effects(context)
    return [step for step, run in runs.items() if run is ClockEffect.START and _applies(context, step)]


def follow_state(context: ActContext) -> list[ClockRow]:
    """Start, pause, resume and stop clocks as the case's state says; returns the clocks that go on."""
    wanted = _find_effects(context)
    running = _running_clocks(context)
    for clock in running:
        if clock.step == Step.STAGE and context.case.unit_id is not None:
            # Stages belong to the matter: another unit goes on where the first one was.
            clock.unit_id = context.case.unit_id
        run = wanted.get(Step(clock.step))
        if run is None or _is_obsolete(context, clock):
            _stop(context, clock)
        elif run is ClockEffect.PAUSE:
            _pause(context, clock)
        else:
            _resume(context, clock)
    going = [clock for clock in running if clock.stopped_at is None]
    begun = {clock.step for clock in going}
    new = [_begin_clock(context, step) for step in _steps_to_start(context) if step not in begun]
    _add(context, *new)
    return going + new


def _is_obsolete(context: ActContext, clock: ClockRow) -> bool:
    """Whether the clock measures what the case's present unit or class does not owe."""
    if clock.step == Step.STAGE:
        stages = context.env.limits.stages(context.case.class_id)
        return clock.label not in [stage.name for stage in stages]
    return clock.step in (Step.SIGN, Step.CONTACT) and clock.unit_id != context.case.unit_id


def settle_clocks(context: ActContext, event: Event) -> None:
    """After an act: bring the clocks in step with the state, and record the new due time in its event."""
    running = _finish_target(follow_state(context))
    if running is not None:
        event_log.amend(event, context.case, due_at=running)


def _applies(context: ActContext, step: Step) -> bool:
    if step is Step.STAGE:
        return bool(context.env.limits.stages(context.case.class_id))
    # Whoever has spoken to the reporter once need not do so again for each new unit.
    return step is not Step.CONTACT or context.case.contacted_at is None


def undo_act(context: ActContext, undone: Event) -> None:
    """Set the clocks back to before an event: what it stopped goes on, what it began ends."""
    stopped = context.session.scalars(
        select(ClockRow).where(
            ClockRow.case_id == context.case.id, ClockRow.stopped_event_number == undone.number
        )
    ).all()
    for clock in _running_clocks(context):
        if clock.event_number == undone.number:
            _stop(context, clock)
    context.session.flush()
    for clock in stopped:
        clock.stopped_at = clock.stopped_event_number = None
        deadlines.plan_clock(context, clock)


def _begin_clock(context: ActContext, step: Step) -> ClockRow:
    label = context.env.limits.current_stage(context.case).name if step is Step.STAGE else ""
    return _build_clock(context, step, context.case.unit_id if step in _OWED_BY_UNIT else None, None, label)


def start_clock(
    context: ActContext,
    step: Step,
    *,
    unit_id: int | None = None,
    limit: TimeLimit | None = None,
    label: str = "",
) -> ClockRow:
    """Begin a clock now and store it; without `limit` it has the step's limit from the limit table.

    `unit_id`: the unit that owes it, None: the duty desk. `label`: name of the stage, number of the order.
    """
    clock = _build_clock(context, step, unit_id, limit, label)
    _add(context, clock)
    return clock


def _build_clock(
    context: ActContext, step: Step, unit_id: int | None, limit: TimeLimit | None, label: str
) -> ClockRow:
    clock = ClockRow(
        case_id=context.case.id,
        step=step,
        unit_id=unit_id,
        limit=str(limit or _limit_of_step(context, step)),
        extras=[],
        label=label,
        event_number=context.event_number,
        started_at=context.now,
        pauses=[],
        target_at=context.now,
        marks=[],
    )
    deadlines.plan_clock(context, clock)
    return clock


def stop_clock(context: ActContext, step: Step, *, unit_id: int | None = None) -> None:
    """Stop the running clocks of this step; with `unit_id` only those of that unit."""
    for clock in _running_clocks(context):
        if clock.step == step and (unit_id is None or clock.unit_id == unit_id):
            _stop(context, clock)


def plan_charge(context: ActContext) -> None:
    """A leader takes the case in person: the marks of its finish at which they are reminded."""
    for clock in _running_clocks(context):
        if clock.step == Step.FINISH:
            deadlines.plan_charge(context, clock)


def restart_clock(context: ActContext, step: Step) -> None:
    """Stop the clock of this step and begin a new one now for whoever owes it."""
    stop_clock(context, step)
    context.session.flush()
    start_clock(context, step, unit_id=context.case.unit_id if step in _OWED_BY_UNIT else None)


def restart_if_over(context: ActContext, step: Step) -> None:
    """Begin the clock of this step anew where its time ran out; one that still runs goes on."""
    if any(clock.step == step and clock.target_at <= context.now for clock in _running_clocks(context)):
        restart_clock(context, step)


def pause_between(context: ActContext, steps: Collection[Step], begins: datetime, ends: datetime) -> None:
    """Record a pause (aware times) on the running clocks of these steps: time found not to have counted."""
    for clock in _running_clocks(context):
        if clock.step in steps:
            clock.pauses = [*clock.pauses, [deadlines.to_iso(begins), deadlines.to_iso(ends)]]
            deadlines.replan_clock(context, clock)


def pause_for_meeting(context: ActContext, longest: TimeLimit) -> None:
    """Let the time to finish stand still from now on, for `longest` and within the ceiling.

    The pause ends by itself, so that nobody need come back to it; `end_meeting_pause` ends it before.
    """
    until = clocks.compute_time_at_share(context.env.calendar, longest, context.now, 1.0, ())
    latest = _latest_resumption(context)
    until = until if latest is None else min(until, latest)
    if until <= context.now:
        return
    for clock in _running_clocks(context):
        if clock.step in _OF_FINISH and not deadlines.is_paused(clock):
            clock.pauses = [*clock.pauses, [deadlines.to_iso(context.now), deadlines.to_iso(until)]]
            deadlines.replan_clock(context, clock)


def end_meeting_pause(context: ActContext) -> None:
    """Let the time to finish go on now, where a pause was planned to last longer."""
    now = deadlines.to_iso(context.now)
    for clock in _running_clocks(context):
        if clock.step in _OF_FINISH and any(ends is not None and ends > now for _, ends in clock.pauses):
            clock.pauses = [[begins, ends and min(ends, now)] for begins, ends in clock.pauses]
            deadlines.replan_clock(context, clock)


def due_at(context: ActContext) -> datetime | None:
    """When the case must be finished by its running clock (aware UTC); None where no such clock runs."""
    return _finish_target(_running_clocks(context))


def _finish_target(running: Iterable[ClockRow]) -> datetime | None:
    return next((clock.target_at for clock in running if clock.step == Step.FINISH), None)


def set_finish_limit(
    context: ActContext,
    *,
    limit: TimeLimit | None = None,
    class_id: str | None = None,
    nature: str | None = None,
    urgent: bool | None = None,
) -> datetime | None:
    """Give the finish another limit; returns the new due time (aware UTC).

    `limit` counts from now on. Without it the limit comes from the table, for the class, nature and urgency
    given here or else the case's own, and counts from where the clock began. A new clock takes the place of
    the old one, which stays on record and goes on if this is undone. Raises WrongState where `limit` goes
    beyond the ceiling (requirements B05).
    """
    old = next((clock for clock in _running_clocks(context) if clock.step == Step.FINISH), None)
    if old is None:
        return context.case.due_at
    if limit is not None:
        check_ceiling(context, limit, anew=True)
    clock = _replace_clock(context, old)
    if limit is None:
        seen = Case(
            class_id=class_id or context.case.class_id,
            nature=nature or context.case.nature,
            urgent=context.case.urgent if urgent is None else urgent,
            level=context.case.level,
            complex=context.case.complex,
        )
        limit = finish_limit(context, seen)
    else:
        # A limit that somebody sets counts from then on.
        clock.started_at, clock.pauses = context.now, []
    clock.limit, clock.extras = str(limit), []
    deadlines.replan_clock(context, clock)
    return clock.target_at


def _replace_clock(context: ActContext, old: ClockRow) -> ClockRow:
    """A clock that runs on in the place of another, paused where that was."""
    clock = deadlines.clone(context, old)
    # The pause is not closed: undone, it goes on.
    _mark_stopped(context, old)
    context.session.flush()
    context.session.add(clock)
    return clock


def extend_finish(context: ActContext, more: TimeLimit) -> datetime:
    """Grant `more` time for the finish on top of what it had; returns the new due time (aware UTC).

    Raises WrongState where no clock for the finish runs.
    """
    clock = _require_finish_clock(context)
    clock.extras = [*clock.extras, str(more)]
    deadlines.replan_clock(context, clock)
    return clock.target_at


def check_ceiling(context: ActContext, more: TimeLimit, *, anew: bool = False) -> None:
    """Raise WrongState for time beyond the longest that the case's nature allows (requirements B05).

    `more` is on top of what the clock has, or (`anew`) instead of it, from now on.
    """
    clock = _require_finish_clock(context)
    ceiling = context.env.limits.ceiling(context.case, _area_path(context))
    if ceiling is None:
        return
    if anew:
        trial = ClockRow(limit=str(more), extras=[], started_at=context.now)
    else:
        trial = ClockRow(limit=clock.limit, extras=[*clock.extras, str(more)], started_at=clock.started_at)
    trial.pauses = clock.pauses
    if deadlines.target_time(context, trial) > _latest_finish(context, clock, ceiling):
        raise WrongState(
            say.beyond_ceiling(context.case.number, ceiling, complex_too=not context.case.complex)
        )


def limit_suspension(context: ActContext, until: datetime | None) -> datetime | None:
    """When a suspension that begins now ends by itself; `until`: the day that was asked for, if any.

    The finish, put off by the suspension, stays within the longest time of the case's nature, counted
    without a pause, unless the case was raised (requirements B05): a later day is refused, and none said
    is the latest that is possible. None: it lasts until somebody resumes it.
    """
    latest = _latest_resumption(context)
    if latest is None or (until is not None and until <= latest):
        return until
    if until is not None or latest <= context.now:
        raise WrongState(
            say.suspended_too_long(
                context.case.number, latest.astimezone(context.env.zone),
                now=context.env.local(context.now), complex_too=not context.case.complex,
            )
        )  # fmt: skip
    return latest


def _latest_resumption(context: ActContext) -> datetime | None:
    """Until when the case may be suspended from now on; None where nothing bounds it."""
    clock = next((clock for clock in _running_clocks(context) if clock.step == Step.FINISH), None)
    ceiling = context.env.limits.ceiling(context.case, _area_path(context))
    if clock is None or ceiling is None or context.case.level > 0:
        return None
    last = _latest_finish(context, clock, ceiling)
    hours = 0
    for bit in reversed(range(max(0, int((last - context.now) / _HOUR)).bit_length())):
        if _target_after_pause(context, clock, context.now + (hours + (1 << bit)) * _HOUR) <= last:
            hours += 1 << bit
    return context.now + hours * _HOUR


def _latest_finish(context: ActContext, clock: ClockRow, ceiling: TimeLimit) -> datetime:
    """When the longest time is over: pauses put it off only where the case was raised."""
    gaps = deadlines.pause_spans(clock, context.now) if context.case.level > 0 else []
    return clocks.compute_time_at_share(context.env.calendar, ceiling, clock.started_at, 1.0, gaps)


def _target_after_pause(context: ActContext, clock: ClockRow, until: datetime) -> datetime:
    """When the finish would be due were the clock paused from now until then."""
    pause = [deadlines.to_iso(context.now), deadlines.to_iso(until)]
    trial = ClockRow(limit=clock.limit, extras=clock.extras, started_at=clock.started_at)
    trial.pauses = [*clock.pauses, pause]
    return deadlines.target_time(context, trial)


def finish_limit(context: ActContext, case: Case) -> TimeLimit:
    """The time limit for finishing a case like this: of the limit table, else of its class."""
    otherwise = TimeLimit.parse(context.env.class_info(case.class_id).limit)
    return context.env.limits.finish_limit(case, _area_path(context), otherwise)


def _require_finish_clock(context: ActContext) -> ClockRow:
    found = next((clock for clock in _running_clocks(context) if clock.step == Step.FINISH), None)
    if found is None:
        raise WrongState(say.no_clock(context.case.number))
    return found


def _limit_of_step(context: ActContext, step: Step) -> TimeLimit:
    if step is Step.FINISH:
        return finish_limit(context, context.case)
    if step is Step.STAGE:
        return context.env.limits.current_stage(context.case).limit
    if step is Step.SIGNOFF:
        return context.env.limits.signoff_limit(finish_limit(context, context.case))
    return context.env.limits.step_limit(step, urgent=context.case.urgent)


def _area_path(context: ActContext) -> str:
    area = context.session.get(Unit, context.case.area_id) if context.case.area_id else None
    return area.path if area else ""


def _add(context: ActContext, *begun: ClockRow) -> None:
    if (kept := _list_kept(context)) is not None:
        kept.extend(begun)
    else:
        context.session.add_all(begun)


def _list_kept(context: ActContext) -> list[ClockRow] | None:
    """The clocks of a case that is just being opened; None: they are stored."""
    kept: list[ClockRow] | None = context.session.info.get(session_info.KEPT_CLOCKS, {}).get(context.case.id)
    return kept


def _running_clocks(context: ActContext) -> list[ClockRow]:
    if (kept := _list_kept(context)) is not None:
        return [clock for clock in kept if clock.stopped_at is None]
    context.session.flush()
    return list(context.session.scalars(_RUNNING, {"case_id": context.case.id}))


def _stop(context: ActContext, clock: ClockRow) -> None:
    if clock.pauses and clock.pauses[-1][1] is None:
        clock.pauses = [*clock.pauses[:-1], [clock.pauses[-1][0], deadlines.to_iso(context.now)]]
    _mark_stopped(context, clock)


def _mark_stopped(context: ActContext, clock: ClockRow) -> None:
    clock.stopped_at, clock.stopped_event_number = context.now, context.event_number
    clock.mark_at = None


def _pause(context: ActContext, clock: ClockRow) -> None:
    if not deadlines.is_paused(clock):
        clock.pauses = [*clock.pauses, [deadlines.to_iso(context.now), None]]
        clock.mark_at = None


def _resume(context: ActContext, clock: ClockRow) -> None:
    if deadlines.is_paused(clock):
        clock.pauses = [*clock.pauses[:-1], [clock.pauses[-1][0], deadlines.to_iso(context.now)]]
        deadlines.plan_clock(context, clock)

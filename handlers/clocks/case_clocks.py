"""The clocks of a case, kept in step with its state.

`follow` reads `CLOCKS` of the workflow: which clocks run, wait or stop in the state the case is
in now. Acts start and stop the few that no state decides (arrival, orders, first contact).
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases import event_log
from handlers.cases.context import ActContext
from handlers.clocks import deadlines
from handlers.errors import WrongState
from handlers.wording import refusals as say
from models import clocks
from models.cases import Case, Event
from models.clocks import ClockRow
from models.organisation import Unit
from models.time_limits import Limit
from models.workflow import CLOCKS, Run, Status, Step

_OWED_BY_UNIT = frozenset({Step.SIGN, Step.CONTACT, Step.PROGRESS, Step.STAGE, Step.ARRIVE, Step.ORDER})


def opening(scene: ActContext) -> list[ClockRow]:
    """The clocks a new case begins with, and its due time; they are stored once the case has its id."""
    begun = [_begun(scene, step) for step in _wanted(scene)]
    scene.case.due_at = _due(begun)
    return begun


def _wanted(scene: ActContext) -> list[Step]:
    runs = CLOCKS.get(Status(scene.case.status), {})
    return [step for step, run in runs.items() if run is Run.START and _applies(scene, step)]


def follow(scene: ActContext) -> list[ClockRow]:
    """Start, pause, resume and stop clocks as the case's state says. Those that go on."""
    wanted = CLOCKS.get(Status(scene.case.status), {})
    running = {clock.id: clock for clock in _running(scene)}
    for clock in running.values():
        if clock.step == Step.STAGE and scene.case.unit_id is not None:
            # Stages belong to the matter: another unit goes on where the first one was.
            clock.unit_id = scene.case.unit_id
        run = wanted.get(Step(clock.step))
        if run is None or _moved_on(scene, clock):
            _stop(clock, scene.now)
        elif run is Run.PAUSE:
            _pause(scene, clock)
        else:
            _resume(scene, clock)
    going = [clock for clock in running.values() if clock.stopped_at is None]
    begun = {clock.step for clock in going}
    new = [_begun(scene, step) for step in _wanted(scene) if step not in begun]
    scene.session.add_all(new)
    return going + new


def _moved_on(scene: ActContext, clock: ClockRow) -> bool:
    """It measures what this unit or this class no longer owes."""
    if clock.step == Step.STAGE:
        stages = scene.office.limits.stages(scene.case.class_id)
        return clock.label not in [stage.name for stage in stages]
    return clock.step in (Step.SIGN, Step.CONTACT) and clock.unit_id != scene.case.unit_id


def settle(scene: ActContext, event: Event) -> None:
    """After an act: the clocks follow the state, and the case's due time follows its clock."""
    running = _due(follow(scene))
    if running is not None:
        event_log.amend(event, scene.case, due_at=running)


def _applies(scene: ActContext, step: Step) -> bool:
    if step is Step.STAGE:
        return bool(scene.office.limits.stages(scene.case.class_id))
    # Whoever has spoken to the reporter once need not do so again for each new unit.
    return step is not Step.CONTACT or scene.case.contacted_at is None


def undo(scene: ActContext, at: datetime) -> None:
    """The clocks as they were before the act of that moment: what it stopped goes on, what it began ends."""
    stopped = scene.session.scalars(
        select(ClockRow).where(ClockRow.case_id == scene.case.id, ClockRow.stopped_at == at)
    ).all()
    back = {(clock.step, clock.unit_id) for clock in stopped}
    for clock in _running(scene):
        if clock.started_at == at or (clock.step, clock.unit_id) in back:
            _stop(clock, scene.now)
    scene.session.flush()
    for clock in stopped:
        clock.stopped_at = None
        deadlines.plan(scene, clock)


def _begun(scene: ActContext, step: Step) -> ClockRow:
    label = scene.office.limits.stage(scene.case).name if step is Step.STAGE else ""
    return _made(scene, step, scene.case.unit_id if step in _OWED_BY_UNIT else None, None, label)


def start(
    scene: ActContext, step: Step, *, unit_id: int | None = None, limit: Limit | None = None, label: str = ""
) -> ClockRow:
    """A clock begins now. Its limit comes from the table where none is given."""
    clock = _made(scene, step, unit_id, limit, label)
    scene.session.add(clock)
    scene.session.flush()
    return clock


def _made(scene: ActContext, step: Step, unit_id: int | None, limit: Limit | None, label: str) -> ClockRow:
    clock = ClockRow(
        case_id=scene.case.id,
        step=step,
        unit_id=unit_id,
        limit=str(limit or _limit(scene, step)),
        extras=[],
        label=label,
        started_at=scene.now,
        pauses=[],
        target_at=scene.now,
        marks=[],
    )
    deadlines.plan(scene, clock)
    return clock


def stop(scene: ActContext, step: Step, *, unit_id: int | None = None) -> None:
    """What this step waited for has happened."""
    for clock in _running(scene):
        if clock.step == step and (unit_id is None or clock.unit_id == unit_id):
            _stop(clock, scene.now)


def restart(scene: ActContext, step: Step) -> None:
    """The wait begins anew."""
    stop(scene, step)
    scene.session.flush()
    start(scene, step, unit_id=scene.case.unit_id)


def pause_between(scene: ActContext, steps: Collection[Step], begins: datetime, ends: datetime) -> None:
    """Time that is afterwards found not to have counted."""
    for clock in _running(scene):
        if clock.step in steps:
            clock.pauses = [*clock.pauses, [deadlines.written(begins), deadlines.written(ends)]]
            deadlines.replan(scene, clock)


def due(scene: ActContext) -> datetime | None:
    """When the case must be finished, by its running clock."""
    return _due(_running(scene))


def _due(running: Iterable[ClockRow]) -> datetime | None:
    return next((clock.target_at for clock in running if clock.step == Step.FINISH), None)


def relimit(
    scene: ActContext,
    *,
    limit: Limit | None = None,
    class_id: str | None = None,
    nature: str | None = None,
    urgent: bool | None = None,
) -> datetime | None:
    """Another limit for the finish, from where its clock began. The new due time.

    It is another clock, so that the old one can be looked at, and goes on if this is undone.
    """
    old = next((clock for clock in _running(scene) if clock.step == Step.FINISH), None)
    if old is None:
        return scene.case.due_at
    if limit is not None:
        check_ceiling(scene, limit, anew=True)
    clock = _successor(scene, old)
    if limit is None:
        seen = Case(
            class_id=class_id or scene.case.class_id,
            nature=nature or scene.case.nature,
            urgent=scene.case.urgent if urgent is None else urgent,
            level=scene.case.level,
            complex=scene.case.complex,
        )
        limit = finish_limit(scene, seen)
    elif scene.act.key in ("assign", "arbitrate"):
        # An order with its own limit counts from the order.
        clock.started_at, clock.pauses = scene.now, []
    clock.limit, clock.extras = str(limit), []
    deadlines.replan(scene, clock)
    return clock.target_at


def _successor(scene: ActContext, old: ClockRow) -> ClockRow:
    """A clock that runs on in the place of another, paused where that was."""
    clock = deadlines.copied(old)
    # The pause is not closed: undone, it goes on.
    old.stopped_at, old.mark_at = scene.now, None
    scene.session.flush()
    scene.session.add(clock)
    return clock


def extend(scene: ActContext, more: Limit) -> datetime:
    """More time for the finish, on top of what it had. The new due time."""
    clock = _finish(scene)
    clock.extras = [*clock.extras, str(more)]
    deadlines.replan(scene, clock)
    return clock.target_at


def check_ceiling(scene: ActContext, more: Limit, *, anew: bool = False) -> None:
    """Refuse time beyond the longest the case's nature allows (requirements B05).

    `more` is on top of what the clock has, or (`anew`) instead of it, from now on.
    """
    clock = _finish(scene)
    ceiling = scene.office.limits.ceiling(scene.case, _area_path(scene))
    if ceiling is None:
        return
    if anew:
        trial = ClockRow(limit=str(more), extras=[], started_at=scene.now)
    else:
        trial = ClockRow(limit=clock.limit, extras=[*clock.extras, str(more)], started_at=clock.started_at)
    trial.pauses = clock.pauses
    last = clocks.reached(
        scene.office.calendar, ceiling, clock.started_at, 1.0, deadlines.spans(clock, scene.now)
    )
    if deadlines.target(scene, trial) > last:
        raise WrongState(say.beyond_ceiling(scene.case.number, ceiling, complex_too=not scene.case.complex))


def finish_limit(scene: ActContext, case: Case) -> Limit:
    otherwise = Limit.parse(scene.office.class_info(case.class_id).limit)
    return scene.office.limits.finish(case, _area_path(scene), otherwise)


def _finish(scene: ActContext) -> ClockRow:
    found = next((clock for clock in _running(scene) if clock.step == Step.FINISH), None)
    if found is None:
        raise WrongState(say.no_clock(scene.case.number))
    return found


def _limit(scene: ActContext, step: Step) -> Limit:
    if step is Step.FINISH:
        return finish_limit(scene, scene.case)
    if step is Step.STAGE:
        return scene.office.limits.stage(scene.case).limit
    return scene.office.limits.step(step, urgent=scene.case.urgent)


def runs(session: Session, case: Case, step: Step) -> bool:
    """Whether a clock of this step is running for the case."""
    of_step = (ClockRow.case_id == case.id, ClockRow.step == step, ClockRow.stopped_at.is_(None))
    return session.scalar(select(ClockRow.id).where(*of_step).limit(1)) is not None


def _area_path(scene: ActContext) -> str:
    area = scene.session.get(Unit, scene.case.area_id) if scene.case.area_id else None
    return area.path if area else ""


def _running(scene: ActContext) -> list[ClockRow]:
    scene.session.flush()
    found = scene.session.scalars(
        select(ClockRow)
        .where(ClockRow.case_id == scene.case.id, ClockRow.stopped_at.is_(None))
        .order_by(ClockRow.id)
    )
    return list(found)


def _stop(clock: ClockRow, now: datetime) -> None:
    if clock.pauses and clock.pauses[-1][1] is None:
        clock.pauses = [*clock.pauses[:-1], [clock.pauses[-1][0], deadlines.written(now)]]
    clock.stopped_at, clock.mark_at = now, None


def _pause(scene: ActContext, clock: ClockRow) -> None:
    if not deadlines.paused(clock):
        clock.pauses = [*clock.pauses, [deadlines.written(scene.now), None]]
        clock.mark_at = None


def _resume(scene: ActContext, clock: ClockRow) -> None:
    if deadlines.paused(clock):
        clock.pauses = [*clock.pauses[:-1], [clock.pauses[-1][0], deadlines.written(scene.now)]]
        deadlines.plan(scene, clock)

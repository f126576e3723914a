"""The clocks of a case, kept in step with its state.

`follow` reads `CLOCKS` of the workflow: which clocks run, wait or stop in the state the case is
in now. Acts start and stop the few that no state decides (arrival, orders, first contact).
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from handlers import ledger
from handlers.effects.scene import Scene
from handlers.limits import Rung
from handlers.refusals import WrongState
from handlers.wording import refusals as say
from models import clocks
from models.calendar import Running, Span
from models.cases import Case, Event
from models.clocks import ClockRow
from models.limits import Limit
from models.organisation import Unit
from models.workflow import CLOCKS, Run, Status, Step

_OWED_BY_UNIT = frozenset({Step.SIGN, Step.CONTACT, Step.PROGRESS, Step.STAGE, Step.ARRIVE, Step.ORDER})


def follow(scene: Scene) -> None:
    """Start, pause, resume and stop clocks as the case's state says."""
    wanted = CLOCKS.get(Status(scene.case.status), {})
    running = {clock.id: clock for clock in _running(scene)}
    for clock in running.values():
        run = wanted.get(Step(clock.step))
        moved_on = clock.step in (Step.SIGN, Step.CONTACT) and clock.unit_id != scene.case.unit_id
        if run is None or moved_on:
            _stop(clock, scene.now)
        elif run is Run.PAUSE:
            _pause(scene, clock)
        else:
            _resume(scene, clock)
    going = {clock.step for clock in running.values() if clock.stopped_at is None}
    for step, run in wanted.items():
        if run is Run.START and step not in going and _applies(scene, step):
            _begin(scene, step)


def settle(scene: Scene, event: Event) -> None:
    """After an act: the clocks follow the state, and the case's due time follows its clock."""
    follow(scene)
    running = due(scene)
    if running is not None:
        ledger.amend(event, scene.case, due_at=running)


def _applies(scene: Scene, step: Step) -> bool:
    if step is Step.STAGE:
        return bool(scene.office.limits.stages(scene.case.class_id))
    # Whoever has spoken to the reporter once need not do so again for each new unit.
    return step is not Step.CONTACT or scene.case.contacted_at is None


def _begin(scene: Scene, step: Step) -> ClockRow:
    """A clock that the state asks for; one stopped by what is being undone goes on instead."""
    stopped = scene.session.scalar(
        select(ClockRow)
        .where(ClockRow.case_id == scene.case.id, ClockRow.step == step, ClockRow.stopped_at.is_not(None))
        .order_by(ClockRow.id.desc())
        .limit(1)
    )
    if scene.act.key == "undo" and stopped is not None:
        stopped.stopped_at = None
        plan(scene, stopped)
        return stopped
    label = ""
    if step is Step.STAGE:
        label = scene.office.limits.stages(scene.case.class_id)[scene.case.stage].name
    return start(scene, step, unit_id=scene.case.unit_id if step in _OWED_BY_UNIT else None, label=label)


def start(
    scene: Scene, step: Step, *, unit_id: int | None = None, limit: Limit | None = None, label: str = ""
) -> ClockRow:
    """A clock begins now. Its limit comes from the table where none is given."""
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
    plan(scene, clock)
    scene.session.add(clock)
    scene.session.flush()
    return clock


def stop(scene: Scene, step: Step, *, unit_id: int | None = None) -> None:
    """What this step waited for has happened."""
    for clock in _running(scene):
        if clock.step == step and (unit_id is None or clock.unit_id == unit_id):
            _stop(clock, scene.now)


def restart(scene: Scene, step: Step) -> None:
    """The wait begins anew."""
    stop(scene, step)
    start(scene, step, unit_id=scene.case.unit_id)


def pause_between(scene: Scene, step: Step, begins: datetime, ends: datetime) -> None:
    """Time that is afterwards found not to have counted."""
    for clock in _running(scene):
        if clock.step == step:
            clock.pauses = [*clock.pauses, [_text(begins), _text(ends)]]
            plan(scene, clock)


def due(scene: Scene) -> datetime | None:
    """When the case must be finished, by its running clock."""
    scene.session.flush()
    return next((clock.target_at for clock in _running(scene) if clock.step == Step.FINISH), None)


def relimit(
    scene: Scene,
    *,
    limit: Limit | None = None,
    class_id: str | None = None,
    nature: str | None = None,
    urgent: bool | None = None,
) -> datetime | None:
    """Another limit for the finish, from where its clock began. The new due time."""
    clock = next((clock for clock in _running(scene) if clock.step == Step.FINISH), None)
    if clock is None:
        return scene.case.due_at
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
    clock.limit, clock.extras, clock.marks = str(limit), [], []
    plan(scene, clock)
    return clock.target_at


def extend(scene: Scene, more: Limit) -> datetime:
    """More time for the finish, on top of what it had. The new due time."""
    clock = _finish(scene)
    clock.extras, clock.marks = [*clock.extras, str(more)], []
    plan(scene, clock)
    return clock.target_at


def check_ceiling(scene: Scene, more: Limit) -> None:
    """Refuse an extension beyond the longest time the case's nature allows (requirements B05)."""
    clock = _finish(scene)
    ceiling = scene.office.limits.ceiling(scene.case, _area_path(scene))
    if ceiling is None:
        return
    trial = ClockRow(limit=clock.limit, extras=[*clock.extras, str(more)], started_at=clock.started_at)
    trial.pauses = clock.pauses
    last = clocks.reached(scene.office.calendar, ceiling, clock.started_at, 1.0, spans(clock, scene.now))
    if target(scene, trial) > last:
        raise WrongState(say.beyond_ceiling(scene.case.number, ceiling, complex_too=not scene.case.complex))


def finish_limit(scene: Scene, case: Case) -> Limit:
    otherwise = Limit.parse(scene.office.class_info(case.class_id).limit)
    return scene.office.limits.finish(case, _area_path(scene), otherwise)


def _finish(scene: Scene) -> ClockRow:
    found = next((clock for clock in _running(scene) if clock.step == Step.FINISH), None)
    if found is None:
        raise WrongState(say.no_clock(scene.case.number))
    return found


def _limit(scene: Scene, step: Step) -> Limit:
    if step is Step.FINISH:
        return finish_limit(scene, scene.case)
    if step is Step.STAGE:
        return scene.office.limits.stages(scene.case.class_id)[scene.case.stage].limit
    return scene.office.limits.step(step, urgent=scene.case.urgent)


def _area_path(scene: Scene) -> str:
    area = scene.session.get(Unit, scene.case.area_id) if scene.case.area_id else None
    return area.path if area else ""


def _running(scene: Scene) -> list[ClockRow]:
    scene.session.flush()
    found = scene.session.scalars(
        select(ClockRow)
        .where(ClockRow.case_id == scene.case.id, ClockRow.stopped_at.is_(None))
        .order_by(ClockRow.id)
    )
    return list(found)


def _stop(clock: ClockRow, now: datetime) -> None:
    if clock.pauses and clock.pauses[-1][1] is None:
        clock.pauses = [*clock.pauses[:-1], [clock.pauses[-1][0], _text(now)]]
    clock.stopped_at, clock.mark_at = now, None


def _pause(scene: Scene, clock: ClockRow) -> None:
    if not paused(clock):
        clock.pauses = [*clock.pauses, [_text(scene.now), None]]
        clock.mark_at = None


def _resume(scene: Scene, clock: ClockRow) -> None:
    if paused(clock):
        clock.pauses = [*clock.pauses[:-1], [clock.pauses[-1][0], _text(scene.now)]]
        plan(scene, clock)


def paused(clock: ClockRow) -> bool:
    return bool(clock.pauses) and clock.pauses[-1][1] is None


def spans(clock: ClockRow, now: datetime) -> list[Span]:
    """The pauses as spans; one that lasts ends now."""
    return [(_time(begins), _time(ends) if ends else now) for begins, ends in clock.pauses]


def target(scene: Scene, clock: ClockRow) -> datetime:
    """When it runs out: the limit, then each extension after it."""
    gaps = spans(clock, scene.now)
    due_at = clocks.reached(scene.office.calendar, Limit.parse(clock.limit), clock.started_at, 1.0, gaps)
    for extra in clock.extras:
        due_at = clocks.reached(scene.office.calendar, Limit.parse(extra), due_at, 1.0, gaps)
    return due_at


def plan(scene: Scene, clock: ClockRow) -> None:
    """Work out when it runs out and when its next mark fires."""
    clock.target_at = target(scene, clock)
    ahead = (mark_time(scene, clock, rung) for rung in scene.office.limits.rungs(Step(clock.step))
             if rung.mark not in clock.marks)  # fmt: skip
    clock.mark_at = None if paused(clock) else min(ahead, default=None)


def mark_time(scene: Scene, clock: ClockRow, rung: Rung) -> datetime:
    """When a rung of the ladder is reached, as things stand."""
    calendar, gaps = scene.office.calendar, spans(clock, scene.now)
    if rung.late is not None:
        return clocks.reached(calendar, rung.late, clock.target_at, 1.0, gaps)
    share = rung.share or 1.0
    if share >= 1:
        return clock.target_at
    if not clock.extras:
        return clocks.reached(calendar, Limit.parse(clock.limit), clock.started_at, share, gaps)
    # Of an extended time, the last extension is what is being used up.
    last = Limit.parse(clock.extras[-1])
    begins = clock.target_at - last.length if last.running is Running.ALWAYS else clock.started_at
    return max(begins + (clock.target_at - begins) * share, scene.now + timedelta(minutes=1))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _time(text: Any) -> datetime:
    return datetime.fromisoformat(text)

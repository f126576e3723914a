"""When a clock runs out and when its next mark fires, worked out from its start, limit and pauses."""

from datetime import UTC, datetime
from typing import Any

from handlers.cases.context import ActContext
from handlers.environment.limit_table import Rung
from models import clocks
from models.calendar import Span
from models.clocks import ClockRow
from models.time_limits import Limit
from models.workflow import Step


def paused(clock: ClockRow) -> bool:
    return bool(clock.pauses) and clock.pauses[-1][1] is None


def spans(clock: ClockRow, now: datetime) -> list[Span]:
    """The pauses as spans; one that lasts ends now."""
    return [(_time(begins), _time(ends) if ends else now) for begins, ends in clock.pauses]


def copied(old: ClockRow) -> ClockRow:
    """Another clock that has run as long as this one."""
    return ClockRow(
        case_id=old.case_id,
        step=old.step,
        unit_id=old.unit_id,
        limit=old.limit,
        extras=old.extras,
        label=old.label,
        started_at=old.started_at,
        pauses=old.pauses,
        target_at=old.target_at,
        marks=old.marks,
    )


def target(scene: ActContext, clock: ClockRow) -> datetime:
    """When it runs out: the limit, then each extension after it."""
    return _spent(scene, clock, 1.0)


def _spent(scene: ActContext, clock: ClockRow, share: float) -> datetime:
    """When this share of what it measures is spent: of the limit, or of the last extension."""
    calendar, gaps = scene.office.calendar, spans(clock, scene.now)
    begins = clock.started_at
    *before, last = [Limit.parse(text) for text in (clock.limit, *clock.extras)]
    for limit in before:
        begins = clocks.reached(calendar, limit, begins, 1.0, gaps)
    return clocks.reached(calendar, last, begins, share, gaps)


def replan(scene: ActContext, clock: ClockRow) -> None:
    """Its time has changed: marks that lie ahead again will fire again."""
    plan(scene, clock)
    rungs = scene.office.limits.rungs(Step(clock.step))
    passed = {rung.mark for rung in rungs if mark_time(scene, clock, rung) <= scene.now}
    clock.marks = [mark for mark in clock.marks if mark in passed]
    plan(scene, clock)


def plan(scene: ActContext, clock: ClockRow) -> None:
    """Work out when it runs out and when its next mark fires."""
    clock.target_at = target(scene, clock)
    plan_marks(scene, clock)


def plan_marks(scene: ActContext, clock: ClockRow) -> None:
    """Work out when its next mark fires; the due time stays, whatever the calendar says by now."""
    ahead = (mark_time(scene, clock, rung) for rung in scene.office.limits.rungs(Step(clock.step))
             if rung.mark not in clock.marks)  # fmt: skip
    clock.mark_at = None if paused(clock) else min(ahead, default=None)


def mark_time(scene: ActContext, clock: ClockRow, rung: Rung) -> datetime:
    """When a rung of the ladder is reached, as things stand."""
    if rung.late is not None:
        gaps = spans(clock, scene.now)
        return clocks.reached(scene.office.calendar, rung.late, clock.target_at, 1.0, gaps)
    share = rung.share or 1.0
    # Days may have changed since it was planned: no warning of lateness comes after the lateness.
    return clock.target_at if share >= 1 else min(_spent(scene, clock, share), clock.target_at)


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _time(text: Any) -> datetime:
    return datetime.fromisoformat(text)

"""A matter taken up again: how much time it has then (docs/decisions/0009).

Taken out of the case it was merged into, it goes on with the time it had left: nobody owed it
while it was merged, and that is kept as a pause. Reopened, it is handled anew: with the limit it
had, never with more than the table gives, and without what was granted on top.
"""

from collections.abc import Iterable

from sqlalchemy import select

from handlers.cases.context import ActContext
from handlers.clocks import case_clocks, deadlines
from models.clocks import ClockRow
from models.time_limits import TimeLimit
from models.workflow import Step


def resume(context: ActContext) -> None:
    """Start clocks for the finish and the stage with the time the last ones had left when they stopped."""
    for step in (Step.FINISH, Step.STAGE):
        old = _last_clock(context, step)
        if old is not None and old.stopped_at is not None:
            clock = deadlines.clone(context, old)
            clock.pauses = [*old.pauses, [deadlines.to_iso(old.stopped_at), deadlines.to_iso(context.now)]]
            deadlines.replan_clock(context, clock)
            context.session.add(clock)


def restart(context: ActContext) -> None:
    """Begin the finish now, by the shorter of the limit it had and the limit of the table."""
    limits = [case_clocks.finish_limit(context, context.case)]
    if (old := _last_clock(context, Step.FINISH)) is not None:
        limits.append(TimeLimit.parse(old.limit))
    case_clocks.start_clock(context, Step.FINISH, limit=_shortest_limit(context, limits))


def _shortest_limit(context: ActContext, limits: Iterable[TimeLimit]) -> TimeLimit:
    """The limit that runs out first: days and working hours can be compared only by their ends."""
    ends = {limit: deadlines.target_time(context, _trial_clock(context, limit)) for limit in limits}
    return min(ends, key=lambda limit: ends[limit])


def _trial_clock(context: ActContext, limit: TimeLimit) -> ClockRow:
    return ClockRow(limit=str(limit), extras=[], started_at=context.now, pauses=[])


def _last_clock(context: ActContext, step: Step) -> ClockRow | None:
    context.session.flush()
    mine = select(ClockRow).where(ClockRow.case_id == context.case.id, ClockRow.step == step)
    return context.session.scalar(mine.order_by(ClockRow.id.desc()).limit(1))

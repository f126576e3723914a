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
from models.time_limits import Limit
from models.workflow import Step


def go_on(scene: ActContext) -> None:
    """Clocks of the matter itself, from where they were stopped."""
    for step in (Step.FINISH, Step.STAGE):
        old = _last(scene, step)
        if old is not None and old.stopped_at is not None:
            clock = deadlines.copied(old)
            clock.pauses = [*old.pauses, [deadlines.written(old.stopped_at), deadlines.written(scene.now)]]
            deadlines.replan(scene, clock)
            scene.session.add(clock)


def anew(scene: ActContext) -> None:
    """The finish from now on, by the shorter of the limit it had and the limit of the table."""
    limits = [case_clocks.finish_limit(scene, scene.case)]
    if (old := _last(scene, Step.FINISH)) is not None:
        limits.append(Limit.parse(old.limit))
    case_clocks.start(scene, Step.FINISH, limit=_shortest(scene, limits))


def _shortest(scene: ActContext, limits: Iterable[Limit]) -> Limit:
    """Days and working hours are compared by when they would run out."""
    ends = {limit: deadlines.target(scene, _trial(scene, limit)) for limit in limits}
    return min(ends, key=lambda limit: ends[limit])


def _trial(scene: ActContext, limit: Limit) -> ClockRow:
    return ClockRow(limit=str(limit), extras=[], started_at=scene.now, pauses=[])


def _last(scene: ActContext, step: Step) -> ClockRow | None:
    scene.session.flush()
    mine = select(ClockRow).where(ClockRow.case_id == scene.case.id, ClockRow.step == step)
    return scene.session.scalar(mine.order_by(ClockRow.id.desc()).limit(1))

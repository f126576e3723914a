"""When a clock runs out and when its next mark fires, worked out from its start, limit and pauses."""

from datetime import UTC, datetime
from typing import Any

from handlers.cases.context import ActContext
from handlers.environment.limit_table import EscalationRule
from models import clocks
from models.calendar import Span
from models.clocks import ClockRow
from models.time_limits import TimeLimit
from models.workflow import Step


def is_paused(clock: ClockRow) -> bool:
    """Whether the last pause of the clock still lasts."""
    return bool(clock.pauses) and clock.pauses[-1][1] is None


def pause_spans(clock: ClockRow, now: datetime) -> list[Span]:
    """The pauses as (begin, end), aware; a pause that still lasts ends at `now`."""
    return [(_from_iso(begins), _from_iso(ends) if ends else now) for begins, ends in clock.pauses]


def clone(context: ActContext, old: ClockRow) -> ClockRow:
    """A clock, not stored yet, begun by this act, with the limits, start, pauses and marks of the old one."""
    return ClockRow(
        case_id=old.case_id,
        step=old.step,
        unit_id=old.unit_id,
        limit=old.limit,
        extras=old.extras,
        label=old.label,
        event_number=context.event_number,
        started_at=old.started_at,
        pauses=old.pauses,
        target_at=old.target_at,
        marks=old.marks,
    )


def target_time(context: ActContext, clock: ClockRow) -> datetime:
    """When the clock runs out (aware): after its limit and each extension, pauses left out."""
    return _time_spent(context, clock, 1.0)


def _time_spent(context: ActContext, clock: ClockRow, share: float) -> datetime:
    """When this share of what it measures is spent: of the limit, or of the last extension."""
    calendar, gaps = context.env.calendar, pause_spans(clock, context.now)
    begins = clock.started_at
    *before, last = [TimeLimit.parse(text) for text in (clock.limit, *clock.extras)]
    for limit in before:
        begins = clocks.compute_time_at_share(calendar, limit, begins, 1.0, gaps)
    return clocks.compute_time_at_share(calendar, last, begins, share, gaps)


def replan_clock(context: ActContext, clock: ClockRow) -> None:
    """After a change of its time: plan the clock anew; marks that lie ahead again will fire again."""
    plan_clock(context, clock)
    rules = list_rules(context, clock)
    passed = {rule.mark for rule in rules if threshold_time(context, clock, rule) <= context.now}
    clock.marks = [mark for mark in clock.marks if mark in passed]
    plan_clock(context, clock)


def backdate_clock(context: ActContext, clock: ClockRow, since: datetime) -> None:
    """Let a new clock count from before it was known here (aware): what it has passed is marked and rings
    nobody, and one that has run out rings nobody later either."""
    clock.started_at = since
    clock.target_at = target_time(context, clock)
    is_late = clock.target_at <= context.now
    rules = context.env.limits.escalation_rules(Step(clock.step))
    clock.marks = [r.mark for r in rules if is_late or threshold_time(context, clock, r) <= context.now]
    plan_next_threshold(context, clock)


def plan_clock(context: ActContext, clock: ClockRow) -> None:
    """Set when the clock runs out (`target_at`) and when its next mark fires (`mark_at`)."""
    clock.target_at = target_time(context, clock)
    plan_next_threshold(context, clock)


def plan_next_threshold(context: ActContext, clock: ClockRow) -> None:
    """Set when the clock's next mark fires; its due time stays, whatever the calendar says by now."""
    rules = list_rules(context, clock)
    ahead = (threshold_time(context, clock, rule) for rule in rules if rule.mark not in clock.marks)
    clock.mark_at = None if is_paused(clock) else min(ahead, default=None)


def list_rules(context: ActContext, clock: ClockRow) -> list[EscalationRule]:
    """The escalation rules of the clock, in order of time; those of a leader where one has the case."""
    rules = context.env.limits.escalation_rules(Step(clock.step))
    has_leader = context.case.charged_at is not None
    return [rule for rule in rules if has_leader or not rule.is_for_charge]


def plan_charge(context: ActContext, clock: ClockRow) -> None:
    """A leader takes the case now: they are reminded of what lies ahead, and of nothing that is over."""
    rules = [
        rule for rule in context.env.limits.escalation_rules(Step(clock.step)) if rule.mark not in clock.marks
    ]
    times = {rule.mark: threshold_time(context, clock, rule) for rule in rules}
    over = [rule.mark for rule in rules if rule.is_for_charge and times[rule.mark] <= context.now]
    clock.marks = [*clock.marks, *over]
    ahead = (at for mark, at in times.items() if mark not in over)
    clock.mark_at = None if is_paused(clock) else min(ahead, default=None)


def threshold_time(context: ActContext, clock: ClockRow, rule: EscalationRule) -> datetime:
    """When the clock reaches the mark of this escalation rule (aware), as things stand."""
    if rule.late is not None:
        gaps = pause_spans(clock, context.now)
        return clocks.compute_time_at_share(context.env.calendar, rule.late, clock.target_at, 1.0, gaps)
    share = rule.share or 1.0
    # Days may have changed since it was planned: no warning of lateness comes after the lateness.
    return clock.target_at if share >= 1 else min(_time_spent(context, clock, share), clock.target_at)


def to_iso(moment: datetime) -> str:
    """An aware moment as ISO 8601 in UTC, the form in which pauses are stored."""
    return moment.astimezone(UTC).isoformat()


def _from_iso(text: Any) -> datetime:
    return datetime.fromisoformat(text)

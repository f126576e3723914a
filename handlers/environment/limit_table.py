"""The limit table: how long each step may take, and what happens on the way (rules/limits.yaml)."""

from collections.abc import Collection, Mapping
from datetime import time, timedelta
from functools import cached_property
from typing import Annotated, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    field_validator,
    model_validator,
)

from handlers.environment.levels.call_outs import CallOutRule
from handlers.environment.levels.ending_rules import ClosingRule, SignOffRule
from handlers.environment.levels.meeting_rules import LimitText, MeetingRule
from handlers.environment.tables.rule_tables import RuleTable, StrictRow
from models.calendar import TimeBasis
from models.cases import Case
from models.figures import Targets
from models.time_limits import TimeLimit
from models.workflow import ACTS, Step

_WITHOUT_LIMIT = frozenset({Step.FINISH, Step.STAGE})
"""Steps whose limits come from the class and its stages."""


def _parse_hours(value: object) -> object:
    opens, _, closes = str(value).partition("-")
    try:
        hours = time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip())
    except ValueError as error:
        raise ValueError('应当是起止时间，如 "08:30-12:00"') from error
    if hours[0] >= hours[1]:
        raise ValueError("开始应当早于结束")
    return hours


def _check_program_act(key: str) -> str:
    """The key of an act that the program may do by itself when time has passed."""
    possible = [act.key for act in ACTS.values() if act.is_for_program]
    if key not in possible:
        raise ValueError(f"只能是 {'、'.join(possible)}")
    return key


Hours = Annotated[tuple[time, time], BeforeValidator(_parse_hours)]


class StepLimits(StrictRow):
    """How long a step may take, for ordinary and for urgent cases."""

    normal: LimitText
    urgent: LimitText


class Stage(StrictRow):
    """One named stage of a long matter, with a limit of its own."""

    name: str
    limit: LimitText


class LimitRule(StrictRow):
    """One rule: every condition it names must hold."""

    class_id: str | None = Field(None, alias="class")
    nature: str | None = None
    urgent: bool | None = None
    level: int | None = None
    place: str | None = None
    finish: LimitText | None = None
    ceiling: LimitText | None = None
    stages: tuple[Stage, ...] = ()

    def applies_to(self, case: Case, area_path: str) -> bool:
        """Whether every condition of the rule holds; `area_path`: path of the case's area, or empty."""
        asked = (
            (self.class_id, case.class_id),
            (self.nature, case.nature),
            (self.urgent, case.urgent),
            (self.level, case.level),
        )
        if any(wanted is not None and wanted != found for wanted, found in asked):
            return False
        return self.place is None or f"/{self.place}/" in area_path


class EscalationRule(StrictRow):
    """One rule of `ladder` in rules/limits.yaml: at which mark, which chats are reminded, what is done."""

    step: Step
    mark: str
    share: float | None = Field(None, gt=0, le=1)
    late: LimitText | None = None
    tell: tuple[Literal["handling", "duty", "leader", "unit", "signer", "above", "reporter"], ...] = ()
    act: Annotated[str, AfterValidator(_check_program_act)] | None = None

    is_for_charge: ClassVar[bool] = False

    @model_validator(mode="after")
    def _has_one_time(self) -> Self:
        if (self.share is None) == (self.late is None):
            raise ValueError("share 和 late 要写一个，只写一个")
        return self


Percent = Annotated[int, Field(ge=1, le=100)]


class TargetRates(StrictRow):
    """The line that each rate should reach, in per cent; None: none is drawn."""

    answer: Percent | None = None
    solve: Percent | None = None
    satisfaction: Percent | None = None
    on_time: Percent | None = None

    def to_figures(self) -> Targets:
        """As reports carry them."""
        return Targets(**self.model_dump())


class ChargeReminder(EscalationRule):
    """One of `charge` in rules/limits.yaml: it reminds the leader who has the case (包案), alone."""

    is_for_charge: ClassVar[bool] = True


_SIGNOFF_LIMITS = StepLimits(normal=TimeLimit(1, "wd"), urgent=TimeLimit(2, "h"))
"""Of a table that an office wrote before answers were signed."""
_ACTION_LIMITS = StepLimits(normal=TimeLimit(5, "wd"), urgent=TimeLimit(1, "d"))
"""Of a table that an office wrote before meetings gave units something to do."""
_A_DAY = timedelta(hours=24)


class LimitTable(RuleTable):
    """What rules/limits.yaml says; immutable."""

    office_hours: tuple[Hours, ...] = Field(min_length=1)
    steps: Mapping[Step, StepLimits]
    desk_line: LimitText = TimeLimit(30, "min")
    """How long a line may wait for the desk to decide before the desk is reminded, once."""
    notice_rest: LimitText = TimeLimit(30, "d")
    """How long the same text of the library is not sent again."""
    call_next: LimitText = TimeLimit(10, "min")
    """How long an urgent task may stay unsigned until the next one of the unit is called, each time."""
    round_the_clock: tuple[str, ...] = ()
    """Classes (ids) that are called for as urgent ones are, day and night."""
    ceilings: Mapping[str, LimitText]
    complex: LimitText
    limits: tuple[LimitRule, ...] = ()
    ladder: tuple[EscalationRule, ...] = ()
    charge: tuple[Annotated[float, Field(gt=0, le=1)], ...] = (0.5, 0.8, 1.0)
    """Shares of the finish at which a leader is reminded of what they took in person (requirements B15)."""
    sign_offs: tuple[SignOffRule, ...] = ()
    closing: tuple[ClosingRule, ...] = ()
    targets: TargetRates = TargetRates()
    meetings: tuple[MeetingRule, ...] = ()
    call_outs: tuple[CallOutRule, ...] = ()

    @field_validator("steps")
    @classmethod
    def _has_every_step(cls, steps: Mapping[Step, StepLimits]) -> Mapping[Step, StepLimits]:
        steps = {Step.SIGNOFF: _SIGNOFF_LIMITS, Step.ACTION: _ACTION_LIMITS, **steps}
        if missing := [step for step in Step if step not in steps and step not in _WITHOUT_LIMIT]:
            raise ValueError(f"还缺 {'、'.join(missing)}")
        return steps

    def find_unknown_classes(self, classes: Collection[str]) -> list[tuple[str, int, str]]:
        """Rows for a class that the class table does not have: list, index of the row, and class id."""
        tables = {
            "limits": [row.class_id for row in self.limits],
            "sign_offs": [row.class_id for row in self.sign_offs],
            "closing": [row.class_id for row in self.closing],
            "meetings": [row.class_id for row in self.meetings],
        }
        named = ((name, at, class_id) for name, rows in tables.items() for at, class_id in enumerate(rows))
        return [(name, at, class_id) for name, at, class_id in named if class_id and class_id not in classes]

    def find_unknown_calls(self, classes: Collection[str]) -> list[str]:
        """Ids in `round_the_clock` that the class table does not have."""
        return [class_id for class_id in self.round_the_clock if class_id not in classes]

    def step_limit(self, step: Step, *, urgent: bool) -> TimeLimit:
        """How long a step may take; KeyError for steps whose limit the class gives."""
        pair = self.steps[step]
        return pair.urgent if urgent else pair.normal

    def signoff_limit(self, finish: TimeLimit) -> TimeLimit:
        """How long the signature of an answer may take; less where all of it must be done within a day.

        `finish`: how long the case may take.
        """
        pair = self.steps[Step.SIGNOFF]
        within_a_day = finish.basis is TimeBasis.ALWAYS and finish.duration <= _A_DAY
        return pair.urgent if within_a_day else pair.normal

    def find_sign_off(self, case: Case) -> SignOffRule | None:
        """By whom the answer of this case is signed; None: it goes out once it is checked.

        Never of a danger.
        """
        if case.urgent:
            return None
        return next((rule for rule in self.sign_offs if rule.applies_to(case)), None)

    def meeting_pause(self, case: Case) -> TimeLimit | None:
        """How long the time of this case stands still at most while it waits for a meeting; None: it runs."""
        return next((rule.pause for rule in self.meetings if rule.applies_to(case)), None)

    def closing_level(self, case: Case) -> int:
        """The lowest level whose desk may end this case: 0 village, 1 town, 2 county."""
        return next((rule.level for rule in self.closing if rule.applies_to(case)), 0)

    def finish_limit(self, case: Case, area_path: str, otherwise: TimeLimit) -> TimeLimit:
        """The finish of the first row that fits the case and names one; else `otherwise`."""
        found = (
            row.finish for row in self.limits if row.finish is not None and row.applies_to(case, area_path)
        )
        return next(found, otherwise)

    def ceiling(self, case: Case, area_path: str) -> TimeLimit | None:
        """The longest a case may take; None where its nature has no ceiling."""
        if case.complex:
            return self.complex
        found = (
            row.ceiling for row in self.limits if row.ceiling is not None and row.applies_to(case, area_path)
        )
        return next(found, self.ceilings.get(case.nature))

    def stages(self, class_id: str) -> tuple[Stage, ...]:
        """The named stages of a class, in order."""
        return next((row.stages for row in self.limits if row.class_id == class_id and row.stages), ())

    def current_stage(self, case: Case) -> Stage:
        """The stage a case of a class with stages is in; the last one, where the table has fewer by now."""
        stages = self.stages(case.class_id)
        return stages[min(case.stage, len(stages) - 1)]

    def escalation_rules(self, step: Step) -> tuple[EscalationRule, ...]:
        """The escalation rules of this step, in order of time."""
        return self._rules_by_step.get(step, ())

    @cached_property
    def _rules_by_step(self) -> Mapping[Step, tuple[EscalationRule, ...]]:
        """The escalation rules of each step in order of time, sorted once since every clock asks for them."""
        reminders = (
            ChargeReminder(step=Step.FINISH, mark=f"charge{share:.0%}", share=share) for share in self.charge
        )
        ordered = sorted(
            (*self.ladder, *reminders), key=lambda rule: (rule.late is not None, rule.share or 0)
        )
        return {step: tuple(rule for rule in ordered if rule.step is step) for step in Step}

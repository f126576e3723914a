"""The limit table: how long each step may take, and what happens on the way (rules/limits.yaml)."""

from collections.abc import Mapping
from datetime import time
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from models.cases import Case
from models.time_limits import TimeLimit
from models.workflow import ACTS, Step


class LimitsError(Exception):
    """The file cannot be used; the message names file and path."""


def _parse_limit(value: object) -> object:
    return TimeLimit.parse(value) if isinstance(value, str) else value


def _parse_hours(value: object) -> object:
    if not isinstance(value, str):
        return value
    opens, _, closes = value.partition("-")
    return time.fromisoformat(opens), time.fromisoformat(closes)


def _check_program_act(key: str) -> str:
    """The key of an act that the program may do by itself when time has passed."""
    possible = [act.key for act in ACTS.values() if act.is_for_program]
    if key not in possible:
        raise ValueError(f"should be one of {', '.join(possible)}")
    return key


LimitText = Annotated[TimeLimit, BeforeValidator(_parse_limit)]
Hours = Annotated[tuple[time, time], BeforeValidator(_parse_hours)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class StepLimits(_Strict):
    normal: LimitText
    urgent: LimitText


class Stage(_Strict):
    name: str
    limit: LimitText


class LimitRule(_Strict):
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
        asked = (
            (self.class_id, case.class_id),
            (self.nature, case.nature),
            (self.urgent, case.urgent),
            (self.level, case.level),
        )
        if any(wanted is not None and wanted != found for wanted, found in asked):
            return False
        return self.place is None or f"/{self.place}/" in area_path


class EscalationRule(_Strict):
    """One rung of the ladder: when, who hears of it, what is done."""

    step: Step
    mark: str
    share: float | None = Field(None, gt=0, le=1)
    late: LimitText | None = None
    tell: tuple[Literal["handling", "duty", "leader", "unit"], ...] = ()
    act: Annotated[str, AfterValidator(_check_program_act)] | None = None

    @model_validator(mode="after")
    def _has_one_time(self) -> Self:
        if (self.share is None) == (self.late is None):
            raise ValueError("share or late, one of them")
        return self


class LimitTable(_Strict):
    version: str
    office_hours: tuple[Hours, ...]
    steps: Mapping[Step, StepLimits]
    ceilings: Mapping[str, LimitText]
    complex: LimitText
    limits: tuple[LimitRule, ...] = ()
    ladder: tuple[EscalationRule, ...] = ()

    @classmethod
    def load(cls, path: Path) -> Self:
        try:
            return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(step) for step in first["loc"])
            raise LimitsError(f"{path}: {where}: {first['msg']}") from error
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise LimitsError(f"{path}: {error}") from error

    def step_limit(self, step: Step, *, urgent: bool) -> TimeLimit:
        pair = self.steps[step]
        return pair.urgent if urgent else pair.normal

    def finish_limit(self, case: Case, area_path: str, otherwise: TimeLimit) -> TimeLimit:
        """The first row that fits and names a finish; else the class's own limit."""
        found = (
            row.finish for row in self.limits if row.finish is not None and row.applies_to(case, area_path)
        )
        return next(found, otherwise)

    def ceiling(self, case: Case, area_path: str) -> TimeLimit | None:
        """The longest a case may take; None: its nature has none."""
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
        """What happens while this step runs, in order of time."""
        return self._rules_by_step.get(step, ())

    @cached_property
    def _rules_by_step(self) -> Mapping[Step, tuple[EscalationRule, ...]]:
        """Put in order once: every clock asks for its own."""
        ordered = sorted(self.ladder, key=lambda rung: (rung.late is not None, rung.share or 0))
        return {step: tuple(rung for rung in ordered if rung.step is step) for step in Step}

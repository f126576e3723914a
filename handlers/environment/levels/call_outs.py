"""Which units are called together with the first, and what all are warned of (rules/limits.yaml, E09)."""

from pydantic import Field, model_validator

from handlers.environment.levels.ending_rules import CaseSelection
from models.cases import Case


class CallOutRule(CaseSelection):
    """Who else is called once a unit gets such a case; the warning that is drafted then."""

    words: tuple[str, ...] = ()
    """One of these stands in the report; none: whatever it says."""
    units: tuple[str, ...] = ()
    """Names or codes of units."""
    warning: str = Field("", max_length=500)
    """Text of a notice for all groups of the area; a person lets it go out."""

    @model_validator(mode="after")
    def _does_something(self) -> "CallOutRule":
        if self.class_id is None:
            raise ValueError("要写 class")
        if not self.units and not self.warning:
            raise ValueError("units、warning 至少写一个")
        return self

    def applies_to(self, case: Case) -> bool:
        said = not self.words or any(word in case.text for word in self.words)
        return said and super().applies_to(case)

"""Which answers are signed, and by whom; at which level a case may be ended (rules/limits.yaml)."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from handlers.environment.levels import heads
from models.cases import Case


class CaseSelection(BaseModel):
    """Which cases a rule is for: every condition it names must hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    class_id: str | None = Field(None, alias="class")
    nature: str | None = None
    source: str | None = None

    def applies_to(self, case: Case) -> bool:
        """Whether every condition of the rule holds for the case."""
        asked = ((self.class_id, case.class_id), (self.nature, case.nature), (self.source, case.source))
        return all(wanted is None or wanted == found for wanted, found in asked)


class SignOffRule(CaseSelection):
    """Whose answers wait for a signature; people by their code."""

    signer: str
    deputy: str | None = None
    above: str | None = None
    """The next one up: rung once the time is over, and may sign as well."""

    @model_validator(mode="after")
    def _names_cases(self) -> "SignOffRule":
        if self.class_id is None and self.nature is None and self.source is None:
            raise ValueError("class、nature、source 至少写一个")
        return self

    @property
    def codes(self) -> tuple[str, ...]:
        """Who may sign, in the order in which they are asked."""
        return tuple(dict.fromkeys(code for code in (self.signer, self.deputy, self.above) if code))


def _parse_level(value: object) -> object:
    level = heads.find_level(str(value))
    if level is None:
        raise ValueError("只能是 村、镇、县")
    return level


class ClosingRule(CaseSelection):
    """The lowest level whose desk may pass the check of these cases, solve them itself or close them."""

    level: Annotated[int, BeforeValidator(_parse_level)]

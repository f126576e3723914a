"""Which share of the closed cases is called back, and by whom (rules/spot_checks.yaml)."""

from collections.abc import Collection
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from handlers.environment.tables.rule_tables import RuleTable, StrictRow
from models.cases import Case


def _write_out(value: object) -> object:
    """YAML reads 0.1 as a binary fraction: what was written is meant."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _check_share(value: Decimal) -> Decimal:
    if not (value.is_finite() and 0 <= value <= 1):
        raise ValueError("应当是 0 到 1 的比例，如 0.1")
    return value


Share = Annotated[Decimal, BeforeValidator(_write_out), AfterValidator(_check_share)]


class SpotCheckRule(StrictRow):
    """One rule: every condition it names must hold."""

    class_id: str | None = Field(None, alias="class")
    unit: str | None = None
    """Code of the unit that handled it, or of one above that."""
    source: str | None = None
    share: Share

    @model_validator(mode="after")
    def _says_for_what(self) -> "SpotCheckRule":
        if self.class_id is self.unit is self.source is None:
            raise ValueError("class、unit、source 至少要写一个")
        return self

    def applies_to(self, case: Case, unit_path: str) -> bool:
        """Whether every condition holds; `unit_path`: path of the unit that handled it, or empty."""
        if self.class_id not in (None, case.class_id) or self.source not in (None, case.source):
            return False
        return self.unit is None or f"/{self.unit}/" in unit_path


class SpotCheckRules(RuleTable):
    """What rules/spot_checks.yaml says; immutable. Source of the share: 晴隆县 2023, standards §7."""

    version: str = ""
    share: Share = Decimal("0.1")
    rules: tuple[SpotCheckRule, ...] = ()
    callers: tuple[str, ...] = ()
    """Codes of those who call; empty: whoever is on duty for the area of the case."""

    def find_rule(self, case: Case, unit_path: str) -> int | None:
        """Index of the first rule that fits the case; None: the general share holds."""
        fitting = (at for at, rule in enumerate(self.rules) if rule.applies_to(case, unit_path))
        return next(fitting, None)

    def share_of(self, rule: int | None) -> Decimal:
        """The share of this rule; of None the general one."""
        return self.share if rule is None else self.rules[rule].share

    def find_unknown_classes(self, classes: Collection[str]) -> list[tuple[str, int, str]]:
        """Rules for a class that the class table does not have: list, index of the rule, and class id."""
        named = ((at, row.class_id) for at, row in enumerate(self.rules))
        return [("rules", at, class_id) for at, class_id in named if class_id and class_id not in classes]

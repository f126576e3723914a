"""Figures of a month and of a group: counts, and the rates they add up to (standards §9)."""

from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Self

_WEIGHTS = (0.30, 0.35, 0.35)
"""Answered, solved, satisfied as 准格尔旗 weighs them (standards §9, §11.3)."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts; they add up, rates do not."""

    received: int = 0
    excluded: int = 0
    answered: int = 0
    rated: int = 0
    solved: int = 0
    judged: int = 0
    satisfied: int = 0
    unrated: int = 0
    due: int = 0
    on_time: int = 0
    returned: int = 0
    reworked: int = 0

    def __add__(self, other: Self) -> "Figures":
        return Figures(
            **{field.name: getattr(self, field.name) + getattr(other, field.name) for field in fields(self)}
        )

    @property
    def answer_rate(self) -> float | None:
        return _ratio(self.answered, self.received)

    @property
    def solve_rate(self) -> float | None:
        return _ratio(self.solved, self.rated)

    @property
    def satisfaction(self) -> float | None:
        return _ratio(self.satisfied, self.judged)

    @property
    def on_time_rate(self) -> float | None:
        return _ratio(self.on_time, self.due)

    @property
    def score(self) -> float | None:
        """What units are ranked by; None where nobody has rated: silence is no rank."""
        rates = [rate for rate in (self.answer_rate, self.solve_rate, self.satisfaction) if rate is not None]
        if len(rates) < len(_WEIGHTS):
            return None
        return sum(weight * rate for weight, rate in zip(_WEIGHTS, rates, strict=True))


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """One unit's month."""

    code: str
    name: str
    """Both empty: not given to any unit yet."""
    figures: Figures
    before: Figures
    overdue: int
    """Open and past its limit at the moment of asking, whatever month it is from."""
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class MonthlyReport:
    first: date
    scope: str
    lines: tuple[UnitFigures, ...]
    """The best first; those without a rank last."""
    total: Figures
    before: Figures
    overdue: int

    def to_json(self) -> dict[str, Any]:
        return {
            "month": f"{self.first:%Y-%m}",
            "scope": self.scope,
            "total": figures_to_json(self.total),
            "before": figures_to_json(self.before),
            "overdue": self.overdue,
            "units": [
                {
                    "code": line.code,
                    "name": line.name,
                    "rank": line.rank,
                    "overdue": line.overdue,
                    **figures_to_json(line.figures),
                    "before": figures_to_json(line.before),
                }
                for line in self.lines
            ],
        }


def figures_to_json(figures: Figures) -> dict[str, Any]:
    rates = {
        "answer_rate": figures.answer_rate,
        "solve_rate": figures.solve_rate,
        "satisfaction": figures.satisfaction,
        "on_time_rate": figures.on_time_rate,
    }
    shown = {name: None if rate is None else round(rate, 4) for name, rate in rates.items()}
    return {**asdict(figures), **shown}


@dataclass(frozen=True, slots=True)
class ChatFigures:
    """One group on one day."""

    chat: str
    name: str
    day: date
    heard: int
    talk: int
    opened: int
    asked: int
    false: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

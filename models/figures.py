"""Figures of a month and of a group: counts, and the rates computed from them (domain standards §9)."""

from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Self

_WEIGHTS = (0.30, 0.35, 0.35)
"""Answered, solved, satisfied as 准格尔旗 weighs them (standards §9, §11.3)."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of cases; sums of figures are figures. Rates are between 0 and 1, None where nothing counts."""

    received: int = 0
    excluded: int = 0
    withdrawn: int = 0
    answered: int = 0
    rated: int = 0
    solved: int = 0
    judged: int = 0
    satisfied: int = 0
    unrated: int = 0
    due: int = 0
    on_time: int = 0
    in_grid: int = 0
    redone: int = 0
    reopened: int = 0
    returned: int = 0
    reworked: int = 0

    def __add__(self, other: Self) -> "Figures":
        return Figures(
            **{field.name: getattr(self, field.name) + getattr(other, field.name) for field in fields(self)}
        )

    @property
    def answer_rate(self) -> float | None:
        """回应率: answered of received."""
        return _ratio(self.answered, self.received)

    @property
    def solve_rate(self) -> float | None:
        """解决率: solved of rated."""
        return _ratio(self.solved, self.rated)

    @property
    def satisfaction(self) -> float | None:
        """满意率: satisfied of judged."""
        return _ratio(self.satisfied, self.judged)

    @property
    def on_time_rate(self) -> float | None:
        """按时率: on time of due."""
        return _ratio(self.on_time, self.due)

    @property
    def components(self) -> tuple[tuple[float, float | None], ...]:
        """Of the score: weight and rate of 回应, 解决 and 满意."""
        return tuple(zip(_WEIGHTS, (self.answer_rate, self.solve_rate, self.satisfaction), strict=True))

    @property
    def score(self) -> float | None:
        """The weighted sum of rates that units are ranked by; None where a rate is missing."""
        parts = [weight * rate for weight, rate in self.components if rate is not None]
        return sum(parts) if len(parts) == len(_WEIGHTS) else None


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class Targets:
    """What a district wants to reach, in per cent; None: no line is drawn."""

    answer: int | None = None
    solve: int | None = None
    satisfaction: int | None = None
    on_time: int | None = None


def is_below(rate: float | None, target: int | None) -> bool:
    """Whether a rate is known and misses its target, as both are shown: to a tenth of a per cent."""
    return rate is not None and target is not None and round(rate * 100, 1) < target


@dataclass(frozen=True, slots=True)
class ShareFigures:
    """Cases of the cohort by what a unit did with its share of them, whoever has them now; each case once."""

    sent_back: int = 0
    """Orders for them were returned."""
    called: int = 0
    """Asked to help with (吹哨)."""
    arrived: int = 0
    """Of them: checked in (报到)."""
    minutes: int | None = None
    """From the call to that, on average."""

    @property
    def arrival_rate(self) -> float | None:
        """报到率: arrived of called."""
        return _ratio(self.arrived, self.called)


@dataclass(frozen=True, slots=True)
class CallFigures:
    """Cases drawn for a spot check of the days of a period, and what came of it: apart from ratings."""

    drawn: int = 0
    reached: int = 0
    unreached: int = 0
    solved: int = 0
    judged: int = 0
    """Of those reached: who said whether they are satisfied."""
    satisfied: int = 0

    @property
    def waiting(self) -> int:
        """Not called yet, or to be called once more."""
        return self.drawn - self.reached - self.unreached


@dataclass(frozen=True, slots=True)
class ChargeFigures:
    """What one leader took in person (包案) in a period; `code` and name."""

    code: str
    leader: str
    taken: int
    finished: int
    """Of them: closed by now."""
    late: int
    """Of them: finished after their limit, or open beyond it while their time runs."""


@dataclass(frozen=True, slots=True)
class FirstReceipts:
    """首接: what one unit, and one person of it, received first of the cases of a period.

    A signature that was taken back (撤签) received nothing.
    """

    unit_code: str
    unit: str
    person_code: str
    person: str
    """Both empty where nobody signed."""
    received: int
    passed: int
    """Of them: with another unit now."""
    finished: int


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """One unit's figures of a month and of the month before."""

    code: str
    name: str
    """Code and name are empty for cases that no unit has yet."""
    figures: Figures
    before: Figures
    overdue: int
    """Open cases past their limit at the time of the query, of whatever month."""
    rank: int | None = None
    shares: ShareFigures = ShareFigures()


@dataclass(frozen=True, slots=True)
class SignatureFigures:
    """Cases whose answer was signed or sent back in a period, each once."""

    decided: int = 0
    sent_back: int = 0
    late: int = 0
    hours: float = 0.0
    """How long they waited on average, nights and weekends included."""


@dataclass(frozen=True, slots=True)
class MonthlyReport:
    """The table of a month or another period: one line a unit, and the totals of it and of the one before."""

    first: date
    """Its first day."""
    scope: str
    lines: tuple[UnitFigures, ...]
    """The best first; units without a rank last."""
    total: Figures
    before: Figures
    overdue: int
    calls: CallFigures = CallFigures()
    charges: tuple[ChargeFigures, ...] = ()
    """The leader who took most first."""
    first_receipts: tuple[FirstReceipts, ...] = ()
    """Who received most first, first."""
    signatures: SignatureFigures = SignatureFigures()
    shares: ShareFigures = ShareFigures()
    targets: Targets = Targets()

    def to_json(self) -> dict[str, Any]:
        """Plain data for programs."""
        return {
            "month": f"{self.first:%Y-%m}",
            "scope": self.scope,
            "total": figures_to_json(self.total),
            "before": figures_to_json(self.before),
            "overdue": self.overdue,
            "spot_checks": {**asdict(self.calls), "waiting": self.calls.waiting},
            "charges": [asdict(line) for line in self.charges],
            "first_receipts": [asdict(line) for line in self.first_receipts],
            "signatures": asdict(self.signatures),
            "shares": asdict(self.shares),
            "targets": asdict(self.targets),
            "units": [
                {
                    "code": line.code,
                    "name": line.name,
                    "rank": line.rank,
                    "overdue": line.overdue,
                    **figures_to_json(line.figures),
                    **asdict(line.shares),
                    "before": figures_to_json(line.before),
                }
                for line in self.lines
            ],
        }


def figures_to_json(figures: Figures) -> dict[str, Any]:
    """Counts and rates as plain data."""
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
    """One group's figures of one day."""

    chat: str
    name: str
    day: date
    heard: int
    talk: int
    opened: int
    asked: int
    false: int

    def to_json(self) -> dict[str, Any]:
        """Plain data for programs."""
        return asdict(self)

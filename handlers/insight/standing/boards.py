"""Areas and leaders in their order, by the same figures as units (B08, C10)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from handlers.environment.units import path_covers, select_subtree, split_path
from handlers.insight.counts import kept
from handlers.insight.counts.cuts import COLUMNS, Cut
from handlers.insight.maps import outlines
from handlers.insight.periods import Period
from models.figures import Figures
from models.organisation import Person, Role, Unit, has_post

_COUNTED = (
    "received", "answered", "rated", "solved", "judged", "satisfied", "due", "on_time", "in_grid",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One area, or one leader with the unit they lead; `code` is of the unit."""

    code: str
    name: str
    figures: Figures
    rank: int | None = None
    """None: too few cases, or a rate is missing."""


def rank_areas(
    session: Session, env: Environment, unit: Unit, period: Period, *, now: datetime, least: int
) -> Sequence[BoardLine]:
    """The areas right beneath the unit by the score of what lies in each, the best first."""
    counts = _count_places(session, env, unit, period, now=now, by_area=True)
    lines = [
        BoardLine(part.code, part.name, _sum_within(counts, part.path, by_area=True))
        for part in outlines.find_parts(session, unit)
    ]
    return _rank(lines, lambda line: line.figures.score, least)


def rank_leaders(
    session: Session, env: Environment, unit: Unit, period: Period, *, now: datetime, least: int
) -> Sequence[BoardLine]:
    """The leaders of the unit and of those beneath it by volume, answers and answer rate together.

    As a provincial board ranks them: the sum of the three places decides. What lies in the area of a leader's
    unit, or in its hands, is theirs.
    """
    counts = _count_places(session, env, unit, period, now=now, by_area=False)
    leaders = (
        select(Person.name, Unit)
        .join(Unit, has_post(lambda role, unit_id: and_(role == Role.LEADER, unit_id == Unit.id)))
        .where(Unit.id.in_(select_subtree(unit)))
        .order_by(Unit.path, Person.id)
    )
    lines = [
        BoardLine(led.code, f"{name}（{led.display_name}）", _sum_within(counts, led.path, by_area=False))
        for name, led in session.execute(leaders)
    ]
    counted = [line.figures for line in lines if line.figures.received >= least]
    measures: Sequence[Callable[[Figures], float]] = (
        lambda figures: figures.received,
        lambda figures: figures.answered,
        lambda figures: figures.answer_rate or 0.0,
    )
    orders = [sorted(map(measure, counted), reverse=True) for measure in measures]

    def sum_places(line: BoardLine) -> float | None:
        pairs = zip(measures, orders, strict=True)
        return -sum(order.index(measure(line.figures)) for measure, order in pairs)

    return _rank(lines, sum_places, least)


def _rank(
    lines: Sequence[BoardLine], score_of: Callable[[BoardLine], float | None], least: int
) -> Sequence[BoardLine]:
    """Equal scores share a rank, and the next rank is skipped; who has no rank stands last."""
    scores = [score_of(line) if line.figures.received >= least else None for line in lines]
    order = sorted((score for score in scores if score is not None), reverse=True)
    ranked = [
        replace(line, rank=None if score is None else order.index(score) + 1)
        for line, score in zip(lines, scores, strict=True)
    ]
    last = len(lines) + 1
    return sorted(ranked, key=lambda line: (line.rank or last, -line.figures.received, line.code))


_Places = Mapping[tuple[str, str], Figures]
"""By the path of the area that cases lie in and of the unit that has them; "" for none."""


def _count_places(
    session: Session, env: Environment, unit: Unit, period: Period, *, now: datetime, by_area: bool
) -> _Places:
    """`by_area`: without telling units apart."""
    table = kept.find_table(session, unit)
    cut = Cut.AREA if by_area and table is None else Cut.UNIT_AREA
    by = COLUMNS[Cut.AREA if by_area else Cut.UNIT_AREA]
    found = kept.load(session, env.zone, cut, period, _COUNTED, now=now, unit=table, by=by)
    paths = dict(session.execute(select(Unit.id, Unit.path)).all())
    return {
        (paths.get(key[-1], ""), "" if by_area else paths.get(key[0], "")): kept.to_figures(numbers, _COUNTED)
        for key, numbers in found.items()
    }


def _sum_within(counts: _Places, path: str, *, by_area: bool) -> Figures:
    """Of what lies within the unit of this path; unless `by_area`, also of what such a unit has, and of what
    nobody has placed yet where it is the top: as `lies_in_table`.
    """
    is_top = len(split_path(path)) == 1
    found = Figures()
    for (area, handler), figures in counts.items():
        lies = path_covers(path, area)
        if not by_area:
            lies = lies or path_covers(path, handler) or (is_top and not (area or handler))
        if lies:
            found += figures
    return found

"""The cases of a period by domain, family, source, step of the loop, and occupation of who reported.

Each number but those by occupation can be opened (`key_of` is the condition of its list). An occupation
beside a case would tell who reported it: those are counted for whole months and whole tables only, and
from LEAST_TOLD cases on, so that no two of the numbers differ by one person.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, case, func, literal, select
from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from handlers.insight.comparison import FIGURE, Scope, list_conditions
from handlers.insight.counts import cuts, kept
from handlers.insight.counts.cuts import Cut, Key, Numbers, sum_up
from handlers.insight.periods import Period
from models.cases import Case
from models.loop import LOOP
from models.organisation import Person
from models.suggestions import SUGGESTION

LEAST_TOLD = 5
_OPINIONS = "意见建议"
"""The family of whatever is a suggestion, of whatever class."""
_NAMES = (FIGURE, "answered", "solved", "due", "on_time")


class Dimension(StrEnum):
    """What cases are told apart by."""

    DOMAIN = "domain"
    """The group of the class."""
    FAMILY = "family"
    """矛盾纠纷、风险隐患、意见建议、环境整治 (A08, E07)."""
    SOURCE = "source"
    STEP = "step"
    """One of the five words of the loop."""


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """What came under one key of a dimension; "": under none of those it has."""

    key: str
    received: int
    other: int
    """Received in the other period."""
    answered: int
    solved: int
    not_on_time: int


def key_of(dimension: Dimension, env: Environment) -> ColumnElement[str]:
    """The key of each case."""
    if dimension is Dimension.SOURCE:
        return Case.__table__.c.source
    if dimension is Dimension.STEP:
        return case(LOOP, value=Case.status, else_="")
    if dimension is Dimension.DOMAIN:
        domains = {info.id: info.group for info in env.classes.values()}
        return case(domains, value=Case.class_id, else_=env.fallback_class.group)
    families = {info.id: info.family for info in env.classes.values() if info.family}
    named = [(Case.class_id == class_id, literal(family)) for class_id, family in families.items()]
    return case((Case.nature == SUGGESTION, literal(_OPINIONS)), *named, else_="")


def count_rows(
    session: Session,
    env: Environment,
    scope: Scope,
    dimension: Dimension,
    period: Period,
    other: Period,
    *,
    now: datetime,
) -> Sequence[BreakdownRow]:
    """A row for each key that has any in either period; the most frequent first."""
    load = _load_kept if scope.is_whole else _count
    here = load(session, env, scope, dimension, period, _NAMES, now=now)
    there = Counter(
        {
            key: count
            for key, (count,) in load(session, env, scope, dimension, other, (FIGURE,), now=now).items()
        }
    )
    rows = [
        BreakdownRow(name, received, there.pop(name, 0), answered, solved, due - on_time)
        for name, (received, answered, solved, due, on_time) in here.items()
    ]
    rows += [BreakdownRow(name, 0, count, 0, 0, 0) for name, count in there.items()]
    rows = [row for row in rows if row.received or row.other]
    return sorted(rows, key=lambda row: (-row.received, -row.other, row.key))


def _load_kept(
    session: Session,
    env: Environment,
    _scope: Scope,
    dimension: Dimension,
    period: Period,
    names: Sequence[str],
    *,
    now: datetime,
) -> Mapping[str, Numbers]:
    cut, name = _find_cut(dimension, env)
    counted = kept.load(session, env.zone, cut, period, names, now=now)
    return {key: numbers for (key,), numbers in sum_up(counted, lambda key: (name(key),)).items()}


def _find_cut(dimension: Dimension, env: Environment) -> tuple[Cut, Callable[[Key], str]]:
    """The cut that is fine enough, and of its keys those of the dimension, as `key_of`."""
    if dimension is Dimension.SOURCE:
        return Cut.SOURCE, lambda key: str(key[0])
    if dimension is Dimension.STEP:
        return Cut.STATUS, lambda key: LOOP.get(key[0], "")
    if dimension is Dimension.DOMAIN:
        return Cut.KIND, lambda key: (env.classes.get(key[0]) or env.fallback_class).group
    families = {info.id: info.family for info in env.classes.values()}
    return Cut.KIND, lambda key: _OPINIONS if key[1] == SUGGESTION else families.get(key[0], "")


def _count(
    session: Session,
    env: Environment,
    scope: Scope,
    dimension: Dimension,
    period: Period,
    names: Sequence[str],
    *,
    now: datetime,
) -> Mapping[str, Numbers]:
    conditions = list_conditions(env, scope, period, now)
    counted = cuts.count(session, [key_of(dimension, env)], names, *conditions, now=now)
    return {key: numbers for (key,), numbers in counted.items()}


def count_occupations(
    session: Session, env: Environment, scope: Scope, period: Period, *, now: datetime
) -> Sequence[tuple[str, int]]:
    """Occupations with how many cases such people reported, at least LEAST_TOLD; the most frequent first.

    Nothing for what is no whole month or is narrowed to a part of the table.
    """
    if scope.narrowed or not period.is_month:
        return []
    count = func.count()
    query = (
        select(Person.occupation, count)
        .join(Case, Case.reporter_id == Person.id)
        .where(*list_conditions(env, scope, period, now), Person.occupation != "")
        .group_by(Person.occupation)
        .having(count >= LEAST_TOLD)
        .order_by(count.desc(), Person.occupation)
    )
    return [(occupation, number) for occupation, number in session.execute(query)]

"""The cases of a period by domain, family, source, step of the loop, and occupation of who reported.

Each number but those by occupation can be opened (`key_of` is the condition of its list). An occupation
beside a case would tell who reported it: those are counted for whole months and whole tables only, and
from LEAST_TOLD cases on, so that no two of the numbers differ by one person.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, case, func, literal, select
from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from handlers.insight.cohort import define_figures
from handlers.insight.comparison import Scope, list_conditions
from handlers.insight.periods import Period
from models.cases import Case
from models.loop import LOOP
from models.organisation import Person
from models.suggestions import SUGGESTION

LEAST_TOLD = 5
_OPINIONS = "意见建议"
"""The family of whatever is a suggestion, of whatever class."""
COUNTED = ("answered", "solved", "not_on_time")
"""Of the received ones, beside them."""


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
    figures = define_figures(now)
    sums = [func.sum(case((figures[name], 1), else_=0)) for name in COUNTED]
    # By its label: a CASE written twice has other parameters, and PostgreSQL takes it for another one.
    key = key_of(dimension, env).label("key")
    here = select(key, func.count(), *sums).where(*list_conditions(env, scope, period, now)).group_by("key")
    before = select(key, func.count()).where(*list_conditions(env, scope, other, now)).group_by("key")
    there = Counter(dict(session.execute(before).all()))
    rows = [
        BreakdownRow(name, received, there.pop(name, 0), *more)
        for name, received, *more in session.execute(here)
    ]
    rows += [BreakdownRow(name, 0, count, 0, 0, 0) for name, count in there.items()]
    return sorted(rows, key=lambda row: (-row.received, -row.other, row.key))


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

"""The three levels a matter is handled at, village, town and county, and who answers for each (B16, C17)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, false, func, or_, select
from sqlalchemy.orm import Session

from handlers.environment.units import split_path
from models.cases import Case
from models.organisation import Person, Role, Unit, UnitKind, has_post

LEVELS = ("村居网格", "镇街部门", "区县")
"""By `Case.level`."""
TOP_LEVEL = 2
_WORDS: Mapping[str, int] = {
    **dict.fromkeys(("村", "村居", "村级", "社区", "网格"), 0),
    **dict.fromkeys(("镇", "乡", "乡镇", "镇街", "街道", "镇级", "部门"), 1),
    **dict.fromkeys(("县", "区", "区县", "县级", "区级", "市", "市级"), 2),
}
_LEVEL_OF_KIND: Mapping[str, int] = {
    UnitKind.DISTRICT: 2,
    UnitKind.TOWN: 1,
    UnitKind.DEPARTMENT: 1,
    UnitKind.ENTERPRISE: 1,
}
"""Whatever is not here is below a town or an office."""
_AREA_OF_LEVEL = (UnitKind.VILLAGE, UnitKind.TOWN, UnitKind.DISTRICT)


@dataclass(frozen=True, slots=True)
class LevelHead:
    """Who answers for one level of a case."""

    level: int
    unit: Unit
    person: Person | None
    """None: nobody is named for that unit."""


def find_level(word: str) -> int | None:
    """The level that somebody calls so: 镇, 县级; None for none."""
    return _WORDS.get(word.strip())


def get_level(unit: Unit | None) -> int:
    """The level of a unit's desk."""
    return _LEVEL_OF_KIND.get(unit.kind, 0) if unit is not None else 0


def list_heads(session: Session, case: Case) -> Sequence[LevelHead]:
    """Who answers for the case, from its village up to the county, as far as its place is known.

    The lead of each area, else its deputy.
    """
    area = session.get(Unit, case.area_id) if case.area_id is not None else None
    if area is None:
        return ()
    above = session.scalars(select(Unit).where(Unit.code.in_(split_path(area.path)))).all()
    of_kind = {unit.kind: unit for unit in above}
    found = ((level, of_kind.get(kind)) for level, kind in enumerate(_AREA_OF_LEVEL))
    return [LevelHead(level, unit, _find_head(session, unit)) for level, unit in found if unit is not None]


def find_head(session: Session, case: Case, level: int) -> LevelHead | None:
    """Who answers for this level of the case; None where its place is not known so far."""
    return next((head for head in list_heads(session, case) if head.level == level), None)


def list_beneath(session: Session, case: Case) -> Sequence[Unit]:
    """Villages and grids that the case's unit may send it down to: its own, and those around the place.

    The deepest around the place come first.
    """
    unit = session.get(Unit, case.unit_id) if case.unit_id is not None else None
    area = session.get(Unit, case.area_id) if case.area_id is not None else None
    around = split_path(area.path) if area is not None else []
    near = or_(Unit.code.in_(around), Unit.path.startswith(area.path, autoescape=True) if area else false())
    own = Unit.path.startswith(unit.path, autoescape=True) if unit is not None else false()
    below = Unit.kind.in_(_BELOW), Unit.id != (case.unit_id or 0), or_(own, near)
    found = session.scalars(select(Unit).where(*below).order_by(func.length(Unit.path).desc(), Unit.id))
    return sorted(found, key=lambda each: each.code not in around)


_BELOW = (UnitKind.VILLAGE, UnitKind.GRID, UnitKind.MICRO_GRID)


def _find_head(session: Session, unit: Unit) -> Person | None:
    codes = [code for code in (unit.lead, unit.deputy) if code]
    found = {person.code: person for person in session.scalars(select(Person).where(Person.code.in_(codes)))}
    return next((found[code] for code in codes if code in found), None)


def find_leaders(session: Session, case: Case) -> list[Person]:
    """Leaders whose unit covers the case, the nearest first."""
    area = session.get(Unit, case.area_id or case.unit_id or 0)
    if area is None:
        return []
    above = split_path(area.path)
    found = session.execute(
        select(Person, Unit.path)
        .join(Unit, has_post(lambda role, unit_id: and_(role == Role.LEADER, unit_id == Unit.id)))
        .where(Unit.code.in_(above))
    ).all()
    nearest = sorted(found, key=lambda row: -len(row[1]))
    return list({person.id: person for person, _path in nearest}.values())

"""Who lies beneath whom: the same answer from a query and from objects."""

import pytest
from sqlalchemy import select

from handlers.environment import units
from models.database import Database
from models.organisation import Unit, UnitKind

PATHS = (
    "/HM/",
    "/HM/HM-C/",
    "/HM/HM-CG/",
    "/HM/HM-CG/HM-CG-1/",
    "/HM/HM_C/",
    "/HM/HM%/",
    "/HM/HM-C/HM-CG-2/",
    "/H/",
)
"""Codes that begin with another's code, and codes with the signs of LIKE."""


@pytest.fixture
def tree(database: Database) -> Database:
    with database.write() as session:
        codes = [units.split_path(path)[-1] for path in PATHS]
        session.add_all(
            Unit(code=code, name=code, kind=UnitKind.TEAM, path=path)
            for code, path in zip(codes, PATHS, strict=True)
        )
    return database


@pytest.mark.parametrize(
    ("code", "beneath"),
    [
        ("HM", {"HM", "HM-C", "HM-CG", "HM-CG-1", "HM_C", "HM%", "HM-CG-2"}),
        ("HM-C", {"HM-C", "HM-CG-2"}),
        ("HM-CG", {"HM-CG", "HM-CG-1"}),
        ("HM_C", {"HM_C"}),
        ("HM%", {"HM%"}),
        ("H", {"H"}),
    ],
)
def test_a_unit_covers_itself_and_all_beneath_but_no_sibling_of_a_longer_code(
    tree: Database, code: str, beneath: set[str]
) -> None:
    with tree.read() as session:
        outer = session.scalars(select(Unit).where(Unit.code == code)).one()
        every = session.scalars(select(Unit)).all()
        assert {unit.code for unit in every if units.covers(outer, unit)} == beneath
        inside = session.scalars(select(Unit.code).where(Unit.id.in_(units.select_subtree(outer))))
        assert set(inside) == beneath
        ids = units.find_subtree_ids(session, outer)
        assert {unit.code for unit in every if unit.id in ids} == beneath


def test_nobody_covers_and_nothing_is_covered_without_a_unit(tree: Database) -> None:
    with tree.read() as session:
        some = session.scalars(select(Unit)).first()
        assert not (units.covers(None, some))
        assert not (units.covers(some, None))
        assert not (units.covers(None, None))
        assert units.find_subtree_ids(session, None) == []

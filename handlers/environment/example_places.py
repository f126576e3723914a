"""A place of the district, to stand in an example: people learn best from roads that they know."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from models.organisation import Unit

_KNOWN = ("路", "街", "大道", "巷", "小区", "新村", "花园", "苑", "家园", "广场")
"""What a road or an estate is called, where everybody sees that it is one."""


def find_example_place(session: Session, unit_ids: Sequence[int | None]) -> str | None:
    """A road or an estate of the first of these units that has one, else of whoever is above it.

    None where none of them has any.
    """
    for unit_id in unit_ids:
        for unit in _list_upwards(session, unit_id):
            if found := next((place for place in unit.places if place.endswith(_KNOWN)), None):
                return found
    return None


def _list_upwards(session: Session, unit_id: int | None) -> Iterator[Unit]:
    """The unit, then what it lies beneath, up to the top."""
    unit = session.get(Unit, unit_id) if unit_id is not None else None
    while unit is not None:
        yield unit
        unit = session.get(Unit, unit.parent_id) if unit.parent_id is not None else None

"""Several units named in one order, each with what it is to do: 住建局马上联系燃气公司，公安局也去人疏散."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from handlers.environment.units import find_spoken_unit
from handlers.talk.utterances import split_clauses
from models.organisation import Unit

_BEGINS = re.compile(
    r"[\w-]{0,15}?(?:请|让|由|叫|同时|另外|并|再|也)?"
    r"([一-鿿]{2,8}?(?:局|办|委|所|中心|街道|镇|公司|大队))(.{0,4})"
)
_DOES = re.compile(
    r"也|去|马上|赶紧|立即|负责|督促|联系|找|配合|协助|协同|派|来|到|牵头|查|处理|安排|上门|做好"
)


@dataclass(frozen=True, slots=True)
class UnitOrder:
    """One unit, and the words that say what it is to do."""

    unit: Unit
    words: str


def list_unit_orders(session: Session, text: str) -> Sequence[UnitOrder]:
    """The orders of a message, the first for the unit that leads; empty where it orders fewer than two units.

    A unit that is merely spoken of (城管局退回来了，给住建局) is ordered nothing.
    """
    found: dict[int, UnitOrder] = {}
    for clause in split_clauses(text):
        begins = _BEGINS.match(clause.strip())
        if begins is None or not _DOES.match(begins[2]):
            continue
        unit = find_spoken_unit(session, begins[1])
        if unit is not None:
            found.setdefault(unit.id, UnitOrder(unit, clause.strip(" ，,。；;")))
    return tuple(found.values()) if len(found) > 1 else ()

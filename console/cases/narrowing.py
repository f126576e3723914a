"""What a number on another page counts, as filters of the list of all cases: `figure`, `due`, `office`.

figure   a figure of the asker's own table (`handlers.insight.cohort`); its period is `from` and `to`
due      late, today, tomorrow
office   the code of the unit that handles it, of that unit alone; `-`: nobody has it yet
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session

from handlers.cases.queries import Asker
from handlers.environment.snapshot import Environment
from handlers.environment.units import find_unit
from handlers.errors import NotFound
from handlers.insight import cohort, deadlines
from handlers.insight.deadlines import Deadline
from handlers.wording import pages as say
from models.cases import Case

FIELDS = ("figure", "due", "office")
NOBODY = "-"


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The conditions, and how they are called; empty where the address has none."""

    fields: Mapping[str, str] = field(default_factory=dict)
    names: Sequence[str] = ()
    conditions: Sequence[ColumnElement[bool]] = ()


def read_narrowed(
    session: Session, asker: Asker, env: Environment, fields: Mapping[str, str], *, now: datetime
) -> Narrowed:
    """What these filters of an address ask for.

    Raises NotFound for a figure, a deadline or a unit nobody knows, NotAllowed for figures that are not the
    asker's.
    """
    own = {name: fields[name] for name in FIELDS if name in fields}
    read = {"figure": _read_figure, "due": _read_deadline, "office": _read_office}
    found = [read[name](session, asker, env, text, now) for name, text in own.items()]
    return Narrowed(own, [name for name, _ in found], [condition for _, condition in found])


def _read_figure(
    session: Session, asker: Asker, _env: Environment, key: str, now: datetime
) -> tuple[str, ColumnElement[bool]]:
    condition = cohort.define_figures(now).get(key)
    if condition is None:
        raise NotFound(say.no_such_page())
    unit = cohort.find_table_unit(session, asker)
    return say.FIGURES[key], and_(cohort.lies_in_table(unit), condition)


def _read_deadline(
    _session: Session, _asker: Asker, env: Environment, key: str, now: datetime
) -> tuple[str, ColumnElement[bool]]:
    if key not in set(Deadline):
        raise NotFound(say.no_such_page())
    return say.DEADLINES[key], deadlines.define_deadlines(env, now)[Deadline(key)]


def _read_office(
    session: Session, _asker: Asker, _env: Environment, code: str, _now: datetime
) -> tuple[str, ColumnElement[bool]]:
    if code == NOBODY:
        return say.handled_by(""), Case.unit_id.is_(None)
    unit = find_unit(session, code)
    return say.handled_by(unit.display_name), Case.unit_id == unit.id

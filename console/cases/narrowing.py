"""What a number on another page counts, as filters of the list of all cases.

figure   a figure of the asker's own table (`handlers.insight.cohort`); its period is `from` and `to`
due      late, today, tomorrow
office   the code of the unit that handles it, of that unit alone; `-`: nobody has it yet
spot     open cases on a map: within `south,west,north,east`; `any`: wherever; `none`: nobody knows the point
area     the code of the area that it lies in, with all beneath it; `=` before it: of that area itself;
         `!` before it: anywhere else, or nobody knows where
hour     the local hour in which it was reported
alike    the number of a case at the same place
topic    the code of a topic that it belongs to
suggestions  full, partial or declined: suggestions answered so; any other word: all of them
domain   a group of classes
family   矛盾纠纷, 风险隐患, 意见建议 or 环境整治; `-`: none of them
step     a `LoopStep`; `-`: it has left the loop
share    what a unit did with its share of it, whoever has it now: `sent_back:HM-CG`, called, arrived; no
         unit: any
table    the code of a unit: it lies in the area of that unit or of one beneath, or in their hands
money    any word: it is about money, or some was recovered
charge   a leader took it in a period: `taken:2026-03-01:2026-03-31:leader1`, finished, late
receipt  who received it first: `received:HM-CG:cg1`, passed, finished; no person: nobody signed
signed   its answer was decided in a period: `decided:2026-03-01:2026-03-31`, sent_back, late
call     a spot check of the days of a period: `drawn:2026-03-01:2026-03-31`, or another `CallKind`

The last four are figures of the asker's own table, as `figure` is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from math import ceil, floor
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from console.cases.reading import find_readable
from handlers.cases.queries import Asker
from handlers.environment.snapshot import Environment
from handlers.environment.units import find_unit
from handlers.errors import NotFound
from handlers.insight import cohort, comparison, deadlines, topic_reading
from handlers.insight.cohort import ShareKind
from handlers.insight.counts import cuts, responsibility, signatures, spot_calls
from handlers.insight.counts.responsibility import ChargeKind, ReceiptKind
from handlers.insight.counts.signatures import SignatureKind
from handlers.insight.counts.spot_calls import CallKind
from handlers.insight.deadlines import Deadline
from handlers.insight.maps import spots
from handlers.insight.maps.frames import Bounds
from handlers.insight.periods import Period
from handlers.insight.standing.breakdown import Dimension, key_of
from handlers.wording import pages as say
from handlers.wording import standing
from models.cases import HAS_MONEY, Case
from models.organisation import Person
from models.suggestions import SUGGESTION, Adoption

_Kind = TypeVar("_Kind", bound=StrEnum)

_HOURS = range(24)
_LATEST = date(2199, 12, 31)
_OUTERMOST = (80.0, 180.0, 80.0, 180.0)
"""Degrees: no sheet reaches the poles."""
_CENTIMETRES = 10**7
"""In a degree, more or less."""
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
    found = [_READERS[name](session, asker, env, text, now) for name, text in own.items()]
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


def _read_spot(
    _session: Session, _asker: Asker, _env: Environment, said: str, _now: datetime
) -> tuple[str, ColumnElement[bool]]:
    if said == "any":
        return say.ON_MAP, spots.is_mapped()
    if said == "none":
        return say.OFF_MAP, spots.is_unplaced()
    return say.ON_SPOT, spots.is_mapped(read_bounds(said))


def read_bounds(said: str) -> Bounds:
    """South, west, north and east, as an address writes them. Raises NotFound for what is none."""
    try:
        sides = [float(side) for side in said.split(",")]
    except ValueError:
        sides = []
    fits = len(sides) == len(_OUTERMOST)
    if not (fits and all(abs(side) <= most for side, most in zip(sides, _OUTERMOST, strict=True))):
        raise NotFound(say.no_such_page())
    return sides[0], sides[1], sides[2], sides[3]


def write_bounds(bounds: Bounds) -> str:
    """As an address writes them, to a centimetre, and no narrower: what lies on the edge lies within."""
    south, west, north, east = bounds
    low = (floor(side * _CENTIMETRES) / _CENTIMETRES for side in (south, west))
    high = (ceil(side * _CENTIMETRES) / _CENTIMETRES for side in (north, east))
    return ",".join(f"{side:.7f}" for side in (*low, *high))


def _read_area(
    session: Session, _asker: Asker, _env: Environment, code: str, _now: datetime
) -> tuple[str, ColumnElement[bool]]:
    sign = code[0] if code[:1] in ("=", "!") else ""
    unit = find_unit(session, code.removeprefix(sign))
    return say.lies_in(unit.display_name, sign), comparison.lies_in_area(unit, sign)


def _read_hour(
    _session: Session, _asker: Asker, env: Environment, said: str, now: datetime
) -> tuple[str, ColumnElement[bool]]:
    if not (said.isascii() and said.isdecimal() and len(said) <= 2 and int(said) in _HOURS):
        raise NotFound(say.no_such_page())
    return say.reported_at(int(said)), cuts.hour_of(env.zone, now) == int(said)


def _read_alike(
    session: Session, asker: Asker, _env: Environment, number: str, _now: datetime
) -> tuple[str, ColumnElement[bool]]:
    case = find_readable(session, asker, number)
    return say.same_place(number), and_(Case.place == case.place, Case.place != "")


def _read_topic(
    session: Session, asker: Asker, env: Environment, code: str, _now: datetime
) -> tuple[str, ColumnElement[bool]]:
    topic = topic_reading.find_topic(session, asker, code)
    return say.of_topic(topic.code), Case.id.in_(topic_reading.list_ids(session, topic, env, asker))


def _read_money(
    _session: Session, _asker: Asker, _env: Environment, _said: str, _now: datetime
) -> tuple[str, ColumnElement[bool]]:
    return say.ABOUT_MONEY, HAS_MONEY


def _read_suggestions(
    _session: Session, _asker: Asker, _env: Environment, said: str, _now: datetime
) -> tuple[str, ColumnElement[bool]]:
    if said in set(Adoption):
        return say.suggestions(Adoption(said).chinese), Case.adoption == said
    return say.suggestions(""), Case.nature == SUGGESTION


def _read_dimension(
    dimension: Dimension, name: Callable[[str], str]
) -> Callable[[Session, Asker, Environment, str, datetime], tuple[str, ColumnElement[bool]]]:
    def read(
        _session: Session, _asker: Asker, env: Environment, said: str, _now: datetime
    ) -> tuple[str, ColumnElement[bool]]:
        key = said.removeprefix(NOBODY)
        return name(key), key_of(dimension, env) == key

    return read


def _read_share(
    session: Session, asker: Asker, _env: Environment, said: str, _now: datetime
) -> tuple[str, ColumnElement[bool]]:
    kind, _, code = said.partition(":")
    known = _find_kind(ShareKind, kind)
    unit = find_unit(session, code) if code else None
    cohort.find_table_unit(session, asker)  # a figure, as others: theirs alone who look after an area
    name = standing.had_share(kind, unit.display_name if unit else "")
    return name, cohort.has_share(known, unit)


def _read_table(
    session: Session, _asker: Asker, _env: Environment, code: str, _now: datetime
) -> tuple[str, ColumnElement[bool]]:
    unit = find_unit(session, code)
    return standing.of_table(unit.display_name), cohort.lies_in_table(unit)


def _read_charge(
    session: Session, asker: Asker, env: Environment, said: str, now: datetime
) -> tuple[str, ColumnElement[bool]]:
    kind, first, last, code = _split(said, 4)
    known = _find_kind(ChargeKind, kind)
    leader, bounds = _find_person(session, code), _read_span(first, last).bounds(env.zone)
    taken = responsibility.was_charged(known, leader, *bounds, now=now)
    return standing.was_charged(kind, leader.name), _of_own_table(session, asker, taken)


def _read_receipt(
    session: Session, asker: Asker, _env: Environment, said: str, _now: datetime
) -> tuple[str, ColumnElement[bool]]:
    kind, unit_code, code = _split(said, 3)
    known = _find_kind(ReceiptKind, kind)
    unit, person = find_unit(session, unit_code), _find_person(session, code) if code else None
    first = responsibility.was_received_first(known, unit, person)
    name = standing.was_received_first(kind, unit.display_name, person.name if person else "")
    return name, _of_own_table(session, asker, first)


def _read_signed(
    session: Session, asker: Asker, env: Environment, said: str, _now: datetime
) -> tuple[str, ColumnElement[bool]]:
    kind, first, last = _split(said, 3)
    known = _find_kind(SignatureKind, kind)
    signed = signatures.was_signed(known, *_read_span(first, last).bounds(env.zone))
    return standing.SIGNATURES[kind], _of_own_table(session, asker, signed)


def _read_call(
    session: Session, asker: Asker, _env: Environment, said: str, _now: datetime
) -> tuple[str, ColumnElement[bool]]:
    kind, first, last = _split(said, 3)
    known = _find_kind(CallKind, kind)
    drawn = spot_calls.was_drawn(known, _read_span(first, last))
    return standing.CALLS[kind], _of_own_table(session, asker, drawn)


def _of_own_table(session: Session, asker: Asker, counted: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(cohort.lies_in_table(cohort.find_table_unit(session, asker)), counted)


def _find_kind(kinds: type[_Kind], said: str) -> _Kind:
    """What of these kinds an address names. Raises NotFound for anything else."""
    if said not in set(kinds):
        raise NotFound(say.no_such_page())
    return kinds(said)


def _split(said: str, parts: int) -> list[str]:
    """Raises NotFound for another number of parts."""
    found = said.split(":")
    if len(found) != parts:
        raise NotFound(say.no_such_page())
    return found


def _read_span(first: str, last: str) -> Period:
    """Raises NotFound for what is no period."""
    try:
        span = Period(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError as error:
        raise NotFound(say.no_such_page()) from error
    if not span.first <= span.last <= _LATEST:
        raise NotFound(say.no_such_page())
    return span


def _find_person(session: Session, code: str) -> Person:
    person = session.scalar(select(Person).where(Person.code == code))
    if person is None:
        raise NotFound(say.no_such_page())
    return person


_READERS = {
    "figure": _read_figure,
    "due": _read_deadline,
    "office": _read_office,
    "spot": _read_spot,
    "area": _read_area,
    "hour": _read_hour,
    "alike": _read_alike,
    "topic": _read_topic,
    "money": _read_money,
    "domain": _read_dimension(Dimension.DOMAIN, str),
    "family": _read_dimension(Dimension.FAMILY, standing.family_name),
    "step": _read_dimension(Dimension.STEP, standing.step_name),
    "share": _read_share,
    "table": _read_table,
    "suggestions": _read_suggestions,
    "charge": _read_charge,
    "receipt": _read_receipt,
    "signed": _read_signed,
    "call": _read_call,
}
FIELDS = tuple(_READERS)

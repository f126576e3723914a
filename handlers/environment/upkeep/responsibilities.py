"""The list of responsibilities (权责清单): searched, given as the ground of a dispatch, kept in versions.

A file replaces the whole list; a ruling, proposed by one person and adopted by another (`proposals`), gives
one item to one unit. Either makes the list's next version. Nothing is deleted: which unit had what,
and when, stays on record (requirements C14, C23).
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from handlers.environment.session_cache import cached_in_session
from handlers.environment.units import covers
from handlers.environment.upkeep.completeness import MOST, Gap
from handlers.triage.rules.class_table import ClassInfo
from models.cases import increment_counter
from models.organisation import UNIT_NAME, Unit
from models.responsibilities import IS_STANDING, Responsibility, ResponsibilityVersion

_COUNTER = "responsibilities"
_MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Item:
    """What the list says of an item in the hands of one unit."""

    number: str
    name: str
    law: str = ""
    level: str = ""
    unit_id: int | None = None
    """None: the list names nobody."""
    class_id: str | None = None


@dataclass(frozen=True, slots=True)
class ListedItem:
    """An item as it stands, with the name of its unit; "" where it has none."""

    row: Responsibility
    unit: str


@dataclass(frozen=True, slots=True)
class ListChange:
    """What a file did to the list; `version`: its new one, None where the file says what stands there."""

    added: int
    changed: int
    removed: int
    unchanged: int
    version: int | None


# Reading -----------------------------------------------------------------------------------------


def search_items(
    session: Session, words: Sequence[str], classes: Mapping[str, ClassInfo], *, page: int, size: int
) -> tuple[Sequence[ListedItem], int]:
    """A page, from 1, of the items with every word in number, name, law, unit or class; and how many."""
    fits = [_has_word(word.replace("\0", ""), classes) for word in words[:_MOST_WORDS]]
    found = select(Responsibility, UNIT_NAME).outerjoin(Unit, Unit.id == Responsibility.unit_id)
    found = found.where(IS_STANDING, *fits)
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    order = found.order_by(Responsibility.number, Responsibility.id)
    rows = session.execute(order.offset((page - 1) * size).limit(size))
    return [ListedItem(row[0], row[1]) for row in rows], total


def _has_word(word: str, classes: Mapping[str, ClassInfo]) -> Any:
    meant = [info.id for info in classes.values() if word in info.name]
    columns = (Responsibility.number, Responsibility.name, Responsibility.law, Unit.name, Unit.short)
    return or_(
        *(column.contains(word, autoescape=True) for column in columns), Responsibility.class_id.in_(meant)
    )


def find_version(session: Session) -> ResponsibilityVersion | None:
    """The version that stands; None where no list was ever brought."""
    newest = select(ResponsibilityVersion).order_by(ResponsibilityVersion.number.desc())
    return session.scalar(newest.limit(1))


def list_versions(session: Session, most: int) -> Sequence[ResponsibilityVersion]:
    """The newest versions, the newest first."""
    newest = select(ResponsibilityVersion).order_by(ResponsibilityVersion.number.desc())
    return session.scalars(newest.limit(most)).all()


def find_standing(session: Session, number: str) -> Sequence[Responsibility]:
    """The rows of an item that stand: more than one where several units claim it."""
    rows = select(Responsibility).where(IS_STANDING, Responsibility.number == number)
    return session.scalars(rows.order_by(Responsibility.id)).all()


def list_numbers(session: Session, class_id: str) -> Sequence[str]:
    """Numbers of the items that are the ground of a class, in whichever hands."""
    of_class = IS_STANDING, Responsibility.class_id == class_id
    found = select(Responsibility.number).where(*of_class).distinct()
    return session.scalars(found.order_by(Responsibility.number)).all()


def find_ground(session: Session, class_id: str, unit: Unit) -> Responsibility | None:
    """By which item a unit has cases of a class: its own, else one of a unit above or beneath it."""
    items = cached_in_session(session, ("grounds", class_id), lambda: _load_of_class(session, class_id))
    own = [item for item, holder in items if holder.id == unit.id]
    near = [item for item, holder in items if covers(holder, unit) or covers(unit, holder)]
    return next(iter([*own, *near]), None)


_OF_CLASS = (
    select(Responsibility, Unit)
    .join(Unit, Unit.id == Responsibility.unit_id)
    # The top unit covers every other: what is its own is nobody's ground beneath it.
    .where(IS_STANDING, Responsibility.class_id == bindparam("class_id"), Unit.parent_id.is_not(None))
    .order_by(Responsibility.number, Responsibility.id)
)


def _load_of_class(session: Session, class_id: str) -> Sequence[tuple[Responsibility, Unit]]:
    return [(row[0], row[1]) for row in session.execute(_OF_CLASS, {"class_id": class_id})]


# What is wrong with it ---------------------------------------------------------------------------


def find_list_gaps(session: Session, classes: Mapping[str, ClassInfo]) -> Mapping[str, Gap]:
    """What nobody has and what two have, by the keys of `wording.responsibilities.GAPS`.

    `otherwise`: classes that the class table gives to a unit which the list does not name for them.
    """
    rows = session.execute(
        select(Responsibility, Unit)
        .outerjoin(Unit, Unit.id == Responsibility.unit_id)
        .where(IS_STANDING)
        .order_by(Responsibility.number, Responsibility.id)
    ).all()
    holders: dict[str, list[str]] = defaultdict(list)
    of_class: dict[str, set[str]] = defaultdict(set)
    names, nobody = {}, []
    for item, unit in rows:
        names[item.number] = f"{item.number} {item.name}"
        if item.unit_id is None:
            nobody.append(names[item.number])
            continue
        holders[item.number].append(unit.display_name)
        if item.class_id is not None:
            of_class[item.class_id] |= {unit.display_name, unit.name, unit.code}
    routed = [info for info in classes.values() if info.unit]
    found = {
        "nobody": nobody,
        "several": [
            f"{names[number]}（{'、'.join(units)}）" for number, units in holders.items() if len(units) > 1
        ],
        "classless": [info.name for info in routed if info.id not in of_class],
        "otherwise": [
            f"{info.name}（类别表：{info.unit}）"
            for info in routed
            if info.id in of_class and info.unit not in of_class[info.id]
        ],
    }
    return {key: Gap(len(lines), lines[:MOST]) for key, lines in found.items()}


# Changing ----------------------------------------------------------------------------------------


def replace_list(session: Session, items: Iterable[Item], title: str, *, now: datetime) -> ListChange:
    """Let the list be these items: what is the same stays, the rest is the next version."""
    wanted = {(item.number, item.unit_id): item for item in items}
    standing = {
        (row.number, row.unit_id): row for row in session.scalars(select(Responsibility).where(IS_STANDING))
    }
    over = [row for key, row in standing.items() if wanted.get(key) != _read_item(row)]
    new = [item for key, item in wanted.items() if key not in standing or _read_item(standing[key]) != item]
    removed = sum((row.number, row.unit_id) not in wanted for row in over)
    version = _begin_version(session, title, over, new, now=now) if over or new else None
    added = sum((item.number, item.unit_id) not in standing for item in new)
    return ListChange(added, len(new) - added, removed, len(wanted) - len(new), version)


def _begin_version(
    session: Session,
    title: str,
    over: Sequence[Responsibility],
    new: Sequence[Item],
    *,
    now: datetime,
    proposal_id: int | None = None,
) -> int:
    number = increment_counter(session, _COUNTER)
    session.add(ResponsibilityVersion(number=number, at=now, title=title, proposal_id=proposal_id))
    session.flush()
    ended = update(Responsibility).where(Responsibility.id.in_([row.id for row in over]))
    session.execute(ended.values(until=number))
    session.add_all(
        Responsibility(
            number=item.number, name=item.name, law=item.law, level=item.level, unit_id=item.unit_id,
            class_id=item.class_id, since=number,
        )
        for item in new
    )  # fmt: skip
    session.flush()
    return number


def _read_item(row: Responsibility) -> Item:
    return Item(row.number, row.name, row.law, row.level, row.unit_id, row.class_id)


# As a proposal has it ----------------------------------------------------------------------------


def dump_item(session: Session, number: str) -> bytes:
    """What the list says of the item of this number, in whichever hands."""
    return format_item(number, [_read_item(row) for row in find_standing(session, number)])


def format_item(number: str, items: Sequence[Item]) -> bytes:
    """An item as it is to stand, in the hands of these units; nothing: it is not in the list."""
    rows = [
        {
            "name": item.name, "law": item.law, "level": item.level, "unit": item.unit_id,
            "class": item.class_id,
        }
        for item in items
    ]  # fmt: skip
    return json.dumps({"number": number, "rows": rows}, ensure_ascii=False, sort_keys=True).encode()


def read_number(content: bytes) -> str:
    """The number of the item that a proposal is about."""
    number: str = json.loads(content)["number"]
    return number


def read_items(content: bytes) -> Sequence[Item]:
    """The rows of `format_item`."""
    fields = json.loads(content)
    return [
        Item(fields["number"], row["name"], row["law"], row["level"], row["unit"], row["class"])
        for row in fields["rows"]
    ]


def set_item(session: Session, content: bytes, title: str, proposal_id: int, *, now: datetime) -> int:
    """Let an item stand as `format_item` has it: the list's next version, whose number is returned."""
    over = find_standing(session, read_number(content))
    return _begin_version(session, title, over, read_items(content), now=now, proposal_id=proposal_id)

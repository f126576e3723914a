"""A year of a district in its table of cases: nearly all closed, two of a hundred still open, one in three
with a photo, a few topics.
"""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bench import district
from models.cases import Case
from models.database import Database
from models.organisation import Person, Role, Unit
from models.reports import Media
from models.topics import Topic, TopicCase, TopicState
from models.workflow import Status

_BATCH = 5_000
_YEAR = timedelta(days=365)
_OPEN_FOR = timedelta(days=4)
_OPEN_OF_ALL = 50
"""One in so many is open, and these are the newest."""
_TOPICS, _OF_TOPIC = 12, 20
"""Topics of the newest cases, and the cases of each."""
_OPEN_STATES = (
    Status.NEW, Status.DISPATCHED, Status.DISPATCHED, Status.IN_PROGRESS, Status.IN_PROGRESS,
    Status.IN_PROGRESS, Status.SUBMITTED, Status.CALLBACK,
)  # fmt: skip
_CLASSES = ("env.rubble", "env.rubbish", "fac.manhole", "fac.lamp", "traffic.parking", "other")


def fill(database: Database, count: int) -> None:
    """Write so many cases into the database of `district.prepare_database`, the same each time."""
    now = datetime.now(UTC)
    dice = random.Random(7)
    with database.read() as session:
        units = list(session.execute(select(Unit.id, Unit.kind)))
        reporters = list(session.scalars(select(Person.id).where(Person.role == Role.INFORMANT)))
        handlers = list(session.scalars(select(Person.id).where(Person.role == Role.HANDLER)))
    areas = [id_ for id_, kind in units if kind in ("town", "village", "grid")]
    offices = [id_ for id_, kind in units if kind in ("department", "enterprise", "section")]
    for first in range(1, count + 1, _BATCH):
        numbers = range(first, min(first + _BATCH, count + 1))
        with database.write() as session:
            session.execute(
                insert(Case),
                [_case(n, count, now, dice, areas, offices, reporters, handlers) for n in numbers],
            )
            session.execute(insert(Media), [_photo(n) for n in numbers if not n % 3])
    with database.write() as session:
        newest = iter(range(count, 0, -1))
        for _ in range(min(_TOPICS, count // _OF_TOPIC)):
            _add_topic(session, list(islice(newest, _OF_TOPIC)), areas[0], now)


def _add_topic(session: Session, cases: Sequence[int], area: int, at: datetime) -> None:
    place = district.place_name(cases[0])
    topic = Topic(
        code=f"T{at:%y%m%d}-{cases[0]}", title=f"{place}·暴露垃圾", state=TopicState.RAISED, class_id="",
        area_id=area, place=place, words=["垃圾"], raised_at=at,
    )  # fmt: skip
    session.add(topic)
    session.flush()
    session.add_all(TopicCase(topic_id=topic.id, case_id=case, at=at) for case in cases)


def _case(
    number: int,
    count: int,
    now: datetime,
    dice: random.Random,
    areas: Sequence[int],
    offices: Sequence[int],
    reporters: Sequence[int],
    handlers: Sequence[int],
) -> dict[str, object]:
    is_open = number > count - count // _OPEN_OF_ALL
    opened = now - (_OPEN_FOR if is_open else _YEAR) * (1 - number / (count + 1))
    status = dice.choice(_OPEN_STATES) if is_open else Status.CLOSED
    office = dice.choice(offices)
    return {
        "id": number,
        "number": f"WG{opened:%y%m%d}-{number:06d}",
        "tail": f"{number:06d}",
        "status": status,
        "version": 1 if status == Status.NEW else 4,
        "class_id": dice.choice(_CLASSES),
        "nature": "投诉",
        "text": district.report_text(number),
        "place": district.place_name(number),
        "area_id": dice.choice(areas),
        "lat": 31.75 + dice.random() * 0.3,
        "lon": 121.0 + dice.random() * 0.5,
        "unit_id": None if status == Status.NEW else office,
        "suggested_unit_id": office,
        "reporter_id": dice.choice(reporters),
        "handler_id": dice.choice(handlers) if status not in (Status.NEW, Status.DISPATCHED) else None,
        "urgent": not number % 41,
        "restricted": not number % 97,
        "opened_at": opened,
        "due_at": opened + timedelta(hours=dice.randrange(2, 120)),
        "replied_at": opened + timedelta(hours=20) if status in (Status.CLOSED, Status.CALLBACK) else None,
        "closed_at": opened + timedelta(hours=30) if status == Status.CLOSED else None,
    }


def _photo(number: int) -> dict[str, object]:
    return {
        "case_id": number, "kind": "photo", "role": "before", "position": 0, "mime": "image/jpeg",
        "size": 90_000, "sha256": f"{number:064x}", "path": f"{number}.jpg", "thumb_path": f"{number}.webp",
        "text": "",
    }  # fmt: skip

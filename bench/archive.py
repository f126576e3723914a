"""A year of a district in its table of cases: nearly all closed, two of a hundred still open, one in three
with a photo, a few topics; where it is asked for, with what their handling left behind.

Some thousand cases are drawn by dice; of each the database itself makes as many as are wanted.
"""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

from sqlalchemy import TextClause, insert, select, text
from sqlalchemy.orm import Session

from bench import district
from models.cases import Case, Counter
from models.database import Database
from models.organisation import Person, Role, Unit
from models.topics import Topic, TopicCase, TopicState
from models.workflow import Status

_DRAWN = 10_000
_BATCH = 50_000
_YEAR = timedelta(days=365)
_OPEN_OF_ALL = 50
"""One in so many is open, and these are the newest: of the last week."""
_TOPICS, _OF_TOPIC = 12, 20
"""Topics of the newest cases, and the cases of each."""
_OPEN_STATES = (
    Status.NEW, Status.DISPATCHED, Status.DISPATCHED, Status.IN_PROGRESS, Status.IN_PROGRESS,
    Status.IN_PROGRESS, Status.SUBMITTED, Status.CALLBACK,
)  # fmt: skip
_CLASSES = ("env.rubble", "env.rubbish", "fac.manhole", "fac.lamp", "traffic.parking", "other")


def fill(database: Database, count: int, *, traffic: bool = False) -> None:
    """Write so many cases into the database of `district.prepare_database`, the same each time.

    `traffic`: and some ten rows for each in the tables of events, shares, clocks, messages and pushes.
    """
    now = datetime.now(UTC)
    drawn = min(count, _DRAWN)
    copies = -(-count // drawn)
    with database.write() as session:
        session.execute(insert(Case), _draw(session, drawn, now))
        session.execute(text("CREATE TABLE bench_seeds AS SELECT * FROM cases"))
        session.execute(text("DELETE FROM cases"))
    step = max(_BATCH // copies, 1)
    for first in range(1, drawn + 1, step):
        span = {"first": first, "last": first + step - 1, "copies": copies, "count": count}
        with database.write() as session:
            session.execute(_build_copying(), span)
    with database.write() as session:
        session.execute(text("DROP TABLE bench_seeds"))
        session.add(Counter(name=f"case:{now:%Y}", value=count))
        newest = iter(range(count, 0, -1))
        areas = _list_units(session, "town", "village", "grid")
        for _ in range(min(_TOPICS, count // _OF_TOPIC)):
            _add_topic(session, list(islice(newest, _OF_TOPIC)), areas[0], now)
    for first in range(1, count + 1, _BATCH):
        with database.write() as session:
            for statement in (_PHOTOS, *(_TRAFFIC if traffic else ())):
                session.execute(text(statement), {"first": first, "last": first + _BATCH - 1, "now": now})


def _list_units(session: Session, *kinds: str) -> list[int]:
    return list(session.scalars(select(Unit.id).where(Unit.kind.in_(kinds)).order_by(Unit.id)))


def _draw(session: Session, drawn: int, now: datetime) -> list[dict[str, object]]:
    dice = random.Random(7)
    reporters = session.scalars(select(Person.id).where(Person.role == Role.INFORMANT)).all()
    handlers = session.scalars(select(Person.id).where(Person.role == Role.HANDLER)).all()
    areas = _list_units(session, "town", "village", "grid")
    offices = _list_units(session, "department", "enterprise", "section")
    return [_case(n, drawn, now, dice, areas, offices, reporters, handlers) for n in range(1, drawn + 1)]


def _build_copying() -> TextClause:
    """What makes of each drawn case its copies, in the order of their ids, which is that of their days."""
    number = "(s.id - 1) * :copies + n.number"
    tail = f"substr(CAST({number} + 10000000 AS VARCHAR(8)), 2)"
    changed = {"id": number, "tail": tail, "number": f"substr(s.number, 1, 9) || {tail}"}
    names = [column.name for column in Case.__table__.columns]
    return text(f"""
        WITH RECURSIVE n(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM n WHERE number < :copies)
        INSERT INTO cases ({", ".join(names)})
        SELECT {", ".join(changed.get(name, f"s.{name}") for name in names)}
        FROM bench_seeds s CROSS JOIN n
        WHERE s.id BETWEEN :first AND :last AND {number} <= :count ORDER BY {number}
    """)  # noqa: S608 - our own names


_HERE = "FROM cases c WHERE c.id BETWEEN :first AND :last"
_PHOTOS = f"""
    INSERT INTO media (case_id, kind, role, position, mime, size, sha256, path, thumb_path, text)
    SELECT c.id, 'photo', 'before', 0, 'image/jpeg', 90000, CAST(c.id AS VARCHAR(8)), c.number || '.jpg',
        c.number || '.webp', '' {_HERE} AND c.id % 3 = 0
"""
_EVENTS = (
    # number, act, from, to, when
    (1, "report", None, "NEW", "c.opened_at"),
    (2, "assign", "NEW", "DISPATCHED", "c.opened_at"),
    (3, "feedback", "IN_PROGRESS", "SUBMITTED", "COALESCE(c.replied_at, c.opened_at)"),
    (4, "close", "CALLBACK", "CLOSED", "COALESCE(c.closed_at, c.opened_at)"),
)
"""What happened to a case; to one that is open, as much as its version says."""


def _write_event(number: int, act: str, before: str | None, after: str, at: str) -> str:
    was = f"'{before}'" if before else "NULL"
    return f"""
        INSERT INTO events (case_id, number, act, actor_name, status_from, status_to, text, fields, at)
        SELECT c.id, {number}, '{act}', '值班一号', {was}, '{after}', '', '{{}}', {at}
        {_HERE} AND c.version >= {number}
    """


def _write_push(number: int) -> str:
    return f"""
        INSERT INTO pushes (dedupe_key, lane, chat_id, channel, case_id, kind, body, purpose, urgent,
            created_at, not_before, state, attempts, doubtful, refused, sent_at)
        SELECT 'bench:{number}:' || c.number, 'wrBENCH' || CAST(c.id % 40 AS VARCHAR(8)),
            (SELECT min(id) FROM chats) + c.id % 40, 'grid', c.id, 'text', '{{}}', 'receipt', FALSE,
            c.opened_at, c.opened_at, 'sent', 1, FALSE, '[]', c.opened_at {_HERE}
    """  # noqa: S608 - our own names


_TRAFFIC = (
    *(_write_event(*event) for event in _EVENTS),
    f"""
    INSERT INTO assignments (case_id, unit_id, role, event_number, dispatched_at, due_at, ended_at)
    SELECT c.id, c.unit_id, 'lead', 2, c.opened_at, c.due_at, c.closed_at {_HERE} AND c.unit_id IS NOT NULL
    """,
    f"""
    INSERT INTO clocks (case_id, step, unit_id, "limit", event_number, started_at, extras, label, pauses,
        target_at, mark_at, marks, stopped_at)
    SELECT c.id, 'finish', c.unit_id, '4h', c.version, c.opened_at, '[]', '', '[]', c.due_at, NULL, '[]',
        c.closed_at {_HERE} AND c.due_at > c.opened_at
    """,
    f"""
    INSERT INTO inbox (channel, sender, message_id, lane, raw, received_at, state, not_before, attempts,
        orphaned, handled_at, result)
    SELECT 'grid', 'reporter' || CAST(c.id % 800 AS VARCHAR(8)), c.number,
        'grid:wrBENCH' || CAST(c.id % 40 AS VARCHAR(8)) || '\\:reporter' || CAST(c.id % 800 AS VARCHAR(8)),
        '', c.opened_at, 'done', c.opened_at, 0, 0, c.opened_at, 'case.opened' {_HERE}
    """,
    *(_write_push(at) for at in range(2)),
    f"""
    INSERT INTO sends (key, push_id, at)
    SELECT 'aibot:AIB1:wrBENCH' || CAST(c.id % 40 AS VARCHAR(8)), c.id, c.opened_at {_HERE}
    """,
)


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
    opened = now - _YEAR * (1 - number / (count + 1))
    status = dice.choice(_OPEN_STATES) if is_open else Status.CLOSED
    office = dice.choice(offices)
    return {
        "id": number,
        "number": f"WG{opened:%y%m%d}-{number:07d}",
        "tail": f"{number:07d}",
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

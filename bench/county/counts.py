"""What must be true after the day, counted; pure, but for reading the rows."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, select

from bench import load
from bench.county.plan import MATTER_PLACE
from bench.county.setting import DOOR, LINE
from models.cases import Case
from models.database import Database
from models.inbox import InboxRow, InboxState
from models.organisation import Chat
from models.pushes import Push, PushState
from models.topics import TopicCase

_PLACE = re.compile(r"(?:长江|静海|解放|人民|北京|江海)路\d+号")
"""Of a report: no two have the same, but those of the matter that many report."""
_RESENT = "补发"
_NOTHING: Mapping[tuple[str, str], int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Repeats:
    """Pushes that the platform showed more often than once."""

    marked: int
    """Copies that say that they are sent again."""
    unmarked: int
    """Copies that do not: people read them as news."""


def find_place(text: str) -> str | None:
    """The place that only one report names."""
    found = _PLACE.search(text)
    return found.group() if found else None


def count_lost(acknowledged: Collection[str], stored: Iterable[str]) -> int:
    """Acknowledged messages that no row has."""
    return len(set(acknowledged) - set(stored))


def count_surplus(values: Iterable[Hashable]) -> int:
    """How many of these are there a second time, or more often."""
    return sum(count - 1 for count in Counter(values).values())


def count_disorder(rows: Iterable[tuple[Hashable, Any]]) -> int:
    """Rows (lane, value) that come before, in their lane, what is greater; in the order they should have."""
    newest: dict[Hashable, Any] = {}
    wrong = 0
    for lane, value in rows:
        if lane in newest and value < newest[lane]:
            wrong += 1
        else:
            newest[lane] = value
    return wrong


def count_order_breaks(wanted: Sequence[str], got: Iterable[str]) -> int:
    """How often what came has what was said earlier behind what was said later; a copy does not count."""
    places = {value: number for number, value in enumerate(wanted)}
    return count_disorder(("", places[value]) for value in dict.fromkeys(got) if value in places)


def count_repeats(
    shown: Iterable[tuple[str, str]], written: Mapping[tuple[str, str], int] = _NOTHING
) -> Repeats:
    """`shown`: chat and text of every push that names a place of its own; `written`: of how many rows of the
    outbox each is the text, where that is not one. Who adds to a case twice is answered twice in the same
    words.
    """
    plain: Counter[tuple[str, str]] = Counter()
    marked = 0
    for chat, text in shown:
        if _RESENT in text:
            marked += 1
        else:
            plain[chat, text] += 1
    return Repeats(marked, sum(max(count - written.get(said, 1), 0) for said, count in plain.items()))


@dataclass(slots=True)
class Counted:
    """The figures of one day on one database."""

    faults: dict[str, int] = field(default_factory=dict)
    """What must be 0, by name."""
    figures: dict[str, Any] = field(default_factory=dict)


def count_day(
    database: Database, *, acknowledged: Sequence[str], frames: int, deep: Sequence[str],
    shown: Sequence[tuple[str, str]], deep_shown: Sequence[str],
) -> Counted:  # fmt: skip
    """Everything that is counted.

    `acknowledged`: ids of messages that were answered 200; `frames`: how many a connection took; `deep`: what
    one person said at once, in order; `shown`: chat and text of every push on the platform, `deep_shown` of
    those in that person's group.
    """
    counted = Counted()
    _count_inbox(database, counted, acknowledged, frames, deep)
    _count_cases(database, counted)
    _count_pushes(database, counted)
    repeats = count_repeats(((chat, text) for chat, text in shown if find_place(text)), _list_texts(database))
    counted.faults["pushes doubled unmarked"] = repeats.unmarked
    counted.figures["pushes marked 补发"] = repeats.marked
    wanted = [place for text in deep if (place := find_place(text))]
    got = [place for text in deep_shown if (place := find_place(text))]
    # What is urgent has a lane of its own, in which it overtakes the rest of its chat.
    with database.read() as session:
        hurried = {find_place(said) for said in session.scalars(select(Case.text).where(Case.urgent))}
    counted.faults["deep lane told out of order"] = sum(
        count_order_breaks([place for place in wanted if (place in hurried) == urgent], got)
        for urgent in (False, True)
    )
    counted.figures["deep lane told"] = len(set(got) & set(wanted))
    return counted


def _count_inbox(
    database: Database, counted: Counted, acknowledged: Sequence[str], frames: int, deep: Sequence[str]
) -> None:
    columns = (
        InboxRow.channel, InboxRow.message_id, InboxRow.lane, InboxRow.state, InboxRow.received_at,
        InboxRow.handled_at, InboxRow.raw,
    )  # fmt: skip
    with database.read() as session:
        rows = session.execute(select(*columns).order_by(InboxRow.id)).all()
    door = [row for row in rows if row.channel == DOOR]
    line = [row for row in rows if row.channel == LINE]
    done = [row for row in rows if row.state == InboxState.DONE]
    counted.faults |= {
        "answered 200, not stored": count_lost(acknowledged, (row.message_id for row in door)),
        "stored twice": count_surplus((row.channel, row.message_id) for row in rows),
        "stored, not handled": len(rows) - len(done),
        "lanes out of order": count_disorder((row.lane, row.handled_at) for row in done),
        "deep lane stored out of order": count_order_breaks(
            [place for text in deep if (place := find_place(text))],
            (place for row in line if (place := find_place(_unescape(row.raw)))),
        ),
    }
    lags = [(row.handled_at - row.received_at).total_seconds() for row in done if row.handled_at]
    depths = Counter(row.lane for row in rows)
    counted.figures |= {
        "stored by callback": len(door),
        "answered 200": len(acknowledged),
        "stored by connection": len(line),
        "frames unstored": frames - len(line),
        "handled": len(done),
        "deepest lane": max(depths.values(), default=0),
    }
    deep_lane = max(depths, key=lambda lane: depths[lane], default="")
    others = [
        (row.handled_at - row.received_at).total_seconds()
        for row in done
        if row.handled_at and row.lane != deep_lane
    ]
    _add_percentiles(counted, "handled after s", lags)
    _add_percentiles(counted, "handled after s, other lanes", others)


def _unescape(raw: str) -> str:
    """The payload with its Chinese written out."""
    return json.dumps(json.loads(raw), ensure_ascii=False)


def _count_cases(database: Database, counted: Counted) -> None:
    with database.read() as session:
        cases = session.execute(select(Case.id, Case.text, Case.parent_id)).all()
        joined = Counter(session.scalars(select(TopicCase.topic_id)))
        told = session.scalars(
            select(InboxRow.raw).where(InboxRow.state == InboxState.DONE, InboxRow.result.is_not(None))
        )
        reported = {place for raw in told if (place := find_place(_unescape(raw)))}
    places = [place for case in cases if (place := find_place(case.text))]
    matter = [case for case in cases if MATTER_PLACE in case.text]
    counted.faults |= {
        "cases doubled": count_surplus(places),
        "reports without a case": len(reported - set(places)),
    }
    counted.figures |= {
        "cases": len(cases),
        "cases of the one matter": len(matter),
        "joined to the first": sum(case.parent_id is not None for case in matter),
        "largest topic": max(joined.values(), default=0),
    }


def _count_pushes(database: Database, counted: Counted) -> None:
    columns = (
        Push.lane, Push.state, Push.created_at, Push.not_before, Push.sent_at, Push.doubtful, Push.chat_id,
    )  # fmt: skip
    with database.read() as session:
        rows = session.execute(select(*columns).order_by(Push.id)).all()
        keys = session.scalar(select(func.count(Push.dedupe_key.distinct()))) or 0
    states = Counter(row.state for row in rows)
    sent = [row for row in rows if row.sent_at is not None]
    waits = [max((row.not_before - row.created_at).total_seconds(), 0.0) for row in sent]
    # What a claim found to be too early was put off: for a window, or for another try.
    own = [(row.sent_at - max(row.created_at, row.not_before)).total_seconds() for row in sent]
    chats: defaultdict[int, int] = defaultdict(int)
    for row in rows:
        chats[row.chat_id] += 1
    counted.faults |= {
        "pushes with one key": len(rows) - keys,
        "pushes unsent": states[PushState.READY] + states[PushState.LEASED],
    }
    counted.figures |= {
        "pushes": len(rows),
        "pushes of unknown fate": states[PushState.UNKNOWN],
        "pushes dead": states[PushState.DEAD],
        "pushes merged": states[PushState.MERGED],
        "pushes of the busiest chat": max(chats.values(), default=0),
        "put off": sum(wait > 0 for wait in waits),
    }
    _add_percentiles(counted, "put off s", waits)
    _add_percentiles(counted, "sent after s, once due", own)


def _list_texts(database: Database) -> Counter[tuple[str, str]]:
    """Chat and text of the pushes that are words; a card has the number of its case, and is one of a kind."""
    query = select(Chat.chat_id, Push.body).join(Chat, Chat.id == Push.chat_id).where(Push.kind == "text")
    with database.read() as session:
        rows = session.execute(query.execution_options(yield_per=1_000))
        return Counter((chat, body["text"]) for chat, body in rows)


def _add_percentiles(counted: Counted, name: str, values: Sequence[float]) -> None:
    for share in (0.50, 0.95, 0.99):
        counted.figures[f"{name} p{round(share * 100)}"] = load.percentile(values, share)

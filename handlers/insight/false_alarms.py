"""How many messages of a group the bot mistakes for reports, by group and day.

    heard    messages of the group that were handled
    talk     heard messages that were taken for no report
    opened   cases opened from the group that day
    asked    reports of that day that lacked something and were asked for it
    false    opened cases that the desk has refused or voided since

Counted from the inbox, the reports and the cases themselves. The inbox has no index on time, and
needs none: rows are numbered as they come, so the ids of a day are found by binary search.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.cases import Case
from models.figures import ChatFigures
from models.inbox import InboxRow
from models.organisation import REPORTING, Chat
from models.reports import Report
from models.workflow import Status

MOST_DAYS = 92
_FALSE = (Status.REJECTED, Status.VOID)
"""Uses of groups whose messages are counted; in other groups the desk and the units work."""
_NO_MESSAGE = ("ignored", "talk.welcome")
_SLACK = timedelta(hours=1)
"""Rows are numbered nearly, not exactly, in the order of their times."""

_Ids = InstrumentedAttribute[int]
_Times = InstrumentedAttribute[datetime]
Counts = Counter[tuple[int | None, str]]
"""Id of the chat and name of the figure to count."""


def load_figures(
    session: Session, zone: ZoneInfo, *, days: int, now: datetime, units: Collection[int] | None = None
) -> list[ChatFigures]:
    """Figures of every group for today and the days before, the newest day first.

    `days` counts today; `zone` is the time zone in which days begin. With `units`, only groups of
    units with these ids.
    """
    query = select(Chat).where(Chat.use.in_(REPORTING)).order_by(Chat.code)
    chats = list(session.scalars(query if units is None else query.where(Chat.unit_id.in_(units))))
    today = now.astimezone(zone).date()
    return [
        each
        for back in range(days)
        for each in _figures_of_day(session, chats, today - timedelta(days=back), zone)
        if each.heard or each.opened
    ]


def sum_by_chat(found: list[ChatFigures]) -> list[tuple[str, Counter[str]]]:
    """The figures summed by name of group, the groups that hear most first."""
    sums: dict[str, Counter[str]] = {}
    for each in found:
        numbers = {key: value for key, value in asdict(each).items() if isinstance(value, int)}
        sums.setdefault(each.name, Counter()).update(numbers)
    return sorted(sums.items(), key=lambda item: (-item[1]["heard"], item[0]))


def _figures_of_day(session: Session, chats: list[Chat], day: date, zone: ZoneInfo) -> Iterator[ChatFigures]:
    begins, ends = (
        datetime.combine(day + timedelta(days=more), time(), zone).astimezone(UTC) for more in (0, 1)
    )
    known = {(chat.channel, chat.chat_id): chat.id for chat in chats}
    counts = _count_messages(session, known, begins, ends)
    counts += _count_cases(session, begins, ends) + _count_questions(session, begins, ends)
    for chat in chats:
        numbers = {name: counts[chat.id, name] for name in ("heard", "talk", "opened", "asked", "false")}
        yield ChatFigures(chat.code, chat.name, day, **numbers)


def _count_messages(
    session: Session, known: dict[tuple[str, str], int], begins: datetime, ends: datetime
) -> Counts:
    first, last = _id_range(session, InboxRow.id, InboxRow.received_at, begins, ends)
    rows = session.execute(
        select(InboxRow.lane, InboxRow.result, func.count())
        .where(InboxRow.id.between(first, last), InboxRow.result.is_not(None))
        .where(InboxRow.received_at >= begins, InboxRow.received_at < ends)
        .group_by(InboxRow.lane, InboxRow.result)
    )
    counts: Counts = Counter()
    for lane, result, number in rows:
        channel, _, rest = lane.partition(":")
        chat_id = known.get((channel, rest.rpartition(":")[0]))
        if chat_id is not None and result is not None and result not in _NO_MESSAGE:
            counts[chat_id, "heard"] += number
            counts[chat_id, "talk"] += number if result.startswith("talk.") else 0
    return counts


def _count_cases(session: Session, begins: datetime, ends: datetime) -> Counts:
    rows = session.execute(
        select(Case.chat_id, Case.status, Case.withdrawal, func.count())
        .where(Case.opened_at >= begins, Case.opened_at < ends, Case.chat_id.is_not(None))
        .group_by(Case.chat_id, Case.status, Case.withdrawal)
    )
    counts: Counts = Counter()
    for chat_id, status, withdrawal, number in rows:
        counts[chat_id, "opened"] += number
        # What its reporter took back was rightly taken for a report.
        mistaken = status in _FALSE and withdrawal is None
        counts[chat_id, "false"] += number if mistaken else 0
    return counts


def _count_questions(session: Session, begins: datetime, ends: datetime) -> Counts:
    first, last = _id_range(session, Report.id, Report.opened_at, begins, ends)
    rows = session.execute(
        select(Report.chat_id, func.count())
        .where(Report.id.between(first, last), Report.asked_at.is_not(None))
        .where(Report.opened_at >= begins, Report.opened_at < ends)
        .group_by(Report.chat_id)
    )
    return Counter({(chat_id, "asked"): number for chat_id, number in rows})


def _id_range(
    session: Session, ids: _Ids, times: _Times, begins: datetime, ends: datetime
) -> tuple[int, int]:
    """The first and the last id between which every row of this span of time lies."""
    first, last = (
        _first_id_since(session, ids, times, moment) for moment in (begins - _SLACK, ends + _SLACK)
    )
    return first, last


def _first_id_since(session: Session, ids: _Ids, times: _Times, moment: datetime) -> int:
    """The id of the first row not older than `moment`, or one past the last row; a binary search."""
    low, high = 0, (session.scalar(select(func.max(ids))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        row = session.execute(select(ids, times).where(ids >= middle).order_by(ids).limit(1)).first()
        if row is None or row[1] >= moment:
            high = middle
        else:
            low = row[0] + 1
    return low

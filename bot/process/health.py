"""How the program runs, for the page that shows it: what waits or was parked, limits, disk."""

import platform
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.channels.base import Channel, Delivery, RateLimit
from bot.inbox import queue as inbox_queue
from bot.process.runtime import Runtime
from console.context import (
    ChannelLine,
    DiskLine,
    Health,
    LagLine,
    Letter,
    ProcessLine,
    RateLine,
)
from handlers.notifications.pushes import replay as replay_push
from models import inbox, pushes, schema
from models.cases import Case
from models.inbox import InboxRow
from models.messages import TextPush
from models.organisation import Chat, ChatUse
from models.processes import DEAD_AFTER, Lock, Process
from models.pushes import IS_PARKED, Push, PushState, SendRecord

MOST_LETTERS = 50
_MOST_RATES = 20
_WITHIN = timedelta(hours=1)
"""The longest window that is counted."""


def read_health(runtime: Runtime) -> Health:
    """All of it, in one look at the database."""
    now = runtime.clock()
    with runtime.database.read() as session:
        letters = [*_list_messages(session), *_list_pushes(session)]
        return Health(
            lags=list(_measure_lags(session, now)),
            letters=sorted(letters, key=lambda letter: letter.at, reverse=True)[:MOST_LETTERS],
            letter_count=_count_letters(session),
            channels=_list_channels(session, runtime),
            rates=_list_rates(session, runtime.channels(), now),
            processes=_list_processes(session, now),
            disks=_measure_disks(runtime),
            versions=_list_versions(runtime),
        )


def replay_letter(runtime: Runtime, box: str, letter_id: int) -> bool:
    """Queue a parked message (`in`) or push (`out`) again; False where there is no such letter."""
    replay = {"in": inbox_queue.replay, "out": replay_push}.get(box)
    if replay is None:
        return False
    with runtime.database.write() as session:
        return replay(session, letter_id, now=runtime.clock())


# What waits ----------------------------------------------------------------------------------


def _measure_lags(session: Session, now: datetime) -> Iterator[LagLine]:
    waiting = select(func.count(), func.min(InboxRow.received_at)).where(inbox.is_live())
    count, oldest = session.execute(waiting).one()
    yield LagLine("", count, oldest)
    due = pushes.is_live(), Push.not_before <= now
    lags = select(Push.channel, func.count(), func.min(Push.created_at)).where(*due).group_by(Push.channel)
    for channel, unsent, created in session.execute(lags.order_by(Push.channel)):
        yield LagLine(channel, unsent, created)


def _list_messages(session: Session) -> Iterator[Letter]:
    parked = select(InboxRow).where(inbox.IS_DEAD).order_by(InboxRow.id.desc()).limit(MOST_LETTERS)
    for row in session.scalars(parked):
        yield Letter(
            "in", row.id, row.received_at, row.error or "", "", row.channel, "", may_have_arrived=False
        )


def _list_pushes(session: Session) -> Iterator[Letter]:
    parked = (
        select(Push, Chat.name, Case.number, Case.restricted)
        .join(Chat, Chat.id == Push.chat_id)
        .outerjoin(Case, Case.id == Push.case_id)
        .where(IS_PARKED)
        .order_by(Push.id.desc())
        .limit(MOST_LETTERS)
    )
    for row, chat, number, restricted in session.execute(parked):
        yield Letter(
            "out", row.id, row.created_at, row.outcome or "", row.purpose, chat,
            "" if restricted else number or "", may_have_arrived=row.state == PushState.UNKNOWN,
        )  # fmt: skip


def _count_letters(session: Session) -> int:
    dead = session.scalar(select(func.count()).select_from(InboxRow).where(inbox.IS_DEAD)) or 0
    return dead + (session.scalar(select(func.count()).select_from(Push).where(IS_PARKED)) or 0)


# Connections and limits ----------------------------------------------------------------------


def _list_channels(session: Session, runtime: Runtime) -> list[ChannelLine]:
    health = dict(runtime.read_health())
    unused = {name.partition("#")[0] for name in runtime.outbox.circuits.list_unused()}
    holders = dict(session.execute(select(Lock.name, Lock.holder)).all())
    lines = []
    for name, channel in sorted(runtime.channels().items()):
        found = health.get(name)
        held = next((holders[lock] for lock in channel.lock_names if lock in holders), "")
        lines.append(
            ChannelLine(
                name, runtime.settings.channels[name].kind, found.state if found is not None else "",
                is_ready=found is None or found.ready or found.standby, is_unused=name in unused,
                last_heard=found.last_heard if found is not None else None, holder=held,
            )
        )  # fmt: skip
    return lines


def _list_rates(session: Session, channels: Mapping[str, Channel], now: datetime) -> Sequence[RateLine]:
    """The groups that were written to within the hour, the fullest window first."""
    sent: dict[str, list[datetime]] = defaultdict(list)
    recent = select(SendRecord.key, SendRecord.at).where(SendRecord.at > now - _WITHIN)
    for key, at in session.execute(recent):
        sent[key].append(at)
    if not sent:
        return []
    groups = session.scalars(select(Chat).where(Chat.use != ChatUse.DIRECT, Chat.gone_at.is_(None)))
    lines = [
        RateLine(chat.name or chat.code, channel.name, used, rate.count, rate.seconds)
        for chat in groups
        for channel in _channels_of(chat, channels)
        for used, rate in _find_fullest(channel, chat, sent, now)
    ]
    return sorted(lines, key=lambda line: (-line.used / line.most, line.chat))[:_MOST_RATES]


def _channels_of(chat: Chat, channels: Mapping[str, Channel]) -> Iterator[Channel]:
    for name in (chat.channel, chat.webhook_channel):
        if name is not None and name in channels:
            yield channels[name]


def _find_fullest(
    channel: Channel, chat: Chat, sent: Mapping[str, Sequence[datetime]], now: datetime
) -> Iterable[tuple[int, RateLimit]]:
    """The window of a group that has least room left, where anything was sent in it; else nothing."""
    delivery = Delivery(0, chat.chat_id, direct=False, body=TextPush(""), address=chat.webhook_key)
    used = [
        (sum(at > now - timedelta(seconds=rate.seconds) for at in sent.get(rate.key, ())), rate)
        for rate in channel.rates(delivery)
    ]
    return [max(used, key=lambda pair: pair[0] / pair[1].count)] if any(count for count, _ in used) else []


# The machine ---------------------------------------------------------------------------------


def _list_processes(session: Session, now: datetime) -> list[ProcessLine]:
    return [
        ProcessLine(row.name, row.started_at, row.beat_at, now - row.beat_at <= DEAD_AFTER)
        for row in session.scalars(select(Process).order_by(Process.started_at))
    ]


def _measure_disks(runtime: Runtime) -> list[DiskLine]:
    database, media = runtime.database, runtime.settings.media.folder
    lines = []
    if database.sqlite and database.engine.url.database:
        path = Path(database.engine.url.database)
        files = path.parent.glob(f"{path.name}*")
        lines.append(_measure_disk("database", path.parent, sum(file.stat().st_size for file in files)))
    if media.exists():
        lines.append(_measure_disk("media", media, None))
    return lines


def _measure_disk(name: str, folder: Path, used: int | None) -> DiskLine:
    found = shutil.disk_usage(folder)
    return DiskLine(name, used, found.free, found.total)


def _list_versions(runtime: Runtime) -> list[tuple[str, str]]:
    database = runtime.database
    name = "SQLite" if database.sqlite else "PostgreSQL"
    with database.engine.connect() as connection:
        numbers = connection.dialect.server_version_info or ()
        revision = schema.read_revision(connection)
    return [
        ("gridbot", version("gridbot")),
        ("rules", runtime.env().classifier.pack.version),
        ("schema", revision),
        (name, ".".join(map(str, numbers))),
        ("Python", platform.python_version()),
    ]

"""Counters and gauges for `/metrics`, named after events of the domain."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models import inbox, pushes
from models.inbox import InboxRow
from models.pushes import Push

_CLAIM_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, math.inf)
"""Seconds."""


class Metrics:
    """The metrics of one app, in a registry of its own: two apps in one process count apart."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.messages_received = Counter(
            "gridbot_received_total", "Messages stored durably", ["channel"], registry=registry
        )
        self.inputs_refused = Counter(
            "gridbot_refused_total", "Input refused before it was stored", ["slug"], registry=registry
        )
        self.messages_handled = Counter(
            "gridbot_handled_total", "Messages handled, by what came of them", ["result"], registry=registry
        )
        self.pushes_settled = Counter(
            "gridbot_pushes_total", "Pushes, by route and outcome", ["route", "outcome"], registry=registry
        )
        self.claim_seconds = Histogram(
            "gridbot_claim_seconds",
            "Time one look for work took, whether or not it found any",
            ["box"],
            buckets=_CLAIM_BUCKETS,
            registry=registry,
        )
        self.inbox_lag = Gauge(
            "gridbot_inbox_lag_seconds", "Age of the oldest message not handled", registry=registry
        )
        self.outbox_lag = Gauge(
            "gridbot_outbox_lag_seconds",
            "Age of the oldest push due and not sent",
            ["route"],
            registry=registry,
        )
        self.dead_letters = Gauge(
            "gridbot_dead_letters", "Parked messages and pushes", ["box"], registry=registry
        )
        self.socket_ready = Gauge(
            "gridbot_socket_ready",
            "1 while the bot's connection is subscribed",
            ["channel"],
            registry=registry,
        )
        self.group_silence = Gauge(
            "gridbot_last_group_callback_age_seconds",
            "Age of the last group message heard",
            ["channel"],
            registry=registry,
        )
        self.rules_stale = _build_rules_gauge(registry)
        self.backup_age = Gauge(
            "gridbot_backup_age_seconds",
            "Age of the newest backup; NaN where none are made, infinite where there is none yet",
            registry=registry,
        )
        self.backup_age.set(math.nan)
        self.routes_unused = Gauge(
            "gridbot_routes_unused",
            "Routes that are left alone because they do not answer, or refuse the credentials",
            registry=registry,
        )

    def record_backup(self, newest: datetime | None, *, now: datetime) -> None:
        """Set the age of the newest backup; `newest` is None where there is none."""
        self.backup_age.set((now - newest).total_seconds() if newest is not None else math.inf)

    def record_rules(self, refused: Mapping[str, str | None]) -> None:
        """Set the gauge of outdated rules; `refused` maps `packs` and `limits` to a reason, or to None."""
        for what, reason in refused.items():
            self.rules_stale.labels(what).set(reason is not None)

    def record_connection(self, channel: str, *, ready: bool, silence: timedelta | None) -> None:
        """How a channel's connection stands; `silence` is the time since a group was last heard from."""
        self.socket_ready.labels(channel).set(ready)
        if silence is not None:
            self.group_silence.labels(channel).set(silence.total_seconds())

    def measure(self, session: Session, *, now: datetime) -> None:
        """Set the gauges that are read from the database; lags are in seconds."""
        oldest = session.scalar(select(func.min(InboxRow.received_at)).where(inbox.is_live()))
        self.inbox_lag.set((now - oldest).total_seconds() if oldest else 0)
        self.outbox_lag.clear()
        due = pushes.is_live(), Push.not_before <= now
        lags = select(Push.channel, func.min(Push.created_at)).where(*due).group_by(Push.channel)
        for channel, created in session.execute(lags):
            self.outbox_lag.labels(channel).set((now - created).total_seconds())
        self.dead_letters.labels("inbox").set(_count_rows(session, InboxRow, inbox.IS_DEAD))
        self.dead_letters.labels("outbox").set(_count_rows(session, Push, pushes.IS_PARKED))

    def render(self) -> bytes:
        """The metrics in the Prometheus text format, UTF-8."""
        return generate_latest(self.registry)


def _build_rules_gauge(registry: CollectorRegistry) -> Gauge:
    description = "1 while the newest rule files are refused and older rules are in force"
    return Gauge("gridbot_rules_stale", description, ["what"], registry=registry)


def _count_rows(session: Session, table: type[InboxRow] | type[Push], condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(table).where(condition)) or 0

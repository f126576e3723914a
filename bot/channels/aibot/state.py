"""Where the long connection stands, how long it waits, and why it ends. Values only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Phase(StrEnum):
    """Where the long connection stands."""

    STOPPED = "stopped"
    STANDBY = "standby"
    """Another process holds the bot's lease: connecting would kick it out."""
    CONNECTING = "connecting"
    READY = "ready"
    WAITING = "waiting"
    """Between two attempts."""
    REFUSED = "refused"
    """The platform refuses bot id or secret; tried again, but slowly. An alarm."""
    CONTESTED = "contested"
    """Somebody else keeps taking this bot over; tried again, but slowly. An alarm."""


class SessionEnd(StrEnum):
    """Why a session is over."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    LOST = "lost"
    DEAD = "dead"
    """Pings are no longer acknowledged."""
    KICKED = "kicked"
    SILENT = "silent"
    """No group callback for too long: the zombie sessions of wecom-aibot.md §10."""
    NOT_SUBSCRIBED = "not_subscribed"
    LEASE_LOST = "lease_lost"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. The defaults are those of wecom-aibot.md §10."""

    connect: float = 10.0
    ack: float = 5.0
    upload_ack: float = 20.0
    ping: float = 30.0
    missed_pings: int = 2
    backoff: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
    refusals: int = 5
    """So many refused subscriptions in a row, and only every `slow` seconds another."""
    slow: float = 300.0
    after_kick: tuple[float, float] = (30.0, 60.0)
    kicks: int = 3
    kick_window: float = 600.0
    lease: float = 1.0
    """Seconds between two looks at the lease."""
    silence: float | None = None
    """Longest time without a group callback before a forced reconnect; None: never."""


@dataclass(frozen=True, slots=True)
class SocketState:
    """The state of the long connection, for /readyz and the metrics."""

    phase: Phase
    since: datetime
    last_callback: datetime | None = None
    last_group_callback: datetime | None = None
    sessions: int = 0
    """Subscriptions acknowledged since the start; reconnects are one fewer."""
    refusals: int = 0
    """Refused subscriptions in a row."""
    kicks: int = 0
    """Take-overs within the window."""
    lost_frames: int = 0

    @property
    def reconnects(self) -> int:
        return max(self.sessions - 1, 0)

    @property
    def is_ready(self) -> bool:
        return self.phase is Phase.READY

    @property
    def needs_alarm(self) -> bool:
        return self.phase in {Phase.REFUSED, Phase.CONTESTED} or self.lost_frames > 0


class ReconnectBackoff:
    """How long to wait after each kind of end, and what that says about the phase meanwhile."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._attempt = 0
        self._kicks: list[float] = []
        self.refusals = 0

    def reset(self) -> None:
        """Begin counting attempts and refusals anew, after a subscription that was acknowledged."""
        self._attempt = 0
        self.refusals = 0

    def count_kicks(self, now: float) -> int:
        """How many take-overs lie within the window; `now`: seconds of a monotonic clock."""
        self._kicks = [at for at in self._kicks if now - at < self._timing.kick_window]
        return len(self._kicks)

    def plan_reconnect(self, end: SessionEnd, *, now: float, jitter: float) -> tuple[Phase, float]:
        """The phase after this end, and the seconds to wait before the next attempt.

        `now`: seconds of a monotonic clock; `jitter`: a random number in [0, 1).
        """
        if end is SessionEnd.KICKED:
            return self._plan_after_kick(now, jitter)
        if end is SessionEnd.REFUSED:
            self.refusals += 1
            if self.refusals >= self._timing.refusals:
                return Phase.REFUSED, self._timing.slow
        if end in {SessionEnd.SILENT, SessionEnd.LEASE_LOST, SessionEnd.STOPPED}:
            return Phase.WAITING, 0.0
        return Phase.WAITING, self._back_off()

    def _plan_after_kick(self, now: float, chance: float) -> tuple[Phase, float]:
        self._kicks.append(now)
        if self.count_kicks(now) >= self._timing.kicks:
            return Phase.CONTESTED, self._timing.slow
        low, high = self._timing.after_kick
        return Phase.WAITING, low + (high - low) * chance

    def _back_off(self) -> float:
        delays = self._timing.backoff
        delay = delays[min(self._attempt, len(delays) - 1)]
        self._attempt += 1
        return delay

"""Which routes are in use: one that does not answer is left alone for a while, and tried again by itself.

    in use ──silence or outage, LIMIT in a row──> left alone ──probe answered──> on trial, one push at a time
      ^                                              ^                                 │
      │                                              └──────silent again, longer───────┤
      └───────────────────────────────a push was accepted──────────────────────────────┘

    in use ──credentials refused──> held: on trial only now and then, until somebody has mended them

Each process knows of what it sent itself, and begins anew when it starts. Names are those of channels; for
credentials those of `routing.credentials_name`.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.channels.base import CredentialsRefused, Delivered, Outcome, OutcomeUnknown, RetryLater

log = structlog.get_logger()

LIMIT = 3
"""So many failures in a row, and the route is left alone."""
PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=2)
"""Before the first look whether it answers again, doubled at each that fails, and at most."""
HELD_PAUSE, LONGEST_HELD_PAUSE = timedelta(minutes=5), timedelta(minutes=30)
"""Likewise where credentials were refused: asking often locks accounts."""


@dataclass(slots=True)
class _Circuit:
    """A route that has failed, and has not accepted anything since."""

    probe_at: datetime
    failures: int = 0
    pauses: int = 0
    """Looks that failed."""
    held: bool = False
    """Its credentials were refused."""
    on_trial: bool = False
    is_trial_under_way: bool = False

    @property
    def is_open(self) -> bool:
        return self.held or self.failures >= LIMIT


class Circuits:
    """The routes of one process. From any thread."""

    def __init__(self, *, chance: Callable[[], float]) -> None:
        """`chance`: a number from 0 up to 1, so that processes do not look all at once."""
        self._chance = chance
        self._circuits: dict[str, _Circuit] = {}
        self._lock = threading.Lock()

    def may_use(self, name: str) -> bool:
        """Whether one more push may go over this route."""
        with self._lock:
            circuit = self._circuits.get(name)
            if circuit is None or not (circuit.is_open or circuit.on_trial):
                return True
            return circuit.on_trial and not circuit.is_trial_under_way

    def take(self, name: str) -> None:
        """A push goes over this route."""
        with self._lock:
            if (circuit := self._circuits.get(name)) is not None and circuit.on_trial:
                circuit.is_trial_under_way = True

    def is_suspect(self, name: str) -> bool:
        """Whether it has failed and has not accepted anything since."""
        with self._lock:
            return name in self._circuits

    def list_unused(self) -> list[str]:
        """Routes that are left alone or held."""
        with self._lock:
            return sorted(name for name, circuit in self._circuits.items() if circuit.is_open)

    def suspect(self, name: str, *, now: datetime) -> None:
        """There are pushes of unknown fate from before this process: look whether the route answers."""
        with self._lock:
            self._circuits.setdefault(name, _Circuit(probe_at=now))

    def record(self, name: str, outcome: Outcome, *, now: datetime) -> None:
        """What became of a push over this route."""
        with self._lock:
            match outcome:
                case Delivered():
                    if self._circuits.pop(name, None) is not None:
                        log.info("outbox.route_back", route=name)
                case OutcomeUnknown() | RetryLater(outage=True):
                    self._fail(name, now)
                case _:
                    self._release(name)

    def release(self, name: str) -> None:
        """The push that was the trial proved nothing; the next one is the trial."""
        with self._lock:
            self._release(name)

    def _release(self, name: str) -> None:
        if (circuit := self._circuits.get(name)) is not None:
            circuit.is_trial_under_way = False

    def hold(self, name: str, outcome: CredentialsRefused, *, now: datetime) -> None:
        """Credentials were refused on this route."""
        with self._lock:
            circuit = self._circuits.setdefault(name, _Circuit(probe_at=now))
            if circuit.held and not circuit.on_trial:
                return  # it was under way together with the one before
            if not circuit.held:
                log.error("outbox.route_held", route=name, reason=outcome.reason)
                circuit.held, circuit.pauses = True, 0
            self._pause(circuit, HELD_PAUSE, LONGEST_HELD_PAUSE, now=now)

    def list_due(self, *, now: datetime) -> list[str]:
        """Routes of which it is time to find out whether they answer again."""
        with self._lock:
            return [
                name
                for name, circuit in self._circuits.items()
                if circuit.probe_at <= now and not circuit.on_trial
            ]

    def is_held(self, name: str) -> bool:
        """Whether its credentials were refused: only a push can show whether they are good again."""
        with self._lock:
            return name in self._circuits and self._circuits[name].held

    def finish_probe(self, name: str, *, answered: bool, waiting: bool, now: datetime) -> None:
        """What came of asking: where it answered, one push at a time shows whether it takes them too.

        `waiting`: there is a push to show it. A route that is in use needs no trial for its own sake.
        """
        with self._lock:
            circuit = self._circuits.get(name)
            if circuit is None:
                return
            if answered and not waiting and not circuit.is_open:
                del self._circuits[name]
            elif answered:
                circuit.on_trial, circuit.is_trial_under_way = True, False
            else:
                self._pause(circuit, PAUSE, LONGEST_PAUSE, now=now)

    def _fail(self, name: str, now: datetime) -> None:
        circuit = self._circuits.get(name)
        if circuit is None:
            circuit = self._circuits[name] = _Circuit(probe_at=now)
            self._pause(circuit, PAUSE, LONGEST_PAUSE, now=now)
        circuit.failures += 1
        if circuit.on_trial:
            circuit.failures = max(circuit.failures, LIMIT)
            self._pause(circuit, PAUSE, LONGEST_PAUSE, now=now)
        if circuit.failures == LIMIT:
            log.error("outbox.route_left_alone", route=name)

    def _pause(self, circuit: _Circuit, first: timedelta, longest: timedelta, *, now: datetime) -> None:
        pause = min(first * 2 ** min(circuit.pauses, 10), longest)
        circuit.probe_at = now + pause * (1 + self._chance() / 4)
        circuit.pauses += 1
        circuit.on_trial = circuit.is_trial_under_way = False

"""The outbox: pushes in lanes, held to the platforms' limits, sent at least once, outcomes kept.

    ready ──claim──> leased ──send──> sent
      ^                 │ RetryLater ──> ready, later      (a rate, an outage: as long as it is worth sending)
      │                 │ RouteRefused ──> ready, another route; dead when there is none left
      │                 │ Credentials refused ──> ready, and the route is held
      │                 │ OutcomeUnknown ─> unknown           (never resent blindly: `bot.outbox.doubts`)
      └── its process died, or the route answers again: ready, marked doubtful

A limit counts a send from before it leaves until its answer came, so that our count is never
behind the platform's, whatever the network does.
"""

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import structlog
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bot.channels.base import (
    Channel,
    CredentialsRefused,
    Delivered,
    Outcome,
    OutcomeUnknown,
    RetryLater,
    RouteRefused,
)
from bot.outbox import dead_letters, doubts, other_doors, routing, send_records, statements
from bot.outbox.circuits import Circuits
from bot.outbox.routing import Route
from handlers.notifications.subscribers import case_events
from models.database import Database
from models.inbox import InboxState, ReplyHandle
from models.organisation import Chat
from models.pushes import BUDGET_OVER, Push, PushState

log = structlog.get_logger()

MAX_ATTEMPTS = 5
_NO_ROUTE_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(minutes=5)
"""Between two tries of a push while its platform is away; by then its route is mostly left alone anyway."""
_CLAIM_LOCK = 0x67726964_73656E64
"""Any number no other lock of this database has; the letters of `gridsend`."""
_ASIDE = "~"
"""Ends the lane of what lets others of its chat go first."""


OnHeldRoute = Callable[[Session, str, datetime], None]
"""Whoever must hear that the credentials of a channel are refused; gets its name."""


OnDelivered = Callable[[Session, Push, datetime], None]
"""Whoever must know that a channel accepted a push: called in the transaction that settles it."""


class AnswerState(StrEnum):
    """How far the answer to a message is."""

    OPEN = "open"
    """The message is not handled yet."""
    NEXT = "next"
    """It is there, and no ready push stands before it."""
    NONE = "none"
    """There is none, it has left, or it stands behind others."""


def _notify_nobody(_session: Session, _what: object, _now: datetime) -> None:
    """Nobody hears of it; the log does."""


@dataclass(frozen=True, slots=True)
class ClaimedPush:
    """A leased push and its route; every claim ends with `Outbox.settle`."""

    push_id: int
    route: Route


class Outbox:
    """Claims and settles pushes of the channels this process may send for."""

    def __init__(
        self,
        database: Database,
        *,
        worker: str,
        folder: Path,
        on_dead_letter: dead_letters.OnDeadLetter = dead_letters.notify_nobody,
        on_doubt: doubts.OnDoubt = doubts.notify_nobody,
        on_held_route: OnHeldRoute = _notify_nobody,
        on_delivered: OnDelivered = _notify_nobody,
        chance: Callable[[], float] = random.random,
        base_url: str = "",
    ) -> None:
        """`on_dead_letter` hears of every dead letter, `on_doubt` of what stays of unknown fate,
        `on_held_route` of routes whose credentials are refused, `on_delivered` of what was accepted;
        `chance` spreads tries over time; `base_url`: where residents find their pages.
        """
        self._database = database
        self._worker = worker
        self._folder = folder
        self._on_dead_letter = on_dead_letter
        self._on_doubt = on_doubt
        self._on_held_route = on_held_route
        self._on_delivered = on_delivered
        self._chance = chance
        self._base_url = base_url
        self.circuits = Circuits(chance=chance)

    def claim(
        self,
        channels: Mapping[str, Channel],
        *,
        passive: Collection[str] = (),
        now: datetime,
        limit: int = 32,
    ) -> list[ClaimedPush]:
        """Lease the oldest sendable push of up to `limit` lanes, where the platforms' limits allow it.

        `channels`: by name, all there are; what is a chat of one that another process sends for is left to
        that one. `passive` channels answer inside the platform's own request first: pushes that answer one
        of their messages are left alone for `statements.PASSIVE_WAIT`.
        """
        with self._database.write() as session:
            self._lock_claims(session)
            own = [name for name, channel in channels.items() if channel.sends_here]
            wanted = statements.bind_wanted(own, passive, now) | {"limit": limit}
            while heads := self._find_heads(session, statements.select_sendable_heads(), wanted):
                statements.load_chats(session, heads)
                taken = [self._claim_push(session, push, channels, now=now) for push in heads]
                claimed = [item for item in taken if item is not None]
                # A push that was merged away or parked may have held up one that can be sent at once.
                if claimed or all(push.state == PushState.READY for push in heads):
                    return claimed
            return []

    def claim_answer(
        self, inbox_id: int, channels: Mapping[str, Channel], *, now: datetime
    ) -> ClaimedPush | None:
        """Lease the push that answers this message, for the request still open; None where there is none."""
        with self._database.write() as session:
            self._lock_claims(session)
            wanted = statements.bind_wanted(channels, (), now) | {"inbox_id": inbox_id}
            push = next(iter(self._find_heads(session, statements.select_sendable_answer(), wanted)), None)
            if push is None or push.channel not in channels:
                return None
            chat = session.get_one(Chat, push.chat_id)
            own = channels[push.channel]
            delivery = routing.build_delivery(session, push, chat, own, folder=self._folder, now=now)
            leased = self._lease(session, push, Route(own, delivery), now=now, passive=True)
            return self._finish_claim(session, push, Route(own, delivery)) if leased else None

    def find_answer(self, inbox_id: int) -> AnswerState:
        """Whether the answer to this message is there. Only read: many ask, and nobody is held up by it."""
        with self._database.read() as session:
            if session.scalar(statements.select_next_answer(), {"inbox_id": inbox_id}) is not None:
                return AnswerState.NEXT
            state = session.scalar(statements.select_message_state(), {"inbox_id": inbox_id})
        return AnswerState.OPEN if state in (InboxState.READY, InboxState.LEASED) else AnswerState.NONE

    def _lock_claims(self, session: Session) -> None:
        """One process claims at a time, or two would both take the last place within a limit."""
        if not self._database.sqlite:
            session.execute(select(func.pg_advisory_xact_lock(_CLAIM_LOCK)))

    def _find_heads(
        self, session: Session, query: Select[Push], wanted: Mapping[str, object]
    ) -> Sequence[Push]:
        """The locked pushes, without those that a push replayed meanwhile has come to stand before."""
        found = session.scalars(query, wanted).all()
        if not found or self._database.sqlite:
            return found
        heads = set(session.scalars(statements.select_still_heads(), {"ids": [push.id for push in found]}))
        return [push for push in found if push.id in heads]

    def _claim_push(
        self, session: Session, push: Push, channels: Mapping[str, Channel], *, now: datetime
    ) -> ClaimedPush | None:
        # Leases are written together: what one changes, the next push does not ask for.
        with session.no_autoflush:
            if push.merge_key is not None and statements.is_superseded(session, push):
                statements.merge_superseded(session, push)
                return None
            if case_events.is_withheld(session, push):
                push.state, push.outcome = PushState.MISSED, "restricted"
                return None
            chat = session.get_one(Chat, push.chat_id)
            usable = {name: channel for name, channel in channels.items() if self._may_use(name, chat, now)}
            route = routing.pick_route(session, push, chat, usable, folder=self._folder, now=now)
            if route is not None:
                return self._take_route(session, push, chat, route, now=now)
        reason = self._find_dead_reason(session, push, chat, channels.get(chat.channel), now=now)
        if reason is None:
            push.not_before = now + _NO_ROUTE_WAIT
        elif not other_doors.take_other_door(session, push, channels, folder=self._folder, now=now):
            dead_letters.park(session, push, reason, now=now, on_dead_letter=self._on_dead_letter)
        return None

    def _take_route(
        self, session: Session, push: Push, chat: Chat, route: Route, *, now: datetime
    ) -> ClaimedPush | None:
        if not self._lease(session, push, route, now=now):
            return None
        for name in _circuit_names(route.channel.name, chat):
            self.circuits.take(name, now=now)
        return self._finish_claim(session, push, route)

    def _finish_claim(self, session: Session, push: Push, route: Route) -> ClaimedPush:
        delivery = routing.name_page(session, push, route.delivery, base_url=self._base_url)
        return ClaimedPush(push.id, Route(route.channel, delivery))

    def _find_dead_reason(
        self, session: Session, push: Push, chat: Chat, own: Channel | None, *, now: datetime
    ) -> str | None:
        """Why a push without a route now will not get one (a slug); None where it is worth waiting."""
        reason = dead_letters.find_dead_reason(push, chat, own, now=now)
        if reason is None and routing.is_past_budget(session, push, chat, own, folder=self._folder, now=now):
            return BUDGET_OVER
        return reason

    def _may_use(self, channel: str, chat: Chat, now: datetime) -> bool:
        return all(self.circuits.may_use(name, now=now) for name in _circuit_names(channel, chat))

    def _lease(
        self, session: Session, push: Push, route: Route, *, now: datetime, passive: bool = False
    ) -> bool:
        """Lease the push and count it against every limit; False where one of them is reached.

        `passive`: it answers within a request, which no reply handle's budget counts.
        """
        rates = [rate for rate in route.channel.rates(route.delivery) if not (passive and rate.handle)]
        if full := send_records.list_full(session, rates, now=now):
            # A budget is made anew when somebody speaks, which may be at any moment.
            push.not_before = max(now + _NO_ROUTE_WAIT if rate.handle else at for rate, at in full)
            return False
        send_records.reserve(session, push.id, rates, now=now)
        push.state, push.leased_by, push.route = PushState.LEASED, self._worker, route.channel.name
        return True

    @property
    def settles_many(self) -> bool:
        """Whether many are better settled in one transaction: SQLite has one writer. Elsewhere they would
        wait for each other's rows.
        """
        return self._database.sqlite

    def settle(self, outcomes: Mapping[int, Outcome], *, now: datetime) -> None:
        """Record the outcomes of claimed pushes, by push id, all or none: sent, ready for another try, dead,
        or of unknown fate.
        """
        with self._database.write() as session:
            pushes = [
                push
                for push in statements.lock(session, outcomes)
                if self._may_settle(push, outcomes[push.id])
            ]
            statements.load_chats(session, pushes)
            send_records.settle(session, {push.id: outcomes[push.id] for push in pushes}, now=now)
            used = [
                (outcomes[push.id], self._settle_push(session, push, outcomes[push.id], now=now))
                for push in pushes
            ]
        # After the commit: until then the database may refuse, and all of it be tried again.
        for outcome, names in used:
            self._record(*names, outcome, now=now)

    def _may_settle(self, push: Push, outcome: Outcome) -> bool:
        """Whether the outcome is this process's to tell: taken for dead, it lost what another has now."""
        if push.leased_by == self._worker or isinstance(outcome, Delivered):
            return True
        log.warning("outbox.lost_lease", push=push.id)
        return False

    def _settle_push(
        self, session: Session, push: Push, outcome: Outcome, *, now: datetime
    ) -> tuple[str, str]:
        """Write the outcome of a push; returns the route and the credentials that were used."""
        if isinstance(outcome, Delivered | RetryLater) and outcome.used_handle is not None:
            session.get_one(ReplyHandle, outcome.used_handle).used_at = now
        route, chat = push.route or "", session.get_one(Chat, push.chat_id)
        credentials = routing.credentials_name(route, chat)
        push.leased_by = None
        self._write_outcome(session, push, outcome, now=now)
        if isinstance(outcome, Delivered) and self.circuits.is_suspect(route):
            doubts.resend(session, route, now=now)
        if isinstance(outcome, CredentialsRefused) and not self.circuits.is_held(credentials):
            self._on_held_route(session, route, now)
        log.info("outbox.settled", push=push.id, state=push.state, route=push.route, outcome=push.outcome)
        return route, credentials

    def _write_outcome(self, session: Session, push: Push, outcome: Outcome, *, now: datetime) -> None:
        match outcome:
            case Delivered():
                push.state, push.sent_at, push.outcome = PushState.SENT, now, outcome.receipt or "ok"
                if outcome.issued is not None:
                    routing.store_handle(session, push, outcome.issued, now=now)
                self._on_delivered(session, push, now)
            case RetryLater():
                push.lane += _ASIDE if outcome.aside else ""
                self._retry_later(session, push, outcome, now=now)
            case RouteRefused():
                self._refuse_route(session, push, outcome, now=now)
            case CredentialsRefused():
                push.state, push.not_before, push.outcome = PushState.READY, now, outcome.reason
            case OutcomeUnknown():
                push.state, push.outcome = PushState.UNKNOWN, outcome.reason

    def _record(self, route: str, credentials: str, outcome: Outcome, *, now: datetime) -> None:
        if isinstance(outcome, CredentialsRefused):
            self.circuits.release(route)
            self.circuits.hold(credentials, outcome, now=now)
            return
        self.circuits.record(route, outcome, now=now)
        if credentials == route:
            return
        if isinstance(outcome, Delivered):
            self.circuits.record(credentials, outcome, now=now)
        else:
            self.circuits.release(credentials)

    def _retry_later(self, session: Session, push: Push, outcome: RetryLater, *, now: datetime) -> None:
        counts = not (outcome.uncounted or outcome.outage)
        push.attempts += counts
        push.outcome = outcome.reason
        over = push.attempts >= MAX_ATTEMPTS if counts else now >= dead_letters.expiry(push)
        if over:
            dead_letters.park(session, push, outcome.reason, now=now, on_dead_letter=self._on_dead_letter)
            return
        push.state = PushState.READY
        wait = timedelta(seconds=outcome.after * 2**push.attempts if counts else outcome.after)
        if outcome.outage:
            # The longer it has waited, the longer it can; and all that wait must not come back at once.
            wait += min(max((now - push.created_at) / 4, wait), _LONGEST_WAIT) * self._chance()
        push.not_before = now + wait

    def find_doubtful_routes(self, channels: Collection[str], *, now: datetime) -> None:
        """Look soon whether the routes answer over which something went whose fate nobody knows."""
        with self._database.read() as session:
            routes = doubts.list_routes(session)
        for route in routes & set(channels):
            self.circuits.suspect(route, now=now)

    def finish_probe(self, route: str, *, answered: bool, now: datetime) -> None:
        """What came of asking a route whether it answers. The oldest push of unknown fate is its trial."""
        waiting = 0
        if answered and not self.circuits.is_held(route):
            with self._database.write() as session:
                waiting = doubts.resend(session, route, now=now, limit=1)
        self.circuits.finish_probe(route, answered=answered, waiting=waiting > 0, now=now)

    def report_held_channel(self, channel: str, *, now: datetime) -> None:
        """Tell that a channel cannot even connect, because its credentials are refused."""
        with self._database.write() as session:
            self._on_held_route(session, channel, now)

    def settle_doubts(self, *, now: datetime) -> int:
        """Tell of pushes that stay of unknown fate; how many there were."""
        with self._database.write() as session:
            return doubts.settle(session, now=now, on_doubt=self._on_doubt)

    def _refuse_route(self, session: Session, push: Push, outcome: RouteRefused, *, now: datetime) -> None:
        chat = session.get_one(Chat, push.chat_id)
        push.refused = [*push.refused, push.route or ""]
        push.outcome = outcome.reason
        if outcome.chat_gone and push.route == chat.channel:
            chat.gone_at = now
            log.error("chat.gone", chat=chat.code, reason=outcome.reason)
        if routing.has_no_route(push, chat) and not other_doors.has_other_door(session, push):
            dead_letters.park(session, push, outcome.reason, now=now, on_dead_letter=self._on_dead_letter)
        else:
            push.state = PushState.READY


def _circuit_names(channel: str, chat: Chat) -> set[str]:
    return {channel, routing.credentials_name(channel, chat)}

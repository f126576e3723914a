"""The access token of an account, kept in the database: one call to the platform for a whole fleet.

get ──────> the stored token, while it is good for another while
            none: one process or thread fetches, the others wait for its row
replace ──> whoever was refused with a token gets the newer one, if somebody has fetched it meanwhile;
            else one fetches. A token that took a refused one's place and is refused too holds the account.

The call to the platform is made outside of any transaction, by whoever holds the row's lease.
"""

import asyncio
import base64
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import httpx
import structlog
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.channels import http
from bot.channels.base import Clock, CredentialsRefused, Delivered, Outcome, RetryLater
from models.access_tokens import AccessTokenRow
from models.database import Database, insert_if_absent

log = structlog.get_logger()

MARGIN = timedelta(minutes=5)
"""A token is fetched anew so long before it ends, when the platform has a new one ready."""
HOLD = timedelta(minutes=1)
"""How long nobody asks after the platform refused who we say we are."""
OUTAGE_PAUSE = timedelta(seconds=5)
"""How long nobody asks after the platform did not answer."""
FORCE_EVERY = timedelta(hours=2)
"""Between two forced refreshes: the official account's interface takes 20 a day."""
_FETCH_TIME = timedelta(seconds=20)
"""Longer than a fetch takes; then another may try."""
_LOOK = 0.1
"""Seconds between two looks whether the token that another fetches has come."""
_BUSY = frozenset({-1, 6000, 45009, 45011})

Answer = Mapping[str, Any] | Outcome
Fetch = Callable[[httpx.AsyncClient, bool], Awaitable[Answer]]
"""Asks the platform for a token; `True`: and to make the one before void. Answers its JSON."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token, and which of its account's it is."""

    value: str = field(repr=False)
    number: int
    renew_at: datetime
    unproven: bool = False


class TokenHeld(Exception):
    """There is no token to be had now; `outcome` is what that means for a push."""

    def __init__(self, outcome: CredentialsRefused | RetryLater) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class _Lease:
    """The right and the duty to fetch."""

    fetcher: str
    forced: bool


class AccessTokens:
    """The tokens of one account. From any thread and event loop, each with its own HTTP client."""

    def __init__(
        self,
        database: Database,
        *,
        account: str,
        secret: str,
        fetch: Fetch,
        refusals: frozenset[int],
        clock: Clock,
    ) -> None:
        """`account`: kind and id, e.g. `app:wwCORP1:1000002`; `secret`: its own, which also seals its tokens.

        `refusals`: the errcodes by which the platform says that a token is good no more.
        """
        self._database = database
        self._account = account
        self._fetch = fetch
        self._refusals = refusals
        self._clock = clock
        key = hashlib.sha256(b"gridbot access token\0" + secret.encode()).digest()
        self._cipher = Fernet(base64.urlsafe_b64encode(key))
        self._known: AccessToken | None = None

    async def call(self, client: httpx.AsyncClient, request: Callable[[str], Awaitable[Answer]]) -> Answer:
        """What the platform answers to `request`, which is made with a token, and once more with another.

        Where there is no token, or the second is refused too, what that means for a push.
        """
        try:
            token = await self.get(client)
            answer = await request(token.value)
            if not self.is_refusal(answer):
                return answer
            token = await self.replace(token, client)
            answer = await request(token.value)
            if self.is_refusal(answer):
                await self.replace(token, client)
                return RetryLater("token_changes", uncounted=True)  # somebody else changes it as well
            await self.confirm(token)
        except TokenHeld as held:
            return held.outcome
        except SQLAlchemyError:
            return RetryLater("no_database", uncounted=True)
        return answer

    def is_refusal(self, answer: Answer) -> bool:
        """Whether the platform says that the token is good no more."""
        return isinstance(answer, Mapping) and http.errcode(answer, missing=0) in self._refusals

    async def get(self, client: httpx.AsyncClient) -> AccessToken:
        """A token that the platform is believed to accept. Raises TokenHeld or SQLAlchemyError."""
        known = self._known
        if known is not None and self._is_fresh(known.renew_at):
            return known
        return await self._obtain(client, refused=None)

    async def replace(self, refused: AccessToken, client: httpx.AsyncClient) -> AccessToken:
        """Another token than the one that was refused. Raises TokenHeld or SQLAlchemyError."""
        self._known = None
        return await self._obtain(client, refused=refused)

    async def confirm(self, token: AccessToken) -> None:
        """The platform accepted it. Raises SQLAlchemyError."""
        if token.unproven:
            await asyncio.to_thread(self._write_proof, token)

    def _is_fresh(self, renew_at: datetime | None) -> bool:
        return renew_at is not None and renew_at > self._clock()

    async def _obtain(self, client: httpx.AsyncClient, *, refused: AccessToken | None) -> AccessToken:
        latest = time.monotonic() + 2 * _FETCH_TIME.total_seconds()
        while (found := await asyncio.to_thread(self._look_or_lease, refused)) is None:
            if time.monotonic() > latest:
                raise TokenHeld(RetryLater("no_token", outage=True))
            await asyncio.sleep(_LOOK)
        if isinstance(found, _Lease):
            found = await self._fetch_with(found, client, unproven=refused is not None)
        self._known = found
        return found

    async def _fetch_with(self, lease: _Lease, client: httpx.AsyncClient, *, unproven: bool) -> AccessToken:
        answer = await self._fetch(client, lease.forced)
        value = answer.get("access_token") if isinstance(answer, Mapping) else None
        log.info("token.fetched", account=self._account, forced=lease.forced, got=isinstance(value, str))
        if not isinstance(value, str) or not value:
            held = _judge_failure(answer)
            await asyncio.to_thread(self._write_failure, lease, held)
            raise TokenHeld(held)
        lifetime = timedelta(seconds=_read_lifetime(cast(Mapping[str, Any], answer)))
        return await asyncio.to_thread(self._write_token, lease, value, lifetime, unproven)

    # In the database -------------------------------------------------------------------------------

    def _look_or_lease(self, refused: AccessToken | None) -> AccessToken | _Lease | None:
        """The token, the lease to fetch one, or None while another fetches. Raises TokenHeld."""
        with self._database.read() as session:
            row = session.get(AccessTokenRow, self._account)
            if row is not None and self._is_waiting(row):
                return None
            if row is not None and (token := self._read_token(row, refused)) is not None:
                return token
        # Looked at anew: others may have had the same idea.
        with self._database.write() as session:
            row = self._lock_row(session)
            if self._is_waiting(row):
                return None
            token = self._read_token(row, refused)
            if token is None and not self._holds_second_refusal(row, refused):
                return self._lease(row, refused)
        if token is None:
            raise TokenHeld(_read_hold(row))
        return token

    def _lock_row(self, session: Session) -> AccessTokenRow:
        values = {
            "account": self._account, "number": 0, "sealed": "", "unproven": False,
            "held_reason": "", "held_outage": False,
        }  # fmt: skip
        insert_if_absent(session, AccessTokenRow, values)
        of_account = select(AccessTokenRow).where(AccessTokenRow.account == self._account)
        return session.scalars(of_account.with_for_update()).one()

    def _is_waiting(self, row: AccessTokenRow) -> bool:
        return row.fetch_until is not None and row.fetch_until > self._clock()

    def _read_token(self, row: AccessTokenRow, refused: AccessToken | None) -> AccessToken | None:
        """The stored token, if it is another than the refused one. Raises TokenHeld."""
        if row.held_until is not None and row.held_until > self._clock():
            raise TokenHeld(_read_hold(row))
        if not self._is_fresh(row.renew_at) or row.renew_at is None:
            return None
        if refused is not None and refused.number >= row.number:
            return None
        value = self._unseal(row.sealed)
        return AccessToken(value, row.number, row.renew_at, row.unproven) if value else None

    def _holds_second_refusal(self, row: AccessTokenRow, refused: AccessToken | None) -> bool:
        """Whether the refused token had itself taken the place of one: then the account is held."""
        if refused is None or not row.unproven or refused.number != row.number:
            return False
        self._hold(row, CredentialsRefused("token_refused"))
        return True

    def _hold(self, row: AccessTokenRow, outcome: CredentialsRefused | RetryLater) -> None:
        outage = isinstance(outcome, RetryLater)
        row.held_until = self._clock() + (OUTAGE_PAUSE if outage else HOLD)
        row.held_reason, row.held_outage = outcome.reason, outage
        if not outage:
            log.error("token.held", account=self._account, reason=outcome.reason)
            # Fetched anew after the pause, and believed as little as this one.
            row.sealed, row.renew_at = "", None

    def _lease(self, row: AccessTokenRow, refused: AccessToken | None) -> _Lease:
        now = self._clock()
        forced = refused is not None and (row.forced_at is None or row.forced_at + FORCE_EVERY <= now)
        lease = _Lease(secrets.token_hex(8), forced)
        row.fetcher, row.fetch_until = lease.fetcher, now + _FETCH_TIME
        if forced:
            row.forced_at = now
        return lease

    def _write_token(self, lease: _Lease, value: str, lifetime: timedelta, unproven: bool) -> AccessToken:
        with self._database.write() as session:
            row = self._lock_row(session)
            row.number += 1
            row.sealed = self._cipher.encrypt(value.encode()).decode()
            row.renew_at = self._clock() + lifetime - min(MARGIN, lifetime / 2)
            # After a hold the next token is proven by the platform alone, as the one before should have been.
            row.unproven = unproven or row.unproven
            row.held_until, row.held_reason, row.held_outage = None, "", False
            _end_lease(row, lease)
            return AccessToken(value, row.number, row.renew_at, row.unproven)

    def _write_failure(self, lease: _Lease, held: CredentialsRefused | RetryLater) -> None:
        with self._database.write() as session:
            row = self._lock_row(session)
            if row.fetcher == lease.fetcher:
                self._hold(row, held)
            _end_lease(row, lease)

    def _write_proof(self, token: AccessToken) -> None:
        with self._database.write() as session:
            row = self._lock_row(session)
            if row.number == token.number:
                row.unproven = False
        self._known = AccessToken(token.value, token.number, token.renew_at)

    def _unseal(self, sealed: str) -> str:
        try:
            return self._cipher.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return ""  # of another secret


def _end_lease(row: AccessTokenRow, lease: _Lease) -> None:
    if row.fetcher == lease.fetcher:
        row.fetcher = row.fetch_until = None


def _read_hold(row: AccessTokenRow) -> CredentialsRefused | RetryLater:
    reason = row.held_reason
    return RetryLater(reason, outage=True) if row.held_outage else CredentialsRefused(reason)


def _judge_failure(answer: Answer) -> CredentialsRefused | RetryLater:
    """What an answer without a token means."""
    if not isinstance(answer, Mapping):
        return RetryLater(answer.reason if not isinstance(answer, Delivered) else "no_token", outage=True)
    code = http.errcode(answer)
    if code in _BUSY:
        return RetryLater(f"errcode_{code}", outage=True)
    return CredentialsRefused(f"errcode_{code}")


def _read_lifetime(answer: Mapping[str, Any]) -> int:
    """Seconds; a platform that names none is asked again within minutes."""
    lifetime = answer.get("expires_in")
    return lifetime if isinstance(lifetime, int) and 0 < lifetime <= 86_400 else 600

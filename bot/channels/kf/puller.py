"""Fetching what customers said: after each call, and now and then without one (wecom-external.md B).

    call ──stored──> list_summons ──┐
    start, every `poll` ────────────┴─> sync_msg ──page──> messages and cursor in one transaction ──> next

One process at a time fetches for a channel; should two, the cursor lets only one of them store a page. What
is fetched twice has one row in the inbox.
"""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels import http
from bot.channels.access_tokens import Answer
from bot.channels.base import (
    ChannelHealth,
    CredentialsRefused,
    Delivered,
    Envelope,
    Outcome,
)
from bot.channels.kf import errors, payload
from bot.channels.kf.cursors import NO_SUMMONS, CursorMoved, PullCursors, PullPosition, Summons
from bot.channels.kf.settings import KfSettings
from bot.channels.settings import ChannelHost
from bot.channels.wecom.interfaces import CorpInterfaces
from bot.channels.wecom.json_body import Body, get_text, read_time, strip_controls

log = structlog.get_logger()

_PAGE = 1000
_LOOK = 1.0
"""Seconds between two looks whether another process was called."""
_PAUSES = (1.0, 5.0, 15.0, 60.0)
"""Seconds until a failed fetch is tried again, each time longer."""
_UNREADY = 3
"""Failures in a row after which the channel counts as deaf."""
_AT_ONCE = 8
_ATTENDED = frozenset({2, 3, 4})
"""`service_state`: waiting for a person, with one, and done: what is said after that begins at 0 again."""


class PullFailed(Exception):
    """The platform did not give a page; the message is a slug."""

    def __init__(self, slug: str, *, is_refused: bool = False) -> None:
        super().__init__(slug)
        self.is_refused = is_refused


@dataclass(frozen=True, slots=True)
class _Page:
    items: Sequence[Body]
    cursor: str
    has_more: bool


class MessagePuller:
    """Fetches for one channel: `run` until `stop`, `ring` when somebody called."""

    def __init__(
        self, channel: str, settings: KfSettings, api: CorpInterfaces, host: ChannelHost, *, lock: str
    ) -> None:
        self._channel = channel
        self._settings = settings
        self._api = api
        self._host = host
        self._lock = lock
        self._cursors = PullCursors(host.database, channel)
        self._bell = asyncio.Event()
        self._stopping = False
        self._is_open = self._is_standby = False
        self._poll_at = self._retry_at = 0.0
        self._failures = 0
        self._trouble = ""
        self._is_refused = False

    # Life ------------------------------------------------------------------------------------------

    def ring(self) -> None:
        """Look at once whether there is anything to fetch."""
        self._bell.set()

    async def run(self) -> None:
        """Fetch until `stop`; never ends by itself."""
        while not self._stopping:
            self._bell.clear()
            self._is_standby = not self._host.holds_lock(self._lock)
            if not self._is_standby and time.monotonic() >= self._retry_at:
                await self.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await self._bell.wait()

    async def stop(self) -> None:
        """Ask `run` to store the page in hand and to return."""
        self._stopping = True
        self._bell.set()

    def read_health(self) -> ChannelHealth:
        """Whether customers are heard."""
        deaf = self._failures >= _UNREADY
        state = self._trouble if deaf else "standby" if self._is_standby else "pulling"
        return ChannelHealth(
            ready=not (deaf or self._is_standby),
            state=state,
            standby=self._is_standby and not deaf,
            is_refused=self._is_refused,
        )

    async def look(self) -> None:
        """Fetch what is due, and note what comes between."""
        try:
            await self.pull_due()
        except PullFailed as failed:
            self._note_failure(str(failed), is_refused=failed.is_refused)
        except SQLAlchemyError:
            self._note_failure("no_database")
        else:
            self._failures, self._is_refused = 0, False

    def _note_failure(self, slug: str, *, is_refused: bool = False) -> None:
        pause = _PAUSES[min(self._failures, len(_PAUSES) - 1)]
        self._retry_at = time.monotonic() + pause
        self._failures += 1
        self._trouble, self._is_refused = slug, is_refused
        log.warning("kf.not_pulled", channel=self._channel, reason=slug, pause=pause)

    # Fetching --------------------------------------------------------------------------------------

    async def pull_due(self) -> None:
        """Fetch what is there: of accounts that called, and of all where it is time to look.

        Raises PullFailed or SQLAlchemyError; what is stored by then stays so.
        """
        now = self._host.clock()
        if not self._is_open:
            await asyncio.to_thread(self._cursors.open_channel, now=now)
            self._is_open = True
        summons = dict(await asyncio.to_thread(self._cursors.list_summons, now=now))
        is_due = time.monotonic() >= self._poll_at
        if is_due:
            accounts = await self._list_accounts()
            summons = {account: summons.get(account, NO_SUMMONS) for account in sorted({*accounts, *summons})}
        failures: list[PullFailed] = []
        for account, calls in summons.items():
            if not self._is_ours(account):
                await asyncio.to_thread(self._cursors.drop_summons, account, calls, now=now)
                continue
            try:
                await self._pull_account(account, calls)
            except PullFailed as failed:
                # The other accounts have nothing to do with it.
                failures.append(failed)
        if failures:
            raise failures[0]
        if is_due:
            self._poll_at = time.monotonic() + self._settings.poll.total_seconds()

    def _is_ours(self, account: str) -> bool:
        return not self._settings.accounts or account in self._settings.accounts

    async def _list_accounts(self) -> Collection[str]:
        """The accounts that may have messages though nobody called: a call may have been lost."""
        known = {*self._settings.accounts, *await asyncio.to_thread(self._cursors.list_accounts)}
        if self._settings.accounts:
            return known
        answer = await self._api.get(self._host.client, "kf/account/list")
        if not isinstance(answer, Mapping):
            raise _describe_failure(answer)
        # Where the list is not allowed, those are known that called once.
        found = answer.get("account_list")
        rows = found if isinstance(found, list) else ()
        return known | {get_text(row, "open_kfid") for row in rows if isinstance(row, dict)} - {""}

    async def _pull_account(self, account: str, summons: Summons) -> None:
        position = await asyncio.to_thread(self._cursors.read_position, account)
        has_more = True
        while has_more and not self._stopping:
            page = await self._fetch_page(account, position, summons)
            if page is None:
                log.error("kf.no_such_account", channel=self._channel, account=account)
                now = self._host.clock()
                await asyncio.to_thread(self._cursors.drop_summons, account, summons, now=now)
                return
            # A platform that promises more and gives nothing would be asked for ever.
            has_more = page.has_more and page.cursor != position.cursor
            envelopes = await self._build_envelopes(account, page, position)
            answered = None if has_more else summons
            try:
                await asyncio.to_thread(self._store_page, account, position, page.cursor, envelopes, answered)
            except CursorMoved:
                log.info("kf.cursor_moved", channel=self._channel, account=account)
                return
            position = PullPosition(page.cursor, position.since)

    def _store_page(
        self,
        account: str,
        position: PullPosition,
        cursor: str,
        envelopes: Sequence[Envelope],
        answered: Summons | None,
    ) -> None:
        """A page and the place behind it, in one transaction. Raises CursorMoved.

        `answered`: the calls that are answered with it, where it is the last page.
        """
        with self._host.database.write(first=True) as session:
            self._cursors.advance(session, account, position, cursor)
            if answered is not None:
                self._cursors.answer(session, account, answered, now=self._host.clock())
            stored = self._host.store(session, self._channel, envelopes)
        if stored:
            self._host.wake()

    async def _fetch_page(self, account: str, position: PullPosition, summons: Summons) -> _Page | None:
        """The next page; None where there is no such account. Raises PullFailed."""
        asked = {"cursor": position.cursor, "limit": _PAGE, "voice_format": 0, "open_kfid": account}
        with_token = {**asked, "token": summons.token} if summons.token else asked
        answer = await self._api.post(self._host.client, "kf/sync_msg", with_token)
        if summons.token and isinstance(answer, Mapping) and errors.may_blame_token(http.errcode(answer)):
            answer = await self._api.post(self._host.client, "kf/sync_msg", asked)
        return _read_page(answer, position)

    async def _build_envelopes(self, account: str, page: _Page, position: PullPosition) -> list[Envelope]:
        now = self._host.clock()
        # Without a cursor the platform gives three days of history.
        items = [item for item in page.items if position.cursor or not _is_older(item, position)]
        attended = await self._find_attended(account, items)
        built = (
            payload.build_envelope(
                item, self._settings, account=account, attended=payload.find_sender(item) in attended, now=now
            )
            for item in items
        )
        return [envelope for envelope in built if envelope is not None]

    async def _find_attended(self, account: str, items: Sequence[Body]) -> frozenset[str]:
        """The customers among these whom a person answers at present."""
        if not self._settings.hand_over:
            return frozenset()
        turns = asyncio.Semaphore(_AT_ONCE)

        async def is_attended(customer: str) -> bool:
            asked = {"open_kfid": account, "external_userid": customer}
            async with turns:
                answer = await self._api.post(self._host.client, "kf/service_state/get", asked)
            return isinstance(answer, Mapping) and answer.get("service_state") in _ATTENDED

        customers = sorted({payload.find_sender(item) for item in items if payload.is_from_customer(item)})
        found = await asyncio.gather(*map(is_attended, customers))
        return frozenset(customer for customer, yes in zip(customers, found, strict=True) if yes)


def _read_page(answer: Answer, position: PullPosition) -> _Page | None:
    if not isinstance(answer, Mapping):
        raise _describe_failure(answer)
    code = http.errcode(answer)
    if code in errors.NO_SUCH_ACCOUNT:
        return None
    if code:
        refused = isinstance(errors.judge_errcode(code), CredentialsRefused)
        raise PullFailed(f"errcode_{code}", is_refused=refused)
    body: Body = strip_controls(answer)
    found = body.get("msg_list")
    items = [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    return _Page(items, get_text(body, "next_cursor") or position.cursor, body.get("has_more") == 1)


def _describe_failure(outcome: Outcome) -> PullFailed:
    """What a call that was not answered means."""
    reason = "no_answer" if isinstance(outcome, Delivered) else outcome.reason
    return PullFailed(reason, is_refused=isinstance(outcome, CredentialsRefused))


def _is_older(item: Body, position: PullPosition) -> bool:
    sent = read_time(item.get("send_time"))
    return sent is not None and sent < position.since

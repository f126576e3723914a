"""One token for all processes and threads, against a platform that counts what it is asked."""

import asyncio
import base64
import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.channels import access_tokens, http
from bot.channels.access_tokens import AccessTokens, Answer, TokenHeld
from bot.channels.base import CredentialsRefused, RetryLater
from models.access_tokens import AccessTokenRow
from models.database import Database
from tests.bot.channels.http_server import Answer as HttpAnswer
from tests.bot.channels.http_server import FakePlatform, Request
from tests.conftest import NOON

SECRET = "s3cret"
INVALID = frozenset({40001, 40014, 42001})


@dataclass
class TokenPlatform:
    """Makes tokens, knows which it accepts, counts its calls."""

    accepts_new: bool = True
    """False: what it makes is refused as well, as with a secret of another account."""
    refusal: dict[str, Any] | None = None
    lifetime: int = 7200
    made: list[str] = field(default_factory=list)
    forced: list[bool] = field(default_factory=list)
    accepted: set[str] = field(default_factory=set)
    calls: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> HttpAnswer:
        with self.lock:
            return HttpAnswer(json.dumps(self._answer(request)).encode())

    def _answer(self, request: Request) -> dict[str, Any]:
        if request.path == "/token":
            self.forced.append(request.query["force"] == "True")
            if self.refusal is not None:
                return self.refusal
            self.made.append(f"T{len(self.made) + 1}")
            self.accepted = {self.made[-1]} if self.accepts_new else set()
            return {"access_token": self.made[-1], "expires_in": self.lifetime}
        self.calls += 1
        return {"errcode": 0 if request.query.get("access_token") in self.accepted else 40001}


@dataclass
class Fleet:
    """What every worker of every process has: the same database, a store of its own."""

    database: Database
    fake: FakePlatform
    now: datetime = NOON

    def tokens(self, secret: str = SECRET) -> AccessTokens:
        async def fetch(client: httpx.AsyncClient, forced: bool) -> Answer:
            return await http.get(client, f"{self.fake.url}/token", params={"force": str(forced)})

        return AccessTokens(
            self.database, account="official_account:wxA", secret=secret, fetch=fetch, refusals=INVALID,
            clock=lambda: self.now,
        )  # fmt: skip

    def work(self, tokens: AccessTokens) -> Answer:
        """One call to the platform, in an event loop and with a client of its own."""

        async def work() -> Answer:
            async with http.new_client(timeout=20.0) as client:

                async def request(token: str) -> Answer:
                    return await http.get(client, f"{self.fake.url}/send", params={"access_token": token})

                return await tokens.call(client, request)

        return asyncio.run(work())

    def work_together(self, count: int) -> list[Answer]:
        """So many workers at once, each a process of its own as far as the store can tell."""
        start = threading.Barrier(count)

        def begin(_: int) -> Answer:
            tokens = self.tokens()
            start.wait(60)
            return self.work(tokens)

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(begin, range(count)))


@pytest.fixture
def fleet(database: Database, platform: FakePlatform) -> Fleet:
    return Fleet(database, platform)


@pytest.fixture
def issuer(platform: FakePlatform) -> TokenPlatform:
    made = TokenPlatform()
    platform.respond = made.answer
    return made


def test_fifty_workers_cost_one_call(fleet: Fleet, issuer: TokenPlatform) -> None:
    assert fleet.work_together(50) == [{"errcode": 0}] * 50
    assert (issuer.made, issuer.calls) == (["T1"], 50)


def test_a_token_that_was_made_void_is_replaced_once_for_all(fleet: Fleet, issuer: TokenPlatform) -> None:
    fleet.work(fleet.tokens())
    issuer.accepted = set()
    assert fleet.work_together(50) == [{"errcode": 0}] * 50
    assert issuer.made == ["T1", "T2"]
    assert issuer.forced == [False, True]


def test_a_token_that_stays_invalid_costs_two_calls_not_a_thousand(
    fleet: Fleet, issuer: TokenPlatform
) -> None:
    issuer.accepts_new = False
    outcomes = fleet.work_together(50)
    assert {type(outcome) for outcome in outcomes} == {CredentialsRefused}
    assert issuer.made == ["T1", "T2"]
    # Each worker has tried the token it had at most twice, and asks no more for a while.
    assert issuer.calls <= 100
    assert isinstance(fleet.work(fleet.tokens()), CredentialsRefused)
    assert len(issuer.made) == 2


def test_after_the_pause_one_call_shows_whether_it_is_mended(fleet: Fleet, issuer: TokenPlatform) -> None:
    issuer.accepts_new = False
    fleet.work(fleet.tokens())
    fleet.now += access_tokens.HOLD
    fleet.work(fleet.tokens())
    assert issuer.forced == [False, True, False]
    issuer.accepts_new = True
    fleet.now += access_tokens.HOLD
    assert fleet.work(fleet.tokens()) == {"errcode": 0}
    assert len(issuer.made) == 4


def test_a_wrong_secret_is_asked_about_once(fleet: Fleet, issuer: TokenPlatform) -> None:
    issuer.refusal = {"errcode": 40125, "errmsg": "invalid appsecret"}
    assert set(fleet.work_together(20)) == {CredentialsRefused("errcode_40125")}
    assert len(issuer.forced) == 1
    issuer.refusal = None
    fleet.now += access_tokens.HOLD
    assert fleet.work(fleet.tokens()) == {"errcode": 0}


@pytest.mark.parametrize("code", [-1, 45009, 45011])
def test_a_busy_platform_is_left_alone_for_seconds(fleet: Fleet, issuer: TokenPlatform, code: int) -> None:
    issuer.refusal = {"errcode": code}
    outcome = fleet.work(fleet.tokens())
    assert isinstance(outcome, RetryLater)
    assert outcome.outage
    issuer.refusal = None
    fleet.now += access_tokens.OUTAGE_PAUSE
    assert fleet.work(fleet.tokens()) == {"errcode": 0}


def test_a_platform_that_is_away_is_an_outage(fleet: Fleet, platform: FakePlatform) -> None:
    platform.default = HttpAnswer(status=502)
    assert fleet.work(fleet.tokens()) == RetryLater("http_502", outage=True)


def test_a_token_is_renewed_before_it_ends(fleet: Fleet, issuer: TokenPlatform) -> None:
    tokens = fleet.tokens()
    fleet.work(tokens)
    fleet.now += timedelta(seconds=7200) - access_tokens.MARGIN - timedelta(seconds=1)
    fleet.work(tokens)
    assert issuer.made == ["T1"]
    fleet.now += timedelta(seconds=1)
    assert fleet.work_together(20) == [{"errcode": 0}] * 20
    assert (issuer.made, issuer.forced) == (["T1", "T2"], [False, False])


def test_a_lifetime_shorter_than_the_margin_is_used_all_the_same(fleet: Fleet, issuer: TokenPlatform) -> None:
    issuer.lifetime = 60
    assert fleet.work_together(20) == [{"errcode": 0}] * 20
    assert issuer.made == ["T1"]


def test_tokens_are_forced_seldom(fleet: Fleet, issuer: TokenPlatform) -> None:
    """The platform takes a forced refresh 20 times a day."""
    fleet.work(fleet.tokens())
    for _ in range(4):
        issuer.accepted = set()
        assert fleet.work(fleet.tokens()) == {"errcode": 0}
        fleet.now += timedelta(minutes=40)
    assert issuer.forced == [False, True, False, False, True]


def test_whoever_dies_fetching_holds_nobody_for_long(fleet: Fleet, issuer: TokenPlatform) -> None:
    fleet.work(fleet.tokens())
    with fleet.database.write() as session:
        row = session.scalars(select(AccessTokenRow)).one()
        row.renew_at, row.fetcher, row.fetch_until = fleet.now, "dead", fleet.now
    assert fleet.work(fleet.tokens()) == {"errcode": 0}
    assert issuer.made == ["T1", "T2"]


def test_a_token_stands_nowhere_as_it_is(fleet: Fleet, issuer: TokenPlatform) -> None:
    fleet.work(fleet.tokens())
    with fleet.database.read() as session:
        row = session.scalars(select(AccessTokenRow)).one()
    assert b"T1" not in base64.urlsafe_b64decode(row.sealed)


def test_another_secret_does_not_read_the_token_of_the_one_before(
    fleet: Fleet, issuer: TokenPlatform
) -> None:
    fleet.work(fleet.tokens())
    fleet.work(fleet.tokens(secret="another"))
    assert issuer.made == ["T1", "T2"]


async def _get(tokens: AccessTokens) -> Mapping[str, Any]:
    async with http.new_client() as client:
        return {"token": await tokens.get(client)}


def test_who_asks_for_a_token_itself_hears_why_there_is_none(fleet: Fleet, issuer: TokenPlatform) -> None:
    issuer.refusal = {"errcode": 40164}
    with pytest.raises(TokenHeld) as held:
        asyncio.run(_get(fleet.tokens()))
    assert held.value.outcome == CredentialsRefused("errcode_40164")

"""A webhook: where it goes, what it is signed with, and what an answer means."""

import base64
import hashlib
import hmac
import ipaddress
import json
from typing import Any

import httpx
import pytest

from bot.channels.base import (
    CredentialsRefused,
    Delivered,
    Delivery,
    Outcome,
    RetryLater,
    RouteRefused,
)
from bot.channels.registry import SHIPPED_KINDS
from bot.channels.subscriber.addresses import is_public
from bot.channels.subscriber.channel import SubscriberChannel
from bot.channels.subscriber.settings import SubscriberSettings
from models.messages import CaseEventPush
from tests.bot.channels.http_server import Answer, FakePlatform
from tests.conftest import NOON

KEY = b"twenty-four bytes or more"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
EVENT = {"id": "WG261121-0031-2", "act": "assign", "text": "请城管局处理"}


def parse(url: str, **more: Any) -> SubscriberSettings:
    parsed = SHIPPED_KINDS.parse_settings({"kind": "subscriber", "url": url, "secret": SECRET, **more})
    assert isinstance(parsed, SubscriberSettings)
    return parsed


async def post(url: str, **more: Any) -> Outcome:
    async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
        channel = SubscriberChannel("jiesu", parse(url, **more), client=client, clock=lambda: NOON)
        return await channel.send(Delivery(1, "jiesu", direct=False, body=CaseEventPush(EVENT)))


@pytest.mark.anyio
async def test_a_receiver_can_tell_that_it_was_us_and_when(platform: FakePlatform) -> None:
    """By the libraries of standardwebhooks.com, whose signature is made here once more."""
    assert await post(f"{platform.url}/events?a=1", private_hosts=["127.0.0.1"]) == Delivered()
    [request] = platform.requests
    assert (request.method, request.path, request.query) == ("POST", "/events", {"a": "1"})
    assert (json.loads(request.body), request.headers["host"]) == (EVENT, platform.host)
    sent = request.headers["webhook-timestamp"]
    assert (request.headers["webhook-id"], int(sent)) == (EVENT["id"], NOON.timestamp())
    signed = f"{EVENT['id']}.{sent}.".encode() + request.body
    expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{expected}"


@pytest.mark.anyio
async def test_nothing_goes_inside_a_network_unless_its_host_is_named(platform: FakePlatform) -> None:
    port = platform.host.rpartition(":")[2]
    for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0", "2130706433", "127.1"):
        assert await post(f"http://{host}:{port}/") == RouteRefused("private_address"), host
    assert platform.requests == []
    assert await post(f"http://localhost:{port}/", private_hosts=["localhost"]) == Delivered()


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.8", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "127.0.0.1", "224.0.0.1",
        "0.0.0.1", "255.255.255.255", "fe80::1", "fc00::1", "::1", "::ffff:10.0.0.8", "64:ff9b::a00:8",
        "2002:a00:8::1", "ff0e::1",
    ],
)  # fmt: skip
def test_addresses_of_networks_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


def test_addresses_of_the_world_are_public() -> None:
    for address in ("114.114.114.114", "2400:3200::1", "64:ff9b::7272:7272"):
        assert is_public(ipaddress.ip_address(address))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(status=204, body=b""), Delivered()),
        (Answer(status=503), RetryLater("http_503", after=30.0, outage=True)),
        (Answer(status=500), RetryLater("http_500", after=30.0)),
        (Answer(status=401), CredentialsRefused("http_401")),
        (Answer(status=302, headers={"Location": "http://127.0.0.1/"}), RouteRefused("http_302")),
        (Answer(drop=True), RetryLater("connect_failed", after=5.0, outage=True)),
    ],
)
async def test_what_an_answer_means(platform: FakePlatform, answer: Answer, outcome: Outcome) -> None:
    """What broke off is sent again: the receiver knows what it has."""
    platform.script = [answer]
    assert await post(platform.url, private_hosts=["127.0.0.1"]) == outcome
    assert len(platform.requests) == 1


def test_settings_that_cannot_work_or_are_not_safe_are_pointed_out() -> None:
    assert parse("https://example.gov.cn/x").list_doubts() == []
    [plain, inside] = parse("http://10.0.0.8/x").list_doubts()
    assert (plain.grave, inside.grave) == (False, True)
    assert [
        doubt.grave for doubt in parse("http://10.0.0.8/x", private_hosts=["10.0.0.8"]).list_doubts()
    ] == [False]

"""The sandbox answers its own page and programs of this machine, and no web page of elsewhere."""

import asyncio

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from sandbox.server import SandboxServer
from tests.stories.town import WORLD


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:{port}"}, 200),
        ({"Origin": "http://127.0.0.1:{port}"}, 200),
        ({"Host": "box.example:{port}"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "127.0.0.1@evil.example"}, 403),
        ({"Host": ""}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_host_and_origin_decide(headers: dict[str, str], status: int) -> None:
    with SandboxServer(WORLD, allowed_hosts="box.example") as box:
        sent = {name: value.format(port=box.port) for name, value in headers.items()}
        for method, path in (("GET", "/sandbox/api/stats"), ("GET", "/")):
            assert httpx.request(method, box.url + path, headers=sent, trust_env=False).status_code == status
        answer = httpx.post(f"{box.url}/sandbox/api/faults", json={}, headers=sent, trust_env=False)
        assert answer.status_code == status


def test_a_foreign_page_cannot_listen() -> None:
    with SandboxServer(WORLD) as box:
        asyncio.run(_listen(box, box.url))
        with pytest.raises(InvalidStatus):
            asyncio.run(_listen(box, "http://evil.example"))


async def _listen(box: SandboxServer, origin: str) -> None:
    url = box.url.replace("http", "ws") + "/sandbox/api/events"
    async with connect(url, origin=Origin(origin), proxy=None):
        pass

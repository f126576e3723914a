"""Everything wrong that can come through the door of a callback: refused by the book, and nothing breaks."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs
from structlog.typing import EventDict

from models.cases import Case
from models.database import Database
from models.inbox import InboxRow
from models.pushes import Push
from tests.stories.hostile import CallbackClient, build_message, callback_settings, seal_message
from tests.stories.town import serve_gridbot

RUBBLE = build_message()


@pytest.fixture
def door(database: Database, tmp_path: Path) -> Iterator[CallbackClient]:
    with (
        serve_gridbot(callback_settings(database, tmp_path), lambda: datetime.now(UTC)) as url,
        closing(CallbackClient(url)) as door,
    ):
        yield door


def stored(database: Database) -> list[InboxRow]:
    with database.read() as session:
        return list(session.scalars(select(InboxRow).order_by(InboxRow.id)))


def count(database: Database, table: type[Case | Push]) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def handled(database: Database, many: int = 1) -> list[InboxRow]:
    """Everything stored, once so many are handled."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        rows = stored(database)
        if len(rows) == many and all(row.state in ("done", "dead") for row in rows):
            return rows
        time.sleep(0.02)
    raise AssertionError([(row.state, row.error) for row in stored(database)])


REFUSED: dict[str, tuple[int, Callable[[CallbackClient], int]]] = {
    "malformed JSON": (400, lambda d: raw(d, b'{"encrypt": ')),
    "an empty body": (400, lambda d: raw(d, b"")),
    "a list": (400, lambda d: raw(d, b"[]")),
    "encrypt that is a number": (400, lambda d: raw(d, b'{"encrypt": 7}')),
    "deep nesting": (400, lambda d: raw(d, b"[" * 200_000)),
    "no UTF-8": (400, lambda d: raw(d, b'{"encrypt": "\xff\xfe"}')),
    "a wrong signature": (403, lambda d: d.post_message(RUBBLE, msg_signature="0" * 40).status_code),
    "a signature of other letters": (403, lambda d: d.post_message(RUBBLE, msg_signature="签名").status_code),
    "no signature": (403, lambda d: d.client.post("/callback/gridcb", json={"encrypt": "x"}).status_code),
    "an old message": (
        403,
        lambda d: d.post_message(RUBBLE, timestamp=str(int(time.time()) - 3600)).status_code,
    ),
    "a message of tomorrow": (
        403,
        lambda d: d.post_message(RUBBLE, timestamp=str(int(time.time()) + 86400)).status_code,
    ),
    "a time that is none": (403, lambda d: d.post_message(RUBBLE, timestamp="²").status_code),
    "a length beyond the buffer": (400, lambda d: d.post(seal_message(b"{}", length=9999)).status_code),
    "a length of 4 GB": (400, lambda d: d.post(seal_message(b"{}", length=2**32 - 1)).status_code),
    "a pad of 33": (400, lambda d: d.post(seal_message(b"{}", pad=33)).status_code),
    "a pad of 0": (400, lambda d: d.post(seal_message(b"{}", pad=0)).status_code),
    "half a block": (400, lambda d: d.post("AAAA").status_code),
    "no base64": (400, lambda d: d.post("!!!!").status_code),
    "plain text that is no JSON": (400, lambda d: d.post(seal_message(b"hello")).status_code),
    "plain text that is no object": (400, lambda d: d.post(seal_message(b'["x"]')).status_code),
    "plain text that is no UTF-8": (400, lambda d: d.post(seal_message(b"\xff\xfe")).status_code),
    "an unknown channel": (404, lambda d: d.post_message(RUBBLE, channel="nobody").status_code),
    "another method": (405, lambda d: d.client.put("/callback/gridcb").status_code),
    "a wrong echo": (403, lambda d: d.client.get("/callback/gridcb", params={"echostr": "x"}).status_code),
}


def raw(door: CallbackClient, body: bytes) -> int:
    return door.client.post("/callback/gridcb", params=door.sign_query(""), content=body).status_code


def test_what_is_not_authentic_or_not_whole_is_refused_and_not_stored(
    door: CallbackClient, database: Database
) -> None:
    answers = {}
    for name, (_, send) in REFUSED.items():
        answers[name] = send(door)
        assert door.is_healthy(), name
    assert answers == {name: status for name, (status, _) in REFUSED.items()}
    assert stored(database) == []


def test_a_hundred_megabytes_are_not_read_to_their_end(door: CallbackClient, database: Database) -> None:
    sent = 0

    def flood() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b"x" * 1024**2

    # Refused while the rest is still on its way: the client may only see that nobody listens.
    with suppress(httpx.TransportError):
        assert (
            door.client.post("/callback/gridcb", params=door.sign_query(""), content=flood()).status_code
            == 413
        )
    assert sent < 100
    assert door.is_healthy()
    assert stored(database) == []


ODD: dict[str, dict[str, object]] = {
    "an unknown event": build_message(msgtype="event", event={"eventtype": "moon_landing"}),
    "an event without an event": build_message(msgtype="event"),
    "nobody speaking": build_message() | {"from": {}},
    "only a number": {"msgid": "only-this"},
    "nothing at all": {},
}


def test_what_is_authentic_but_understood_by_nobody_is_stored_and_done(
    door: CallbackClient, database: Database
) -> None:
    for name, odd in ODD.items():
        answer = door.post_message(odd)
        assert (answer.status_code, answer.content) == (200, b""), name
        assert door.is_healthy(), name
    rows = handled(database, len(ODD))
    assert {(row.state, row.result) for row in rows} == {("done", "ignored")}


STRANGE = {
    "emoji and 4-byte letters": "🚀𠮷长江路8号门口有建筑垃圾👷‍♀️",
    "NUL": "长江路9号\x00门口有\x00建筑垃圾\x07",
    "20,000 characters": "长江路10号门口有建筑垃圾" + "啊" * 20_000,
    "half a character": "\ud800长江路11号门口有建筑垃圾",
}


def test_strange_words_still_open_their_case(door: CallbackClient, database: Database) -> None:
    for number, (name, text) in enumerate(STRANGE.items()):
        plain = json.dumps(build_message(text, **{"from": {"userid": f"user{number}"}}))
        assert door.post(seal_message(plain.encode())).status_code == 200, name
        assert door.is_healthy(), name
    rows = handled(database, len(STRANGE))
    assert {(row.state, row.result) for row in rows} == {("done", "case.opened")}
    with database.read() as session:
        places = set(session.scalars(select(Case.place)))
    assert places == {f"长江路{n}号门口" for n in (8, 9, 10, 11)}


def test_a_message_delivered_three_times_is_handled_once(door: CallbackClient, database: Database) -> None:
    answers = [door.post_message(RUBBLE) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    # The first may carry the reply, or leave it to go the other way where the machine is busy.
    assert [bool(answer.content) for answer in answers[1:]] == [False, False]
    handled(database)
    assert (count(database, Case), count(database, Push)) == (1, 1)


def test_a_tail_behind_the_message_is_no_matter_where_none_is_configured(
    door: CallbackClient, database: Database
) -> None:
    """crypto.md §2: an AI bot has an empty receiveid, and the official helper then compares nothing."""
    assert door.post(seal_message(json.dumps(RUBBLE).encode(), tail=b"wwEVILCORP")).status_code == 200
    handled(database)


# Who does not finish ---------------------------------------------------------------------------


@pytest.fixture
def logs() -> Iterator[list[EventDict]]:
    with capture_logs() as captured:
        yield captured


def begin_post(door: CallbackClient, path: str, *, sent: bytes = b'{"encrypt": "') -> socket.socket:
    """A request of a hundred bytes, of which only the beginning is sent."""
    address = urlsplit(door.url)
    client = socket.create_connection((address.hostname, address.port), timeout=60)
    head = f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
    client.sendall(f"{head}Authorization: Bearer {'t' * 24}\r\nContent-Length: 100\r\n\r\n".encode() + sent)
    return client


@pytest.mark.parametrize("path", ["/callback/gridcb", "/api/v1/reports"])
def test_a_hang_up_in_the_middle_is_one_line_in_the_log(
    door: CallbackClient, logs: list[EventDict], caplog: pytest.LogCaptureFixture, path: str
) -> None:
    logs.clear()
    begin_post(door, path).close()
    deadline = time.monotonic() + 60
    while not (lines := [line for line in logs if "disconnected" in str(line)]):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert len(lines) == 1
    assert [line for line in logs if line["log_level"] == "error"] == []
    assert caplog.records == []
    assert door.is_healthy()


def test_a_body_that_does_not_come_is_given_up_before_the_platform_would(door: CallbackClient) -> None:
    began = time.monotonic()
    with begin_post(door, "/callback/gridcb") as client:
        assert client.recv(1000).startswith(b"HTTP/1.1 408")
    # The platform waits five seconds; without a limit of this door it would be that of the API, a minute.
    assert time.monotonic() - began < 30

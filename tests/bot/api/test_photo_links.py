"""Photos open without a token by a signed address only: for one photo, one reader, an hour (issue 12, 11)."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from bot.config.settings import Settings
from bot.media.links import LASTS, LinkRefused, LinkSigner, load_signer
from models.cases import Case
from models.link_keys import LinkKey
from tests.bot.api.conftest import Process, serve_api
from tests.bot.api.test_reports import REPORT, photo
from tests.conftest import NOON

SIGNER = LinkSigner(bytes(range(32)))
HASHES = st.text("0123456789abcdef", min_size=64, max_size=64)


def read(path: str) -> tuple[str, str, int, str]:
    parts = urlsplit(path)
    query = parse_qs(parts.query)
    return parts.path.removeprefix("/m/"), query["reader"][0], int(query["until"][0]), query["sign"][0]


@given(HASHES, st.text(min_size=1, max_size=20), st.integers(0, 10**7))
def test_an_address_opens_for_an_hour_and_then_no_more(sha256: str, reader: str, seconds: int) -> None:
    now = NOON + timedelta(seconds=seconds)
    made = sha256, reader, *read(SIGNER.build_path(sha256, reader, now=now))[2:]
    SIGNER.check(*made, now=now + LASTS)
    with pytest.raises(LinkRefused):
        SIGNER.check(*made, now=now + LASTS + timedelta(minutes=16))


@given(HASHES, st.sampled_from(["sha256", "reader", "until", "sign", "key"]), st.text(max_size=9))
def test_whatever_is_changed_the_address_is_void(sha256: str, part: str, other: str) -> None:
    _, reader, until, sign = read(SIGNER.build_path(sha256, "board", now=NOON))
    changed = {
        "sha256": (sha256[::-1] + "0", reader, until, sign), "reader": (sha256, reader + other + "x", until, sign),
        "until": (sha256, reader, until + 1, sign), "sign": (sha256, reader, until, other),
        "key": (sha256, reader, until, LinkSigner(bytes(32))._sign(sha256, reader, until)),  # noqa: SLF001
    }  # fmt: skip
    with pytest.raises(LinkRefused):
        SIGNER.check(*changed[part], now=NOON)


@pytest.fixture
def link(api: httpx.Client) -> str:
    """Path and query of the address of a photo of a case."""
    case = api.post("/api/v1/reports", json={**REPORT, "photos": [{"data": photo()}]}).json()
    found: str = case["photos"][0]["link"]
    assert found.startswith("http://127.0.0.1:8000/m/")
    return found.removeprefix("http://127.0.0.1:8000")


def open_link(base: httpx.URL | str, link: str) -> httpx.Response:
    return httpx.get(f"{str(base).rstrip('/')}{link}", trust_env=False)


def test_the_address_shows_the_clean_photo_to_whoever_has_it(api: httpx.Client, link: str) -> None:
    answer = open_link(api.base_url, link)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert b"SECRET-CAMERA" not in answer.content
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    for changed in (link.replace("harness", "second"), link[:-1], link.partition("?")[0]):
        assert open_link(api.base_url, changed).json()["type"] == "link_over"


def test_it_shows_what_its_reader_may_see_now(api: httpx.Client, process: Process, link: str) -> None:
    fewer = Settings.parse(
        {"api": {"tokens": {"second": "another-token"}}, "media": {"folder": process.settings.media.folder}}
    )
    with serve_api(replace(process, settings=fewer)) as without:
        assert open_link(without, link).json()["type"] == "link_over"
    with process.database.write() as session:
        session.execute(update(Case).values(restricted=True))
    assert open_link(api.base_url, link).status_code == 404


def test_all_processes_sign_with_one_key(process: Process) -> None:
    made = {load_signer(process.database, now=NOON).key for _ in range(3)}
    assert len(made) == 1
    with process.database.write() as session:
        session.delete(session.get_one(LinkKey, "media"))
    assert load_signer(process.database, now=NOON).key not in made

"""The API keeps to its own document, whatever it is asked: the real program, on a district with cases.

A few requests an operation, the same every time; `make fuzz` plays more.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest

from bot.config.loader import PACKAGE_ROOT
from bot.config.settings import Settings
from tests.bot.api.openapi_requests import build_request, list_operations, send
from tests.district import District
from tests.stories.town import MovableClock, serve_gridbot

TOKEN = "t" * 24


def fill(district: District) -> list[str]:
    """A case at every stage; their numbers."""
    for advance in (
        district.report_case, district.dispatch_case, district.sign_case, district.submit_case, district.close_case,
    ):  # fmt: skip
        advance()
    return [case.number for case in district.cases()]


def build_settings(district: District, folder: Path) -> Settings:
    """A program with a token that may do everything, and no channel."""
    everything = {"scopes": ["read", "report", "acts"], "second_person": True, "leader": True, "reveal": True}
    rules = PACKAGE_ROOT / "rules"
    return Settings.parse(
        {
            "database": {"url": district.database.engine.url.render_as_string(hide_password=False)},
            "api": {"tokens": {"harness": {"secret": TOKEN} | everything}},
            "media": {"folder": folder / "media"},
            "rules": {
                "packs": [rules / "default.yaml"], "limits": rules / "limits.yaml", "restricted_to": ["leader1"],
            },
        }
    )  # fmt: skip


@pytest.fixture
def numbers(sqlite_district: District) -> Sequence[str]:
    return fill(sqlite_district)


@pytest.fixture
def address(sqlite_district: District, numbers: Sequence[str], tmp_path: Path) -> Iterator[str]:
    clock = MovableClock(sqlite_district.now + timedelta(hours=1))
    with serve_gridbot(build_settings(sqlite_district, tmp_path), clock) as url:
        yield url


def test_every_answer_is_one_that_the_document_names(address: str, numbers: Sequence[str]) -> None:
    for operation in read_operations(address):

        @hypothesis.settings(
            max_examples=20, deadline=None, derandomize=True, database=None,
            suppress_health_check=list(hypothesis.HealthCheck), phases=(hypothesis.Phase.generate,),
        )  # fmt: skip
        @hypothesis.given(build_request(operation, numbers))
        def ask(request: Any) -> None:
            send(request, address, TOKEN)

        ask()


def read_operations(address: str) -> list[Any]:
    """The operations of the document that the running program shows."""
    page = httpx.get(
        f"{address}/api/v1/openapi.json", headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False
    )
    return list(list_operations(page.raise_for_status().json()))

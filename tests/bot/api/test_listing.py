"""The law of pages: joined they are all cases, newest first, each once, whatever arrives meanwhile."""

import base64
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import combinations
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from bot.api import listing
from bot.api.bodies import CaseFilters
from bot.api.grants import Grant
from bot.api.problems import InvalidRequest
from bot.config.settings import ApiToken
from handlers.cases.lists.changes import TimedRow
from models.cases import Case
from models.organisation import Unit
from tests.bot.api.conftest import Process
from tests.conftest import NOON

Open = Callable[..., list[str]]


def pages(api: httpx.Client, *, between: Callable[[], Any] = lambda: None, **params: Any) -> list[str]:
    """Every number, by following `next` to the end."""
    numbers: list[str] = []
    while True:
        answer = api.get("/api/v1/cases", params=params).raise_for_status().json()
        numbers += [case["number"] for case in answer["cases"]]
        assert len(answer["cases"]) <= params["limit"]
        if answer["next"] is None:
            return numbers
        params["after"] = answer["next"]
        between()


@pytest.mark.parametrize("limit", [1, 2, 6, 7, 8, 200])
def test_pages_joined_are_all_cases_newest_first(api: httpx.Client, open_some: Open, limit: int) -> None:
    numbers = open_some(7)
    assert pages(api, limit=limit) == numbers[::-1]


def test_cases_that_arrive_between_pages_disturb_nothing(api: httpx.Client, open_some: Open) -> None:
    numbers = open_some(7)
    assert pages(api, limit=2, between=lambda: open_some(3)) == numbers[::-1]


def test_a_list_without_cases_is_empty(api: httpx.Client) -> None:
    assert api.get("/api/v1/cases").json() == {"cases": [], "next": None}


@given(st.integers(min_value=0, max_value=10**18 - 1))
def test_a_cursor_is_read_back(case_id: int) -> None:
    assert listing.decode_cursor(listing.encode_cursor(case_id)) == case_id


@given(st.text(max_size=40))
def test_a_text_is_either_a_cursor_or_told_to_be_none(text: str) -> None:
    with suppress(InvalidRequest):
        assert listing.decode_cursor(listing.encode_cursor(listing.decode_cursor(text))) >= 0


def row(position: int, units: list[int | None]) -> dict[str, Any]:
    """One case of many, its values spread by its position."""
    serial = position % 400
    opened = NOON + timedelta(days=position // 400, seconds=position)
    return {
        "id": position + 1,
        "number": f"WG{opened:%y%m%d}-{serial:04d}",
        "tail": f"{serial:04d}",
        "status": ("NEW", "ACCEPTED", "REJECTED")[position % 3],
        "class_id": "env.rubbish" if position % 5 else "other",
        "nature": "投诉",
        "text": "垃圾",
        "unit_id": units[position % len(units)],
        "urgent": position % 7 == 0,
        "restricted": position % 13 == 0,
        "opened_at": opened,
        "rules_version": "",
    }


COUNT = 2500
"""More than are fetched and sorted, so that both ways of finding are walked."""


@pytest.fixture
def many(process: Process) -> list[dict[str, Any]]:
    with process.database.write() as session:
        codes = ("HM-CG", "HM-ZJ", "HM-GA", "HM-GA-JJ")
        named = {id_: code for id_, code in session.execute(select(Unit.id, Unit.code)) if code in codes}
        ids = {code: id_ for id_, code in named.items()}
        units: list[int | None] = [None, *(ids[code] for code in ("HM-CG",) * 6 + codes)]
        rows = [row(position, units) for position in range(COUNT)]
        session.execute(insert(Case), rows)
    return [{**row, "unit": named.get(row["unit_id"], "")} for row in reversed(rows)]


Filter = tuple[dict[str, Any], Callable[[dict[str, Any]], bool]]
MOMENT, LATER = NOON + timedelta(days=1), NOON + timedelta(days=1, hours=1)
EVERYTHING = Grant("harness", ApiToken.model_validate({"secret": "s" * 24}))
FILTERS: list[Filter] = [
    ({}, lambda row: True),
    ({"status": "ACCEPTED"}, lambda row: row["status"] == "ACCEPTED"),
    ({"class": "other"}, lambda row: row["class_id"] == "other"),
    ({"unit": "HM-GA"}, lambda row: row["unit"].startswith("HM-GA")),
    ({"unit": "HM-GA-JJ"}, lambda row: row["unit"] == "HM-GA-JJ"),
    ({"unit": "HM"}, lambda row: row["unit"] != ""),
    ({"unit": "HM-HM"}, lambda row: False),
    ({"urgent": True}, lambda row: row["urgent"]),
    ({"opened_from": NOON}, lambda row: True),
    ({"opened_from": MOMENT}, lambda row: row["opened_at"] >= MOMENT),
    ({"opened_to": MOMENT}, lambda row: row["opened_at"] <= MOMENT),
    ({"opened_from": MOMENT, "opened_to": LATER}, lambda row: MOMENT <= row["opened_at"] <= LATER),
    ({"q": "0021"}, lambda row: row["number"].endswith("0021")),
    ({"q": "40021"}, lambda row: False),
    ({"q": "240021"}, lambda row: False),
    ({"q": "wg261124-0021"}, lambda row: row["number"] == "WG261124-0021"),
]


def test_every_filter_and_pair_of_filters_finds_what_it_says(
    process: Process, many: list[dict[str, Any]]
) -> None:
    pairs = [(a, b) for a, b in combinations(FILTERS, 2) if not a[0].keys() & b[0].keys()]
    with process.database.read() as session:
        for (first, fits_first), (second, fits_second) in pairs:
            for after in (None, 1000):
                cursor = {"after": listing.encode_cursor(after)} if after else {}
                asked = CaseFilters.model_validate({**first, **second, **cursor, "limit": 7})
                expected = [
                    row["number"]
                    for row in many
                    if not row["restricted"] and fits_first(row) and fits_second(row)
                    and (after is None or row["id"] < after)
                ]  # fmt: skip
                cases, following = listing.list_page(session, asked, EVERYTHING)
                assert [case.number for case in cases] == expected[:7], (first, second, after)
                assert (following is not None) == (len(expected) > 7)


def test_a_zone_that_nobody_escaped_is_understood(api: httpx.Client, open_some: Open) -> None:
    open_some()
    found = [
        len(api.get(f"/api/v1/cases?opened_from={moment}").json()["cases"])
        for moment in ("2026-11-21T12:00:00+08:00", "2026-11-21T04:00:00Z", "2026-11-21T13:00:00%2B08:00")
    ]
    assert found == [1, 1, 0]


def test_what_has_changed_comes_in_the_order_of_its_changes_each_case_once(
    api: httpx.Client, open_some: Open
) -> None:
    first, second, third = open_some(3)
    begin = api.get(f"/api/v1/cases/{second}").json()["updated_at"]
    assert pages(api, limit=2, updated_since=begin) == [second, third]
    api.post(f"/api/v1/cases/{first}/acts/accept", json={"actor": "duty1"}).raise_for_status()
    assert pages(api, limit=1, updated_since=begin) == [second, third, first]
    after = api.get(f"/api/v1/cases/{first}").json()["updated_at"]
    assert pages(api, limit=1, updated_since=after) == [first]
    assert pages(api, limit=1, updated_since=after, status="NEW") == []


def test_what_changes_between_pages_comes_again_and_nothing_is_missed(
    api: httpx.Client, open_some: Open
) -> None:
    numbers = open_some(3)
    begin = api.get(f"/api/v1/cases/{numbers[0]}").json()["updated_at"]

    def change() -> None:
        with suppress(IndexError):
            number = waiting.pop()
            api.post(f"/api/v1/cases/{number}/acts/accept", json={"actor": "duty1"}).raise_for_status()

    waiting = [numbers[2], numbers[0]]
    assert pages(api, limit=1, between=change, updated_since=begin) == [*numbers[:2], numbers[0], numbers[2]]


def test_a_cursor_of_one_list_is_none_of_the_other(api: httpx.Client, open_some: Open) -> None:
    open_some(2)
    plain = api.get("/api/v1/cases", params={"limit": 1}).json()["next"]
    for params in (
        {"after": plain, "updated_since": "2026-11-01T00:00:00Z"},
        {"after": listing.encode_place(TimedRow(NOON, 1))},
        {
            "after": base64.urlsafe_b64encode(b"place:1 nonsense").decode(),
            "updated_since": "2026-11-01T00:00:00Z",
        },
    ):
        answer = api.get("/api/v1/cases", params=params)
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "query.after")

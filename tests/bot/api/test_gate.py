"""Who gets in, what is too much, and what every error looks like."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import Request
from sqlalchemy import text
from starlette.types import Message

from bot.api.gate import MAX_BODY, read_request
from bot.api.problems import TooSlow
from bot.config.settings import Settings
from models.database import Database
from tests.bot.api.conftest import Process

ACT = "/api/v1/cases/WG261121-0001/acts/accept"


@pytest.fixture
def database(sqlite_haimen: Database) -> Database:
    """One is enough: what is refused here never reaches it."""
    return sqlite_haimen


def problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found.keys() >= {"type", "title", "status", "detail"}
    assert found["status"] == answer.status_code
    return found


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", "Basic tOkEn-of-the-harness", "Bearer 口令"]
)
def test_without_the_right_token_nothing_is_told(api: httpx.Client, header: str | None) -> None:
    headers = [(b"Authorization", header.encode())] if header is not None else []
    with httpx.Client(base_url=api.base_url, trust_env=False) as stranger:
        for method, path in (("GET", "/api/v1/cases"), ("POST", ACT), ("GET", "/api/v1/nothing")):
            answer = stranger.request(method, path, headers=headers)
            assert (answer.status_code, problem(answer)["type"]) == (401, "unauthorized")
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_without_tokens_there_is_no_api(process: Process, serve: Callable[[Process], str]) -> None:
    url = serve(replace(process, settings=Settings.parse({})))
    for path in ("/api", "/api/v1/cases", "/api/v1/openapi.json", ACT):
        answer = httpx.get(f"{url}{path}", headers={"Authorization": "Bearer"}, trust_env=False)
        assert problem(answer)["status"] == 404
    assert httpx.get(f"{url}/healthz", trust_env=False).status_code == 200


def test_any_of_the_tokens_opens(api: httpx.Client) -> None:
    assert api.get("/api/v1/cases", headers={"Authorization": "bearer other"}).status_code == 200


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v2", "/api/v1/cases/", "/api/v1/x/%00/..%2f"])
def test_an_unknown_address_is_a_problem_too(api: httpx.Client, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        assert problem(api.request(method, path))["type"] == "no_such_address"


def test_a_wrong_method_is_told_the_right_one(api: httpx.Client) -> None:
    answer = api.delete("/api/v1/cases")
    assert (problem(answer)["status"], answer.headers["Allow"]) == (405, "GET")
    assert api.get(ACT).headers["Allow"] == "POST"


def test_malformed_json_is_told_with_its_place(api: httpx.Client) -> None:
    for content in (b'{"actor": ', b"\xff\xfe", b"[" * 100_000):
        answer = api.post(ACT, content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, problem(answer)["type"]) == (400, "malformed_json")


def test_a_form_is_told_to_be_json(api: httpx.Client) -> None:
    assert problem(api.post(ACT, data={"actor": "duty1"}))["status"] == 415


@pytest.mark.parametrize("body", [[], "x", None, 1])
def test_json_that_is_no_object_is_invalid(api: httpx.Client, body: Any) -> None:
    assert problem(api.post(ACT, json=body))["status"] == 422


def test_a_body_declared_too_large_is_refused_before_it_is_read(api: httpx.Client) -> None:
    answer = api.post(ACT, content=b" " * (MAX_BODY + 1), headers={"Content-Type": "application/json"})
    assert (answer.status_code, problem(answer)["type"]) == (413, "too_large")


def test_a_body_that_grows_too_large_is_refused(api: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(16):
            yield b" " * 1024 * 1024

    answer = api.post(ACT, content=chunks(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, problem(answer)["type"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"limit": "0"}, "query.limit"),
        ({"limit": "201"}, "query.limit"),
        ({"after": "zzz"}, "query.after"),
        ({"after": "口"}, "query.after"),
        ({"status": "OPEN"}, "query.status"),
        ({"unit": "NOWHERE"}, "query.unit"),
        ({"urgent": "perhaps"}, "query.urgent"),
        ({"opened_from": "2026-11-21T00:00:00"}, "query.opened_from"),
        ({"opened_to": "0001-01-01T00:00:00+14:00"}, "query.opened_to"),
        ({"q": "12"}, "query.q"),
        ({"class": "a\0"}, "query.class"),
        ({"stauts": "NEW"}, "query.stauts"),
    ],
)
def test_a_wrong_parameter_is_told_by_its_path(api: httpx.Client, params: dict[str, str], path: str) -> None:
    answer = api.get("/api/v1/cases", params=params)
    assert answer.status_code == 422
    assert [each["path"] for each in problem(answer)["errors"]] == [path]


def test_a_wrong_idempotency_key_is_told(api: httpx.Client) -> None:
    answer = api.post(ACT, json={"actor": "duty1"}, headers={"Idempotency-Key": "k" * 201})
    assert [each["path"] for each in problem(answer)["errors"]] == ["header.Idempotency-Key"]


def test_a_dead_database_is_a_problem_to_come_back_from(api: httpx.Client, process: Process) -> None:
    with process.database.write() as session:
        session.execute(text("ALTER TABLE cases RENAME TO cases_away"))
    try:
        answer = api.get("/api/v1/cases")
        assert answer.status_code in (500, 503)
        assert "cases" not in problem(answer)["detail"]
    finally:
        with process.database.write() as session:
            session.execute(text("ALTER TABLE cases_away RENAME TO cases"))


def test_refusals_are_counted_by_slug(api: httpx.Client) -> None:
    api.get("/api/v1/nothing")
    assert 'gridbot_refused_total{slug="no_such_address"} 1.0' in api.get("/metrics").text


def test_the_api_describes_itself(api: httpx.Client) -> None:
    with httpx.Client(base_url=api.base_url, trust_env=False) as stranger:
        page = stranger.get("/api/v1/openapi.json").json()
    assert page["paths"].keys() == {
        "/api/v1/cases",
        "/api/v1/cases/{number}",
        "/api/v1/cases/{number}/acts",
        "/api/v1/cases/{number}/acts/{act}",
        "/api/v1/reports",
        "/api/v1/media/{sha256}",
        "/api/v1/topics",
        "/api/v1/figures",
        "/api/v1/papers/month.docx",
        "/api/v1/papers/meetings/{number}.docx",
        "/api/v1/papers/orders/{number}.docx",
        "/api/v1/papers/topics/{code}.docx",
    }
    refused = page["paths"]["/api/v1/cases/{number}/acts/{act}"]["post"]["responses"]["409"]
    assert refused["content"].keys() == {"application/problem+json"}
    assert "class" in page["components"]["schemas"]["CaseResponse"]["properties"]
    assert _references(page) <= {f"#/components/schemas/{name}" for name in page["components"]["schemas"]}


def _references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(_references(value) for value in node.values()))
    return set().union(*(_references(value) for value in node)) if isinstance(node, list) else set()


def test_a_body_that_trickles_is_given_up() -> None:
    async def receive() -> Message:
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def read() -> None:
        await read_request(Request({"type": "http", "headers": []}, receive), within=0.3)

    with pytest.raises(TooSlow):
        asyncio.run(read())

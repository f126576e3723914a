"""What a token allows: scopes, units, people, and what is off unless it is said."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from bot.config.settings import Settings
from models.cases import Case
from models.database import Database
from models.organisation import Unit
from tests.bot.api.conftest import RUBBISH, Process, serve_api

SECRET = "a-secret-of-more-than-24-characters"
Client = Callable[..., httpx.Client]


@pytest.fixture
def database(sqlite_haimen: Database) -> Database:
    return sqlite_haimen


@pytest.fixture
def client(process: Process) -> Iterator[Client]:
    """A client whose token has these rights; `bare`: written as a string alone."""
    with ExitStack() as running:

        def connect(*, bare: bool = False, monitor: str | None = None, **rights: Any) -> httpx.Client:
            token = SECRET if bare else {"secret": SECRET} | rights
            data = {"api": {"tokens": {"board": token}}, "media": {"folder": process.settings.media.folder}}
            settings = Settings.parse(data | ({"monitor": {"token": monitor}} if monitor else {}))
            url = running.enter_context(serve_api(replace(process, settings=settings)))
            headers = {"Authorization": f"Bearer {SECRET}"}
            return running.enter_context(httpx.Client(base_url=url, headers=headers, trust_env=False))

        yield connect


def report(client: httpx.Client, reporter: str = "zhangsf", **more: Any) -> httpx.Response:
    return client.post("/api/v1/reports", json={"text": RUBBISH, "reporter": reporter} | more)


def act(client: httpx.Client, number: str, word: str, actor: str = "duty1", **more: Any) -> httpx.Response:
    return client.post(f"/api/v1/cases/{number}/acts/{word}", json={"actor": actor} | more)


def move(database: Database, number: str, code: str) -> None:
    """The case lies in the area of this unit and in nobody's hands."""
    with database.write() as session:
        unit = session.scalars(select(Unit.id).where(Unit.code == code)).one()
        session.execute(update(Case).where(Case.number == number).values(area_id=unit, unit_id=None))


def slug(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"]


@pytest.mark.parametrize("scope", ["read", "report", "acts"])
def test_a_token_does_what_its_scopes_say(
    client: Client, open_some: Callable[..., list[str]], scope: str
) -> None:
    (number,) = open_some()
    api = client(scopes=[scope])
    done = {
        "read": api.get("/api/v1/cases").status_code,
        "report": report(api).status_code,
        "acts": act(api, number, "accept").status_code,
    }
    right = {"read": 200, "report": 201, "acts": 200}
    assert done == {each: right[each] if each == scope else 403 for each in right}


def test_without_scopes_a_token_only_reads(client: Client) -> None:
    api = client()
    assert api.get("/api/v1/cases").status_code == 200
    assert slug(report(api)) == (403, "out_of_scope")


def test_who_may_only_report_is_shown_no_case(client: Client) -> None:
    answer = report(client(scopes=["report"]))
    assert answer.json().keys() == {"number", "restricted"}


def test_a_token_reads_its_units_and_what_is_beneath_them(
    client: Client, open_some: Callable[..., list[str]], database: Database
) -> None:
    inside, outside, nowhere = open_some(3)
    move(database, inside, "HM-HM-JF")
    move(database, outside, "HM-SC")
    with database.write() as session:
        session.execute(update(Case).where(Case.number == nowhere).values(area_id=None, unit_id=None))
    api = client(scopes=["read", "acts"], units=["HM-HM"])
    assert [case["number"] for case in api.get("/api/v1/cases").json()["cases"]] == [inside]
    assert api.get(f"/api/v1/cases/{inside}").status_code == 200
    for number in (outside, nowhere):
        assert slug(api.get(f"/api/v1/cases/{number}")) == (404, "not_found")
        assert slug(act(api, number, "accept")) == (404, "not_found")
    top = client(units=["HM"])
    assert len(top.get("/api/v1/cases").json()["cases"]) == 3


def test_a_token_of_unknown_units_reads_nothing(client: Client, open_some: Callable[..., list[str]]) -> None:
    open_some()
    assert client(units=["NOWHERE"]).get("/api/v1/cases").json()["cases"] == []


def test_it_acts_and_reports_only_in_the_names_it_was_given(
    client: Client, open_some: Callable[..., list[str]]
) -> None:
    (number,) = open_some()
    api = client(**{"scopes": ["read", "report", "acts"], "as": ["duty1"]})
    assert slug(act(api, number, "accept", "duty2")) == (403, "out_of_scope")
    assert slug(report(api, "zhangsf")) == (403, "out_of_scope")
    assert act(api, number, "accept").status_code == 200


def test_it_acts_only_as_people_of_its_units(client: Client, open_some: Callable[..., list[str]]) -> None:
    (number,) = open_some()
    api = client(scopes=["read", "report", "acts"], units=["HM-HM"])
    assert act(api, number, "accept", "duty1").status_code in (403, 404)
    assert slug(report(api, "cg1")) == (403, "out_of_scope")


@pytest.mark.parametrize("bare", [True, False])
def test_a_second_person_a_leader_and_a_reveal_are_off_unless_said(
    client: Client, open_some: Callable[..., list[str]], *, bare: bool
) -> None:
    (number,) = open_some()
    api = client(bare=bare) if bare else client(scopes=["read", "acts"])
    assert act(api, number, "void", reason="重复录入").status_code == 200
    assert slug(act(api, number, "approve", "duty2")) == (403, "out_of_scope")
    assert slug(act(api, number, "decline", "duty2")) == (403, "out_of_scope")
    assert slug(act(api, number, "reveal", reason="回访")) == (403, "out_of_scope")
    assert slug(act(api, number, "supervise", "leader1", text="限期办结")) == (403, "out_of_scope")
    offered = {each["act"] for each in possible(api, number, "duty2")}
    assert not offered & {"approve", "decline", "reveal"}


def possible(api: httpx.Client, number: str, actor: str) -> list[dict[str, Any]]:
    answer = api.get(f"/api/v1/cases/{number}/acts", params={"actor": actor})
    found: list[dict[str, Any]] = answer.raise_for_status().json()["acts"]
    return found


def test_each_of_them_can_be_said(client: Client, open_some: Callable[..., list[str]]) -> None:
    (number,) = open_some()
    api = client(scopes=["read", "acts"], second_person=True, leader=True, reveal=True)
    assert act(api, number, "supervise", "leader1", text="限期办结").status_code == 200
    assert act(api, number, "void", reason="重复录入").status_code == 200
    assert act(api, number, "approve", "duty2").status_code == 200
    assert act(api, number, "reveal", reason="回访").status_code != 403


def test_restricted_cases_are_read_only_where_it_is_said_and_masked(
    client: Client, open_some: Callable[..., list[str]], database: Database
) -> None:
    (number,) = open_some(text=f"{RUBBISH}，我电话13812345678")
    with database.write() as session:
        session.execute(update(Case).values(restricted=True))
    assert client().get(f"/api/v1/cases/{number}").status_code == 404
    answer = client(restricted=True).get(f"/api/v1/cases/{number}")
    assert answer.status_code == 200
    assert "13812345678" not in answer.text


MONITOR = "the-token-of-the-monitoring"


def test_the_monitors_token_closes_metrics_details_and_the_document(client: Client) -> None:
    api = client(monitor=MONITOR)
    with httpx.Client(base_url=api.base_url, trust_env=False) as stranger:
        assert stranger.get("/metrics").status_code == 401
        answer = stranger.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, {"ready": True})
        assert stranger.get("/api/v1/openapi.json").status_code == 401
        stranger.headers["Authorization"] = f"Bearer {MONITOR}"
        assert stranger.get("/metrics").status_code == 200
        assert stranger.get("/readyz").json()["parts"]["database"] == "ok"
        assert stranger.get("/api/v1/openapi.json").status_code == 200
        assert stranger.get("/api/v1/cases").status_code == 401
    assert api.get("/api/v1/openapi.json").status_code == 200

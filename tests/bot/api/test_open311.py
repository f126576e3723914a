"""GeoReport v2: services, requests in and out, masked, by token, never restricted; as JSON and as XML."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from sqlalchemy import select

from models.cases import Case
from models.organisation import Person
from models.reports import Media
from tests.bot.api.conftest import TOKEN, Process
from tests.bot.media.conftest import jpeg

Open = Callable[..., list[str]]
ROOT = "/open311/v2"
KEY = {"api_key": TOKEN}
WORDS = "我叫张小明，电话13812345678，门口垃圾成堆好几天没人清"


def post(api: httpx.Client, files: Any = None, **given: Any) -> httpx.Response:
    fields = {
        "service_code": "env.garbage",
        "address_string": "解放路12号",
        "description": WORDS,
        **KEY,
        **given,
    }
    return api.post(f"{ROOT}/requests.json", data=fields, files=files, headers={"Authorization": ""})


@pytest.fixture
def code(process: Process) -> str:
    return process.env().find_class("暴露垃圾").id


def test_services_are_the_classes_in_both_formats(api: httpx.Client, process: Process, code: str) -> None:
    services = api.get(f"{ROOT}/services.json").json()
    assert [one["service_code"] for one in services] == list(process.env().classes)
    [name] = [one["service_name"] for one in services if one["service_code"] == code]
    assert name == "暴露垃圾"
    root = ET.fromstring(api.get(f"{ROOT}/services.xml").content)  # noqa: S314 - our own answer
    assert [each.findtext("service_code") for each in root.iter("service")] == list(process.env().classes)
    definition = api.get(f"{ROOT}/services/{code}.json").json()
    assert definition == [{"service_code": code, "attributes": []}]
    assert api.get(f"{ROOT}/services/none.of.these.json").status_code == 404


def test_a_request_becomes_a_case_of_somebody_new_whose_words_come_back_masked(
    api: httpx.Client, process: Process, code: str
) -> None:
    answer = post(
        api, service_code=code, first_name="小明", last_name="张", phone="13812345678", lat="31.885", long="121.165",
        files={"media": ("a.jpg", jpeg(), "image/jpeg")},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    number = answer.json()[0]["service_request_id"]
    [shown] = api.get(f"{ROOT}/requests/{number}.json").json()
    assert (shown["status"], shown["service_code"], shown["long"]) == ("open", code, 121.165)
    assert "解放路12号" in shown["address"]
    for word in ("13812345678", "张小明"):
        assert word not in str(shown)
    assert "138****5678" in shown["description"]
    assert api.get(shown["media_url"].replace(process.settings.site.base_url, "")).status_code == 200
    with process.database.read() as session:
        case = session.scalars(select(Case).where(Case.number == number)).one()
        person = session.get_one(Person, case.reporter_id)
        assert (person.name, person.role, case.source) == ("张小明", "resident", "open311")
        assert session.scalars(select(Media.case_id)).one() == case.id


def test_requests_are_found_by_number_service_state_and_span(
    api: httpx.Client, open_some: Open, code: str
) -> None:
    numbers = open_some(3)
    api.post(f"/api/v1/cases/{numbers[0]}/acts/reject", json={"actor": "duty1", "reason": "不属实"})

    def find(**params: Any) -> list[str]:
        found = api.get(f"{ROOT}/requests.json", params=params).raise_for_status().json()
        return [one["service_request_id"] for one in found]

    assert find() == numbers[::-1]
    assert find(status="closed") == [numbers[0]]
    assert find(status="open,closed", service_code=f"{code},x") == numbers[::-1]
    assert find(service_code="x") == []
    for wrong in (
        {"service_code": "\0"},
        {"end_date": "0001-01-01T00:00:00Z"},
        {"status": "lost"},
        {"page_size": "0"},
    ):
        assert api.get(f"{ROOT}/requests.json", params=wrong).status_code == 400
    assert find(service_request_id=f"{numbers[1]},WG260101-9999") == [numbers[1]]
    assert find(start_date="2026-11-22T00:00:00Z") == []
    assert find(end_date="2026-11-21T00:00:00+08:00") == []
    first = api.get(f"{ROOT}/requests.json", params={"page_size": 2, "api_key": "x"})
    following = first.links["next"]["url"]
    assert [one["service_request_id"] for one in api.get(following).json()] == [numbers[0]]
    assert "api_key" not in following
    root = ET.fromstring(api.get(f"{ROOT}/requests.xml").content)  # noqa: S314 - our own answer
    assert [each.findtext("service_request_id") for each in root.iter("request")] == numbers[::-1]


def test_no_token_reads_restricted_cases_here_nor_does_more_than_its_scopes(
    api: httpx.Client, process: Process, open_some: Open
) -> None:
    token = process.settings.api.tokens["harness"]
    process.settings.api.tokens["harness"] = token.model_copy(update={"restricted": True})
    [number] = open_some()
    with process.database.write() as session:
        session.scalars(select(Case)).one().restricted = True
    assert api.get(f"/api/v1/cases/{number}").status_code == 200
    for path in (f"requests/{number}", "requests", f"requests?service_request_id={number}"):
        name, _, query = path.partition("?")
        answer = api.get(f"{ROOT}/{name}.json?{query}")
        assert number not in str(answer.json()[:1]) or answer.status_code == 404, path
    process.settings.api.tokens["harness"] = token.model_copy(update={"scopes": frozenset({"read"})})
    refused = post(api)
    assert (refused.status_code, refused.json()[0]["code"]) == (403, 403)
    assert api.get(f"{ROOT}/services.json", headers={"Authorization": ""}).status_code == 401


def test_who_reports_is_who_the_token_may_report_for(api: httpx.Client, process: Process, code: str) -> None:
    token = process.settings.api.tokens["harness"]
    process.settings.api.tokens["harness"] = token.model_copy(update={"people": ("zhangsf", "liay")})
    assert post(api, service_code=code).status_code == 403
    assert post(api, service_code=code, account_id="duty1").status_code == 403
    number = post(api, service_code=code, account_id="liay").json()[0]["service_request_id"]
    with process.database.read() as session:
        case = session.scalars(select(Case).where(Case.number == number)).one()
        assert session.get_one(Person, case.reporter_id).code == "liay"
        assert session.scalars(select(Person).where(Person.code.like("open311:%"))).all() == []


@pytest.mark.parametrize(
    "given",
    [
        {"service_code": ""}, {"address_string": ""}, {"lat": "north", "long": "1"}, {"lat": "91", "long": "1"},
        {"description": "x" * 6000},
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_request_is_said_in_the_standards_form(
    api: httpx.Client, code: str, given: dict[str, str]
) -> None:
    answer = post(api, **{"service_code": code, **given})
    assert answer.status_code == 400
    [error] = answer.json()
    assert error["code"] == 400
    assert error["description"]
    with_xml = api.post(f"{ROOT}/requests.xml", data={})
    assert ET.fromstring(with_xml.content).findtext("error/code") == "400"  # noqa: S314 - our own answer

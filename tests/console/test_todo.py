"""待办: folders and their counts by who asks, acts by one press, and what each page costs."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import event

from models.workflow import Status
from tests.console.forms import find_form, read_counts, read_numbers
from tests.console.office import Office
from tests.district import RUBBLE

SCRIPT = "北京路2号门口有建筑垃圾<script>alert(1)</script><img src=x onerror=alert(1)>，电话13812345678"


@contextmanager
def counting_statements(office: Office) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(office.database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(office.database.engine, "before_cursor_execute", note)


def send(client: httpx.Client, page: str, **attributes: str) -> httpx.Response:
    """Press the button of a form as it stands on the page."""
    return client.post(**find_form(page, **attributes))


def test_a_case_is_handed_out_by_one_press_and_taken_back_by_another(office: Office) -> None:
    case = office.district.report_case(RUBBLE)
    with office.browse("duty1") as duty, office.browse("cg1") as unit, office.browse("zj1") as other:
        page = duty.get("/").text
        assert read_counts(page)["new"] == 1
        assert read_numbers(page) == [case.number]
        sent = send(duty, page, data_act="assign")
        assert sent.status_code == 303
        assert office.woken == 1
        assert read_numbers(unit.get("/?folder=unsigned").text) == [case.number]
        assert read_counts(other.get("/").text)["unsigned"] == 0
        after = duty.get(sent.headers["Location"]).text
        assert "已交办给城管局" in after
        assert send(duty, after, data_act="recall").status_code == 303
        assert office.district.case().status == Status.NEW
        assert "你们不用办" in office.district.last_text("wrCG")
        again = send(duty, page, data_act="assign")
        assert again.status_code == 303, "the same form once more does nothing"
        assert office.district.case().status == Status.NEW


def test_a_form_is_taken_from_its_own_session_only_and_a_case_of_others_does_not_exist(
    office: Office,
) -> None:
    case = office.district.report_case()
    with office.browse("duty1") as duty, office.browse("zj1") as other:
        form = find_form(duty.get("/").text, data_act="accept")
        bare = {name: value for name, value in form["data"].items() if name != "csrf"}
        assert duty.post(form["url"], data=bare).status_code == 403
        assert duty.post(**form, headers={"Origin": "https://evil.example"}).status_code == 403
        assert other.post(**form).status_code == 403, "a token of somebody else's session"
        assert other.get(f"/cases/{case.number}").status_code == 404
        own = find_form(other.get("/").text, action="/logout")
        stolen = other.post(form["url"], data={**form["data"], "csrf": own["data"]["csrf"]})
        assert stolen.status_code == 404
    assert office.district.acts(case) == ["report"]


def test_what_people_wrote_is_words_and_their_numbers_are_masked(office: Office) -> None:
    case = office.district.report_case(SCRIPT)
    with office.browse("duty1") as duty:
        for path in ("/", f"/cases/{case.number}"):
            page = duty.get(path).text
            assert "&lt;script&gt;" in page
            assert "<script>alert" not in page
            assert "<img src=x" not in page
            assert "13812345678" not in page


@pytest.fixture(scope="module")
def full_office(office: Office) -> Office:
    for at in range(34):
        if not at % 15:
            office.district.advance(hours=1)  # else so many reports of one person are gathered
        office.district.report_case(f"东海路{at * 20}号门口建筑垃圾没人清，堆了好几天，路都不好走")
    return office


def test_a_full_page_costs_as_much_as_an_empty_one_and_writes_nothing(full_office: Office) -> None:
    with full_office.browse("duty1") as duty:
        costs = {}
        for path in ("/?folder=new", "/?folder=callback"):
            with counting_statements(full_office) as statements:
                page = duty.get(path)
            costs[path] = len([one for one in statements if not one.startswith("BEGIN")])
            assert not any("IMMEDIATE" in one or one.startswith(("INSERT", "UPDATE")) for one in statements)
            assert len(gzip.compress(page.content)) < 20_000
            assert page.headers["Content-Encoding"] == "gzip"
        assert len(read_numbers(duty.get("/?folder=new").text)) == 30
        assert costs["/?folder=new"] <= costs["/?folder=callback"] + 3  # units, names, pictures
        assert costs["/?folder=new"] <= 14  # further posts are one more, and so is a look how many lie there


def test_every_case_of_a_folder_is_on_one_of_its_pages(full_office: Office) -> None:
    with full_office.browse("duty1") as duty:
        page = duty.get("/?folder=new").text
        seen, count = read_numbers(page), read_counts(page)["new"]
        following = find_next(page)
        while following:
            page = duty.get(following).text
            seen += read_numbers(page)
            following = find_next(page)
        assert len(seen) == len(set(seen)) == count


def find_next(page: str) -> str:
    before, found, _ = page.partition('rel="next"')
    return before.rpartition('href="')[2].partition('"')[0].replace("&amp;", "&") if found else ""


def test_an_unknown_folder_is_a_page_that_says_so(office: Office) -> None:
    with office.browse("duty1") as duty:
        answer = duty.get("/?folder=nothing")
        assert answer.status_code == 404
        assert 'role="alert"' in answer.text

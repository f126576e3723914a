"""全部: filters that live in the address, kept views, acts on several cases, Excel."""

import io
import re
from collections.abc import Iterator

import httpx
import openpyxl
import pytest

from models.cases import Case
from models.workflow import Status
from tests.console.forms import find_form, read_numbers, read_token
from tests.console.office import Office
from tests.district import LAMP, RUBBLE


@pytest.fixture(scope="module")
def cases(office: Office) -> tuple[Case, Case, Case]:
    """Rubble for 城管局, a lamp for 住建局, and something that begins like a formula."""
    rubble, lamp = office.district.report_case(RUBBLE), office.district.report_case(LAMP)
    odd = office.district.report_case("=1+1 北京路300号门口建筑垃圾，电话13812345678")
    office.district.say("wrDUTY", "duty1", f"/交办 {rubble.tail} 城管局")
    return rubble, lamp, odd


@pytest.fixture
def duty(office: Office) -> Iterator[httpx.Client]:
    with office.browse("duty1") as client:
        yield client


def find(client: httpx.Client, query: str) -> list[str]:
    return read_numbers(client.get(f"/cases?{query}").text)


def test_filters_stand_in_the_address(duty: httpx.Client, cases: tuple[Case, Case, Case]) -> None:
    rubble, lamp, odd = (case.number for case in cases)
    assert find(duty, "") == [odd, lamp, rubble]
    assert find(duty, "q=路灯") == [lamp]
    assert find(duty, "q=解放路") == [lamp]
    assert find(duty, f"q={rubble}") == [rubble]
    assert find(duty, f"q={cases[1].tail}") == [lamp]
    assert find(duty, "status=DISPATCHED") == [rubble]
    assert find(duty, "class=路灯不亮") == [lamp]
    assert find(duty, "unit=城管局") == [rubble]
    assert find(duty, "from=2026-03-30&to=2026-03-30") == [odd, lamp, rubble]
    assert find(duty, "from=2026-03-31") == []
    assert "没有符合的事件" in duty.get("/cases?from=2026-03-31").text


@pytest.mark.parametrize("secret", ["13812345678", "138123", "张师傅", "张师"])
def test_nobody_learns_a_name_or_number_by_looking_for_it(
    duty: httpx.Client, cases: object, secret: str
) -> None:
    assert find(duty, f"q={secret}") == []


@pytest.mark.parametrize("query", ["class=没有这类", "unit=没有这个局", "from=昨天"])
def test_a_filter_that_nobody_understands_is_said(duty: httpx.Client, cases: object, query: str) -> None:
    answer = duty.get(f"/cases?{query}")
    assert answer.status_code in (404, 422)
    assert 'role="alert"' in answer.text


def test_each_finds_what_concerns_them(office: Office, cases: tuple[Case, Case, Case]) -> None:
    rubble, lamp, _ = (case.number for case in cases)
    with office.browse("cg1") as unit, office.browse("zj1") as other:
        assert find(unit, "") == [rubble]
        assert find(other, "") == []
        assert find(other, f"q={lamp}") == []
        assert unit.get(f"/cases.xlsx?q={lamp}").status_code == 200


def test_several_are_handed_out_with_a_line_for_each(
    office: Office, duty: httpx.Client, cases: tuple[Case, ...]
) -> None:
    rubble, lamp, odd = (case.number for case in cases)
    form = find_form(duty.get("/cases").text, id="bulk")
    data = {**form["data"], "act": "assign", "unit": "住建局", "case": [rubble, lamp, odd]}
    answer = duty.post(form["url"], data=data)
    assert "办成 2 件，没办成 1 件" in answer.text
    assert re.search(rf'data-case="{rubble}".*?没办成</span>', answer.text, re.DOTALL)
    assert office.district.case(lamp).status == Status.DISPATCHED
    again = duty.post(form["url"], data=data)
    assert "办成 2 件" in again.text, "the same form once more does nothing"
    assert office.district.acts(cases[1]) == ["report", "assign"]
    assert duty.post(form["url"], data={**data, "act": "void"}).status_code == 422
    assert duty.post(form["url"], data={**form["data"], "act": "assign"}).status_code == 422
    assert duty.post(form["url"], data={**data, "csrf": ""}).status_code == 403


def test_a_view_is_kept_for_whoever_kept_it(office: Office, duty: httpx.Client, cases: object) -> None:
    token = read_token(duty.get("/cases").text)
    query = "status=DISPATCHED&evil=1"
    kept = duty.post("/cases/views", data={"csrf": token, "name": "在路上<b>", "query": query})
    assert kept.headers["Location"] == "/cases?status=DISPATCHED"
    page = duty.get("/cases").text
    assert 'href="/cases?status=DISPATCHED"' in page
    assert "在路上&lt;b&gt;" in page
    with office.browse("duty2") as other:
        assert "在路上" not in other.get("/cases").text
    duty.post("/cases/views", data={"csrf": token, "name": "在路上<b>", "query": query, "drop": "1"})
    assert "在路上" not in duty.get("/cases").text


def test_the_list_as_excel_has_words_and_no_formulas(
    duty: httpx.Client, cases: tuple[Case, Case, Case]
) -> None:
    answer = duty.get("/cases.xlsx?q=北京路")
    assert answer.headers["Cache-Control"] == "private, no-store"
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    head, row = sheet.iter_rows(values_only=True)
    assert head[:4] == ("编号", "状态", "类别", "内容")
    assert row[0] == cases[2].number
    assert row[3] == "=1+1 北京路300号门口建筑垃圾，电话138****5678"
    assert sheet["D2"].data_type == "s"


def test_the_desk_enters_what_another_office_passed_on_and_finds_it_by_its_source(
    duty: httpx.Client, office: Office
) -> None:
    name, phone = "贺兰明珠", "13812345678"
    form = find_form(duty.get("/cases/new").text, data_act="register")
    filled = {
        **form["data"], "source": "来信", "number": "X-9", "received": "2026-03-29T08:30", "name": name,
        "phone": phone, "text": "解放路18号路灯不亮", "url": "https://example.org/9",
    }  # fmt: skip
    wrong = duty.post(form["url"], data={**filled, "phone": "没有"})
    assert (wrong.status_code, "电话应当是号码" in wrong.text) == (422, True)
    opened = duty.post(form["url"], data=filled)
    assert opened.status_code == 303
    assert duty.post(form["url"], data=filled).headers["Location"] == opened.headers["Location"]
    number = opened.headers["Location"].removeprefix("/cases/")
    page = duty.get(opened.headers["Location"]).text
    assert ("来信 编号 X-9" in page, "https://example.org/9" in page) == (True, True)
    assert (name in page, phone in page) == (False, False)
    assert find(duty, "source=来信") == find(duty, "q=编号=X-9") == [number]
    assert number not in find(duty, "source=群聊")
    office.district.say("wrDUTY", "duty1", f"/交办 {number[-4:]} 住建局")
    with office.browse("zj1") as unit:
        seen = unit.get(f"/cases/{number}").text
        assert ("来信 编号 X-9" in seen, "https://example.org/9" in seen, phone in seen) == (
            True,
            False,
            False,
        )
        assert unit.get("/cases/new").status_code == 403


def test_what_became_of_a_suggestion_is_public_and_found_by_its_answer(
    duty: httpx.Client, office: Office
) -> None:
    district = office.district
    case = district.report_case("/上报 建议在解放路21号旁边的篮球场装几盏灯，晚上能打球")
    assert "还没有公开的建议" in duty.get("/suggestions").text
    form = find_form(duty.get(f"/cases/{case.number}").text, data_act="adopt")
    done = duty.post(form["url"], data={**form["data"], "adoption": "partial", "text": "先装东侧"})
    assert done.status_code == 303, done.text
    district.press("wrINTAKE", "zhangsf", "已解决，满意")
    district.say("wrDUTY", "duty1", f"/里程碑 {case.tail} 灯杆装好 到2026-12-01")
    district.say("wrDUTY", "duty1", f"/申请公开 {case.tail} 篮球场装灯，联系人13812345678")
    district.say("wrDUTY", "duty2", f"/公开 {case.tail}")
    with office.browse() as stranger:
        page = stranger.get("/suggestions")
    assert (page.status_code, page.text.count("data-suggestion")) == (200, 1)
    assert all(word in page.text for word in ("部分采纳", "篮球场装灯", "灯杆装好", "2026-12-01", "计划"))
    assert ("13812345678" in page.text, case.number in page.text) == (False, False)
    assert find(duty, "suggestions=partial") == find(duty, "suggestions=all") == [case.number]
    assert find(duty, "suggestions=full") == []
    assert "里程碑" in duty.get(f"/cases/{case.number}").text

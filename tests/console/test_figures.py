"""时限、三率、排名: every number leads to as many cases, periods are chosen, and who may look."""

import io
import re
from collections.abc import Iterator
from datetime import date, timedelta

import httpx
import openpyxl
import pytest

from handlers.insight.periods import Period
from models.cases import Case
from models.organisation import Role
from models.workflow import Status
from tests.console.forms import FIGURE, follow_figures, read_numbers
from tests.console.office import Office
from tests.district import District


@pytest.fixture(scope="module", autouse=True)
def cases(office: Office) -> None:
    """A Monday of 城管局: solved and not, satisfied and not, unrated; what counts for nothing; what runs."""
    district = office.district
    for words in ("已解决 满意", "已解决 满意", "已解决 不满意", "已解决", "未解决"):
        case = district.verify_case()
        district.say("wrINTAKE", "zhangsf", f"/评价 {case.number} {words}")
    _change(district, district.verify_case(), status=Status.CLOSED, closed_at=district.now)
    district.say("wrDUTY", "duty1", f"/不予受理 {district.report_case().number} 不属于本区")
    district.say("wrINTAKE", "zhangsf", f"/撤回 {district.report_case().number}")
    _change(district, district.close_case(), restricted=True)
    district.dispatch_case("住建局")
    town = district.hire("town", Role.LEADER, "HM-HM")
    # Elsewhere, but in her own hands: she finds it, and her town's figures do not count it.
    elsewhere = {"handler_id": district.person(town).id, "area_id": district.unit("HM-SC").id}
    for hours in (-30, -1, 2, 24):
        _change(district, district.sign_case(), due_at=district.now + timedelta(hours=hours), **elsewhere)
    _change(district, district.report_case(), due_at=district.now - timedelta(hours=1))


def _change(district: District, case: Case, **values: object) -> None:
    with district.database.write() as session:
        stored = session.get_one(Case, case.id)
        for name, value in values.items():
            setattr(stored, name, value)


@pytest.fixture
def leader(office: Office) -> Iterator[httpx.Client]:
    with office.browse("leader1") as client:
        yield client


@pytest.mark.parametrize("address", ["/due", "/rates", "/units", "/rates?from=2026-03-29&to=2026-03-30"])
@pytest.mark.parametrize("person", ["leader1", "town", "wgxs", "duty1"])
def test_every_figure_leads_to_as_many_cases(office: Office, person: str, address: str) -> None:
    with office.browse(person) as client:
        figures = follow_figures(client, address)
    assert [figure for figure in figures if figure[1] != figure[2]] == []
    assert figures


def test_the_figures_are_those_of_the_month(leader: httpx.Client) -> None:
    counts = {key: count for _, key, count in FIGURE.findall(leader.get("/rates").text)}
    assert {key: int(count) for key, count in counts.items()} == {
        "received": 12, "answered": 5, "unanswered": 7, "rated": 5, "solved": 4, "unsolved": 1,
        "judged": 3, "satisfied": 2, "dissatisfied": 1, "due": 8, "on_time": 5, "not_on_time": 3,
        "unrated": 1, "withdrawn": 1, "excluded": 1, "overdue": 3,
        "in_grid": 0, "redone": 1, "reopened": 0, "sent_back": 0, "called": 0, "arrived": 0,
        "receipt_received": 10, "receipt_passed": 0, "receipt_finished": 5,
    }  # fmt: skip


def test_a_month_is_compared_with_any_other_stretch(leader: httpx.Client) -> None:
    page = leader.get("/units?from=2026-03-01&to=2026-03-31&from2=2026-03-30&to2=2026-03-30").text
    assert re.search(r"和\s*2026-03-30 至 2026-03-30\s*比", page)
    assert "较对比段" in page
    assert "较上期" in leader.get("/units").text
    assert leader.get("/rates?from2=2026-04-02&to2=2026-04-01").status_code == 422


def test_what_falls_due_stands_by_unit_with_its_cases(office: Office, leader: httpx.Client) -> None:
    page = leader.get("/due").text
    assert re.findall(r'due=(\w+)&amp;office=([\w-]+)" data-figure="\w+" data-count="(\d)"', page) == [
        ("late", "HM-CG", "2"), ("today", "HM-CG", "1"), ("tomorrow", "HM-CG", "1"),
        ("late", "-", "1"), ("today", "-", "0"), ("tomorrow", "-", "0"),
    ]  # fmt: skip
    assert len(read_numbers(page)) == 5
    with office.browse("sw1") as other:
        assert "没有超时的" in other.get("/due").text


def test_few_cases_are_not_ranked(leader: httpx.Client) -> None:
    page = leader.get("/units").text
    assert "<h2>1. 城管局</h2>" in page
    assert "不足 5 件，不排名" in page
    assert "<h2>未交办</h2>" in page
    assert '<rect class="part"' in page


def test_a_followed_figure_says_what_it_is_and_stays(leader: httpx.Client) -> None:
    query = "figure=solved&from=2026-03-01&to=2026-03-31&office=HM-CG"
    page = leader.get(f"/cases?{query}").text
    assert "只看：已解决、城管局 承办" in page
    assert '<input type="hidden" name="figure" value="solved">' in page
    sheet = openpyxl.load_workbook(io.BytesIO(leader.get(f"/cases.xlsx?{query}").content)).active
    assert sheet is not None
    assert sheet.max_row == 1 + len(read_numbers(page)) == 5
    assert leader.get("/cases?figure=nonsense").status_code == 404
    assert leader.get("/cases?due=never").status_code == 404


def test_rates_are_for_whoever_looks_after_an_area(office: Office, leader: httpx.Client) -> None:
    assert '<a href="/units"' in leader.get("/").text
    with office.browse("cg1") as unit:
        page = unit.get("/").text
        assert '<a href="/due"' in page
        assert '<a href="/rates"' not in page
        for address in ("/rates", "/units", "/cases?figure=received"):
            answer = unit.get(address)
            assert answer.status_code == 403
            assert 'role="alert"' in answer.text


@pytest.mark.parametrize(
    "query", ["month=2026-13", "month=x", "from=2026-04-02&to=2026-04-01", "from=0001-01-01", "to=9999-12-31"]
)
def test_what_is_no_period_is_said(leader: httpx.Client, query: str) -> None:
    answer = leader.get(f"/rates?{query}")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_before_a_month_comes_a_month_and_before_days_as_many() -> None:
    assert Period.of_month(date(2026, 3, 1)).previous() == Period(date(2026, 2, 1), date(2026, 2, 28))
    days = Period(date(2026, 3, 2), date(2026, 3, 8))
    assert days.previous() == Period(date(2026, 2, 23), date(2026, 3, 1))

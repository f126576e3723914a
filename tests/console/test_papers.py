"""Word and PDF files: the same figures as on the page, for the same people, and nothing of restricted cases."""

import re
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.console.forms import find_form
from tests.console.office import Office
from tests.papers import ReadPaper, read_paper, read_pdf

FIGURE = re.compile(r'data-figure="(\w+)" data-count="(\d+)"')


@pytest.fixture(scope="module", autouse=True)
def cases(office: Office) -> None:
    """A Monday of 城管局, and an order."""
    district = office.district
    for words in ("已解决 满意", "已解决 不满意", "未解决"):
        case = district.verify_case()
        district.say("wrINTAKE", "zhangsf", f"/评价 {case.number} {words}")
    district.say("wrDUTY", "leader1", f"/督办 {district.dispatch_case().number} 今天之内清完")


@pytest.fixture
def leader(office: Office) -> Iterator[httpx.Client]:
    with office.browse("leader1") as client:
        yield client


def fetch(client: httpx.Client, address: str) -> ReadPaper:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
    return read_paper(answer.content)


def test_the_report_of_a_period_is_a_link_away_and_says_the_same(leader: httpx.Client) -> None:
    page = leader.get("/rates").text
    counts = {key: int(count) for key, count in FIGURE.findall(page)}
    addresses = re.findall(r'href="(/papers/month[^"]+)"', page)
    docx, pdf = (address.replace("&amp;", "&") for address in addresses)
    paper = fetch(leader, docx)
    total = dict(zip(paper.rows[0], next(row for row in paper.rows if "合计" in row), strict=True))
    assert (total["单位"], total["受理"], total["没评价"]) == (
        "合计", str(counts["received"]), str(counts["unrated"]),
    )  # fmt: skip
    assert f"现在超时 {counts['overdue']} 件" in paper.text
    for name in ("回应率", "解决率", "满意率", "按时率"):
        assert total[name] in page
        assert f"{name} {total[name]}" in paper.text
    printed = leader.get(pdf)
    assert printed.headers["Content-Disposition"].endswith(".pdf")
    words = read_pdf(printed.content)
    for said in (*map("".join, paper.rows), *paper.lines):
        assert "".join(said.split()) in words


def test_without_the_extra_nobody_is_led_to_a_pdf(
    leader: httpx.Client, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    case = leader.get(f"/cases/{office.district.case().number}").text
    assert ".docx" in case
    assert ".pdf" not in case + leader.get("/rates").text
    refused = leader.get("/papers/month.pdf")
    assert refused.status_code == 409
    assert "gridbot[pdf]" in refused.text


def test_an_order_is_a_link_away_from_its_case(office: Office, leader: httpx.Client) -> None:
    page = leader.get(f"/cases/{office.district.case().number}").text
    address, pdf = re.findall(r"/papers/orders/[^\"]+", page)
    assert "督办要求今天之内清完" in read_pdf(leader.get(pdf).content)
    assert dict(row for row in fetch(leader, address).rows)["督办要求"] == "今天之内清完"
    with office.browse("zj1") as stranger:
        assert stranger.get(address).status_code == 404
    with office.browse("cg1") as handler:
        assert fetch(handler, address).lines[0] == "督办单"


def test_whoever_reads_no_figures_gets_no_paper_of_them(office: Office) -> None:
    with office.browse("cg1") as client:
        assert client.get("/papers/month.docx").status_code == 403
        assert client.get("/papers/topics/T260330-1.docx").status_code == 403
    with office.browse() as nobody:
        assert nobody.get("/papers/month.docx").status_code == 303
    with office.browse("leader1") as leader:
        assert leader.get("/papers/topics/T260330-9.docx").status_code == 404


def test_the_record_of_a_meeting_is_a_link_away_from_its_case(office: Office, leader: httpx.Client) -> None:
    number = office.district.case().number
    with office.browse("duty1") as desk:
        for act, words in (
            ("meet", {"text": "分头办\n公安局：派人值守，3天"}),
            ("call_meeting", {"reason": "还要再议"}),
        ):
            form = find_form(desk.get(f"/cases/{number}").text, data_act=act)
            assert desk.post(form["url"], data=form["data"] | words).status_code == 303
        assert number in desk.get("/?folder=meeting").text
    address, pdf = re.findall(r"/papers/meetings/[^\"]+", leader.get(f"/cases/{number}").text)
    assert fetch(leader, address).rows[-1][:2] == ["海门区公安局", "派人值守"]
    assert "派人值守" in read_pdf(leader.get(pdf).content)
    with office.browse("zj1") as stranger:
        assert stranger.get(address).status_code == 404

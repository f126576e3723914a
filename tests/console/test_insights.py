"""分析、热点: every number leads to its cases, two periods are compared, a topic gets its parent and its paper."""

import re
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import select, update

from handlers.insight import hot_topics
from models.cases import Case
from models.organisation import Role
from models.topics import Topic
from models.workflow import Status
from tests.console.forms import find_form, follow_figures
from tests.console.office import Office

SPAN = "from=2026-03-01&to=2026-03-31&from2=2026-02-01&to2=2026-02-28"
JAM = "长江路隧道口交通拥堵，什么时候通车"


@pytest.fixture(scope="module", autouse=True)
def cases(office: Office) -> None:
    """A topic of three people, cases of another month and another place, one withdrawn, one restricted."""
    district = office.district
    for chat, user, words in (
        ("wrINTAKE", "zhangsf", JAM), ("wrINTAKE", "liay", f"请问{JAM}"), ("wrRESIDENTS", "chendy", f"{JAM}呀"),
    ):  # fmt: skip
        assert district.say(chat, user, f"/上报 {words}") == "case.opened"
        district.tick(district.advance(minutes=5))
    found = [district.report_case() for _ in range(7)]
    elsewhere = district.unit("HM-SC").id
    changes: list[dict[str, object]] = [
        {"opened_at": district.now - timedelta(days=40)},
        {"opened_at": datetime(2026, 2, 28, 15, 59, tzinfo=district.now.tzinfo), "area_id": elsewhere},
        {"area_id": elsewhere, "place": "青龙路8号"},
        {"area_id": None, "place": "青龙路8号"},
        {"area_id": district.unit("HM").id},
        {"status": Status.REJECTED},
        {"restricted": True},
    ]
    with district.database.write() as session:
        for case in session.scalars(select(Case).where(Case.status == Status.DUPLICATE)):
            case.status, case.parent_id = Status.NEW, None
        for case, values in zip(found, changes, strict=True):
            stored = session.get_one(Case, case.id)
            for name, value in values.items():
                setattr(stored, name, value)
    with district.database.read() as session:
        scan = hot_topics.scan_cases(session, district.env, now=district.now)
    assert scan is not None
    with district.database.write() as session:
        assert hot_topics.settle_topics(session, district.env, scan=scan, now=district.now) == 1
    district.hire("town", Role.LEADER, "HM-SC")


@pytest.mark.parametrize(
    "address",
    [
        f"/insights?{SPAN}",
        f"/insights?{SPAN}&by=time",
        f"/insights?{SPAN}&area=HM-HM",
        "/insights?from=2026-03-30&to=2026-03-30",
    ],
)
@pytest.mark.parametrize("person", ["leader1", "town"])
def test_every_number_leads_to_as_many_cases(office: Office, person: str, address: str) -> None:
    if person == "town" and "area" in address:
        address = address.replace("HM-HM", "HM-SC-ZH")
    with office.browse(person) as client:
        figures = follow_figures(client, address)
    assert [figure for figure in figures if figure[1] != figure[2]] == []
    assert figures


def test_two_periods_are_compared_and_what_comes_again_is_seen(office: Office) -> None:
    with office.browse("leader1") as leader:
        page = leader.get(f"/insights?{SPAN}").text
        assert re.findall(r'class="big"><a[^>]*data-count="(\d+)"', page) == ["6", "2"]
        assert "+200%" in page
        assert '<th scope="row">青龙路8号</th>' in page
        assert "海门区，没有分到下级" in page
        assert "不在海门区或没有定到区域" in page
        assert re.search(r"9 时</span> <a[^>]*data-count=\"[1-6]\"", page), "reported at nine in the morning"
        assert leader.get("/insights?from2=2026-03-02&to2=2026-03-01").status_code == 422
    with office.browse("town") as town, office.browse("cg1") as unit:
        assert town.get("/insights?area=HM-HM").status_code == 404
        assert unit.get("/insights").status_code == 403
        assert '<a href="/insights"' not in unit.get("/").text


def test_a_topic_shows_its_evidence_to_whoever_looks_after_its_area(office: Office) -> None:
    with office.browse("duty1") as duty, office.browse("town") as town, office.browse("cg1") as unit:
        assert [count for _, count, _ in follow_figures(duty, "/topics")] == [3]
        assert follow_figures(duty, "/topics/T260330-1") == [("topic", 3, 3)]
        report = duty.get("/topics/T260330-1/report").text
        assert "关于长江路隧道口交通拥堵与信号的情况报告" in report
        assert "三、处置情况。" in report
        assert "张师傅" not in report
        assert "没有热点" in town.get("/topics").text
        assert town.get("/topics/T260330-1").status_code == 404
        assert town.get("/cases?topic=T260330-1").status_code == 404
        assert unit.get("/topics").status_code == 403


def test_a_long_list_of_topics_goes_on(office: Office) -> None:
    for at in range(10):
        assert office.district.say("wrDUTY", "duty1", f"/关注 通车{at}") == "topic.watched"
    with office.browse("duty1") as duty:
        page = duty.get("/topics").text
        assert (page.count("data-topic="), 'data-topic="T260330-1"' in page) == (10, False)
        following = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        assert 'data-topic="T260330-1"' in duty.get(following).text
    with office.district.database.write() as session:
        session.execute(
            update(Topic)
            .where(Topic.state == "watched")
            .values(state="closed", closed_at=office.district.now)
        )


def test_a_parent_case_is_made_once_it_was_seen(office: Office) -> None:
    with office.browse("duty1") as duty, office.browse("leader1") as leader:
        assert "您不能立主案" in leader.get("/topics/T260330-1").text
        form = find_form(duty.get("/topics/T260330-1").text, data_act="parent")
        sure = {**form["data"], "confirmed": "true"}
        assert duty.post(form["url"], data=form["data"]).status_code == 422
        assert duty.post(form["url"], data={**sure, "parent": "WG260330-0002"}).status_code == 409
        assert duty.post(form["url"], data={**sure, "csrf": "00"}).status_code == 403
        done = duty.post(form["url"], data=sure)
        assert "的主案是 WG260330-0001，并入 2 件" in done.text
        assert duty.post(form["url"], data=sure).status_code == 409
        _end(duty)
    joined = [case for case in office.district.cases() if case.status == Status.DUPLICATE]
    assert [office.district.acts(case)[-1] for case in joined] == ["merge", "merge"]


def _end(duty: httpx.Client) -> None:
    form = find_form(duty.get("/topics/T260330-1").text, data_act="end")
    assert duty.post(**form).status_code == 303
    assert duty.post(**form).status_code == 409
    assert "T260330-1" in duty.get("/topics?over=1").text
    assert "没有热点" in duty.get("/topics").text


def test_money_is_summed_by_class_and_by_unit_and_every_sum_opens_its_cases(office: Office) -> None:
    district = office.district
    case = district.report_case("解放路15号超市老板拖欠工资，一直不给")
    district.say("wrDUTY", "duty1", f"/涉及金额 {case.tail} 4000 元")
    district.say("wrDUTY", "duty1", f"/交办 {case.tail} 城管局")
    district.say("wrCG", "cg1", f"/签收 {case.tail}")
    district.say("wrCG", "cg1", f"/调解 {case.tail} 老板先付一部分，追回 1000 元")
    with office.browse("leader1") as client:
        page = client.get(f"/insights?{SPAN}").text
        figures = follow_figures(client, f"/insights?{SPAN}")
        listed = client.get("/cases?money=any").text
    assert [figure for figure in figures if figure[1] != figure[2]] == []
    assert page.count("<td>4000 元</td><td>1000 元</td>") == 2
    assert ("涉及 4000 元，追回 1000 元" in listed, case.number in listed) == (True, True)

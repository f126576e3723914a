"""Units, areas and leaders in their order, cases by domain and family, and reports that were published."""

import re
from datetime import datetime

import httpx
import pytest
from sqlalchemy import update

from models.cases import Case
from models.organisation import Person, Role
from models.workflow import Status
from tests.console.forms import find_form, follow_figures
from tests.console.office import Office
from tests.district import LAMP, District

MARCH = "from=2026-03-01&to=2026-03-31"


@pytest.fixture(scope="module", autouse=True)
def cases(office: Office) -> None:
    """Five of 城管局, one sent back by 住建局 and one done twice; a whistle that one of two answered on the spot;
    one that the grid solved; a suggestion; one of another town.
    """
    district = office.district
    for words in ("已解决 满意", "已解决 不满意", "未解决"):
        number = district.verify_case().number
        district.say("wrINTAKE", "zhangsf", f"/评价 {number} {words}")
    lamp = _report(district, LAMP)
    district.say("wrDUTY", "duty1", f"/交办 {lamp} 住建局")
    assert district.say("wrZJ", "zj1", f"/退回 {lamp} 不归我们管") == "act.return"
    district.say("wrDUTY", "duty1", f"/交办 {lamp} 城管局")
    whistle = district.dispatch_case().number
    assert district.say("wrDUTY", "duty1", f"/吹哨 {whistle} 住建局 公安局") == "act.whistle"
    district.advance(minutes=20)
    assert district.say("wrZJ", "zj1", f"/报到 {whistle}") == "act.check_in"
    for words in ("建议在青龙路加一排停车位", "青龙路9号邻居吵架，闹得很凶"):
        _report(district, words)
    _move(district, _report(district, "青龙路12号有暴露垃圾"), "HM-SC")
    with district.database.write() as session:
        session.execute(update(Person).where(Person.name == "张师傅").values(occupation="外卖骑手"))
    district.hire("town", Role.LEADER, "HM-SC")
    district.hire("watcher", Role.OBSERVER, "HM")


def _report(district: District, words: str) -> str:
    assert district.say("wrINTAKE", "zhangsf", f"/上报 {words}") == "case.opened"
    return district.case().number


def _move(district: District, number: str, area: str) -> None:
    with district.database.write() as session:
        session.execute(update(Case).where(Case.number == number).values(area_id=district.unit(area).id))


@pytest.mark.parametrize("address", ["/rates", "/units", "/boards/area", "/boards/leader", "/insights"])
@pytest.mark.parametrize("person", ["leader1", "town"])
def test_every_number_leads_to_as_many_cases(office: Office, person: str, address: str) -> None:
    with office.browse(person) as client:
        figures = follow_figures(client, f"{address}?{MARCH}")
    assert [figure for figure in figures if figure[1] != figure[2]] == []
    assert figures or (person, address) == ("town", "/boards/area"), "nothing lies beneath the town"


def test_what_was_sent_back_counts_for_who_sent_it_back(office: Office) -> None:
    with office.browse("leader1") as leader, office.browse("cg1") as unit:
        page = leader.get(f"/units?{MARCH}").text
        assert unit.get("/cases?share=sent_back:HM-ZJ").status_code == 403
    shares = {(kind, code): int(count) for kind, code, count in re.findall(
        r'share=(\w+):([\w-]+)[^"]*" data-figure="\w+" data-count="(\d+)"', page
    )}  # fmt: skip
    assert (shares["sent_back", "HM-ZJ"], shares["sent_back", "HM-CG"]) == (1, 0)
    assert (shares["called", "HM-ZJ"], shares["arrived", "HM-ZJ"]) == (1, 1)
    assert (shares["called", "HM-GA"], shares["arrived", "HM-GA"]) == (1, 0)
    assert "100.0 %，平均 20 分钟" in page
    assert re.search(r"满意</th><td class=\"late\">\d+\.\d % <span class=\"small\">没到 95 %", page)


def test_areas_and_leaders_stand_in_their_order(office: Office) -> None:
    with office.browse("leader1") as leader:
        areas = re.findall(r'<th scope="row">([^<]+)</th>', leader.get(f"/boards/area?{MARCH}").text)
        page = leader.get(f"/boards/leader?{MARCH}").text
        assert leader.get("/boards/street").status_code == 404
    assert len(areas) == 2
    lines = re.findall(r'<td>(\d|—)</td><th scope="row">([^<]+)</th><td><a[^>]+>(\d+)</a>', page)
    assert (lines[0][0], lines[0][2]) == ("1", "8")
    assert ("—", "town本人（三厂街道）", "3") in lines, "few cases are not ranked"


def test_domains_families_and_steps_are_told_apart(office: Office) -> None:
    with office.browse("leader1") as leader:
        page = leader.get(f"/insights?{MARCH}").text
        number = office.district.case().number
        assert "信息收集" in leader.get(f"/cases/{number}").text
    for name in ("市容环境", "矛盾纠纷", "意见建议", "环境整治", "信息收集", "交办转办", "考核评价"):
        assert f'<th scope="row">{name}</th>' in page
    assert '<tr><th scope="row">外卖骑手</th><td>8</td></tr>' in page, "and nothing to open"
    with office.browse("leader1") as leader:
        assert "外卖骑手" not in leader.get("/insights?from=2026-03-30&to=2026-03-30").text


def test_a_published_report_stays_and_live_figures_say_what_changed(office: Office) -> None:
    district = office.district
    assert district.say("wrDUTY", "leader1", "/发布月报 2026-03") == "refused.wrong_state"
    district.now = datetime(2026, 4, 2, 2, tzinfo=district.now.tzinfo)
    assert district.say("wrDUTY", "duty1", "/发布月报 2026-03 全省第 2 名") == "report.published"
    said = district.last_text("wrDUTY")
    assert "海门区 2026 年 3 月月报已发布，第 1 版" in said
    with office.browse("leader1") as leader:
        before = _read_pairs(leader.get("/published/1").text)
        assert before["受理"] == ("8", "8")
    with district.database.write() as session:
        case = session.get_one(Case, district.case().id)
        case.status = Status.VOID
    district.say("wrDUTY", "leader1", "/月报 2026-03")
    assert "第 1 版，外部名次：全省第 2 名。现在和那时比：受理 8→7" in district.last_text("wrDUTY")
    with (
        office.browse("leader1") as leader,
        office.browse("town") as town,
        office.browse("watcher") as watcher,
    ):
        assert _read_pairs(leader.get("/published/1").text)["受理"] == ("8", "7")
        figures = follow_figures(leader, "/published/1")
        assert [figure for figure in figures if figure[1] != figure[2]] == []
        form = find_form(leader.get(f"/rates?{MARCH}").text, action="/published")
        done = leader.post(**form)
        assert "第 2 版" in done.text or "第 2 版" in leader.get("/published/2").text
        assert leader.get("/published").text.count("2026 年 3 月") == 2
        assert town.get("/published/1").status_code == 404
        assert "/published/1" not in town.get("/published").text
        assert 'action="/published"' not in watcher.get(f"/rates?{MARCH}").text
        token = find_form(leader.get(f"/rates?{MARCH}").text, action="/published")["data"]
        assert watcher.post("/published", data=_sign(watcher, token)).status_code == 403
    district.advance(days=-2, hours=-2)


def _sign(client: httpx.Client, fields: dict[str, str]) -> dict[str, str]:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', client.get("/rates").text)
    assert found is not None
    return {**fields, "csrf": found[1]}


def _read_pairs(page: str) -> dict[str, tuple[str, str]]:
    """Of each figure of the whole what was published, and what it is now."""
    pairs = re.findall(r'<tr><th scope="row">([^<]+)</th><td>(\d+)</td><td[^>]*><a[^>]+>(\d+)</a>', page)
    return {name: (then, now) for name, then, now in reversed(pairs)}

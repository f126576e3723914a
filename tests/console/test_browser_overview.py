"""Maps, figures and the record in a real browser, on a desk and on a phone; a place is picked with a finger."""

from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from handlers.insight import hot_topics
from models.cases import Case
from tests.console.office import Office
from tests.console.test_browser import CHECKS, open_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SEEN_BY_LEADER = ("/map", "/map?by=class&area=HM-HM", "/insights", "/insights?by=time", "/topics",
                  "/topics/T260330-1", "/topics/T260330-1/report", "/audit", "/audit?kind=sign_ins")  # fmt: skip


@pytest.fixture(scope="module")
def case(office: Office) -> Case:
    """Of a topic, with points, one of them looked at by the desk."""
    district = office.district
    words = "长江路隧道口交通拥堵，什么时候通车"
    for chat, user, said in (
        ("wrINTAKE", "zhangsf", words), ("wrINTAKE", "liay", f"请问{words}"), ("wrRESIDENTS", "chendy", f"{words}呀"),
    ):  # fmt: skip
        district.say(chat, user, f"/上报 {said}")
        district.tick(district.advance(minutes=5))
    found = district.report_case()
    with district.database.write() as session:
        for at, stored in enumerate(session.scalars(select(Case))):
            stored.lat, stored.lon = 31.875 + at % 3 * 0.001, 121.165
        scan = hot_topics.scan_cases(session, district.env, now=district.now)
        assert scan is not None
        hot_topics.settle_topics(session, district.env, scan=scan, now=district.now)
    office.health = replace(office.health, versions=[("gridbot", "0.1.0")])
    return found


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_pages_of_the_whole_can_be_read_touched_and_heard(
    browser: Browser, office: Office, case: Case, width: int, scheme: str
) -> None:
    found: dict[str, list[str]] = {}
    for person, paths in (
        ("leader1", SEEN_BY_LEADER),
        ("duty1", ("/health", f"/cases/{case.number}", f"/cases/{case.number}/spot")),
    ):
        with open_page(browser, office, person, width, color_scheme=scheme) as page:
            for path in paths:
                page.goto(path)
                expect(page.get_by_role("alert")).to_have_count(0)
                page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
                found[path] = page.evaluate(CHECKS)
    assert {path: problems for path, problems in found.items() if problems} == {}


def test_a_place_is_picked_with_a_finger_and_no_script(browser: Browser, office: Office, case: Case) -> None:
    with open_page(browser, office, "duty1", 390, java_script_enabled=False) as page:
        page.goto(f"/cases/{case.number}/spot")
        page.get_by_role("link", name="看整个区域").click()
        for _ in range(2):
            page.locator(".pick-phone").click(position={"x": 163, "y": 60})
        expect(page.get_by_role("heading", name="选好的位置")).to_be_visible()
        page.get_by_label("怎么写这个地点").fill("公园北门")
        page.get_by_role("button", name="定位在这里").click()
        expect(page.get_by_role("status")).to_contain_text("已定位")
    placed = office.district.case(case.number)
    assert placed.place == "公园北门"
    assert placed.lat is not None
    assert placed.lat > 31.88, "in the upper half of the picture is in the north"

"""Maps, figures and the record in a real browser, on a desk and on a phone; a place is picked with a finger."""

from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from handlers.insight import hot_topics
from models.cases import Case
from tests.console.office import Office
from tests.console.test_browser import CHECKS, open_page
from tests.console.test_notices import send_draft

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


def test_a_leader_goes_through_the_day_on_a_phone(browser: Browser, office: Office, case: Case) -> None:
    """From a rate to its cases and an order, to the map, to a topic's report, to a notice that waits."""
    with office.browse("duty1") as duty:
        notice = send_draft(duty, text="明天上午 9 点起停水，请提前储水。", theme="停水")
    with open_page(browser, office, "leader1", 390, has_touch=True, is_mobile=True) as page:

        def go(name: str) -> None:
            page.get_by_role("navigation", name="页面").get_by_role("link", name=name, exact=True).tap()
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            expect(page.locator(".bar [aria-current]")).to_be_in_viewport(ratio=1)
            assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), name

        go("三率")
        unanswered = page.locator('[data-figure="unanswered"]')
        count = int(unanswered.inner_text())
        unanswered.tap()
        rows = page.locator("[data-list] > [data-case]")
        expect(rows).to_have_count(count)
        rows.filter(has_text=case.number).get_by_role("link", name="建筑垃圾").tap()
        order = page.locator('[data-act="supervise"]')
        page.locator("#act-supervise > summary").tap()
        order.get_by_role("textbox").first.fill("请今天清掉，并报结果")
        order.get_by_role("button", name="督办").tap()
        expect(page.get_by_role("status")).to_contain_text("已督办")
        assert office.district.case(case.number).supervised

        go("地图")
        page.get_by_role("link", name="放大到海门街道").tap()
        expect(page.get_by_role("heading", level=1)).to_contain_text("海门街道")
        page.locator(".legend [data-figure]").first.tap()
        expect(rows.first).to_be_visible()

        go("热点")
        page.locator("[data-topic]").get_by_role("link").first.tap()
        page.get_by_role("link", name="情况报告").tap()
        expect(page.get_by_role("heading", level=1)).to_contain_text("情况")
        with page.expect_download() as paper:
            page.get_by_role("link", name="下载 Word").tap()
        assert paper.value.suggested_filename.endswith(".docx")

        go("通知")
        page.locator(f'[data-notice="{notice}"]').tap()
        page.get_by_role("button", name="同意发布").tap()
        expect(page.locator(f'[data-notice="{notice}"]')).not_to_have_attribute("data-state", "draft")

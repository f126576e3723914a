"""The pages in a real browser: an officer's hands on the keyboard, a phone, no script, and what eyes need."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from models.cases import Case
from models.workflow import Status
from tests.console.office import Office
from tests.district import LAMP, RUBBLE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHECKS = (Path(__file__).parent / "checks.js").read_text(encoding="utf-8")
"""What is too small for a thumb, has no name for a screen reader, or is too pale; as sentences."""


@contextmanager
def open_page(
    browser: Browser, office: Office, person: str, width: int = 1280, **more: object
) -> Iterator[Page]:
    """Somebody signed in; the page must complain of nothing."""
    context = browser.new_context(viewport={"width": width, "height": 860}, base_url=office.address, **more)  # type: ignore[arg-type]
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    page.goto("/login")
    page.locator(f'[data-person="{person}"]').focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-folder]").first).to_be_visible()
    yield page
    context.close()
    assert problems == []


def press_key(page: Page, key: str) -> None:
    """What a page has written can be read before its script listens; a key pressed in between is lost."""
    page.wait_for_load_state("domcontentloaded")
    page.keyboard.press(key)


@pytest.fixture(scope="module")
def cases(office: Office) -> tuple[Case, Case, Case]:
    return (
        office.district.report_case(RUBBLE),
        office.district.report_case(LAMP),
        office.district.report_case("北京路20号门口有建筑垃圾"),
    )


def test_an_officer_works_through_the_folder_with_the_keyboard(
    browser: Browser, office: Office, cases: tuple[Case, Case, Case]
) -> None:
    with open_page(browser, office, "duty1") as page:
        press = partial(press_key, page)
        press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        press("Escape")
        first = page.locator("[data-list] > .here").get_attribute("data-case")
        press("j")
        second = page.locator("[data-list] > .here").get_attribute("data-case")
        assert first != second
        press("k")
        press("d")
        expect(page.get_by_role("status")).to_contain_text("已交办给")
        assert office.district.case(first).status == Status.DISPATCHED
        page.get_by_role("button", name="收回").focus()
        press("Enter")
        expect(page.get_by_role("status")).to_contain_text("已收回")
        assert office.district.case(first).status == Status.NEW
        press("a")
        expect(page.get_by_role("status")).to_contain_text("已受理")
        press("o")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.locator('[data-act="assign"] textarea').focus()
        page.keyboard.type("请今天看一看")
        press("Tab")
        press("Enter")
        expect(page.get_by_role("status")).to_contain_text("已交办给")
        press("/")
        page.goto("/")
        press("/")
        page.keyboard.type("路灯")
        press("Enter")
        expect(page.locator("[data-list] > [data-case]")).to_have_count(1)
        press("x")
        expect(page.get_by_role("checkbox", name=f"选中 {cases[1].number}")).to_be_checked()


def test_a_day_of_twenty_cases_is_done_with_the_keyboard_alone(browser: Browser, office: Office) -> None:
    """Each is looked for by its number and handed out; what was looked for before is typed over."""
    district = office.district
    numbers = []
    for at in range(20):
        if not at % 10:
            district.advance(hours=1)  # else so many reports of one person are gathered
        numbers.append(district.report_case(f"东海路{at * 20 + 1}号门口有建筑垃圾").number)
    with open_page(browser, office, "duty2") as page:
        here = page.locator("[data-list] > .here")
        for number in numbers:
            press_key(page, "/")
            page.keyboard.type(number)
            press_key(page, "Enter")
            expect(here).to_have_attribute("data-case", number)
            press_key(page, "d")
            expect(page.get_by_role("status")).to_contain_text(f"{number} 已交办给城管局")
    assert {district.case(number).status for number in numbers} == {Status.DISPATCHED}


def test_without_a_script_the_same_can_be_done(
    browser: Browser, office: Office, cases: tuple[Case, Case, Case]
) -> None:
    with open_page(browser, office, "duty1", java_script_enabled=False) as page:
        row = page.locator(f'[data-case="{cases[2].number}"]')
        row.get_by_role("button", name="交办给城管局").click()
        expect(page.get_by_role("status")).to_contain_text("已交办给城管局")
        assert office.district.case(cases[2].number).status == Status.DISPATCHED


@pytest.mark.parametrize("width", [1280, 390])
def test_what_the_office_keeps_fits_the_screen_and_can_be_read(
    browser: Browser, office: Office, cases: tuple[Case, Case, Case], width: int
) -> None:
    office.district.say("wrNEW", "zhangsf", "你好")
    found: dict[str, list[str]] = {}
    with open_page(browser, office, "duty2", width) as page:
        page.goto("/notices")
        page.get_by_text("拟一条通知").click()
        page.get_by_label("内容").fill("明天 5 点停水。")
        page.get_by_role("button", name="看看效果").click()
        for path in (
            "",
            "/org",
            "/org/gaps",
            "/rules?say=路灯不亮",
            "/rules/text/limits",
            "/rules/calendar",
            "/answers",
        ):
            if path:
                page.goto(path)
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            found[path] = page.evaluate(CHECKS)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found[path].append("wider than the screen")
    assert {path: problems for path, problems in found.items() if problems} == {}


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_there_is_room_for_thumbs_and_everything_can_be_read_and_heard(
    browser: Browser, office: Office, cases: tuple[Case, Case, Case], width: int, scheme: str
) -> None:
    found: dict[str, list[str]] = {}
    with open_page(browser, office, "duty2", width, color_scheme=scheme) as page:
        for path in (
            "/",
            "/cases?status=NEW",
            f"/cases/{cases[1].number}?folder=new",
            "/due",
            "/rates",
            "/units",
            "/boards/leader",
            "/published",
            "/login",
        ):
            page.goto(path)
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            found[path] = page.evaluate(CHECKS)
    assert {path: problems for path, problems in found.items() if problems} == {}

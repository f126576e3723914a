"""The pages on a small telephone whose browser runs no script."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.resident.conftest import Resident, make_jpeg

pytestmark = pytest.mark.browser
GRID = "HM-HM-JF-2"
_SHAPES = """() => ({
    width: document.documentElement.scrollWidth,
    small: [...document.querySelectorAll('button, summary, textarea, input:not([type=hidden]):not([type=radio])')]
        .filter(each => each.offsetHeight && !each.closest('.trap') && each.offsetHeight < 44).length,
    font: parseFloat(getComputedStyle(document.body).fontSize),
})"""
"""How wide the page is, what is too small for a thumb, and how large its words are, in pixels."""


@pytest.fixture
def phone(browser: Browser, resident: Resident) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        java_script_enabled=False,
        base_url=str(resident.browser.base_url),
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def ruler(browser: Browser, resident: Resident) -> Iterator[Page]:
    """The same telephone with scripts, which is what measures."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, base_url=str(resident.browser.base_url)
    )
    yield context.new_page()
    context.close()


def measure(ruler: Page, path: str, name: str) -> None:
    """Nothing sticks out, nothing is too small to press or to read; a screenshot where one is wanted."""
    ruler.goto(path)
    shapes = ruler.evaluate(_SHAPES)
    assert shapes["width"] <= 390, name
    assert shapes["small"] == 0, name
    assert shapes["font"] >= 18, name
    if folder := os.environ.get("GRIDBOT_SCREENSHOTS"):
        ruler.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_from_the_form_to_not_solved(resident: Resident, phone: Page, ruler: Page, tmp_path: Path) -> None:
    photo = tmp_path / "a.jpg"
    photo.write_bytes(make_jpeg())
    phone.goto(f"/report/{GRID}")
    phone.get_by_label("什么事").fill("解放路15号路灯不亮")
    phone.get_by_label("照片").set_input_files(photo)
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_role("status")).to_contain_text("凭这个网址看进展")
    page = f"/{phone.url.split('/', 3)[3].partition('?')[0]}"
    measure(ruler, f"/report/{GRID}", "resident-form")
    measure(ruler, f"{page}?done=report", "resident-sent")

    district, number = resident.district, resident.district.case().number
    for chat, user, said in (
        ("wrDUTY", "duty1", f"/交办 {number} 住建局"),
        ("wrZJ", "zj1", f"/签收 {number}"),
        ("wrZJ", "zj1", f"/反馈 {number} 已换灯泡，试过亮了"),
        ("wrDUTY", "duty1", f"/核查 {number} 通过"),
    ):
        district.say(chat, user, said)
    measure(ruler, page, "resident-answer")
    phone.goto(page)
    phone.get_by_label("想说的话").fill("还是不亮")
    phone.get_by_role("button", name="未解决").click()
    expect(phone.get_by_role("status")).to_contain_text("意见已记下")
    assert district.case().status == "IN_PROGRESS"

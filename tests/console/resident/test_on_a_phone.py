"""The pages on a small telephone whose browser runs no script."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from console.resident.posters import draw_code
from tests.console.resident.conftest import Resident, make_jpeg
from tests.district import District

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


def mend(district: District, number: str, words: str) -> None:
    """The unit hands in a result, and the desk finds it good."""
    if district.case().status == "NEW":
        district.say("wrDUTY", "duty1", f"/交办 {number} 住建局")
        district.say("wrZJ", "zj1", f"/签收 {number}")
    district.say("wrZJ", "zj1", f"/反馈 {number} {words}")
    district.say("wrDUTY", "duty1", f"/核查 {number} 通过")


def scan(picture: bytes) -> str:
    """What a phone reads in a picture; "" where there is no code."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("L"))
    found: str = cv2.QRCodeDetector().detectAndDecode(pixels)[0]
    return found


def test_from_the_grids_code_to_the_rating(
    resident: Resident, phone: Page, ruler: Page, tmp_path: Path
) -> None:
    """Not solved at first, and solved then."""
    photo = tmp_path / "a.jpg"
    photo.write_bytes(make_jpeg())
    form = urlsplit(scan(draw_code(f"https://grid.example/report/{GRID}", "png"))).path
    phone.goto(form)
    phone.get_by_label("什么事").fill("解放路15号路灯不亮")
    phone.get_by_label("照片").set_input_files(photo)
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_role("status")).to_contain_text("凭这个网址看进展")
    page = f"/{phone.url.split('/', 3)[3].partition('?')[0]}"
    measure(ruler, form, "resident-form")
    measure(ruler, f"{page}?done=report", "resident-sent")

    district, number = resident.district, resident.district.case().number
    mend(district, number, "已换灯泡，试过亮了")
    measure(ruler, page, "resident-answer")
    phone.goto(page)
    phone.get_by_label("想说的话").fill("还是不亮")
    phone.get_by_role("button", name="未解决").click()
    expect(phone.get_by_role("status")).to_contain_text("意见已记下")
    assert district.case().status == "IN_PROGRESS"

    mend(district, number, "换了电线")
    phone.goto(page)
    expect(phone.get_by_text("换了电线").first).to_be_visible()
    phone.get_by_label("满意", exact=True).check()
    phone.get_by_role("button", name="已解决").click()
    expect(phone.get_by_text("已办结").first).to_be_visible()
    assert district.case().status == "CLOSED"

"""A resident without any chat: the grid's code, a form, the link; not solved, solved, closed on the page."""

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from models.database import Database
from sandbox.server import NO_TRUSTED_CA
from tests.console.resident.conftest import read_hidden
from tests.stories.town import MovableClock, StoryHarness, make_photo, run_story

GRID = "HM-HM-JF-2"
PHOTO = re.compile(r'href="(/c/[a-z]+/photos/\d+)"')


@pytest.fixture
def haimen(sqlite_database: Database, clock: MovableClock, tmp_path: Path) -> Iterator[StoryHarness]:
    with run_story(tmp_path, str(sqlite_database.engine.url), clock) as people:
        yield people


@pytest.fixture
def phone(haimen: StoryHarness) -> Iterator[httpx.Client]:
    """A browser without a script, which follows where it is sent."""
    address = haimen.api.base_url
    with httpx.Client(
        base_url=address, trust_env=False, verify=NO_TRUSTED_CA, timeout=60, follow_redirects=True
    ) as browser:
        yield browser


def report(phone: httpx.Client, text: str) -> httpx.Response:
    """Fill in the form behind the code, with a photo; the page that it leads to."""
    form = read_hidden(phone.get(f"/report/{GRID}").text, "report")
    photo = {"photos": ("a.jpg", base64.b64decode(make_photo("sienna")), "image/jpeg")}
    return phone.post(f"/report/{GRID}", data=form | {"text": text}, files=photo)


def rate(phone: httpx.Client, page: str, *, solved: bool, text: str) -> httpx.Response:
    form = read_hidden(phone.get(page).text, "rate")
    answer = {"solved": str(solved).lower(), "text": text}
    return phone.post(f"{page}/acts/rate", data=form | answer)


def mend(people: StoryHarness, number: str, words: str, colour: str) -> None:
    """The unit hands in a result with a photo, and the desk finds it good."""
    people.say("wrZJ", "zj1", f"/反馈 {number} {words}", photos=[make_photo(colour)])
    people.wait_for_status(number, "SUBMITTED")
    people.say("wrDUTY", "duty1", f"/核查 {number} 通过")
    people.wait_for_status(number, "CALLBACK")


def test_from_the_form_to_the_rating(haimen: StoryHarness, phone: httpx.Client) -> None:
    sent = report(phone, "解放路15号路灯不亮")
    page = sent.url.path
    [case] = haimen.cases()
    number = case["number"]
    assert number in sent.text
    haimen.wait_for_card("wrDUTY", number, "未核实")

    haimen.say("wrDUTY", "duty1", f"/交办 {number} 住建局")
    haimen.wait_for_status(number, "DISPATCHED")
    haimen.say("wrZJ", "zj1", f"/签收 {number}")
    haimen.wait_for_status(number, "IN_PROGRESS")
    mend(haimen, number, "已换灯泡", "gold")
    # Nobody can send it anywhere: it is on the page, and no answer before it was opened.
    haimen.wait_for_message("wrDUTY", number, "网页链接：打开看到结果就算答复")
    haimen.say("wrDUTY", "duty1", f"/结案 {number}")
    haimen.wait_for_message("wrDUTY", "还没有答复报事人")
    assert haimen.case(number)["status"] == "CALLBACK"

    shown = phone.get(page).text
    assert "已换灯泡" in shown
    before, after = PHOTO.findall(shown)
    reds = [Image.open(io.BytesIO(phone.get(photo).content)).getpixel((9, 9)) for photo in (before, after)]
    assert reds[0] != reds[1]
    assert [event["act"] for event in haimen.case(number)["events"]][-1] == "deliver_answer"

    assert "您的意见已记下" in rate(phone, page, solved=False, text="还是不亮").text
    haimen.wait_for_message("wrZJ", number, "还是不亮")
    haimen.wait_for_status(number, "IN_PROGRESS")
    assert "已换灯泡" not in re.sub(r'<ol class="timeline">.*', "", phone.get(page).text, flags=re.DOTALL)
    mend(haimen, number, "换了电线", "green")
    phone.get(page)
    done = rate(phone, page, solved=True, text="亮了，谢谢")
    assert "已办结" in done.text
    assert haimen.case(number)["status"] == "CLOSED"

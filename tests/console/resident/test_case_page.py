"""A resident's own case behind its link: what stands there, what may be done there, and for whom it opens."""

import http.client
import re
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select, update

import console
from handlers.environment.roster import Roster, load_people
from models.case_links import CaseLink
from models.organisation import Person
from models.pushes import Push
from models.workflow import Status
from tests.console.resident.conftest import Resident, make_jpeg, read_hidden
from tests.district import District

LAMP = "解放路15号路灯不亮，我叫张师傅，电话 13812345678"
NOWHERE = "/c/" + "a" * 28


@pytest.fixture
def link(resident: Resident) -> str:
    """The page of a lamp that was reported in private."""
    resident.district.say("zhangsf", "zhangsf", LAMP, direct=True)
    return resident.find_link("zhangsf")


def finish(district: District, *, photos: int = 1) -> None:
    """The unit hands in its result, and the desk finds it good."""
    number = district.case().number
    if district.case().status == Status.NEW:
        district.say("wrDUTY", "duty1", f"/交办 {number} 住建局")
    if district.case().status == Status.DISPATCHED:
        district.say("wrZJ", "zj1", f"/签收 {number}")
    district.say("wrZJ", "zj1", f"/反馈 {number} 已换好灯泡", photos=photos)
    district.say("wrDUTY", "duty1", f"/核查 {number} 通过")


def announce_body(browser: httpx.Client, path: str, size: int) -> int:
    """The status of the answer to whoever says how much will come, before any of it does."""
    connection = http.client.HTTPConnection(browser.base_url.host, browser.base_url.port or 80, timeout=60)
    with closing(connection):
        connection.putrequest("POST", path)
        connection.putheader("Content-Type", "multipart/form-data; boundary=x")
        connection.putheader("Content-Length", str(size))
        connection.endheaders()
        return connection.getresponse().status


def count_events(district: District) -> int:
    return len(district.list_events())


def test_a_page_tells_state_and_steps_and_no_names_or_numbers(resident: Resident, link: str) -> None:
    answer = resident.open(link)
    assert answer.status_code == 200
    for words in (resident.district.case().number, "路灯不亮", "已收到", 'aria-current="step">受理', "预计"):
        assert words in answer.text
    for secret in ("张师傅", "13812345678", "zhangsf"):
        assert secret not in answer.text
    headers = answer.headers
    assert "no-store" in headers["Cache-Control"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in headers["X-Robots-Tag"]
    assert "Disallow: /" in resident.open("/robots.txt").text
    assert len(answer.content) < 20_000


def test_what_the_pages_of_staff_look_like_is_not_drawn_a_second_time_over_it() -> None:
    """Both style sheets are on the page: of two designs for one thing the rest of each shows through."""
    folder = Path(console.__file__).parent / "static"
    common, own = (list_selectors((folder / name).read_text()) for name in ("console.css", "resident.css"))
    assert common & own == set()


def list_selectors(sheet: str) -> set[str]:
    bare = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    heads = re.findall(r"([^{}]+)\{", bare)
    return {one.strip() for head in heads if not head.strip().startswith("@") for one in head.split(",")}


def test_a_group_reads_the_number_and_no_link(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", LAMP)
    finish(district)
    assert district.case().number in district.chat_text("wrINTAKE")
    assert not [push for push in district.pushes() if push.row.link_id is not None]
    with district.database.read() as session:
        assert session.scalar(select(func.count(CaseLink.id))) == 0


def test_receipt_and_answer_name_the_page_and_both_addresses_open_it(resident: Resident, link: str) -> None:
    finish(resident.district)
    answered = resident.find_link("zhangsf")
    assert answered != link
    assert [resident.open(path).status_code for path in (link, answered)] == [200, 200]
    with resident.district.database.read() as session:
        assert session.scalar(select(func.count(CaseLink.id))) == 1


def test_no_link_is_told_from_one_that_is_over(resident: Resident, link: str) -> None:
    district = resident.district
    unknown = resident.open(NOWHERE)
    assert unknown.status_code == 404
    for odd in ("/c/x", "/c/" + "长" * 28, f"{link}a", link.upper().replace("/C/", "/c/")):
        assert (resident.open(odd).status_code, resident.open(odd).text) == (404, unknown.text)
    finish(district)
    assert resident.press(link, "rate", solved="true").status_code == 303
    closed_at = district.case().closed_at
    assert closed_at is not None
    district.now = closed_at + timedelta(days=29)
    assert resident.open(link).status_code == 200
    district.now = closed_at + timedelta(days=31)
    assert (resident.open(link).status_code, resident.open(link).text) == (404, unknown.text)
    posted = resident.browser.post(f"{link}/acts/reopen", data={"reason": "又坏了"})
    assert (posted.status_code, posted.text) == (404, unknown.text)


@pytest.mark.parametrize("who", ["reporter", "desk"])
def test_a_link_is_taken_back_and_none_is_given_again(resident: Resident, link: str, who: str) -> None:
    district = resident.district
    number = district.case().number
    chat, user = ("zhangsf", "zhangsf") if who == "reporter" else ("wrDUTY", "duty1")
    district.say(chat, user, f"/收回链接 {number}", direct=who == "reporter")
    assert "网页链接已收回" in district.chat_text(chat)
    assert resident.open(link).status_code == 404
    finish(district)
    assert [push.row.link_id is not None for push in district.pushes("zhangsf")].count(True) == 1
    district.say("wrDUTY", "duty1", f"/收回链接 {number}")
    assert "没有发过网页链接，或者已经收回" in district.last_text("wrDUTY")


def test_whoever_got_a_matter_that_is_not_theirs_says_so_and_the_link_is_dead(
    resident: Resident, link: str
) -> None:
    answer = resident.press(link, "revoke_link")
    assert answer.status_code == 200
    assert "值班员" in answer.text
    assert resident.open(link).status_code == 404
    assert "不是我反映的" in resident.district.chat_text("wrDUTY")


def test_looking_changes_nothing_and_an_act_is_no_address_to_look_at(resident: Resident, link: str) -> None:
    before = count_events(resident.district)
    resident.open(link)
    for path in ("rate", "withdraw", "revoke_link"):
        assert resident.open(f"{link}/acts/{path}").status_code == 405
    assert count_events(resident.district) == before


def test_a_form_of_another_page_or_site_is_not_taken(resident: Resident, link: str) -> None:
    form = read_hidden(resident.open(link).text, "nudge")
    before = count_events(resident.district)
    post = resident.browser.post
    assert post(f"{link}/acts/nudge", data=form | {"form": "0" * 64}).status_code == 403
    assert post(f"{link}/acts/nudge", data={}).status_code == 403
    evil = {"Origin": "https://evil.example"}
    assert post(f"{link}/acts/nudge", data=form, headers=evil).status_code == 403
    assert post(f"{link}/acts/verify", data=form | {"passed": "true"}).status_code == 404
    assert announce_body(resident.browser, f"{link}/acts/nudge", 99_999_999) == 413
    assert count_events(resident.district) == before


def test_words_and_a_photo_are_added_and_escaped_for_page_and_desk(resident: Resident, link: str) -> None:
    answer = resident.press(link, "add", text="<script>alert(1)</script>还有一盏<b>也</b>不亮", photos=1)
    assert answer.status_code == 303
    shown = resident.open(answer.headers["Location"]).text
    assert 'role="status"' in shown
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown
    assert resident.district.acts()[-1] == "add"
    assert [media.case_id for media in resident.district.media()] == [resident.district.case().id]
    assert "还有一盏" in resident.district.chat_text("wrDUTY")


def test_what_cannot_be_done_is_said_on_the_page_with_what_was_written(resident: Resident, link: str) -> None:
    for act, fields, status, words in (
        ("add", {}, 422, "请写几句话"),
        ("rate", {"solved": "true"}, 409, "你写的那句"),
        ("rate", {}, 422, "已解决"),
        ("reopen", {}, 422, "请写几句原因"),
        ("carry_on", {}, 409, "没有撤回"),
    ):
        form = read_hidden(resident.open(link).text, "add")
        answer = resident.browser.post(
            f"{link}/acts/{act}",
            data=form | {"text": "你写的那句"} | fields if status == 409 else form | fields,
        )
        assert answer.status_code == status, act
        assert 'role="alert"' in answer.text
        assert words in answer.text, act
    broken = resident.browser.post(
        f"{link}/acts/add", data=read_hidden(resident.open(link).text, "add"),
        files={"photos": ("x.jpg", b"no photo", "image/jpeg")},
    )  # fmt: skip
    assert broken.status_code == 422
    assert "不是照片" in broken.text
    assert resident.district.acts() == ["report"]


def test_a_nudge_a_day_and_one_act_however_often_the_button_is_pressed(resident: Resident, link: str) -> None:
    district = resident.district
    form = read_hidden(resident.open(link).text, "nudge")
    for status in (303, 429):
        assert resident.browser.post(f"{link}/acts/nudge", data=form).status_code == status
    assert "nudge" not in resident.list_forms(link)
    district.advance(days=1)
    assert resident.press(link, "nudge").status_code == 303
    assert district.acts().count("nudge") == 2
    form = read_hidden(resident.open(link).text, "add") | {"text": "两下"}
    for _ in range(2):
        assert resident.browser.post(f"{link}/acts/add", data=form).status_code == 303
    assert district.acts().count("add") == 1
    # Back in the browser, and something else written: that is another one, and not taken for done.
    assert resident.browser.post(f"{link}/acts/add", data=form | {"text": "还有一盏"}).status_code == 303
    assert district.acts().count("add") == 2


def test_a_link_says_no_more_than_a_person_would(resident: Resident, link: str) -> None:
    for number in range(19):  # the report itself was the first thing said
        assert resident.press(link, "add", text=f"第{number}句").status_code == 303
    assert resident.press(link, "add", text="还有").status_code == 429


def test_withdrawn_and_carried_on(resident: Resident, link: str) -> None:
    assert resident.press(link, "withdraw", text="已经好了").status_code == 303
    assert "您已撤回" in resident.open(link).text
    assert "报事人" in resident.district.chat_text("wrDUTY")
    assert resident.press(link, "carry_on").status_code == 303
    assert resident.district.case().withdrawal is None


def test_the_answer_is_shown_once_it_was_checked_and_names_nobody(resident: Resident, link: str) -> None:
    district = resident.district
    with district.database.write() as session:
        session.get_one(Person, district.person("zj1").id).name = "陈国强"
        session.flush()
        people = load_people(session, ())
        district.env = replace(district.env, roster=Roster(lambda: people))
    number = district.case().number
    district.say("wrDUTY", "duty1", f"/交办 {number} 住建局")
    district.say("wrZJ", "zj1", f"/签收 {number}")
    district.say("wrZJ", "zj1", f"/反馈 {number} 已换好灯泡，陈国强去的", photos=1)
    unchecked = resident.open(link).text
    assert "已换好灯泡" not in unchecked
    assert "处理后" not in unchecked
    district.say("wrDUTY", "duty1", f"/核查 {number} 通过")
    shown = resident.open(link).text
    assert "已换好灯泡" in shown
    assert "处理后" in shown
    assert "陈国强" not in shown


def test_who_goes_back_and_rates_otherwise_is_told_that_it_is_closed(resident: Resident, link: str) -> None:
    finish(resident.district)
    assert "nudge" not in resident.list_forms(link)  # it is their turn
    form = read_hidden(resident.open(link).text, "rate")
    assert resident.browser.post(f"{link}/acts/rate", data=form | {"solved": "true"}).status_code == 303
    again = resident.browser.post(f"{link}/acts/rate", data=form | {"solved": "false"})
    assert again.status_code == 409
    assert 'role="alert"' in again.text
    assert resident.district.acts().count("rate") == 1


def test_only_whoever_looks_at_the_page_has_read_the_answer(resident: Resident, link: str) -> None:
    finish(resident.district)
    assert resident.district.case().replied_at is None
    for ahead in ({"Sec-Purpose": "prefetch"}, {"User-Agent": "ExampleBot/1.0"}):
        resident.browser.get(link, headers=ahead)
    assert resident.district.case().replied_at is None
    resident.open(link)
    assert resident.district.case().replied_at is not None
    assert resident.district.acts()[-1] == "deliver_answer"
    before = count_events(resident.district)
    resident.open(link)
    assert count_events(resident.district) == before


def test_photos_come_clean_and_only_those_of_the_page(resident: Resident, link: str) -> None:
    resident.report("HM-HM-JF-1", "路灯杆歪了", photos=1)
    mine = resident.report("HM-HM-JF-2", "井盖松了", photos=1).headers["Location"].partition("?")[0]
    theirs, own = [media.id for media in resident.district.media()]
    for size in ("", "?small=1"):
        photo = resident.open(f"{mine}/photos/{own}{size}")
        assert photo.status_code == 200
        assert b"SecretCamera" in make_jpeg()
        assert b"SecretCamera" not in photo.content
        assert "no-store" in photo.headers["Cache-Control"]
    for path in (f"{mine}/photos/{theirs}", f"{link}/photos/{own}", f"{NOWHERE}/photos/{own}"):
        assert resident.open(path).status_code == 404


def test_nobody_in_distress_is_shown_to_who_has_the_link(resident: Resident) -> None:
    resident.district.say(
        "zhangsf", "zhangsf", "解放路15号门口有个老人摔倒了，头破血流起不来", photos=1, direct=True
    )
    assert resident.district.case().class_id == "med.emergency"
    link = resident.find_link("zhangsf")
    assert "<img" not in resident.open(link).text
    assert resident.open(f"{link}/photos/{resident.district.media()[0].id}").status_code == 404


def test_the_page_of_a_confided_matter_says_nothing_of_it(resident: Resident) -> None:
    resident.district.say("zhangsf", "zhangsf", "举报解放路15号窗口办事员收受商户红包", direct=True)
    assert resident.district.case().restricted
    shown = resident.open(resident.find_link("zhangsf")).text
    for word in ("红包", "解放路", "办事员"):
        assert word not in shown
    assert "已收到" in shown


def test_a_handler_does_not_rate_the_work_of_the_own_unit(resident: Resident) -> None:
    district = resident.district
    district.say("zj1", "zj1", "解放路15号路灯不亮", direct=True)
    link = resident.find_link("zj1")
    finish(district)
    assert "rate" not in resident.list_forms(link)
    form = read_hidden(resident.open(link).text, "revoke_link") | {"solved": "true"}
    assert resident.browser.post(f"{link}/acts/rate", data=form).status_code == 403


def test_whoever_reported_the_same_has_a_page_of_their_own_number(resident: Resident) -> None:
    district = resident.district
    district.say("wrINTAKE", "zhangsf", "解放路15号路灯不亮", photos=1)
    first = district.case().number
    district.advance(minutes=5)
    district.say("liay", "liay", "解放路15号路灯不亮", direct=True)
    assert district.case().status == Status.DUPLICATE
    link = resident.find_link("liay")
    shown = resident.open(link).text
    assert "一并办理" in shown
    assert first not in shown
    assert "<img" not in shown
    with district.database.write() as session:
        session.execute(update(Push).values(state="sent"))
    root = district.case(first)
    for chat, user, said in (
        ("wrDUTY", "duty1", "交办 {} 住建局"), ("wrZJ", "zj1", "签收 {}"), ("wrZJ", "zj1", "反馈 {} 已修好"),
        ("wrDUTY", "duty1", "核查 {} 通过"),
    ):  # fmt: skip
        district.say(chat, user, f"/{said.format(root.number)}")
    assert "已修好" in resident.open(link).text
    own = next(case for case in district.cases() if case.number != first)
    assert own.replied_at is not None
    assert resident.press(link, "rate", solved="true").status_code == 303
    statuses = {case.number: case.status for case in district.cases()}
    assert statuses == {first: Status.CALLBACK, own.number: Status.CLOSED}


def test_links_of_a_case_end_with_the_rejection(resident: Resident, link: str) -> None:
    district = resident.district
    district.say("wrDUTY", "duty1", f"/不予受理 {district.case().number} 不归我们管")
    shown = resident.open(link).text
    assert "不归我们管" in shown
    district.advance(days=31)
    assert resident.open(link).status_code == 404

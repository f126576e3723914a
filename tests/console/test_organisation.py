"""组织: groups that spoke, absences and the desk's roster, a file previewed before it is imported, gaps."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import openpyxl
import pytest
from sqlalchemy import select

from models.messages import TextPush
from models.organisation import ChatUse, Participation, Person, Role
from models.proposals import Proposal
from models.staffing import Absence
from tests.console.forms import find_form
from tests.console.office import Office
from tests.district import RUBBLE

SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "haimen" / "org.yaml"
MOST_BYTES = 20_000
TODAY = "2026-03-30"


@pytest.fixture
def duty(office: Office) -> Iterator[httpx.Client]:
    with office.browse("duty1") as client:
        yield client


@pytest.fixture
def admin(office: Office) -> Iterator[httpx.Client]:
    with office.district.database.read() as session:
        known = session.scalar(select(Person.code).where(Person.code == "chief"))
    with office.browse(known or office.district.hire("chief", Role.ADMIN, "HM")) as client:
        yield client


def submit(client: httpx.Client, act: str, page: str = "/org", **fields: object) -> httpx.Response:
    form = find_form(client.get(page).text, data_act=act)
    return client.post(form["url"], data=form["data"] | fields)


def test_a_group_that_spoke_is_bound_by_the_desk_at_the_top_and_hears_it(
    office: Office, duty: httpx.Client
) -> None:
    office.district.say("wrNEW", "zhangsf", "你好")
    assert "wrNEW" in duty.get("/org").text
    answer = submit(duty, "bind", unit="水利局", use="处置")
    assert answer.status_code == 303, answer.text
    chat = office.district.chat("wrNEW")
    assert (chat.use, chat.unit_id) == (ChatUse.HANDLING, office.district.unit("HM-SL").id)
    assert "本群已绑定：水利局，用途：处置" in office.district.last_text("wrNEW")
    office.district.say("wrOTHER", "zhangsf", "你好")
    with office.browse(office.district.hire("towndesk", Role.DUTY, "HM-HM")) as town:
        page = town.get("/org").text
        assert "wrOTHER" not in page
        form = find_form(duty.get("/org").text, data_act="bind")
        token = find_form(page, data_act="roster")["data"]["csrf"]
        answer = town.post(
            form["url"], data=form["data"] | {"csrf": token, "unit": "海门街道", "use": "上报"}
        )
        assert answer.status_code == 403


def list_rung(office: Office, chat: str) -> list[tuple[str, ...]]:
    """Who was mentioned in a chat, each time somebody was."""
    bodies = [push.body for push in office.district.pushes(chat)]
    return [body.mentions for body in bodies if isinstance(body, TextPush) and body.mentions]


def test_whoever_stands_in_is_mentioned_instead_and_whoever_is_on_duty_alone(
    office: Office, duty: httpx.Client
) -> None:
    district = office.district
    with office.browse("cg1") as handler:
        answer = submit(handler, "absence", person="cg1", substitute="cg2", first=TODAY, last=TODAY)
        assert answer.status_code == 303, answer.text
        refused = submit(handler, "absence", person="cg1", substitute="cg2", first=TODAY, last=TODAY)
        assert (refused.status_code, "已经登记" in refused.text) == (409, True)
    answer = submit(duty, "roster", day=TODAY, people=["duty2"])
    assert answer.status_code == 303, answer.text
    district.report_case("长江路有人触电，快来人")
    assert list_rung(office, "wrDUTY") == [("duty2",)]
    district.dispatch_case()
    assert list_rung(office, "wrCG")[-1] == ("cg2",)
    with office.browse("cg1") as handler:
        assert submit(handler, "end_absence").status_code == 303
    with district.database.read() as session:
        assert session.scalars(select(Absence.ended_at)).all() != [None]


def test_nobody_stands_in_who_reads_less_or_works_elsewhere(office: Office, duty: httpx.Client) -> None:
    for substitute in ("zj1", "cg1", "duty1"):
        answer = submit(duty, "absence", person="duty1", substitute=substitute, first=TODAY, last=TODAY)
        assert (answer.status_code, "不能代班" in answer.text) == (403, True)
    with office.browse("cg1") as handler:
        answer = submit(handler, "absence", person="zj1", substitute="cg2", first=TODAY, last=TODAY)
        assert answer.status_code == 403


def upload(client: httpx.Client, content: bytes) -> httpx.Response:
    form = find_form(client.get("/org").text, data_act="preview")
    return client.post(form["url"], data=form["data"], files={"file": ("组织.yaml", content)})


def test_a_file_says_what_it_changes_and_changes_it_once_it_was_looked_at(
    office: Office, admin: httpx.Client, tmp_path: Path
) -> None:
    text = SAMPLE.read_text(encoding="utf-8").replace("short: 城管局", "short: 城管执法局")
    before = len(office.district.units())
    page = upload(
        admin,
        f"{text}\n  - {{code: extra, name: 新群, use: intake, unit: HM, channel: grid, chat_id: wrX}}\n".encode(),
    )
    assert page.status_code == 200, page.text
    assert re.search("简称：<del>城管局</del> → <ins>城管执法局</ins>", page.text)
    assert "extra" in page.text
    assert office.district.unit("HM-CG").short == "城管局"
    form = find_form(page.text, data_act="import")
    assert admin.post(**form).status_code == 200
    assert office.district.unit("HM-CG").short == "城管执法局"
    assert len(office.district.units()) == before
    assert admin.post(**form).status_code == 404
    with office.district.database.read() as session:
        kept = session.scalars(select(Proposal)).one()
        assert (kept.content, kept.adopted) == (None, True)
    workbook = tmp_path / "org.xlsx"
    book = openpyxl.Workbook()
    sheet = book.create_sheet("单位", 0)
    sheet.append(["编码", "名称", "类型", "上级"])
    sheet.append(["HM-NEW", "新局", "部门", "NOWHERE"])
    book.save(workbook)
    wrong = upload(admin, workbook.read_bytes())
    assert (wrong.status_code, "NOWHERE" in wrong.text) == (422, True)


def test_a_preview_is_no_longer_good_once_the_organisation_has_changed(
    office: Office, admin: httpx.Client, duty: httpx.Client
) -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    old = find_form(upload(admin, text.replace("城管一号", "城管甲").encode()).text, data_act="import")
    with office.browse("chief") as again:
        newer = find_form(upload(again, text.replace("城管一号", "城管乙").encode()).text, data_act="import")
        assert again.post(**newer).status_code == 200
    assert admin.post(**old).status_code in (404, 409)
    assert office.district.person("cg1").name == "城管乙"
    assert 'data-act="preview"' not in duty.get("/org").text


def test_what_is_missing_is_counted_and_named(office: Office, duty: httpx.Client) -> None:
    office.district.say("wrINTAKE", "zhangsf", RUBBLE)
    gaps = dict(re.findall(r'data-gap="(\w+)" data-count="(\d+)"', duty.get("/org/gaps").text))
    assert {"nobody", "unstaffed"} <= gaps.keys()
    page = duty.get("/org/gaps").text
    assert "长江社区" in page
    assert "海门街道网信工作群" not in page


def test_people_see_their_own_unit_and_what_lies_beneath_it(office: Office, duty: httpx.Client) -> None:
    with office.browse("cg1") as handler:
        assert "城管" in handler.get("/org").text
        assert handler.get("/org?unit=HM-ZJ").status_code == 404
        assert handler.get("/org?unit=HM").status_code == 404
    page = duty.get("/org")
    assert int(page.headers["Content-Length"]) <= MOST_BYTES
    assert 'data-unit="HM-HM"' in page.text
    assert "张师傅" not in page.text


def test_an_address_written_by_hand_is_answered_by_a_page(duty: httpx.Client) -> None:
    answers = {
        "/notices/%00": 404,
        "/notices/TZ991231-999": 404,
        "/notices?week=heute": 422,
        "/org?unit=%00": 404,
        "/rules/proposals/99999999999999999999": 422,
        "/rules/proposals/7": 404,
        "/rules/text/organisation": 404,
        "/rules/calendar?year=99999": 200,
        "/cases/WG260330-0999?fill=feedback.x": 404,
    }
    found = {address: duty.get(address) for address in answers}
    assert {address: answer.status_code for address, answer in found.items()} == answers
    assert all("<main" in answer.text for answer in found.values())


def test_a_day_of_duty_is_swapped_by_two_on_the_page(office: Office, duty: httpx.Client) -> None:
    tomorrow = "2026-03-31"
    submit(duty, "roster", day=tomorrow, people=["duty1"])
    assert submit(duty, "ask_swap", day=tomorrow, asked="duty2").status_code == 303
    assert "值班二号同意发 /换班 同意 03-31" in office.district.last_text("wrDUTY")
    assert submit(duty, "decide_swap", agreed="yes").status_code == 403
    with office.browse("duty2") as second:
        assert submit(second, "decide_swap", agreed="yes").status_code == 303
        assert "decide_swap" not in second.get("/org").text
    assert "值班二号同意替值班一号值班" in office.district.last_text("wrDUTY")
    assert re.search(rf'data-day="{tomorrow}".*?<span>值班二号</span>', duty.get("/org").text, re.DOTALL)


def test_the_page_shows_posts_duties_skills_and_who_agreed(office: Office, duty: httpx.Client) -> None:
    hire = office.district.hire
    hire("pingan", Role.HANDLER, "HM-CG", (Role.GRID, "HM-HM-CJ"), skills=["调解"], duties=["服务"])
    hire("qishou", Role.INFORMANT, "HM-HM-CJ", participation=Participation.UNCONFIRMED)
    page = duty.get("/org?unit=HM-HM-CJ").text
    line = re.search(r'<li data-person="pingan">.*?</li>', page, re.DOTALL)
    assert line is not None
    shown = re.sub(r"<[^>]+>", "", line[0])
    assert shown == "pingan本人 网格员 · 兼城管局承办员（服务） 调解"
    assert "信息员 1 人，同意参加 0 人" in page
    assert "未确认" in page
    gaps = duty.get("/org/gaps").text
    assert "还没有同意参加的信息员" in gaps
    assert "qishou" not in gaps
    with office.browse("cg1") as handler:
        assert "qishou" not in handler.get("/org").text

"""The form of a unit's QR code: what becomes of what is sent, and what is not taken."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.config.periods import KeepSettings
from bot.media.stores import FolderStore
from bot.retention.expiry import Retention
from handlers.intake.page_reports import hash_address
from models.case_links import CaseLink, LinkToken, PageReport
from models.photo_readings import PhotoReading
from models.workflow import Status
from tests.console.resident.conftest import Resident, read_hidden
from tests.district import MONDAY, District

GRID = "HM-HM-JF-2"
LAMP = "路灯不亮"


def count(district: District, column: object) -> int:
    with district.database.read() as session:
        return session.scalar(select(func.count(column))) or 0  # type: ignore[arg-type]


def test_what_is_sent_becomes_a_case_of_the_grid_that_waits_for_the_desk(resident: Resident) -> None:
    district = resident.district
    district.env = replace(district.env, auto_dispatch="confident")
    answer = resident.report(
        GRID, "建筑垃圾堆了好几天没人管", place="解放路15号门口", phone="138-1234 5678", photos=2
    )
    assert answer.status_code == 303
    page = resident.open(answer.headers["Location"]).text
    case = district.case()
    assert case.number in page
    assert 'role="status"' in page
    assert f"http://127.0.0.1:8000{answer.headers['Location'].partition('?')[0]}" in page
    assert (case.source, case.status, case.area_id) == ("page", Status.NEW, district.unit(GRID).id)
    assert case.place == "解放路15号门口"
    assert page.count("<img") == 2
    card = district.last_card("wrDUTY")
    assert "【网页·未核实】" in card.title
    assert "13812345678" not in district.chat_text("wrDUTY")
    district.say("duty1", "duty1", f"/查看联系人 {case.number} 要回电话", direct=True)
    assert "13812345678" in district.last_text("duty1")


def test_a_danger_rings_at_once_and_is_marked_too(resident: Resident) -> None:
    assert resident.report(GRID, "解放新村3幢燃气泄漏味道很重").status_code == 303
    district = resident.district
    assert district.case().status == Status.DISPATCHED
    assert "【紧急】【网页·未核实】" in district.chat_text("wrDUTY")


def test_what_the_rules_call_chatter_is_a_report_all_the_same(resident: Resident) -> None:
    assert resident.report(GRID, "你好").status_code == 303
    assert len(resident.district.cases()) == 1


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"text": ""}, 422, "请写清楚"),
        ({"text": "啊" * 2001}, 422, "2000"),
        ({"text": LAMP, "phone": "打我电话"}, 422, "电话号码不对"),
        ({"text": LAMP, "photos": 4}, 422, "最多 3 张"),
        ({"text": LAMP, "website": "http://spam.example"}, 422, "留空"),
    ],
)
def test_what_is_not_taken_is_said_and_kept_in_the_form(
    resident: Resident, fields: dict[str, Any], status: int, words: str
) -> None:
    answer = resident.report(GRID, **fields)
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert words in answer.text
    assert fields["text"] in answer.text
    assert resident.district.cases() == []


def test_only_areas_have_a_form(resident: Resident) -> None:
    assert resident.open(f"/report/{GRID}").status_code == 200
    for code in ("HM-CG", "nowhere"):
        assert resident.open(f"/report/{code}").status_code == 404
        assert resident.send_report(code, {"text": LAMP}).status_code == 404


def test_a_form_sent_twice_is_one_case_and_another_one_is_another(resident: Resident) -> None:
    once = read_hidden(resident.open(f"/report/{GRID}").text, "report")
    for text in ("路灯不亮", "路灯不亮", "井盖松了"):
        assert resident.send_report(GRID, once | {"text": text}).status_code == 303
    assert [case.text for case in resident.district.cases()] == ["路灯不亮", "井盖松了"]


def test_who_writes_what_another_wrote_does_not_get_their_link(resident: Resident) -> None:
    for once in ({}, {}, {"once": ""}):
        assert resident.send_report(GRID, {"text": LAMP} | once).status_code == 303
    assert count(resident.district, CaseLink.id) == 3


def test_so_many_of_an_address_and_so_many_for_a_grid(resident: Resident) -> None:
    for number in range(10):
        assert resident.report(GRID, f"解放路{number * 20 + 1}号路灯不亮").status_code == 303
    refused = resident.report(GRID, "解放路401号路灯不亮")
    assert refused.status_code == 429
    assert 'role="alert"' in refused.text
    assert "110" in refused.text
    resident.district.advance(hours=2)
    assert resident.report(GRID, "解放路401号路灯不亮").status_code == 303
    with resident.district.database.write() as session:
        for number in range(60):
            session.add(
                PageReport(
                    address=str(number), unit_id=resident.district.unit(GRID).id, at=resident.district.now
                )
            )
    assert resident.report(GRID, "解放路501号路灯不亮").status_code == 429
    assert resident.report("HM-HM-CJ-1", "长江路401号路灯不亮").status_code == 303


def test_addresses_are_counted_by_household_and_forgotten_with_the_day() -> None:
    one, two, other = "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"
    assert hash_address(one, MONDAY) == hash_address(two, MONDAY) != hash_address(other, MONDAY)
    assert hash_address(one, MONDAY) != hash_address(one, MONDAY + timedelta(days=1))
    assert hash_address("unknown", MONDAY) != hash_address("10.0.0.1", MONDAY)


def test_links_and_counted_forms_go_when_they_are_over(resident: Resident, tmp_path: Path) -> None:
    district = resident.district
    resident.report(GRID, "路灯不亮")
    resident.report(GRID, "楼下垃圾没人收")
    district.say("wrDUTY", "duty1", f"/不予受理 {district.case().number} 不归我们管")
    retention = Retention(
        district.database,
        KeepSettings(),
        store=FolderStore(tmp_path),
        zone=district.env.zone,
        clock=lambda: district.now,
    )
    district.advance(days=29)
    deleted = retention.run()
    assert (deleted["links"], deleted["forms"]) == (0, 2)
    district.advance(days=2)
    assert retention.run()["links"] == 1
    assert (count(district, CaseLink.id), count(district, LinkToken.digest)) == (1, 1)


def test_photos_of_the_page_are_read_where_photos_are(resident: Resident, district: District) -> None:
    for reads, waiting in ((False, 0), (True, 2)):
        district.env = replace(district.env, reads_photos=reads)
        resident.report("HM-HM-JF-1", f"路灯不亮{'，好几天了' * reads}", photos=2)
        with district.database.read() as session:
            assert len(session.scalars(select(PhotoReading)).all()) == waiting

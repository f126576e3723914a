"""What a card shows and what its buttons say they do."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.cards.keys import ButtonKey, CardRole, MoreKey, parse_key, role_of_chat
from handlers.cards.layout import render
from handlers.wording.case_view import CaseView
from models.messages import Card, Option
from models.organisation import ChatUse
from models.workflow import ACTS, OPEN, Status
from tests.district import District

SHANGHAI = ZoneInfo("Asia/Shanghai")
OPTIONS = (Option("HM-CG", "城管局"), Option("HM-ZJ", "住建局"))


def seen(status: Status = Status.NEW, **more: object) -> CaseView:
    facts: dict[str, object] = {
        "number": "WG261121-0031",
        "status": status,
        "class_name": "积存建筑垃圾渣土",
        "nature": "投诉",
        "place": "长江路静海路口",
        "text": "建筑垃圾",
        "unit": "城管局",
        "suggested": "城管局",
        "urgent": False,
        "risk": "",
        "in_grid": False,
        "opened": datetime(2026, 11, 21, 9, 5, tzinfo=SHANGHAI),
        "due": datetime(2026, 11, 25, 9, 5, tzinfo=SHANGHAI),
        "submitted": None,
        "now": datetime(2026, 11, 21, 9, 10, tzinfo=SHANGHAI),
        "reporter": "张师傅",
        "actor": "值班一号",
        "act": "assign",
    }
    return CaseView(**(facts | more))  # type: ignore[arg-type]


def drawn(view: CaseView, desk: CardRole) -> Card:
    return render(view, desk, task_id="t", options=OPTIONS if desk is CardRole.DUTY else ())


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("in_grid", [False, True])
@pytest.mark.parametrize("desk", CardRole)
@pytest.mark.parametrize("status", Status)
def test_every_card_fits_and_every_button_can_be_read(
    status: Status, desk: CardRole, in_grid: bool, asked: bool
) -> None:
    card = drawn(seen(status, in_grid=in_grid, has_request=asked), desk)
    assert len(card.buttons) <= 6
    assert len(card.rows) <= 6
    assert all(len(name) <= 5 for name, _ in card.rows)
    assert card.desc == "〔WG261121-0031〕"
    for button in card.buttons:
        pressed = parse_key(button.key)
        assert isinstance(pressed, ButtonKey) or pressed == MoreKey("WG261121-0031", 0)
        assert pressed.number == "WG261121-0031"
        assert len(button.text) <= 10


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("desk", [CardRole.DUTY, CardRole.HANDLING, CardRole.PARTNER, CardRole.SURVEYOR])
@pytest.mark.parametrize("status", Status)
def test_a_button_offers_only_what_the_state_allows(status: Status, desk: CardRole, asked: bool) -> None:
    for button in drawn(seen(status, has_request=asked), desk).buttons:
        pressed = ButtonKey.parse(button.key)
        assert pressed is not None or MoreKey.parse(button.key)
        assert pressed is None or status in ACTS[pressed.act].from_states


@pytest.mark.parametrize("status", [Status.CLOSED, Status.REJECTED, Status.VOID, Status.DUPLICATE])
@pytest.mark.parametrize("desk", CardRole)
def test_a_finished_case_has_no_act_on_its_card(desk: CardRole, status: Status) -> None:
    words = [button.text for button in drawn(seen(status), desk).buttons]
    assert words in ([], ["更多"])


@pytest.mark.parametrize("desk", CardRole)
def test_a_case_that_was_voided_has_no_button_but_its_reporter_may_still_complain(desk: CardRole) -> None:
    words = [button.text for button in drawn(seen(Status.VOID), desk).buttons]
    assert words == (["更多"] if desk is CardRole.REPORTER else [])


@pytest.mark.parametrize("desk", [CardRole.DUTY, CardRole.LEADER])
def test_a_case_that_bounced_is_decided_for_good_and_not_just_dispatched(desk: CardRole) -> None:
    card = drawn(seen(Status.ACCEPTED, arbitration=True), desk)
    words = [button.text for button in card.buttons]
    assert words == ["裁定", "更多"]
    assert (card.select is not None) == (desk is CardRole.DUTY)


@pytest.mark.parametrize("status", sorted(OPEN))
def test_a_request_is_decided_by_button(status: Status) -> None:
    words = [button.text for button in drawn(seen(status, has_request=True), CardRole.DUTY).buttons]
    assert words == ["同意", "不同意", "更多"]


@pytest.mark.parametrize("status", sorted(OPEN - {Status.CALLBACK}))
def test_the_reporter_may_nudge_by_button(status: Status) -> None:
    words = [button.text for button in drawn(seen(status), CardRole.REPORTER).buttons]
    assert words == ["催一催", "更多"]


@pytest.mark.parametrize("status", Status)
def test_units_are_offered_only_while_somebody_must_be_chosen(status: Status) -> None:
    offered = drawn(seen(status), CardRole.DUTY).select is not None
    assert offered == (status in (Status.NEW, Status.ACCEPTED))


def test_the_reporters_name_is_on_no_card() -> None:
    for desk in CardRole:
        for status in Status:
            assert "张师傅" not in str(drawn(seen(status), desk))


def test_an_urgent_case_says_so_first() -> None:
    assert drawn(seen(urgent=True), CardRole.HANDLING).title == "【紧急】积存建筑垃圾渣土·待受理"


def test_the_handling_card_tells_how_to_feed_back_once_signed() -> None:
    assert (
        "请引用本条发结果和处理后照片，或发：@我 /反馈 0031 结果"
        in drawn(seen(Status.IN_PROGRESS), CardRole.HANDLING).body
    )


def test_the_check_card_shows_the_result_and_the_time_it_took() -> None:
    done = datetime(2026, 11, 21, 11, 2, tzinfo=SHANGHAI)
    card = drawn(seen(Status.SUBMITTED, act_text="已清运", act="feedback", submitted=done), CardRole.DUTY)
    assert card.body == "已清运"
    assert dict(card.rows)["用时"] == "1 小时 57 分"


def test_each_use_of_a_chat_has_its_desk() -> None:
    assert {use: role_of_chat(use) for use in ChatUse} == {
        ChatUse.DUTY: CardRole.DUTY,
        ChatUse.HANDLING: CardRole.HANDLING,
        ChatUse.INTAKE: CardRole.REPORTER,
        ChatUse.RESIDENTS: CardRole.REPORTER,
        ChatUse.DIRECT: CardRole.REPORTER,
        ChatUse.UNBOUND: CardRole.REPORTER,
        ChatUse.SUBSCRIBER: CardRole.REPORTER,
    }


@settings(deadline=None)
@given(st.text())
def test_reading_a_key_never_fails(key: str) -> None:
    pressed = parse_key(key)
    assert not isinstance(pressed, ButtonKey) or pressed.act in ACTS


def test_every_card_has_a_task_of_its_own_in_the_allowed_letters(district: District) -> None:
    district.close_case()
    tasks = [said.card.task_id for said in district.pushes() if said.row.kind == "card" and said.card]
    assert len(tasks) == len(set(tasks)) > 2
    assert all(re.fullmatch(r"[0-9A-Za-z_@-]{1,128}", task) for task in tasks)


def test_a_card_drawn_again_says_when_it_was_done_and_not_when_it_was_drawn(
    sqlite_district: District,
) -> None:
    sqlite_district.report_case()
    sqlite_district.advance(hours=3)
    sqlite_district.say("wrDUTY", "duty1", "/卡片 0001")
    assert dict(sqlite_district.last_card("wrDUTY").rows)["状态"] == "报事人 03-30 09:05 上报"


def test_a_card_leads_staff_to_the_page_of_the_case(sqlite_district: District) -> None:
    case = sqlite_district.report_case()
    card = sqlite_district.last_card("wrDUTY")
    assert card.url.endswith(f"/cases/{case.number}")

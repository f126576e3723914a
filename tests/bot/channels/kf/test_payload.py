"""What the messages of customer service mean: every kind of the sheet, and what is none."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Envelope
from bot.channels.kf import messages, payload
from bot.channels.xml_callback import read_fields
from models.account_ids import WECOM_CUSTOMER
from models.messages import Click, Incoming, IncomingKind, MediaRef, Part, PartKind
from tests.bot.channels.kf.samples import CALL, CUSTOMER, DESK, SENT, build_settings, event, item

SETTINGS = build_settings()
MEDIA = {"media_id": "MID"}


def seal(said: dict[str, Any], *, after: timedelta = timedelta(), attended: bool = False) -> Envelope | None:
    return payload.build_envelope(said, SETTINGS, account=DESK, attended=attended, now=SENT + after)


def read(said: dict[str, Any], *, attended: bool = False) -> Incoming:
    envelope = seal(said, attended=attended)
    assert envelope is not None
    return payload.build_incoming(envelope.raw, SETTINGS, channel="service")


def test_words_come_from_one_person_in_their_own_conversation() -> None:
    said = read(item("text", {"content": " 路灯坏了 "}))
    assert (said.text, said.kind, said.direct, said.attended) == (
        "路灯坏了",
        IncomingKind.MESSAGE,
        True,
        False,
    )
    assert (said.chat_id, said.sender, said.provider) == (CUSTOMER, CUSTOMER, WECOM_CUSTOMER)
    assert (said.message_id, said.sent_at) == ("m1", SENT)


def test_a_line_of_a_menu_is_a_press() -> None:
    said = read(item("text", {"content": "满意", "menu_id": "rate:WG1:solved"}))
    assert (said.kind, said.click) == (IncomingKind.CLICK, Click("", "rate:WG1:solved"))


@pytest.mark.parametrize(
    ("msgtype", "content", "part"),
    [
        ("image", MEDIA, Part(PartKind.PHOTO, media=MediaRef("MID"))),
        ("voice", MEDIA, Part(PartKind.VOICE, media=MediaRef("MID"))),
        ("video", MEDIA, Part(PartKind.VIDEO, media=MediaRef("MID"))),
        ("file", MEDIA, Part(PartKind.FILE, media=MediaRef("MID"))),
        ("image", {}, Part(PartKind.PHOTO)),
        ("link", {"title": "T", "desc": "D", "url": "https://x.example"}, Part(PartKind.LINK)),
        ("business_card", {"userid": "zhangsan"}, Part(PartKind.CONTACT_CARD)),
        ("miniprogram", {"title": "T", "appid": "wx0", "pagepath": "p.html"}, Part(PartKind.MINI_PROGRAM)),
        ("channels_shop_product", {"product_id": "1"}, Part(PartKind.OTHER)),
        ("msgmenu", {"head_content": "x"}, Part(PartKind.OTHER)),
    ],
)
def test_every_kind_of_the_sheet_is_a_part(msgtype: str, content: dict[str, Any], part: Part) -> None:
    assert read(item(msgtype, content)).parts == (part,)


def test_a_location_is_moved_from_the_map_to_the_world() -> None:
    place = {"latitude": 31.883, "longitude": 121.17, "name": "广州塔", "address": "广州市海珠区"}
    [part] = read(item("location", place)).parts
    assert part.text == "广州市海珠区，广州塔"
    assert part.point is not None
    assert 0.001 < abs(part.point[0] - 31.883) < 0.01
    named = {"address": "江苏省南通市海门区解放路15号", "name": "解放路15号"}
    assert read(item("location", named)).parts[0].text == named["address"]
    assert read(item("location", {"latitude": 91, "longitude": 0})).point is None


@pytest.mark.parametrize(("written", "scene"), [("XS-XS-01-G3", "XS-XS-01-G3"), ("a%3D1", "a=1"), ("", "")])
def test_whoever_opens_the_link_of_a_grid_is_there(written: str, scene: str) -> None:
    said = read(event("enter_session", scene="grid5", scene_param=written, welcome_code="WC"))
    assert (said.kind, said.scene, said.addressed) == (IncomingKind.ENTER, scene, True)
    assert not read(event("enter_session", scene_param=written)).addressed


def test_a_message_that_failed_names_its_push() -> None:
    own = messages.build_message_id(4711, "wk1 m1")
    said = read(event("msg_send_fail", fail_msgid=own, fail_type=4))
    assert (said.kind, said.failed_push) == (IncomingKind.UNDELIVERED, 4711)
    assert read(event("msg_send_fail", fail_msgid="case1-1", fail_type=4)).kind is IncomingKind.IGNORED


@pytest.mark.parametrize(
    "said",
    [
        event("servicer_status_change", servicer_userid="zhangsan", status=1),
        event("session_status_change", change_type=3, old_servicer_userid="zhangsan", msg_code="MC"),
        event("user_recall_msg", recall_msgid="m1"),
        item("text", {"content": "请讲"}, origin=5),
        {**item("text", {"content": "?"}), "external_userid": ""},
        {},
        {"msgtype": 5, "origin": "3", "event": [], "send_time": "x"},
    ],
)
def test_what_says_nothing_to_a_bot_is_not_stored(said: dict[str, Any]) -> None:
    assert seal(said) is None


def test_a_message_opens_two_days_of_the_account_that_was_written_to() -> None:
    opened = seal(item("text", {"content": "x"}))
    assert opened is not None
    assert payload.Trigger.from_value(opened.handle["message"]) == payload.Trigger(DESK, "m1")
    assert opened.handle_lifetimes["message"] == timedelta(hours=48) - timedelta(seconds=5)
    late = seal(item("text", {"content": "x"}), after=timedelta(hours=1))
    assert late is not None
    assert late.handle_lifetimes["message"] == timedelta(hours=47) - timedelta(seconds=5)
    over = seal(item("text", {"content": "x"}), after=timedelta(hours=48))
    assert over is not None
    assert over.handle == {}


def test_a_welcome_is_good_for_seconds_and_a_person_who_answers_leaves_no_window() -> None:
    greeted = seal(event("enter_session", welcome_code="WC"))
    assert greeted is not None
    assert (greeted.handle, greeted.handle_lifetimes) == (
        {"welcome": "WC"},
        {"welcome": timedelta(seconds=15)},
    )
    attended = seal(item("text", {"content": "x"}), attended=True)
    assert attended is not None
    assert attended.handle == {}
    assert read(item("text", {"content": "x"}), attended=True).attended


def test_a_call_brings_its_token_for_ten_minutes_and_says_nothing_itself() -> None:
    query = {"timestamp": "1", "nonce": "n", "msg_signature": "s"}
    parsed = read_fields(CALL)
    call = payload.build_summons(parsed, CALL, query)
    assert call.handle == {"summons": "ENCApHxnGDNAVNY4AaSJKj4Tb5mwsEMzxhFmHVGcra996NR"}
    assert (call.chat_id, call.handle_lifetimes) == (DESK, {"summons": timedelta(minutes=10)})
    again = payload.build_summons(parsed, CALL, query | {"nonce": "o"})
    assert call.message_id != again.message_id
    assert payload.build_incoming(call.raw, SETTINGS, channel="service").kind is IncomingKind.IGNORED


@given(st.integers(1, 10**18 - 1), st.text(max_size=80))
def test_our_own_ids_are_what_the_platform_takes_and_lead_back(push: int, trigger: str) -> None:
    own = messages.build_message_id(push, trigger)
    assert len(own) <= 32
    assert own.isascii()
    assert messages.read_push_id(own) == push


@given(st.dictionaries(st.sampled_from(["msgid", "origin", "msgtype", "event", "text", "external_userid",
                                        "send_time", "location"]),
                       st.one_of(st.text(max_size=9), st.integers(), st.none(),
                                 st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=3))))  # fmt: skip
def test_whatever_the_platform_says_is_stored_and_read(said: dict[str, Any]) -> None:
    envelope = payload.build_envelope(said, SETTINGS, account=DESK, attended=False, now=SENT)
    if envelope is not None:
        found = payload.build_incoming(envelope.raw, SETTINGS, channel="service")
        assert (found.message_id, found.sender) == (envelope.message_id, envelope.sender)

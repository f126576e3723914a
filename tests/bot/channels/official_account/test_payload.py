"""What the callbacks of an official account mean: the examples of the sheet, and what is none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Envelope, RefusedInput
from bot.channels.official_account import payload
from models.account_ids import WECHAT
from models.messages import Click, Incoming, IncomingKind, MediaRef, Part, PartKind
from tests.bot.channels.official_account.samples import OPENID, SENT, build_settings, event, message, text

MEDIA = "<MediaId><![CDATA[MEDIA]]></MediaId>"
LOCATION = (
    "<Location_X>31.890000</Location_X><Location_Y>121.180000</Location_Y><Scale>20</Scale>"
    "<Label><![CDATA[长江路88号]]></Label>"
)


def read(xml: str, **settings: Any) -> Incoming:
    return payload.build_incoming(xml, build_settings(**settings), channel="public")


def seal(xml: str, *, now: datetime = SENT, **settings: Any) -> Envelope:
    return payload.build_envelope(xml, build_settings(**settings), now=now)


def test_words_come_from_one_person_in_their_own_conversation() -> None:
    said = read(text("路灯不亮"))
    assert (said.text, said.kind, said.direct) == ("路灯不亮", IncomingKind.MESSAGE, True)
    assert (said.chat_id, said.sender, said.provider) == (OPENID, OPENID, WECHAT)
    assert (said.message_id, said.sent_at) == ("24812345678901234", datetime(2026, 1, 1, tzinfo=UTC))


def test_an_openid_keeps_its_case() -> None:
    assert read(text("路灯不亮")).sender == "oOPENID0001"


def test_a_voice_brings_its_file_and_what_the_platform_heard() -> None:
    heard = f"{MEDIA}<Format>amr</Format><Recognition><![CDATA[三栋楼道灯坏了]]></Recognition>"
    assert read(message("voice", heard)).parts == (
        Part(PartKind.VOICE, "三栋楼道灯坏了", media=MediaRef("MEDIA")),
    )
    assert read(message("voice", MEDIA)).parts == (Part(PartKind.VOICE, media=MediaRef("MEDIA")),)


@pytest.mark.parametrize(
    ("kind", "part"),
    [("image", PartKind.PHOTO), ("video", PartKind.VIDEO), ("shortvideo", PartKind.VIDEO)],
)
def test_a_file_is_named_by_its_media_id(kind: str, part: PartKind) -> None:
    more = "<PicUrl>http://mmbiz.qpic.cn/x/0</PicUrl><ThumbMediaId>THUMB</ThumbMediaId>"
    assert read(message(kind, MEDIA + more)).parts == (Part(part, media=MediaRef("MEDIA")),)


def test_a_location_is_moved_from_the_map_to_the_world() -> None:
    point = read(message("location", LOCATION)).point
    assert point == pytest.approx((31.8921, 121.1756), abs=0.001)
    assert read(message("location", LOCATION), location_crs="wgs84").point == (31.89, 121.18)
    assert read(message("location", LOCATION)).text == "长江路88号"


def test_a_location_without_a_name_has_no_words() -> None:
    nameless = LOCATION.replace("长江路88号", "位置信息")
    assert read(message("location", nameless)).text == ""


@pytest.mark.parametrize("wrong", ["", "x", "nan", "inf", "91", "1e999"])
def test_a_location_that_is_none_keeps_its_words(wrong: str) -> None:
    broken = LOCATION.replace("31.890000", wrong)
    assert read(message("location", broken)).parts == (Part(PartKind.LOCATION, "长江路88号"),)


@pytest.mark.parametrize(
    ("kind", "part"),
    [("link", PartKind.LINK), ("miniprogrampage", PartKind.MINI_PROGRAM), ("file", PartKind.OTHER)],
)
def test_what_cannot_be_read_says_its_kind(kind: str, part: PartKind) -> None:
    assert read(message(kind, "<Title>x</Title>")).parts == (Part(part),)


@pytest.mark.parametrize(
    ("kind", "key"),
    [("subscribe", "qrscene_XS-XS-01-G3"), ("SCAN", "XS-XS-01-G3"), ("scan", "XS-XS-01-G3")],
)
def test_a_scan_names_the_grid(kind: str, key: str) -> None:
    came = read(event(kind, f"<EventKey><![CDATA[{key}]]></EventKey><Ticket>T</Ticket>"))
    assert (came.kind, came.scene) == (IncomingKind.ENTER, "XS-XS-01-G3")


def test_who_subscribes_by_themselves_comes_from_nowhere() -> None:
    came = read(event("subscribe", "<EventKey></EventKey>"))
    assert (came.kind, came.scene) == (IncomingKind.ENTER, "")


def test_who_unsubscribes_has_left() -> None:
    assert read(event("unsubscribe")).kind is IncomingKind.LEFT


@pytest.mark.parametrize("key", ["/我的", "/帮助"])
def test_a_menu_entry_that_is_a_command_is_said(key: str) -> None:
    assert read(event("CLICK", f"<EventKey>{key}</EventKey>")).text == key


def test_another_menu_entry_opens_the_conversation() -> None:
    assert read(event("CLICK", "<EventKey>hello</EventKey>")).kind is IncomingKind.ENTER


def test_a_choice_below_a_message_is_a_press() -> None:
    pressed = read(text("已解决", menu="rate:WG261121-0031:solved"))
    assert (pressed.kind, pressed.click) == (
        IncomingKind.CLICK,
        Click("", "rate:WG261121-0031:solved"),
    )


@pytest.mark.parametrize(
    "kind",
    ["VIEW", "LOCATION", "location_select", "pic_sysphoto", "pic_photo_or_album", "pic_weixin",
     "scancode_push", "TEMPLATESENDJOBFINISH", "subscribe_msg_popup_event", "whatever_comes"],
)  # fmt: skip
def test_other_events_are_stored_and_done(kind: str) -> None:
    assert read(event(kind, "<EventKey>https://x.example</EventKey>")).kind is IncomingKind.IGNORED


@pytest.mark.parametrize("xml", [text("x"), message("voice", MEDIA), text("已解决", menu="k")])
def test_a_message_opens_two_days(xml: str) -> None:
    assert seal(xml).handle_lifetimes == {"message": timedelta(hours=48) - timedelta(seconds=5)}


@pytest.mark.parametrize("kind", ["subscribe", "SCAN", "CLICK"])
def test_a_scan_or_a_press_opens_a_minute(kind: str) -> None:
    assert seal(event(kind)).handle_lifetimes == {"event": timedelta(seconds=55)}


@pytest.mark.parametrize("kind", ["unsubscribe", "VIEW", "LOCATION", "TEMPLATESENDJOBFINISH"])
def test_other_events_open_nothing(kind: str) -> None:
    assert seal(event(kind)).handle == {}


def test_a_window_began_when_the_platform_took_the_message() -> None:
    late = seal(text("x"), now=SENT + timedelta(hours=47))
    assert late.handle_lifetimes == {"message": timedelta(hours=1) - timedelta(seconds=5)}
    assert seal(text("x"), now=SENT + timedelta(hours=48)).handle == {}
    ahead = seal(text("x"), now=SENT - timedelta(hours=1))
    assert ahead.handle_lifetimes == {"message": timedelta(hours=48)}


def test_the_windows_are_settings() -> None:
    windows = {"messages": 20, "message_length": "PT24H", "event_length": "PT2M"}
    assert seal(text("x"), windows=windows).handle_lifetimes["message"] == timedelta(hours=23, seconds=3595)


def test_what_is_delivered_again_is_the_same_and_nothing_else_is() -> None:
    scan = event("SCAN", "<EventKey>G1</EventKey>")
    later = scan.replace("1767225600", "1767225601")
    ids = [seal(xml).message_id for xml in (scan, scan, later, event("CLICK"), text("x"))]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4


HOSTILE = {
    "nothing": "",
    "no XML": "路灯不亮",
    "unfinished": "<xml><MsgType>text",
    "another root": "<html><body/></html>",
    "an entity": '<!DOCTYPE xml [<!ENTITY a "b">]><xml><MsgType>&a;</MsgType></xml>',
    "size": "<xml><MsgType>text</MsgType><Content>" + "路" * 300_000 + "</Content></xml>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_xml_is_refused(name: str) -> None:
    with pytest.raises(RefusedInput):
        read(HOSTILE[name])


@pytest.mark.parametrize("name", ["FromUserName", "MsgId", "CreateTime", "Content", "bizmsgmenuid"])
@pytest.mark.parametrize("value", ["", "<a>b</a>", "-1", "99999999999999999999", "x" * 5_000])
def test_no_element_is_trusted_to_be_what_it_should(name: str, value: str) -> None:
    xml = f"<xml><MsgType>text</MsgType><{name}>{value}</{name}><{name}>again</{name}></xml>"
    assert isinstance(read(xml), Incoming)
    assert isinstance(seal(xml), Envelope)


@given(st.text(max_size=200))
def test_whatever_people_say_is_a_message_or_refused(words: str) -> None:
    try:
        said = read(text(words.replace("]]>", "")))
    except (RefusedInput, UnicodeEncodeError):
        return
    assert said.kind in (IncomingKind.MESSAGE, IncomingKind.IGNORED)

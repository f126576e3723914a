"""Every message and event of the sheet, as the handlers get it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.app import payload
from bot.channels.base import Envelope, RefusedInput
from bot.channels.xml_callback import build_xml, read_fields
from models.messages import Click, Incoming, IncomingKind, MediaRef, Part, PartKind
from tests.bot.channels.app.samples import CORP, PRESS, SENT, build_settings, event, message


def read(xml: str, **settings: object) -> Incoming:
    return payload.build_incoming(xml, build_settings(**settings), channel="staff")


def seal(xml: str) -> Envelope:
    return payload.build_envelope(read_fields(xml), xml)


PARTS = {
    "text": ("<Content><![CDATA[路灯不亮]]></Content>", Part(PartKind.TEXT, "路灯不亮")),
    "image": (
        "<PicUrl><![CDATA[https://wework.qpic.cn/x/0]]></PicUrl><MediaId><![CDATA[MID]]></MediaId>",
        Part(PartKind.PHOTO, media=MediaRef("MID")),
    ),
    "voice": (
        "<MediaId><![CDATA[MID]]></MediaId><Format><![CDATA[amr]]></Format>",
        Part(PartKind.VOICE, media=MediaRef("MID")),
    ),
    "video": (
        "<MediaId><![CDATA[MID]]></MediaId><ThumbMediaId><![CDATA[TID]]></ThumbMediaId>",
        Part(PartKind.VIDEO, media=MediaRef("MID")),
    ),
    "link": ("<Title><![CDATA[标题]]></Title><Url><![CDATA[https://x.example]]></Url>", Part(PartKind.LINK)),
    "file": ("<MediaId><![CDATA[MID]]></MediaId>", Part(PartKind.FILE, media=MediaRef("MID"))),
    "hologram": ("<Content><![CDATA[x]]></Content>", Part(PartKind.OTHER)),
}


@pytest.mark.parametrize("kind", PARTS)
def test_a_message_of_each_kind(kind: str) -> None:
    elements, part = PARTS[kind]
    read_back = read(message(kind, elements))
    assert (read_back.kind, read_back.parts) == (IncomingKind.MESSAGE, (part,))
    assert (read_back.sender, read_back.chat_id, read_back.direct) == ("zhangsan", "zhangsan", True)
    assert (read_back.message_id, read_back.sent_at) == ("1234567890123456789", SENT)


LOCATION = (
    "<Location_X>31.890000</Location_X><Location_Y>121.180000</Location_Y><Scale>16</Scale>"
    "<Label><![CDATA[长江路88号]]></Label><AppType><![CDATA[wxwork]]></AppType>"
)


def test_a_location_is_a_point_of_ours() -> None:
    point = read(message("location", LOCATION)).point
    assert point is not None
    assert point == pytest.approx((31.8921, 121.1756), abs=0.001)
    assert read(message("location", LOCATION), location_crs="wgs84").point == (31.89, 121.18)
    assert read(message("location", LOCATION)).text == "长江路88号"


@pytest.mark.parametrize("wrong", ["", "x", "nan", "inf", "91", "1e999"])
def test_a_location_that_is_none_keeps_its_words(wrong: str) -> None:
    broken = LOCATION.replace("31.890000", wrong)
    assert read(message("location", broken)).parts == (Part(PartKind.LOCATION, "长江路88号"),)


@pytest.mark.parametrize("kind", ["template_card_event", "template_card_menu_event"])
def test_a_press_says_card_key_and_choice(kind: str) -> None:
    xml = event(kind, PRESS)
    click = Click("WG261121-0031-2-handling-7", "sign:WG261121-0031", {"unit": ("HM-CG",)})
    assert (read(xml).kind, read(xml).click) == (IncomingKind.CLICK, click)
    assert (seal(xml).handle, seal(xml).urgent_reply) == ({"response_code": "RC-1"}, True)
    assert "RC-1" not in repr(seal(xml).handle_lifetimes)


def test_several_choices_are_several_elements() -> None:
    many = PRESS.replace("</OptionIds>", "<OptionId>HM-ZJ</OptionId></OptionIds>").replace(
        "</SelectedItems>", "<SelectedItem><QuestionKey>why</QuestionKey></SelectedItem></SelectedItems>"
    )
    click = read(event("template_card_event", many)).click
    assert click is not None
    assert click.selected == {"unit": ("HM-CG", "HM-ZJ"), "why": ()}


@pytest.mark.parametrize("kind", ["subscribe", "enter_agent"])
def test_whoever_comes_in_is_welcomed(kind: str) -> None:
    assert read(event(kind, "<EventKey><![CDATA[]]></EventKey>")).kind is IncomingKind.ENTER


def test_whoever_comes_in_is_welcomed_once_a_day() -> None:
    ids = [seal(event("enter_agent", later=timedelta(hours=hours))).message_id for hours in (0, 15, 16)]
    assert ids == ["enter_agent:2026-01-01", "enter_agent:2026-01-01", "enter_agent:2026-01-02"]


def test_a_menu_entry_says_what_it_stands_for() -> None:
    assert read(event("click", "<EventKey>/我的</EventKey>")).text == "/我的"
    assert read(event("click", "<EventKey>MINE</EventKey>"), menu={"MINE": "/我的"}).text == "/我的"
    assert read(event("click", "<EventKey>MINE</EventKey>")).kind is IncomingKind.IGNORED


@pytest.mark.parametrize(
    "kind",
    ["view", "view_miniprogram", "unsubscribe", "LOCATION", "location_select", "scancode_waitmsg",
     "pic_sysphoto", "batch_job_result", "open_approval_change", "inactive_alert", "whatever_comes"],
)  # fmt: skip
def test_other_events_are_stored_and_done(kind: str) -> None:
    assert read(event(kind, "<EventKey>https://x.example</EventKey>")).kind is IncomingKind.IGNORED


def test_what_is_delivered_again_is_the_same_and_nothing_else_is() -> None:
    press = event("template_card_event", PRESS)
    other = event("template_card_event", PRESS.replace("sign:", "return:"))
    again = press.replace("RC-1", "RC-2")
    ids = [
        seal(xml).message_id for xml in (press, again, other, event("click", "<EventKey>/帮助</EventKey>"))
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_words_keep_what_xml_forbids_out_of_the_way() -> None:
    text = message("text", "<Content><![CDATA[路\x00灯\x0b不亮]]></Content>")
    assert read(text).text == "路灯不亮"
    assert read(message("text", "<Content>路灯&#11;不亮&#x1F;</Content>")).text == "路灯不亮"


HOSTILE = {
    "nothing": "",
    "no XML": "路灯不亮",
    "unfinished": "<xml><MsgType>text",
    "no type": "<xml><FromUserName>a</FromUserName></xml>",
    "types": "<xml><MsgType>text</MsgType><MsgType>image</MsgType></xml>",
    "an event of nothing": "<xml><MsgType>event</MsgType></xml>",
    "another root": "<html><body/></html>",
    "a text alone": "<xml>text</xml>",
    "an entity": '<!DOCTYPE xml [<!ENTITY a "b">]><xml><MsgType>&a;</MsgType></xml>',
    "a file": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><MsgType>&a;</MsgType></xml>',
    "a billion": "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
    "<xml><MsgType>&b;</MsgType></xml>",
    "depth": "<xml><MsgType>text</MsgType>" + "<a>" * 30_000 + "</a>" * 30_000 + "</xml>",
    "size": "<xml><MsgType>text</MsgType><Content>" + "路" * 300_000 + "</Content></xml>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_xml_is_refused(name: str) -> None:
    with pytest.raises(RefusedInput):
        read(HOSTILE[name])


@pytest.mark.parametrize("field", ["FromUserName", "MsgId", "CreateTime", "AgentID", "Content"])
@pytest.mark.parametrize("value", ["", "<a>b</a>", "-1", "99999999999999999999", "x" * 5_000])
def test_no_element_is_trusted_to_be_what_it_should(field: str, value: str) -> None:
    xml = f"<xml><MsgType>text</MsgType><{field}>{value}</{field}><{field}>again</{field}></xml>"
    assert isinstance(read(xml), Incoming)
    assert isinstance(seal(xml), Envelope)


@given(st.text(max_size=200), st.integers(0, 10**12))
def test_what_is_written_is_read_back(words: str, number: int) -> None:
    body = {"MsgType": "text", "ToUserName": CORP, "Content": words, "Number": number, "Row": ["a", "b"]}
    try:
        xml = build_xml(body)
        xml.encode()
    except UnicodeEncodeError:
        return
    fields = read_fields(xml)
    assert (fields["Number"], fields["Row"]) == (str(number), ["a", "b"])

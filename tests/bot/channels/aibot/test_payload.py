"""The AI bot's payloads, as the fact sheet shows them and as they should never be."""

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.aibot import payload
from bot.channels.base import RefusedInput
from bot.channels.wecom import json_body
from bot.channels.wecom.addressing import strip_address
from handlers.environment import areas
from handlers.environment.areas import CRS
from models.messages import Click, Incoming, IncomingKind, MediaRef, Part, PartKind

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
URL = "https://ww-aibot-img-1258476243.cos.ap-guangzhou.myqcloud.com/a/1?sign=s"
REF = MediaRef(URL, KEY)
FILE = {"url": URL, "aeskey": KEY}


def body(**more: Any) -> dict[str, Any]:
    group = {"msgid": "M-1", "aibotid": "AIB1", "chatid": "wrkAAAbbb", "chattype": "group"}
    return {**group, "from": {"userid": "lisi"}, **more}


def single(**more: Any) -> dict[str, Any]:
    return {"msgid": "A-1", "chattype": "single", "from": {"userid": "zhangsan"}, **more}


def text(content: str) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": content}}


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {"msgtype": "event", "event": {"eventtype": kind, **more}}


def read(data: dict[str, Any], *, hears_all: bool = False) -> Incoming:
    return payload.build_incoming(
        json.dumps(data, ensure_ascii=False), channel="grid", bot_name="网格助手", hears_all=hears_all
    )


def test_a_group_message() -> None:
    found = read(body(**text("@网格助手 3栋楼道灯坏了")))
    assert (found.channel, found.message_id, found.chat_id) == ("grid", "M-1", "wrkAAAbbb")
    assert (found.sender, found.direct, found.addressed) == ("lisi", False, True)
    assert found.parts == (Part(PartKind.TEXT, "3栋楼道灯坏了"),)


def test_a_direct_message_is_in_the_senders_chat() -> None:
    found = read(single(**text("路灯不亮")))
    assert (found.chat_id, found.direct, found.text) == ("zhangsan", True, "路灯不亮")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("@网格助手 路灯不亮", "路灯不亮"),
        ("@网格助手  路灯不亮", "路灯不亮"),
        ("@网格助手\u2005路灯不亮", "路灯不亮"),
        ("@网格助手路灯不亮", "路灯不亮"),
        ("@小助手 路灯不亮", "路灯不亮"),
        ("路灯不亮 @网格助手", "路灯不亮"),
        ("@网格助手 请 @张三 看看", "请 @张三 看看"),
        ("@网格助手 /签收 0031", "/签收 0031"),
        ("邮箱 a@网格助手.cn", "邮箱 a@网格助手.cn"),
        ("＠网格助手 路灯不亮", "路灯不亮"),
        ("路灯＠网格助手不亮", "路灯不亮"),
        ("天华路20号@网格\u200b助手 井盖没了", "天华路20号井盖没了"),
    ],
)
def test_the_address_is_no_part_of_the_words(content: str, words: str) -> None:
    assert read(body(**text(content))).text == words


def test_a_name_with_spaces_is_stripped() -> None:
    stripped = strip_address("@Grid  Bot  路灯", "Grid Bot", guess=True)
    assert stripped == "路灯"


def test_only_an_address_is_nothing_to_act_on() -> None:
    found = read(body(**text("@网格助手 ")))
    assert (found.kind, found.parts) == (IncomingKind.MESSAGE, ())


def test_a_bot_that_hears_all_knows_when_it_is_meant() -> None:
    assert read(body(**text("@网格助手 路灯")), hears_all=True).addressed
    overheard = read(body(**text("@张三 你看看路灯")), hears_all=True)
    assert (overheard.addressed, overheard.text) == (False, "@张三 你看看路灯")


def test_words_and_pictures_in_one_message() -> None:
    items = [text("@网格助手 井盖破损"), {"msgtype": "image", "image": FILE}]
    found = read(body(msgtype="mixed", mixed={"msg_item": items}))
    assert found.parts == (Part(PartKind.TEXT, "井盖破损"), Part(PartKind.PHOTO, media=REF))


@pytest.mark.parametrize(
    ("msgtype", "kind"), [("image", PartKind.PHOTO), ("file", PartKind.FILE), ("video", PartKind.VIDEO)]
)
def test_a_file_of_each_kind(msgtype: str, kind: PartKind) -> None:
    assert read(single(msgtype=msgtype, **{msgtype: FILE})).parts == (Part(kind, media=REF),)


def test_in_callback_mode_a_file_has_no_key_of_its_own() -> None:
    (part,) = read(single(msgtype="image", image={"url": URL})).parts
    assert part.media == MediaRef(URL)


def test_a_file_may_have_a_name() -> None:
    (part,) = read(single(msgtype="file", file={**FILE, "filename": "名单.xlsx"})).parts
    assert part.media == MediaRef(URL, KEY, "名单.xlsx")


def test_a_voice_is_the_words_the_platform_heard() -> None:
    found = read(single(msgtype="voice", voice={"content": "三栋楼道灯坏了"}))
    assert found.parts == (Part(PartKind.VOICE, "三栋楼道灯坏了"),)


@pytest.mark.parametrize(
    ("quote", "parts"),
    [
        (text("〔WG261121-0031〕已派给李四"), (Part(PartKind.TEXT, "〔WG261121-0031〕已派给李四"),)),
        (text("@网格助手 路灯不亮"), (Part(PartKind.TEXT, "路灯不亮"),)),
        ({"msgtype": "voice", "voice": {"content": "乱停车"}}, (Part(PartKind.VOICE, "乱停车"),)),
        ({"msgtype": "image", "image": FILE}, (Part(PartKind.PHOTO, media=REF),)),
        ({"msgtype": "video", "video": FILE}, (Part(PartKind.VIDEO, media=REF),)),
        ({"msgtype": "file", "file": FILE}, (Part(PartKind.FILE, media=REF),)),
        (
            {
                "msgtype": "mixed",
                "mixed": {"msg_item": [text("垃圾满溢"), {"msgtype": "image", "image": FILE}]},
            },
            (Part(PartKind.TEXT, "垃圾满溢"), Part(PartKind.PHOTO, media=REF)),
        ),
        ({"msgtype": "sticker", "sticker": {}}, (Part(PartKind.STICKER),)),
        ("nonsense", ()),
    ],
)
def test_a_quote_of_each_kind(quote: Any, parts: tuple[Part, ...]) -> None:
    found = read(body(**text("@网格助手 报事"), quote=quote))
    assert (found.text, found.quote) == ("报事", parts)


CARD_EVENT = {
    "card_type": "button_interaction",
    "event_key": "accept:CASE-1",
    "task_id": "CASE-1-v3",
    "selected_items": {"selected_item": [{"question_key": "dept", "option_ids": {"option_id": ["d1"]}}]},
}


@pytest.mark.parametrize("nested", [True, False])
def test_a_press_is_found_wherever_its_data_sits(nested: bool) -> None:
    data = {"template_card_event": CARD_EVENT} if nested else CARD_EVENT
    found = read(body(**event("template_card_event", **data), create_time=1767225600))
    assert found.kind is IncomingKind.CLICK
    assert found.click == Click("CASE-1-v3", "accept:CASE-1", {"dept": ("d1",)})
    assert found.sent_at == datetime(2026, 1, 1, tzinfo=UTC)


def test_opening_the_chat_is_entering() -> None:
    found = read(single(**event("enter_chat")))
    assert (found.kind, found.chat_id) == (IncomingKind.ENTER, "zhangsan")


@pytest.mark.parametrize(
    "data",
    [
        single(**event("feedback_event", feedback_event={"id": "fb-1", "type": 2})),
        single(**event("auth_change_event")),
        single(**event("template_card_event")),
        single(msgtype="stream", stream={"id": "s-1"}),
        single(msgtype="text", text={"content": " "}),
        single(msgtype=7),
        {"msgtype": "text", "text": {"content": "nobody"}},
        {},
    ],
)
def test_what_nobody_acts_on_is_ignored(data: dict[str, Any]) -> None:
    assert read(data).kind is IncomingKind.IGNORED


def test_the_envelope_of_a_message_carries_its_ways_to_answer() -> None:
    found = payload.build_envelope(body(**text("x"), response_url="https://x/1"), req_id="SRV-1")
    assert (found.message_id, found.chat_id, found.sender) == ("M-1", "wrkAAAbbb", "lisi")
    assert found.handle == {"req_id": "SRV-1", "response_url": "https://x/1"}
    assert not found.urgent_reply


def test_a_press_wants_an_answer_at_once() -> None:
    assert payload.build_envelope(body(**event("template_card_event", **CARD_EVENT))).urgent_reply


def test_a_welcome_is_told_from_an_answer() -> None:
    found = payload.build_envelope(single(**event("enter_chat")), req_id="SRV-2")
    assert found.handle == {"req_id": "welcome SRV-2"}


def test_a_message_without_an_id_is_known_by_its_content() -> None:
    first = payload.build_envelope(single(msgid=None, **text("x")))
    assert first.message_id == payload.build_envelope(single(msgid=None, **text("x"))).message_id
    assert first.message_id != payload.build_envelope(single(msgid=None, **text("y"))).message_id


@pytest.mark.parametrize("raw", ["", "not json", "[]", '"x"', "null", "[" * 100_000, '{"a":' * 5_000])
def test_what_is_no_object_is_refused(raw: str) -> None:
    with pytest.raises(RefusedInput) as refused:
        json_body.parse(raw)
    assert refused.value.status == 400


@pytest.mark.parametrize("depth", range(900, 1000, 7))
def test_nesting_of_any_depth_is_read_or_refused(depth: int) -> None:
    with contextlib.suppress(RefusedInput):
        assert payload.build_envelope(json_body.parse('{"a":' * depth + "1" + "}" * depth)).raw


def test_too_much_is_refused_unread() -> None:
    with pytest.raises(RefusedInput) as refused:
        json_body.parse('{"a":"' + "x" * json_body.MAX_BYTES + '"}')
    assert refused.value.status == 413


def test_control_characters_and_half_characters_are_gone() -> None:
    raw = '{"msgid":"M\x00-1\\u0000\\b","from":{"userid":"u"},"msgtype":"text","text":{"content":"a\\ud800\nb"}}'
    assert json_body.parse(raw)["msgid"] == "M-1"
    assert read_raw(raw).text.encode() == b"a?\nb"


def read_raw(raw: str) -> Incoming:
    return payload.build_incoming(raw, channel="grid", bot_name="网格助手")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = (
    "msgid",
    "chatid",
    "chattype",
    "from",
    "response_url",
    "quote",
    "text",
    "mixed",
    "event",
    "create_time",
)
TYPES = st.sampled_from(["text", "mixed", "image", "voice", "event", "stream"]) | JSON


@given(st.dictionaries(st.sampled_from(FIELDS), JSON), TYPES)
def test_no_object_of_any_shape_raises(data: dict[str, Any], msgtype: Any) -> None:
    raw = json.dumps({**data, "msgtype": msgtype})
    found = payload.build_envelope(json_body.parse(raw))
    assert found.message_id
    assert read_raw(found.raw).message_id == found.message_id or not data.get("msgid")


@pytest.mark.parametrize(
    ("crs", "lat"), [(CRS.WGS84, 31.885), (CRS.GCJ02, areas.to_wgs84(31.885, 121.165)[0])]
)
def test_a_location_is_a_point_with_the_words_of_the_map(crs: CRS, lat: float) -> None:
    location = {"latitude": 31.885, "longitude": 121.165, "name": "社区服务站", "address": "解放路28号"}
    raw = json.dumps(single(msgtype="location", location=location))
    found = payload.build_incoming(raw, channel="grid", bot_name="网格助手", location_crs=crs)
    assert (found.kind, found.text) == (IncomingKind.MESSAGE, "解放路28号，社区服务站")
    assert found.point is not None
    assert found.point[0] == pytest.approx(lat)


@pytest.mark.parametrize("latitude", [None, "31.9", 100, float("nan"), [31.9]])
def test_a_location_that_is_nowhere_keeps_its_words(latitude: object) -> None:
    where = {"latitude": latitude, "longitude": 121.165, "address": "解放路28号"}
    found = read(single(msgtype="location", location=where))
    assert (found.kind, found.parts) == (IncomingKind.MESSAGE, (Part(PartKind.LOCATION, "解放路28号"),))


@pytest.mark.parametrize(
    ("msgtype", "content", "kind"),
    [
        ("link", {"title": "公告", "link_url": "https://x.example"}, PartKind.LINK),
        ("docmsg", {}, PartKind.LINK),
        ("weapp", {"title": "随手拍", "username": "xxx@app"}, PartKind.MINI_PROGRAM),
        ("chatrecord", {"title": "群聊", "item": []}, PartKind.FORWARD),
        ("card", {"corpname": "网格", "userid": "lisi"}, PartKind.CONTACT_CARD),
        ("redpacket", {"type": 1, "totalcnt": 2}, PartKind.RED_PACKET),
        ("emotion", {"type": 1}, PartKind.STICKER),
        ("vote", {"votetitle": "x"}, PartKind.OTHER),
        ("of tomorrow", None, PartKind.OTHER),
        ("voice", {"content": ""}, PartKind.VOICE),
        ("image", {}, PartKind.PHOTO),
        ("location", {"lat": 1}, PartKind.LOCATION),
    ],
)
def test_of_a_message_that_cannot_be_read_the_kind_is_known(
    msgtype: str, content: object, kind: PartKind
) -> None:
    said = {"msgtype": msgtype, msgtype: content}
    for found in (read(single(**said)), read(body(**text("@网格助手 报事"), quote=said))):
        assert found.kind is IncomingKind.MESSAGE
        assert found.unreadable_kinds == (kind,)

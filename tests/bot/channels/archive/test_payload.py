"""Entries of the archive, as the fact sheet shows them and as they should never be."""

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.archive import payload
from bot.channels.archive.payload import EntryKind, FileRef
from bot.channels.base import RefusedInput
from models.messages import Incoming, IncomingKind, MediaRef, Part, PartKind

HEAD = {
    "msgid": "5", "action": "send", "from": "ZhangSan", "tolist": ["lisi"], "roomid": "wrAAA",
    "msgtime": 1767225604000,
}  # fmt: skip


def entry(msgtype: str, **more: Any) -> dict[str, Any]:
    return {**HEAD, "msgtype": msgtype, **more}


def read(body: dict[str, Any]) -> Incoming:
    return payload.build_incoming(json.dumps(body), channel="rooms", bot_name="网格助手")


def test_words_with_sender_room_and_time() -> None:
    found = read(entry("text", text={"content": "3栋楼道灯坏了"}))
    assert (found.channel, found.chat_id, found.sender, found.provider) == (
        "rooms",
        "wrAAA",
        "zhangsan",
        "wecom",
    )
    assert (found.text, found.addressed, found.direct) == ("3栋楼道灯坏了", False, False)
    assert found.sent_at == datetime(2026, 1, 1, 0, 0, 4, tzinfo=UTC)


def test_who_mentions_the_bot_speaks_to_it() -> None:
    found = read(entry("text", text={"content": "@网格助手 路灯不亮"}))
    assert (found.text, found.addressed) == ("路灯不亮", True)
    assert not read(entry("text", text={"content": "@老李 路灯不亮"})).addressed


@pytest.mark.parametrize(
    ("msgtype", "kind", "content"),
    [
        ("image", PartKind.PHOTO, {"md5sum": "m", "filesize": 70961, "sdkfileid": "CtYB"}),
        (
            "voice",
            PartKind.VOICE,
            {"md5sum": "m", "voice_size": 6810, "play_length": 10, "sdkfileid": "CtYB"},
        ),
        ("video", PartKind.VIDEO, {"md5sum": "m", "filesize": 1, "play_length": 108, "sdkfileid": "CtYB"}),
    ],
)
def test_files(msgtype: str, kind: PartKind, content: dict[str, Any]) -> None:
    body = entry(msgtype, **{msgtype: content})
    assert read(body).parts == (Part(kind, media=MediaRef("CtYB")),)
    assert payload.list_files(body) == [FileRef("CtYB", "m")]


def test_a_file_brings_its_name() -> None:
    content = {"md5sum": "m", "filename": "现场.docx", "fileext": "docx", "filesize": 1, "sdkfileid": "E4"}
    assert read(entry("file", file=content)).parts[0].media == MediaRef("E4", name="现场.docx")


def test_a_mixed_message_is_json_within_json() -> None:
    photo = '{"md5sum":"368b","filesize":13177,"sdkfileid":"CtYB"}'
    items = [{"type": "text", "content": '{"content":"井盖破损"}'}, {"type": "image", "content": photo}]
    body = entry("mixed", mixed={"item": items})
    assert [(part.kind, part.text) for part in read(body).parts] == [
        (PartKind.TEXT, "井盖破损"), (PartKind.PHOTO, ""),
    ]  # fmt: skip
    assert payload.list_files(body) == [FileRef("CtYB", "368b")]


def test_a_location_is_counted_as_chinese_maps_do() -> None:
    content = {
        "longitude": 116.586285899,
        "latitude": 39.911125799,
        "address": "北京市路",
        "title": "中心",
        "zoom": 15,
    }
    [part] = read(entry("location", location=content)).parts
    assert part.text == "北京市路，中心"
    assert part.point == pytest.approx((39.9099, 116.5803), abs=1e-3)


@pytest.mark.parametrize(
    "text",
    [
        '这是一条引用/回复消息：\n"网格助手：\n路灯不亮〔WG261121-0031〕已受理"\n------\n还没修好',
        "「网格助手：路灯不亮〔WG261121-0031〕已受理」\n- - - - - -\n还没修好",
    ],
    ids=["WeCom", "WeChat"],
)
def test_a_reply_brings_its_quote_in_its_words(text: str) -> None:
    found = read(entry("text", text={"content": text}))
    assert (found.text, found.quoted_text) == ("还没修好", "路灯不亮〔WG261121-0031〕已受理")


def test_a_recall_names_the_message() -> None:
    body = {**HEAD, "action": "recall", "msgtype": "revoke", "revoke": {"pre_msgid": "1"}}
    assert (read(body).kind, read(body).recalls) == (IncomingKind.RECALLED, "1")
    assert payload.build_envelope(body).message_id == "recall:1"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (entry("text", roomid=""), EntryKind.PRIVATE),
        (entry("agree", agree={"userid": "wmAAA", "agree_time": 1}), EntryKind.CONSENT),
        (entry("markdown", **{"from": "wbAAA"}), EntryKind.ROBOT),
        (entry("text", **{"from": "wbzhang"}), EntryKind.MESSAGE),
        ({"msgid": "11", "action": "switch", "time": 1, "user": "zhangsan"}, EntryKind.NOTHING),
    ],
)
def test_entries_are_sorted(body: dict[str, Any], kind: EntryKind) -> None:
    assert payload.sort(body) is kind


@pytest.mark.parametrize(
    ("msgtype", "kind"),
    [
        ("link", PartKind.LINK), ("weapp", PartKind.MINI_PROGRAM), ("chatrecord", PartKind.FORWARD),
        ("docmsg", PartKind.LINK), ("emotion", PartKind.STICKER), ("card", PartKind.CONTACT_CARD),
        ("redpacket", PartKind.RED_PACKET), ("vote", PartKind.OTHER), ("of_next_year", PartKind.OTHER),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_its_kind(msgtype: str, kind: PartKind) -> None:
    assert read(entry(msgtype, **{msgtype: {"title": "公告"}})).unreadable_kinds == (kind,)


_ODD: list[Any] = [
    None, True, -1, 2**70, 1.5, "", "text", "\ud800\x00", [], [[]], {}, {"content": 5}, {"content": "{"}, {"item": 3},
    {"item": [None, {"type": 1}, {"type": "image", "content": "[]"}]}, {"sdkfileid": ["x"]}, {"pre_msgid": {}},
    {"latitude": 1e300, "longitude": "x"}, {"latitude": 91, "longitude": 5},
]  # fmt: skip
_FIELDS = [*HEAD, "msgtype", "text", "mixed", "image", "revoke", "location"]


@given(
    st.dictionaries(st.sampled_from(_FIELDS), st.sampled_from(_ODD)),
    st.sampled_from(["text", "mixed", "image", "location", "agree", "revoke", ""]),
)
def test_nothing_that_is_json_is_too_odd(odd: dict[str, Any], msgtype: str) -> None:
    with contextlib.suppress(RefusedInput):
        body = payload.parse(json.dumps({**HEAD, "msgtype": msgtype, **odd}))
        if payload.sort(body) is EntryKind.CONSENT:
            payload.read_consent(body)
        payload.list_files(body)
        read(json.loads(payload.build_envelope(body).raw))

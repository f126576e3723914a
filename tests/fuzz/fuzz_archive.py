"""What the message archive hands over, decrypted: parsed, sorted, stored, read again."""

import json

from hypothesis import strategies as st

from bot.channels.archive import payload
from bot.channels.archive.payload import EntryKind
from bot.channels.base import RefusedInput
from tests.fuzz import damage
from tests.fuzz.conftest import Explore

HEAD = {
    "msgid": "1_external",
    "action": "send",
    "from": "wmXXXX",
    "tolist": ["li"],
    "roomid": "wrA",
    "msgtime": 1767225600123,
}
FILE = {"md5sum": "50de", "filesize": 70961, "sdkfileid": "CtYBMzA2"}
MIXED = [
    {"type": "text", "content": '{"content":"井盖破损"}'}, {"type": "image", "content": json.dumps(FILE)},
]  # fmt: skip
ENTRIES = [
    {
        **HEAD,
        "msgtype": "text",
        "text": {"content": "「张三：3栋楼道灯坏了」\n- - - - - -\n@网格助手 还没修"},
    },
    {**HEAD, "msgtype": "image", "image": FILE},
    {**HEAD, "msgtype": "mixed", "mixed": {"item": MIXED}},
    {
        **HEAD,
        "msgtype": "location",
        "location": {"longitude": 116.58, "latitude": 39.91, "address": "路", "title": "店"},
    },
    {**HEAD, "action": "recall", "msgtype": "revoke", "revoke": {"pre_msgid": "1"}},
    {**HEAD, "msgtype": "disagree", "disagree": {"userid": "wmXXXX", "disagree_time": 1767225620000}},
    {"msgid": "11", "action": "switch", "time": 1767225610000, "user": "zhangsan"},
]
VALUES = damage.build_json([*HEAD, "msgtype", "text", "content", "mixed", "item", "revoke", "sdkfileid"])
TEXTS = st.one_of(damage.twisted(ENTRIES, VALUES).map(json.dumps), VALUES.map(json.dumps), st.text())


def fuzz_archive_entry(explore: Explore) -> None:
    def check(text: str) -> None:
        try:
            body = payload.parse(text)
        except RefusedInput:
            return
        if payload.sort(body) is EntryKind.CONSENT:
            payload.read_consent(body)
        envelope = payload.build_envelope(body)
        for value in (envelope.raw, envelope.message_id, envelope.chat_id, envelope.sender):
            value.encode()
            assert "\0" not in value
        for file in payload.list_files(body):
            file.file_id.encode()
        read = payload.build_incoming(envelope.raw, channel="rooms", bot_name="网格助手")
        assert (read.chat_id, read.sender) == (envelope.chat_id, envelope.sender)
        assert len(read.media_parts()) == len(payload.list_files(body))

    explore(TEXTS, check)

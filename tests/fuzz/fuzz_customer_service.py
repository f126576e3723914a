"""What customer service gives as messages: JSON of any shape, taken as it is, stored, read again."""

import json

from hypothesis import strategies as st

from bot.channels.base import RefusedInput
from bot.channels.kf import payload
from bot.channels.wecom import json_body
from tests.bot.channels.kf.samples import DESK, SENT, build_settings, event, item
from tests.fuzz import damage
from tests.fuzz.conftest import Explore
from tests.fuzz.fuzz_payloads import is_storable

SEEDS = [
    item("text", {"content": "路灯不亮"}),
    item("text", {"content": "已解决", "menu_id": "rate:WG260330-0001:solved"}),
    item("voice", {"media_id": "MID"}),
    item("location", {"latitude": 23.1, "longitude": 113.3, "name": "广州塔", "address": "海珠区"}),
    item("miniprogram", {"title": "T", "appid": "wx0", "pagepath": "p.html", "thumb_media_id": "M"}),
    event("enter_session", scene="grid", scene_param="XS-XS-01-G3", welcome_code="WC"),
    event("msg_send_fail", fail_msgid="g1-0123456789ab", fail_type=4),
]
TEXTS = damage.damaged([json.dumps(seed).encode() for seed in SEEDS]).map(
    lambda raw: raw.decode("utf-8", "replace")
)
SETTINGS = build_settings()


def fuzz_item(explore: Explore) -> None:
    def check(came: tuple[str, bool]) -> None:
        text, attended = came
        try:
            said = json_body.parse(text)
        except RefusedInput:
            return
        envelope = payload.build_envelope(said, SETTINGS, account=DESK, attended=attended, now=SENT)
        if envelope is None:
            return
        for value in (envelope.raw, envelope.message_id, envelope.sender, *envelope.handle.values()):
            assert is_storable(value)
        read = payload.build_incoming(envelope.raw, SETTINGS, channel="service")
        assert (read.message_id, read.sender, read.attended) == (
            envelope.message_id,
            envelope.sender,
            attended,
        )
        assert all(is_storable(part.text) for part in read.parts)
        assert is_storable(read.scene)

    explore(st.tuples(TEXTS, st.booleans()), check)

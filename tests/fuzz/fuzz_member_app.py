"""What comes through the door of a self-built app: XML, opened, parsed, read, stored again."""

from hypothesis import strategies as st

from bot.channels.app import payload
from bot.channels.base import RefusedInput
from bot.channels.xml_callback import read_fields
from tests.bot.channels.app.samples import PRESS, build_settings, event, message
from tests.fuzz import damage
from tests.fuzz.conftest import Explore
from tests.fuzz.fuzz_payloads import is_storable

SEEDS = [
    message("text", "<Content><![CDATA[路灯不亮]]></Content>"),
    message("image", "<PicUrl><![CDATA[https://x.example/0]]></PicUrl><MediaId>M</MediaId>"),
    message("voice", "<MediaId>M</MediaId><Format>amr</Format>"),
    message("location", "<Location_X>23.1</Location_X><Location_Y>113.3</Location_Y><Label>某某路</Label>"),
    message("link", "<Title>T</Title><Description>D</Description><Url>https://x.example</Url>"),
    event("template_card_event", PRESS),
    event("click", "<EventKey>/我的</EventKey>"),
    event("enter_agent", "<EventKey></EventKey>"),
    event("change_contact", "<ChangeType>update_user</ChangeType><UserID>zhangsan</UserID>", user="sys"),
]
TEXTS = st.one_of(
    damage.damaged([seed.encode() for seed in SEEDS]).map(lambda raw: raw.decode("utf-8", "replace")),
    st.text(),
    st.text().map(lambda words: message("text", f"<Content><![CDATA[{words}]]></Content>")),
)
SETTINGS = build_settings()


def fuzz_message(explore: Explore) -> None:
    def check(xml: str) -> None:
        try:
            envelope = payload.build_envelope(read_fields(xml), xml)
        except RefusedInput:
            return
        stored = (
            envelope.raw,
            envelope.message_id,
            envelope.chat_id,
            envelope.sender,
            *envelope.handle.values(),
        )
        assert all(is_storable(value) for value in stored)
        read = payload.build_incoming(envelope.raw, SETTINGS, channel="staff")
        assert (read.message_id, read.chat_id) == (envelope.message_id, envelope.chat_id)
        assert all(is_storable(part.text) for part in read.parts)
        assert read.click is None or is_storable(read.click.key)

    explore(TEXTS, check)

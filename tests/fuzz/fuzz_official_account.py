"""What comes through the door of an official account: XML, plain or sealed, parsed, read, stored again."""

from hypothesis import strategies as st

from bot.channels.base import RefusedInput
from bot.channels.official_account import payload
from tests.bot.channels.official_account.samples import SENT, build_settings, event, message, text
from tests.fuzz import damage
from tests.fuzz.conftest import Explore
from tests.fuzz.fuzz_payloads import is_storable

SEEDS = [
    text("路灯不亮"),
    text("已解决", menu="rate:WG260330-0001:solved"),
    message("voice", "<MediaId>M</MediaId><Format>amr</Format><Recognition><![CDATA[灯坏了]]></Recognition>"),
    message("location", "<Location_X>31.8</Location_X><Location_Y>121.1</Location_Y><Label>位置信息</Label>"),
    event("subscribe", "<EventKey><![CDATA[qrscene_XS-XS-01-G3]]></EventKey><Ticket>T</Ticket>"),
    event("CLICK", "<EventKey>/我的</EventKey>"),
    event("subscribe_msg_popup_event", "<L><List><T>1</T></List><List><T>2</T></List></L>"),
]
TEXTS = st.one_of(
    damage.damaged([seed.encode() for seed in SEEDS]).map(lambda raw: raw.decode("utf-8", "replace")),
    st.text(),
    st.text().map(text),
)
SETTINGS = build_settings()


def fuzz_message(explore: Explore) -> None:
    def check(xml: str) -> None:
        try:
            envelope = payload.build_envelope(xml, SETTINGS, now=SENT)
        except RefusedInput:
            return
        for value in (envelope.raw, envelope.message_id, envelope.chat_id, envelope.sender):
            assert is_storable(value)
        read = payload.build_incoming(envelope.raw, SETTINGS, channel="public")
        assert (read.message_id, read.chat_id) == (envelope.message_id, envelope.chat_id)
        assert all(is_storable(part.text) for part in read.parts)
        assert is_storable(read.scene)
        assert read.click is None or is_storable(read.click.key)

    explore(TEXTS, check)

"""What comes through the door of a group robot: XML or JSON, parsed, read, stored again."""

import json

from hypothesis import strategies as st

from bot.channels.base import RefusedInput
from bot.channels.webhook import robot_payload
from tests.bot.channels.webhook.samples import HEAD, MIXED, TEXT, build_settings
from tests.fuzz import damage
from tests.fuzz.conftest import Explore
from tests.fuzz.fuzz_payloads import is_storable

SEEDS = [
    TEXT,
    json.dumps(MIXED),
    json.dumps({**HEAD, "msgtype": "event", "event": {"event_type": "add_to_chat"}}),
    json.dumps(
        {**HEAD, "msgtype": "attachment", "attachment": {"callbackid": "c", "actions": [{"value": "v"}]}}
    ),
]
TEXTS = st.one_of(
    damage.damaged([seed.encode() for seed in SEEDS]).map(lambda raw: raw.decode("utf-8", "replace")),
    st.text(),
)
SETTINGS = build_settings()


def fuzz_message(explore: Explore) -> None:
    def check(text: str) -> None:
        try:
            envelope = robot_payload.build_envelope(robot_payload.read_payload(text), text)
        except RefusedInput:
            return
        assert all(
            is_storable(value)
            for value in (envelope.raw, envelope.message_id, envelope.chat_id, envelope.sender)
        )
        read = robot_payload.build_incoming(envelope.raw, SETTINGS, channel="robot")
        assert all(is_storable(part.text) for part in read.parts)
        assert read.click is None or is_storable(read.click.key)

    explore(TEXTS, check)

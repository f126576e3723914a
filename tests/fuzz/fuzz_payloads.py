"""What comes through the doors of the channels: sealed or framed, decrypted, parsed, read, stored again."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from bot.channels import http
from bot.channels.aibot import payload
from bot.channels.aibot.callback import AibotCallback
from bot.channels.aibot.connection import GatewayConnection
from bot.channels.aibot.settings import AibotSettings
from bot.channels.base import RefusedInput
from bot.channels.crypto import CallbackCrypto, decrypt_media, sign
from bot.channels.wecom import json_body
from models.messages import Incoming
from tests.bot.channels.vectors import KEY
from tests.fuzz import damage
from tests.fuzz.conftest import Explore
from tests.fuzz.payload_seeds import NAMES, PAYLOADS

TOKEN = "AIBOTtoken01"
SETTINGS = AibotSettings.model_validate(
    {
        "kind": "aibot",
        "mode": "callback",
        "bot_id": "AIB1",
        "bot_name": "网格助手",
        "token": TOKEN,
        "aes_key": KEY,
    }
)
STAMP = "1774832700"


def now() -> datetime:
    return datetime.fromtimestamp(int(STAMP), UTC)


VALUES = damage.build_json(NAMES)
TEXTS = st.one_of(
    damage.twisted(PAYLOADS, VALUES).map(json.dumps),
    damage.twisted(PAYLOADS, VALUES).map(lambda said: json.dumps(said, ensure_ascii=False)),
    damage.damaged([json.dumps(said).encode() for said in PAYLOADS]).map(
        lambda raw: raw.decode("utf-8", "replace")
    ),
    VALUES.map(json.dumps),
    st.text(),
)


def is_storable(text: str) -> bool:
    """Both databases take it."""
    text.encode()
    return "\0" not in text


def fuzz_payload(explore: Explore) -> None:
    def check(text: str) -> None:
        try:
            envelope = payload.build_envelope(json_body.parse(text), req_id="SRV-1")
        except RefusedInput:
            return
        assert is_storable(envelope.raw)
        for value in (envelope.message_id, envelope.chat_id, envelope.sender, *envelope.handle.values()):
            assert is_storable(value)
        for hears_all in (False, True):
            read = read_stored(envelope.raw, hears_all=hears_all)
            assert read == read_stored(envelope.raw, hears_all=hears_all)
            assert read.message_id == envelope.message_id
            assert (read.chat_id, read.sender) == (envelope.chat_id, envelope.sender)
            assert all(is_storable(part.text) for part in (*read.parts, *read.quote))
            assert is_storable(read.rest)

    explore(TEXTS, check)


def read_stored(raw: str, *, hears_all: bool) -> Incoming:
    return payload.build_incoming(raw, channel="grid", bot_name="网格助手", hears_all=hears_all)


def fuzz_callback_door(explore: Explore) -> None:
    """Signed with the right token, whatever is inside; and signed with none."""
    channel = AibotCallback("gridcb", SETTINGS, base_url="https://grid.example", client=None, clock=now)  # type: ignore[arg-type]
    crypto = CallbackCrypto(TOKEN, KEY)
    sealed = [
        crypto.seal(json.dumps(said), timestamp=int(STAMP), nonce="n", salt=bytes(16)).encrypt
        for said in PAYLOADS
    ]
    encrypted = st.one_of(
        TEXTS.map(lambda text: seal(crypto, text)),
        damage.damaged([text.encode() for text in sealed]).map(lambda raw: raw.decode("latin-1")),
        damage.words,
    )
    bodies = st.one_of(
        encrypted.map(lambda text: json.dumps({"encrypt": text}).encode()),
        damage.damaged([json.dumps({"encrypt": sealed[0]}).encode()]),
        VALUES.map(lambda value: json.dumps(value).encode()),
    )
    query = st.one_of(
        st.just(None),
        st.fixed_dictionaries(
            {}, optional=dict.fromkeys(("msg_signature", "timestamp", "nonce", "echostr"), damage.words)
        ),
    )

    def check(request: tuple[bytes, dict[str, str] | None]) -> None:
        body, given = request
        query = sign_query(body) if given is None else given
        try:
            envelope = channel.open(query, body)
        except RefusedInput:
            return
        assert is_storable(envelope.raw)
        channel.read(envelope.raw)

    explore(st.tuples(bodies, query), check)


def seal(crypto: CallbackCrypto, text: str) -> str:
    plain = text.encode("utf-8", "replace").decode()
    return crypto.seal(plain, timestamp=int(STAMP), nonce="n", salt=bytes(16)).encrypt


def sign_query(body: bytes) -> dict[str, str]:
    try:
        encrypt = json.loads(body)["encrypt"]
    except (ValueError, KeyError, TypeError, IndexError):
        encrypt = ""
    signature = sign(TOKEN, STAMP, "n", encrypt if isinstance(encrypt, str) else "")
    return {"msg_signature": signature, "timestamp": STAMP, "nonce": "n"}


def fuzz_media_cipher(explore: Explore) -> None:
    keys = st.one_of(
        st.just(KEY), damage.words, damage.damaged([KEY.encode()]).map(lambda k: k.decode("latin-1"))
    )

    def check(file: tuple[bytes, str]) -> None:
        try:
            decrypt_media(*file)
        except (RefusedInput, ValueError):
            return  # a key that is none is a ValueError, which whoever fetches expects

    explore(st.tuples(st.binary(max_size=200), keys), check)


def fuzz_frames(explore: Explore) -> None:
    """What the gateway sends: callbacks, acknowledgements, noise."""
    frames = [
        {"cmd": cmd, "headers": {"req_id": "R-1"}, "body": said, "errcode": 0}
        for said in PAYLOADS
        for cmd in ("aibot_msg_callback", "aibot_event_callback", "ping")
    ]
    names = (*NAMES, "cmd", "headers", "req_id", "body", "errcode", "errmsg")
    values = damage.build_json(names)
    messages = st.one_of(
        damage.twisted(frames, values).map(json.dumps),
        damage.damaged([json.dumps(frame).encode() for frame in frames]),
    )

    def check(frame: str | bytes) -> None:
        asyncio.run(_hear(frame))

    explore(messages, check)


class _Line:
    """A socket that says one thing and hangs up."""

    close_timeout = 1.0

    def __init__(self, said: Any) -> None:
        self._left = [said]

    def __aiter__(self) -> "_Line":
        return self

    async def __anext__(self) -> Any:
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop()


async def _hear(frame: str | bytes) -> None:
    async def keep(callback: Any) -> None:
        payload.build_envelope(callback.body, req_id=callback.req_id)

    connection = GatewayConnection(_Line(frame), keep)  # type: ignore[arg-type]
    reader = connection._reader  # noqa: SLF001 - what it raised is the question
    await asyncio.wait({reader})
    reader.result()


def fuzz_answers_of_a_platform(explore: Explore) -> None:
    import httpx

    answers = st.tuples(
        st.integers(100, 999),
        st.one_of(
            st.binary(max_size=60),
            damage.build_json(("errcode", "errmsg")).map(lambda v: json.dumps(v).encode()),
        ),
        st.one_of(
            st.none(),
            st.sampled_from(
                (
                    "application/json",
                    "text/html; charset=gbk",
                    "text/plain; charset=nonsense",
                    "a;charset=utf-16",
                )
            ),
        ),
    )

    def check(answer: tuple[int, bytes, str | None]) -> None:
        status, content, kind = answer
        headers = {"Content-Type": kind} if kind else {}
        response = httpx.Response(status, content=content, headers=headers)
        transport = httpx.MockTransport(lambda _: response)

        async def call() -> None:
            async with httpx.AsyncClient(transport=transport) as client:
                found = await http.post(client, "https://platform.example/x", json={})
                if isinstance(found, dict):
                    http.errcode(found)

        asyncio.run(call())

    explore(answers, check)

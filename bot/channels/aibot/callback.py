"""The AI bot by URL callback: encrypted JSON in, the answer in the same response or by response_url.

GET  ──verify──> the echo text
POST ──open────> Envelope ──(stored)──> reply(push) within the 5 s the platform waits, or an empty 200
later ─send────> response_url, one call within the hour; there is no other push in this mode
"""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from bot.channels import base, template_cards
from bot.channels.aibot import markdown, payload
from bot.channels.aibot.sender import use_response_url
from bot.channels.aibot.settings import RATES, RESPONSE_URL, AibotSettings
from bot.channels.base import (
    Clock,
    Delivery,
    Envelope,
    MediaSource,
    OpenRequest,
    Outcome,
    PlainChannel,
    Query,
    RateLimit,
    RefusedInput,
    RequestAnswer,
    RetryLater,
    RouteRefused,
)
from bot.channels.crypto import CallbackCrypto
from bot.channels.text_limits import shorten_bytes, strip_markdown
from bot.channels.wecom import json_body
from models.messages import CardPush, CardUpdatePush, Incoming, IncomingKind, PushBody, TextPush

MAX_BODY = json_body.MAX_BYTES


class AibotCallback(PlainChannel):
    """One bot in callback mode."""

    max_body = MAX_BODY

    def __init__(
        self,
        name: str,
        settings: AibotSettings,
        *,
        base_url: str,
        client: httpx.AsyncClient,
        clock: Clock = lambda: datetime.now(UTC),
        rates: tuple[tuple[int, float], ...] = RATES,
    ) -> None:
        self.name = name
        self.declaration = settings.declare()
        self.callback = self.passive_replies = self
        self._settings = settings
        self._base_url = base_url
        self._client = client
        self._clock = clock
        self._rates = rates
        # The settings have checked that a callback bot has both.
        token, key = settings.token, settings.aes_key
        aes_key = key.get_secret_value() if key else ""
        # Files have no key of their own in this mode.
        self.media = MediaSource(key=aes_key)
        self._crypto = CallbackCrypto(token.get_secret_value() if token else "", aes_key)

    # In ------------------------------------------------------------------------------------------

    def verify(self, query: Query) -> str:
        """The text to echo when the administrator saves the address. Raises RefusedInput."""
        # A proxy may have read the `+` of base64 as a space.
        return self._decrypt(query, query.get("echostr", "").replace(" ", "+"))

    def open(self, query: Query, body: bytes) -> Envelope:
        """What a POST carries. Raises RefusedInput for what is not authentic or not well-formed."""
        if len(body) > MAX_BODY:
            raise RefusedInput("too_large", 413)
        text = self._decrypt(query, _read_encrypted(body))
        self._check_age(query)
        said = json_body.parse(text)
        # Signed with our token, and yet meant for another bot: two bots share their secrets.
        if said.get("aibotid", self._settings.bot_id) != self._settings.bot_id:
            raise RefusedInput("other_bot", 403)
        return payload.build_envelope(said)

    def read(self, raw: str) -> Incoming:
        return payload.read(raw, self._settings, channel=self.name)

    def _decrypt(self, query: Query, encrypt: str) -> str:
        return self._crypto.open(
            encrypt,
            signature=query.get("msg_signature", ""),
            timestamp=query.get("timestamp", ""),
            nonce=query.get("nonce", ""),
        )

    def _check_age(self, query: Query) -> None:
        """Raise RefusedInput for a replayed callback.

        Checked after the signature, so that only the platform's own clock is judged.
        """
        text = query.get("timestamp", "")
        sent = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
        if abs(self._clock().timestamp() - sent) > self._settings.replay_window.total_seconds():
            raise RefusedInput("replayed", 403)

    # Out -----------------------------------------------------------------------------------------

    def can_reply(self, body: PushBody, request: OpenRequest) -> bool:
        """Whether a push may be the answer to this request, by the kind of callback (wecom-aibot.md §4)."""
        match request.incoming.kind:
            case IncomingKind.CLICK:
                return isinstance(body, CardUpdatePush)
            case IncomingKind.MESSAGE | IncomingKind.ENTER:
                return isinstance(body, TextPush | CardPush)
            case (
                IncomingKind.IGNORED
                | IncomingKind.LEFT
                | IncomingKind.UNDELIVERED
                | IncomingKind.CONTACTS
                | IncomingKind.RECALLED
            ):
                return False

    def build_reply(self, body: PushBody, request: OpenRequest) -> RequestAnswer:
        """The answer, encrypted under the callback's own nonce. ValueError where `can_reply` said no."""
        kind = request.incoming.kind
        if not self.can_reply(body, request):
            raise ValueError(f"a {type(body).__name__} does not answer a {kind}")
        text = json.dumps(self._build_answer(body, kind), ensure_ascii=False)
        nonce = request.query.get("nonce", "")
        sealed = self._crypto.seal(text, timestamp=int(self._clock().timestamp()), nonce=nonce)
        answer = {
            "encrypt": sealed.encrypt,
            "msgsignature": sealed.signature,
            "timestamp": sealed.timestamp,
            "nonce": sealed.nonce,
        }
        return RequestAnswer(json.dumps(answer).encode(), "application/json")

    def can_send(self, delivery: Delivery) -> bool:
        if not isinstance(delivery.body, TextPush | CardPush):
            return False
        return any(handle.kind == RESPONSE_URL for handle in delivery.handles)

    def rates(self, delivery: Delivery) -> tuple[RateLimit, ...]:
        key = f"aibot:{self._settings.bot_id}:{delivery.chat_id}"
        return base.build_rate_limits(key, self._rates)

    async def send(self, delivery: Delivery) -> Outcome:
        handle = next((one for one in delivery.handles if one.kind == RESPONSE_URL), None)
        if handle is None:
            return RouteRefused("no_response_url")
        match delivery.body:
            case TextPush(text=text):
                # One URL takes one message, so what is too long is cut, not split.
                content = shorten_bytes(text, markdown.MARKDOWN_BYTES)
                message: dict[str, Any] = {"msgtype": "markdown", "markdown": {"content": content}}
            case CardPush(card=card):
                body = template_cards.build_template_card(card, base_url=self._base_url)
                message = {"msgtype": "template_card", "template_card": body}
            case _:
                return RouteRefused("response_url_takes_words_and_cards")
        outcome = await use_response_url(self._client, handle, message)
        if isinstance(outcome, RouteRefused):
            # This URL is spent, perhaps by a process that died before saying so. The next one may work.
            return RetryLater(outcome.reason, after=0.5, used_handle=handle.id)
        return outcome

    def _build_answer(self, body: PushBody, kind: IncomingKind) -> Mapping[str, Any]:
        match body:
            case CardUpdatePush(card=card):
                updated = template_cards.build_template_card(card, base_url=self._base_url, update=True)
                return {"response_type": "update_template_card", "template_card": updated}
            case CardPush(card=card):
                shown = template_cards.build_template_card(card, base_url=self._base_url)
                return {"msgtype": "template_card", "template_card": shown}
            case TextPush(text=text) if kind is IncomingKind.ENTER:
                return {"msgtype": "text", "text": {"content": strip_markdown(text)}}
            case TextPush(text=text):
                content = shorten_bytes(text, markdown.MARKDOWN_BYTES)
                stream = {"id": secrets.token_hex(8), "finish": True, "content": content}
                return {"msgtype": "stream", "stream": stream}
        raise ValueError(f"a {type(body).__name__} is no answer")


def _read_encrypted(body: bytes) -> str:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedInput("malformed", 400, -40002) from error
    encrypt = data.get("encrypt") if isinstance(data, dict) else None
    if not isinstance(encrypt, str):
        raise RefusedInput("malformed", 400, -40002)
    return encrypt

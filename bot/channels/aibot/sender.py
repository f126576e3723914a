"""How one push leaves over a live link, and what is tried when the plain way is refused (§5.1).

welcome (enter_chat only) ─> aibot_send_msg ─> aibot_respond_msg with the newest req_id
                          ─> unused response_url ─> RouteRefused, so that the outbox takes the webhook
"""

import asyncio
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
import structlog

from bot.channels import http, template_cards
from bot.channels.aibot import errors, markdown
from bot.channels.aibot.connection import (
    RESPOND,
    SEND,
    UPDATE,
    WELCOME,
    AckMissing,
    FrameNotSent,
    GatewayConnection,
)
from bot.channels.aibot.errors import CARD_ALREADY_THERE, SendMethodRefused
from bot.channels.aibot.payload import WELCOME_PREFIX
from bot.channels.aibot.settings import REQ_ID, RESPONSE_URL
from bot.channels.aibot.upload import MediaUploader
from bot.channels.base import (
    CredentialsRefused,
    Delivered,
    Delivery,
    Handle,
    Outcome,
    OutcomeUnknown,
    RetryLater,
    RouteRefused,
)
from bot.channels.part_progress import Progress
from bot.channels.text_limits import strip_markdown
from models.messages import (
    CardPush,
    CardUpdatePush,
    CaseEventPush,
    FilePush,
    HandOverPush,
    PhotoPush,
    TextPush,
)

log = structlog.get_logger()
Message = Mapping[str, Any]


class AibotSender:
    """Sends every push of an AI bot, one at a time per chat."""

    def __init__(
        self, *, base_url: str, client: httpx.AsyncClient, ack_timeout: float, upload_timeout: float
    ) -> None:
        self._base_url = base_url
        self._client = client
        self._timeout = ack_timeout
        self._uploads = MediaUploader(timeout=upload_timeout)
        self._progress = Progress()
        self._chats: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def send(self, link: GatewayConnection, delivery: Delivery) -> Outcome:
        """Send one push over this connection, by the first way that is open.

        Returns its outcome; a lost connection is one too, and raises nothing.
        """
        async with self._chats.setdefault(delivery.chat_id, asyncio.Lock()):
            try:
                outcome = await self._send(link, delivery)
            except FrameNotSent:
                outcome = RetryLater("not_connected", after=2.0, uncounted=True)
            except AckMissing:
                outcome = OutcomeUnknown("ack_timeout")
        if not isinstance(outcome, RetryLater | CredentialsRefused):
            self._progress.forget(delivery.push_id)
        return outcome

    async def _send(self, link: GatewayConnection, delivery: Delivery) -> Outcome:
        if isinstance(delivery.body, CardUpdatePush):
            return await self._update_card(link, delivery, delivery.body)
        messages = await self._build_messages(link, delivery)
        if not isinstance(messages, Sequence):
            return messages
        ways, receipt = _ReplyHandles(delivery), ""
        for message in messages[self._progress.sent_count(delivery.push_id) :]:
            outcome = await self._send_message(link, delivery, message, ways)
            if not isinstance(outcome, Delivered):
                return outcome
            receipt = outcome.receipt
            self._progress.advance(delivery.push_id)
        return Delivered(receipt, used_handle=ways.used)

    async def _update_card(
        self, link: GatewayConnection, delivery: Delivery, body: CardUpdatePush
    ) -> Outcome:
        handle = next((one for one in delivery.handles if one.kind == REQ_ID and one.event), None)
        if handle is None:
            return RouteRefused("card_window_over")
        card = template_cards.build_template_card(body.card, base_url=self._base_url, update=True)
        update = {"response_type": "update_template_card", "template_card": card}
        ack = await link.request(UPDATE, update, req_id=handle.value, patience=self._timeout)
        outcome = errors.judge_update(ack.code)
        return Delivered(used_handle=handle.id) if isinstance(outcome, Delivered) else outcome

    async def _build_messages(
        self, link: GatewayConnection, delivery: Delivery
    ) -> Sequence[Message] | Outcome:
        match delivery.body:
            case TextPush(text=text):
                return markdown.build_markdown_messages(text) or RouteRefused("empty_text")
            case CardPush(card=card):
                body = template_cards.build_template_card(card, base_url=self._base_url)
                return [{"msgtype": "template_card", "template_card": body}]
            case PhotoPush(caption=caption):
                return await self._build_media_messages(link, delivery, kind="image", caption=caption)
            case FilePush():
                return await self._build_media_messages(link, delivery, kind="file")
            case CardUpdatePush() | HandOverPush() | CaseEventPush():
                return RouteRefused("card_window_over")

    async def _build_media_messages(
        self, link: GatewayConnection, delivery: Delivery, *, kind: str, caption: str = ""
    ) -> Sequence[Message] | Outcome:
        if delivery.file is None:
            return RouteRefused("file_missing")
        media_id = await self._uploads.get_media_id(link, delivery.file, kind=kind)
        if not isinstance(media_id, str):
            return media_id
        return [*markdown.build_markdown_messages(caption), {"msgtype": kind, kind: {"media_id": media_id}}]

    async def _send_message(
        self, link: GatewayConnection, delivery: Delivery, message: Message, ways: "_ReplyHandles"
    ) -> Outcome:
        if await self._send_welcome(link, message, ways):
            return Delivered()
        chat = {"chatid": delivery.chat_id, "chat_type": 1 if delivery.direct else 2}
        ack = await link.request(SEND, {**chat, **message}, patience=self._timeout)
        if ack.code in errors.MEDIA_EXPIRED:
            self._uploads.forget_all()
        if delivery.doubtful and "template_card" in message and ack.code == CARD_ALREADY_THERE:
            return Delivered("was_there")
        verdict = errors.judge_ack(ack.code)
        if not isinstance(verdict, SendMethodRefused):
            return verdict
        log.warning("aibot.send_refused", code=verdict.code)
        words = _to_markdown(message, delivery)
        return (
            await self._send_response(link, words, ways)
            or await self._send_by_url(words, ways)
            or errors.refuse_route(verdict.code)
        )

    async def _send_welcome(self, link: GatewayConnection, message: Message, ways: "_ReplyHandles") -> bool:
        """A person who only opened the chat has sent nothing, so a plain push would be refused."""
        body = _welcome_body(message)
        handle = ways.take_welcome() if body is not None else None
        if handle is None:
            return False
        req_id = handle.value.removeprefix(WELCOME_PREFIX)
        ack = await link.request(WELCOME, body, req_id=req_id, patience=self._timeout)
        return ack.code == 0

    async def _send_response(
        self, link: GatewayConnection, words: Message, ways: "_ReplyHandles"
    ) -> Outcome | None:
        """As an answer to the newest message of the chat; None when that is no way either."""
        if ways.answer is None:
            return None
        ack = await link.request(RESPOND, words, req_id=ways.answer.value, patience=self._timeout)
        verdict = errors.judge_ack(ack.code)
        return verdict if isinstance(verdict, Delivered | RetryLater) else None

    async def _send_by_url(self, words: Message, ways: "_ReplyHandles") -> Outcome | None:
        handle = ways.take_url() if words["msgtype"] == "markdown" else None
        if handle is None:
            return None
        outcome = await use_response_url(self._client, handle, words)
        return None if isinstance(outcome, RouteRefused) else outcome


class _ReplyHandles:
    """The handles of one delivery, of which a one-time handle is handed out once."""

    def __init__(self, delivery: Delivery) -> None:
        self._left = list(delivery.handles)
        self.answer = next((one for one in self._left if one.kind == REQ_ID and not one.event), None)
        self.used: int | None = None

    def take_url(self) -> Handle | None:
        return self._take(lambda one: one.kind == RESPONSE_URL)

    def take_welcome(self) -> Handle | None:
        return self._take(lambda one: one.event and one.value.startswith(WELCOME_PREFIX))

    def _take(self, wanted: Callable[[Handle], bool]) -> Handle | None:
        handle = next(filter(wanted, self._left), None)
        if handle is not None:
            self._left.remove(handle)
            self.used = handle.id
        return handle


async def use_response_url(client: httpx.AsyncClient, handle: Handle, message: Message) -> Outcome:
    """One call, for good or ill: the URL takes no second one, unless the first never left."""
    answer = await http.post(client, handle.value, json=message)
    if not isinstance(answer, Mapping):
        return RouteRefused("response_url_failed") if isinstance(answer, RouteRefused) else answer
    # No document says what a response_url answers, and a second call might say the same twice.
    code = http.errcode(answer, missing=0)
    if isinstance(busy := errors.judge_ack(code), RetryLater) and (busy.outage or busy.uncounted):
        return busy
    return Delivered(used_handle=handle.id) if code == 0 else RouteRefused(f"errcode_{code}")


def _to_markdown(message: Message, delivery: Delivery) -> Message:
    """What `aibot_respond_msg` and `response_url` surely take: markdown instead of a card."""
    if isinstance(delivery.body, CardPush):
        return markdown.build_markdown_messages(template_cards.card_to_markdown(delivery.body.card))[0]
    return message


def _welcome_body(message: Message) -> Message | None:
    """Welcomes are `text` or a card, never markdown."""
    if message["msgtype"] == "markdown":
        return {"msgtype": "text", "text": {"content": strip_markdown(message["markdown"]["content"])}}
    return message if message["msgtype"] == "template_card" else None

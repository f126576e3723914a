"""How one push leaves over a live link, and what is tried when the plain way is refused (§5.1).

welcome (enter_chat only) ─> aibot_send_msg ─> aibot_respond_msg with the newest req_id
                          ─> unused response_url ─> Never, so that the outbox takes the webhook
"""

import asyncio
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
import structlog

from bot.channels import http
from bot.channels.aibot import cards, errors
from bot.channels.aibot.connection import RESPOND, SEND, UPDATE, WELCOME, Link, NoAnswer, NotDelivered
from bot.channels.aibot.errors import CARD_ALREADY_THERE, NextWay
from bot.channels.aibot.payload import WELCOME_MARK
from bot.channels.aibot.upload import Uploads
from bot.channels.base import Again, Delivery, Handle, Never, Outcome, Sent, Unknown
from bot.channels.part_progress import Progress
from bot.channels.text_limits import plain
from models.messages import CardPush, CardUpdatePush, FilePush, PhotoPush, TextPush

log = structlog.get_logger()
Message = Mapping[str, Any]


class Sender:
    """Everything an AI bot says of its own accord; one frame at a time per chat."""

    def __init__(
        self, *, base_url: str, client: httpx.AsyncClient, ack_timeout: float, upload_timeout: float
    ) -> None:
        self._base_url = base_url
        self._client = client
        self._timeout = ack_timeout
        self._uploads = Uploads(timeout=upload_timeout)
        self._progress = Progress()
        self._chats: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def send(self, link: Link, delivery: Delivery) -> Outcome:
        async with self._chats.setdefault(delivery.chat_id, asyncio.Lock()):
            try:
                outcome = await self._send(link, delivery)
            except NotDelivered:
                outcome = Again("not_connected", after=2.0, free=True)
            except NoAnswer:
                outcome = Unknown("ack_timeout")
        if not isinstance(outcome, Again):
            self._progress.forget(delivery.push_id)
        return outcome

    async def _send(self, link: Link, delivery: Delivery) -> Outcome:
        if isinstance(delivery.body, CardUpdatePush):
            return await self._update(link, delivery, delivery.body)
        messages = await self._messages(link, delivery)
        if not isinstance(messages, Sequence):
            return messages
        ways, receipt = _Ways(delivery), ""
        for message in messages[self._progress.of(delivery.push_id) :]:
            outcome = await self._say(link, delivery, message, ways)
            if not isinstance(outcome, Sent):
                return outcome
            receipt = outcome.receipt
            self._progress.advance(delivery.push_id)
        return Sent(receipt, used=ways.used)

    async def _update(self, link: Link, delivery: Delivery, body: CardUpdatePush) -> Outcome:
        handle = next((one for one in delivery.handles if one.kind == "req_id" and one.event), None)
        if handle is None:
            return Never("card_window_over")
        card = cards.template_card(body.card, base_url=self._base_url, update=True)
        update = {"response_type": "update_template_card", "template_card": card}
        ack = await link.request(UPDATE, update, req_id=handle.value, within=self._timeout)
        outcome = errors.judge_update(ack.code)
        return Sent(used=handle.id) if isinstance(outcome, Sent) else outcome

    async def _messages(self, link: Link, delivery: Delivery) -> Sequence[Message] | Outcome:
        match delivery.body:
            case TextPush(text=text):
                return cards.markdown_parts(text) or Never("empty_text")
            case CardPush(card=card):
                body = cards.template_card(card, base_url=self._base_url)
                return [{"msgtype": "template_card", "template_card": body}]
            case PhotoPush(caption=caption):
                return await self._media(link, delivery, kind="image", caption=caption)
            case FilePush():
                return await self._media(link, delivery, kind="file")
            case CardUpdatePush():
                return Never("card_window_over")

    async def _media(
        self, link: Link, delivery: Delivery, *, kind: str, caption: str = ""
    ) -> Sequence[Message] | Outcome:
        if delivery.file is None:
            return Never("file_missing")
        media_id = await self._uploads.media_id(link, delivery.file, kind=kind)
        if not isinstance(media_id, str):
            return media_id
        return [*cards.markdown_parts(caption), {"msgtype": kind, kind: {"media_id": media_id}}]

    async def _say(self, link: Link, delivery: Delivery, message: Message, ways: "_Ways") -> Outcome:
        if await self._welcome(link, message, ways):
            return Sent()
        chat = {"chatid": delivery.chat_id, "chat_type": 1 if delivery.direct else 2}
        ack = await link.request(SEND, {**chat, **message}, within=self._timeout)
        if ack.code in errors.MEDIA_EXPIRED:
            self._uploads.forget_all()
        if delivery.doubtful and "template_card" in message and ack.code == CARD_ALREADY_THERE:
            return Sent("was_there")
        verdict = errors.judge(ack.code)
        if not isinstance(verdict, NextWay):
            return verdict
        log.warning("aibot.send_refused", code=verdict.code)
        words = _as_words(message, delivery)
        return (
            await self._respond(link, words, ways)
            or await self._by_url(words, ways)
            or errors.nowhere(verdict.code)
        )

    async def _welcome(self, link: Link, message: Message, ways: "_Ways") -> bool:
        """A person who only opened the chat has sent nothing, so a plain push would be refused."""
        body = _welcome_body(message)
        handle = ways.take_welcome() if body is not None else None
        if handle is None:
            return False
        req_id = handle.value.removeprefix(WELCOME_MARK)
        ack = await link.request(WELCOME, body, req_id=req_id, within=self._timeout)
        return ack.code == 0

    async def _respond(self, link: Link, words: Message, ways: "_Ways") -> Outcome | None:
        """As an answer to the newest message of the chat; None when that is no way either."""
        if ways.answer is None:
            return None
        ack = await link.request(RESPOND, words, req_id=ways.answer.value, within=self._timeout)
        verdict = errors.judge(ack.code)
        return verdict if isinstance(verdict, Sent | Again) else None

    async def _by_url(self, words: Message, ways: "_Ways") -> Outcome | None:
        handle = ways.take_url() if words["msgtype"] == "markdown" else None
        if handle is None:
            return None
        outcome = await use_response_url(self._client, handle, words)
        return None if isinstance(outcome, Never) else outcome


class _Ways:
    """The handles of one delivery; those good for one use are used once."""

    def __init__(self, delivery: Delivery) -> None:
        self._left = list(delivery.handles)
        self.answer = next((one for one in self._left if one.kind == "req_id" and not one.event), None)
        self.used: int | None = None

    def take_url(self) -> Handle | None:
        return self._take(lambda one: one.kind == "response_url")

    def take_welcome(self) -> Handle | None:
        return self._take(lambda one: one.event and one.value.startswith(WELCOME_MARK))

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
        kept = isinstance(answer, Unknown) or answer == http.NOT_CONNECTED
        return answer if kept else Never("response_url_failed")
    code = http.errcode(answer)
    return Sent(used=handle.id) if code == 0 else Never(f"errcode_{code}")


def _as_words(message: Message, delivery: Delivery) -> Message:
    """What `aibot_respond_msg` and `response_url` surely take: markdown instead of a card."""
    if isinstance(delivery.body, CardPush):
        return cards.markdown_parts(cards.card_markdown(delivery.body.card))[0]
    return message


def _welcome_body(message: Message) -> Message | None:
    """Welcomes are `text` or a card, never markdown."""
    if message["msgtype"] == "markdown":
        return {"msgtype": "text", "text": {"content": plain(message["markdown"]["content"])}}
    return message if message["msgtype"] == "template_card" else None

"""群机器人 webhook: pushes only, but the one route that really rings people (wecom-webhook.md A).

TextPush with mentions ──> text + mentioned_list      TextPush ──> markdown
CardPush ──> text_notice (nothing to press)           PhotoPush ──> image     FilePush ──> file
"""

import asyncio
import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from bot.channels import base, http
from bot.channels.base import (
    CREDENTIAL_ERRORS,
    CredentialsRefused,
    Delivered,
    Delivery,
    Outcome,
    OutcomeUnknown,
    PlainChannel,
    RateLimit,
    RefusedInput,
    RetryLater,
    RouteRefused,
)
from bot.channels.part_progress import Progress
from bot.channels.pictures import image_fit
from bot.channels.template_cards import build_notice_card
from bot.channels.text_limits import split_bytes, strip_markdown
from bot.channels.webhook.settings import WebhookSettings
from models.messages import (
    CardPush,
    CardUpdatePush,
    CaseEventPush,
    FilePush,
    HandOverPush,
    Incoming,
    PhotoPush,
    TextPush,
)

_TEXT_BYTES = 2_048
_MARKDOWN_BYTES = 4_096
_PHOTO_BYTES = 2 * 1024**2
_FILE_BYTES = range(6, 20 * 1024**2 + 1)
_BUSY = {-1, 6000, 45033}


class WebhookChannel(PlainChannel):
    """Every group's webhook at one API address; the key of each group comes with the delivery."""

    def __init__(
        self,
        name: str,
        settings: WebhookSettings,
        *,
        base_url: str,
        client: httpx.AsyncClient,
        per_minute: int = 20,
        seconds: float = 60.0,
    ) -> None:
        self.name = name
        self.declaration = settings.declare()
        self._send_url = f"{settings.api_base.rstrip('/')}/cgi-bin/webhook/send"
        self._upload_url = f"{settings.api_base.rstrip('/')}/cgi-bin/webhook/upload_media"
        self._base_url = base_url
        self._client = client
        self._count, self._seconds = per_minute, seconds
        self._progress = Progress()

    def read(self, raw: str) -> Incoming:  # noqa: ARG002 - the protocol's signature
        raise RefusedInput("webhook_hears_nothing", 404)

    def can_send(self, delivery: Delivery) -> bool:
        if delivery.address is None or isinstance(delivery.body, CardUpdatePush):
            return False
        return delivery.file is not None or not isinstance(delivery.body, PhotoPush | FilePush)

    def rates(self, delivery: Delivery) -> tuple[RateLimit, ...]:
        key = hashlib.sha256((delivery.address or "").encode()).hexdigest()[:12]
        match delivery.body:
            case TextPush(text=text, mentions=mentions):
                messages = max(len(_build_text_messages(text, mentions)), 1)
            case PhotoPush(caption=caption):
                messages = 1 + len(_build_text_messages(caption, ()))
            case _:
                messages = 1
        return base.build_rate_limits(f"webhook:{key}", [(self._count, self._seconds)], messages=messages)

    async def send(self, delivery: Delivery) -> Outcome:
        if delivery.address is None:
            return RouteRefused("no_webhook_key")
        parts = await self._parts(delivery, delivery.address)
        if not isinstance(parts, Sequence):
            return parts
        outcome = await self._send_parts(delivery, parts)
        if not isinstance(outcome, RetryLater | CredentialsRefused):
            self._progress.forget(delivery.push_id)
        return outcome

    async def probe(self) -> bool:
        # Without a key and a message nobody is shown anything, and only the platform refuses it by number.
        answer = await http.post(self._client, self._send_url, params={"key": ""}, json={})
        return isinstance(answer, Mapping) and http.errcode(answer) not in _BUSY

    async def _send_parts(self, delivery: Delivery, parts: Sequence[Mapping[str, Any]]) -> Outcome:
        params = {"key": delivery.address or ""}
        for part in parts[self._progress.sent_count(delivery.push_id) :]:
            body = self._address_message(delivery, part)
            answer = await http.post(self._client, self._send_url, params=params, json=body)
            outcome = judge_errcode(http.errcode(answer)) if isinstance(answer, Mapping) else answer
            if not isinstance(outcome, Delivered):
                return outcome
            self._progress.advance(delivery.push_id)
        return Delivered()

    def _address_message(self, delivery: Delivery, message: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG002 - for robots of several groups
        """The message with what it says of its receivers: a group's own key says it all."""
        return message

    async def _parts(self, delivery: Delivery, key: str) -> Sequence[Mapping[str, Any]] | Outcome:
        match delivery.body:
            case TextPush(text=text, mentions=mentions):
                return _build_text_messages(text, mentions) or RouteRefused("empty_text")
            case CardPush(card=card):
                return [_build_message("template_card", build_notice_card(card, base_url=self._base_url))]
            case PhotoPush(caption=caption):
                return await self._photo(delivery, caption)
            case FilePush():
                return await self._file(delivery, key)
            case CardUpdatePush() | HandOverPush() | CaseEventPush():
                return RouteRefused("webhook_updates_no_cards")

    async def _photo(self, delivery: Delivery, caption: str) -> Sequence[Mapping[str, Any]] | Outcome:
        if delivery.file is None:
            return RouteRefused("file_missing")
        try:
            data = await asyncio.to_thread(image_fit.fit, delivery.file.path, _PHOTO_BYTES)
        except OSError:
            return RouteRefused("file_missing")
        if data is None:
            return RouteRefused("photo_unusable")
        image = {
            "base64": base64.b64encode(data).decode(),
            "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        }
        return [*_build_text_messages(caption, ()), _build_message("image", image)]

    async def _file(self, delivery: Delivery, key: str) -> Sequence[Mapping[str, Any]] | Outcome:
        if delivery.file is None:
            return RouteRefused("file_missing")
        try:
            data = await asyncio.to_thread(delivery.file.path.read_bytes)
        except OSError:
            return RouteRefused("file_missing")
        if len(data) not in _FILE_BYTES:
            return RouteRefused("file_size")
        media_id = await self._upload(data, delivery.file.name, key)
        return [_build_message("file", {"media_id": media_id})] if isinstance(media_id, str) else media_id

    async def _upload(self, data: bytes, name: str, key: str) -> str | Outcome:
        answer = await http.post(
            self._client,
            self._upload_url,
            params={"key": key, "type": "file"},
            files={"media": (name, data, "application/octet-stream")},
        )
        if isinstance(answer, OutcomeUnknown):
            # Nobody sees an upload, so it may be repeated.
            return RetryLater(answer.reason, outage=True)
        if not isinstance(answer, Mapping):
            return answer
        media_id = answer.get("media_id")
        outcome = judge_errcode(http.errcode(answer))
        if not isinstance(outcome, Delivered):
            return outcome
        return media_id if isinstance(media_id, str) else RetryLater("no_media_id")


def judge_errcode(code: int) -> Outcome:
    """What an errcode of this API means for the push; 0: delivered."""
    if code == 0:
        return Delivered()
    if code == 45009:
        return RetryLater("errcode_45009", after=60.0, uncounted=True)
    if code in _BUSY:
        return RetryLater(f"errcode_{code}", after=5.0, outage=True)
    if code in CREDENTIAL_ERRORS:
        return CredentialsRefused(f"errcode_{code}")
    return RouteRefused(f"errcode_{code}", chat_gone=code == 93000)


def _build_text_messages(text: str, mentions: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """The words as messages of type `text`, the only one that rings; it shows markdown marks, so they go."""
    if not mentions:
        return [
            _build_message("markdown", {"content": piece}) for piece in split_bytes(text, _MARKDOWN_BYTES)
        ]
    pieces = split_bytes(strip_markdown(text), _TEXT_BYTES)
    contents: list[dict[str, Any]] = [{"content": piece} for piece in pieces]
    if contents:
        contents[0]["mentioned_list"] = list(mentions)
    return [_build_message("text", content) for content in contents]


def _build_message(kind: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"msgtype": kind, kind: content}

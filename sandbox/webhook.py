"""Group webhooks: `send` and `upload_media`. Always HTTP 200; the errcode tells (wecom-webhook.md A)."""

import io
from collections.abc import Callable
from typing import TypeAlias

import PIL.Image

from sandbox import cards, media, outbound, uploads
from sandbox.limits import Limit, Windows
from sandbox.tenant import Tenant
from sandbox.wire import BAD_MSGTYPE, BAD_PARAMS, RATE_LIMITED, Json, Refused, items, obj, string, strings
from sandbox.world import Blob, Message, Sender, SenderKind, Webhook

BAD_KEY, BAD_IMAGE, NO_MEDIA = 93000, 40123, 44001
_MARKDOWN_MENTION = "<@"
_SMALLEST = 10
"""Pixels; a 1x1 image was refused live, 64x64 was taken, the border between is unknown."""


class Webhooks:
    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._rate = Windows(Limit(tenant.options.webhook_per_minute, tenant.options.minute))
        self._locked_until: dict[str, float] = {}
        self._fill: dict[str, _Fill] = {
            "text": self._text,
            "markdown": self._markdown,
            "markdown_v2": self._markdown_v2,
            "image": self._image,
            "news": self._news,
            "file": self._media,
            "voice": self._media,
            "template_card": self._card,
        }

    def send(self, key: str, body: Json) -> Message:
        hook = self._hook(key)
        code = self._tenant.faults.webhook_errcode.take()
        if code is not None:
            raise Refused(int(code), "injected fault")
        msgtype = body.get("msgtype")
        if not isinstance(msgtype, str) or msgtype not in self._fill:
            raise Refused(BAD_MSGTYPE, f"invalid message type {msgtype}")
        sender = Sender(SenderKind.WEBHOOK, hook.key, hook.name)
        draft = Message(hook.chatid, sender, msgtype, self._tenant.clock.now())
        self._fill[msgtype](obj(body, msgtype), hook, draft)
        self._take(hook)
        return self._tenant.world.post(draft)

    def upload(self, key: str, kind: str, *, name: str | None, data: bytes | None) -> Json:
        if data is None:
            raise Refused(NO_MEDIA, "empty media data")
        hook = self._hook(key)
        if kind not in ("file", "voice"):
            raise Refused(40004, "invalid media type")
        uploads.check_size(kind, len(data))
        uploads.check_kind(kind, data)
        filename = name or "file"
        blob = self._tenant.world.keep(data, name=filename, mime=media.mime_of(data, filename))
        media_id = self._tenant.media_ids.keep(hook.key, kind, blob)
        created = str(int(self._tenant.clock.now()))
        return {"errcode": 0, "errmsg": "ok", "type": kind, "media_id": media_id, "created_at": created}

    def _hook(self, key: str) -> Webhook:
        hook = self._tenant.world.webhooks.get(key)
        if hook is None:
            raise Refused(BAD_KEY, "invalid webhook url")
        return hook

    def _take(self, hook: Webhook) -> None:
        now = self._tenant.clock.now()
        locked = self._locked_until.get(hook.key, 0.0) > now
        if not locked and self._rate.take(hook.key, now):
            return
        if not locked:
            self._locked_until[hook.key] = now + self._tenant.options.webhook_lock
        self._tenant.stats.refuse_rate(hook.chatid)
        raise Refused(RATE_LIMITED, "api freq out of limit")

    def _text(self, part: Json, hook: Webhook, draft: Message) -> None:
        draft.text = string(part, "content", limit=2048)
        self._mention(hook, draft, strings(part, "mentioned_list"))
        if "@all" in strings(part, "mentioned_mobile_list"):
            self._mention(hook, draft, ["@all"])

    def _mention(self, hook: Webhook, draft: Message, userids: list[str]) -> None:
        """Only members of the group are rung; other ids are ignored, as the platform does."""
        members = self._tenant.world.groups[hook.chatid].members
        for userid in userids:
            if (userid == "@all" or userid in members) and userid not in draft.mentions:
                draft.mentions.append(userid)

    def _markdown(self, part: Json, hook: Webhook, draft: Message) -> None:
        draft.text = string(part, "content", limit=4096)
        if self._tenant.options.markdown_mentions:
            members = self._tenant.world.groups[hook.chatid].members
            named = [userid for userid in members if f"{_MARKDOWN_MENTION}{userid}>" in draft.text]
            self._mention(hook, draft, named)

    def _markdown_v2(self, part: Json, _hook: Webhook, draft: Message) -> None:
        draft.text = string(part, "content", limit=4096)

    def _image(self, part: Json, _hook: Webhook, draft: Message) -> None:
        blob = outbound.picture(self._tenant, part, limit=2 * 1024 * 1024, code=BAD_IMAGE)
        _check_pixels(blob)
        draft.photos.append(blob)

    def _news(self, part: Json, _hook: Webhook, draft: Message) -> None:
        articles = items(part, "articles")
        if not 1 <= len(articles) <= 8:
            raise Refused(BAD_PARAMS, "news.articles needs 1 to 8 entries")
        for article in articles:
            string(article, "title", limit=128)
            string(article, "url")
            if article.get("description"):
                string(article, "description", limit=512)
        draft.articles = articles

    def _media(self, part: Json, hook: Webhook, draft: Message) -> None:
        draft.attachment = self._tenant.media_ids.find(hook.key, draft.msgtype, part.get("media_id"))

    def _card(self, part: Json, _hook: Webhook, draft: Message) -> None:
        cards.check_card(part, types=cards.NOTICES)
        if part["card_type"] == "news_notice" and "card_image" not in part:
            raise Refused(BAD_PARAMS, "template_card: card_image is required")
        draft.card = part


_Fill: TypeAlias = Callable[[Json, Webhook, Message], None]


def _check_pixels(blob: Blob) -> None:
    try:
        with PIL.Image.open(io.BytesIO(blob.data)) as image:
            size = image.size
    except (OSError, PIL.Image.DecompressionBombError) as error:
        raise Refused(BAD_IMAGE, "image cannot be read") from error
    if min(size) < _SMALLEST:
        raise Refused(BAD_IMAGE, "image is too small")

"""Group webhooks: `send` and `upload_media`. Always HTTP 200; `errcode` tells (wecom-webhook.md A)."""

import io
from collections.abc import Callable
from typing import TypeAlias

import PIL.Image

from sandbox import cards, outbound, uploads
from sandbox.group_robot import GroupRobots
from sandbox.limits import RateLimit, SlidingWindows
from sandbox.tenant import Tenant
from sandbox.wire import (
    BAD_MSGTYPE,
    BAD_PARAMS,
    RATE_LIMITED,
    Json,
    PlatformError,
    read_items,
    read_object,
    read_string,
    read_strings,
)
from sandbox.world import Blob, Message, Sender, SenderKind, Webhook

BAD_KEY, BAD_IMAGE, NO_MEDIA = 93000, 40123, 44001
_MARKDOWN_MENTION = "<@"
_MOST_ACTIONS = 20
_SMALLEST = 10
"""Pixels; a 1x1 image was refused live, 64x64 was taken, the border between is unknown."""


class Webhooks:
    """The group webhooks of one tenant, with their rate limit."""

    def __init__(self, tenant: Tenant, robots: GroupRobots) -> None:
        self._tenant = tenant
        self._robots = robots
        self._rate = SlidingWindows(RateLimit(tenant.options.webhook_per_minute, tenant.options.minute))
        self._locked_until: dict[str, float] = {}
        self._fillers: dict[str, _Filler] = {
            "text": self._fill_text,
            "markdown": self._fill_markdown,
            "markdown_v2": self._fill_markdown_v2,
            "image": self._fill_image,
            "news": self._fill_news,
            "file": self._fill_media,
            "voice": self._fill_media,
            "template_card": self._fill_card,
        }

    def send(self, key: str, body: Json) -> Message:
        """Check the body of `send` and post the message. Raises PlatformError with the platform's errcode."""
        robot = self._tenant.world.robots.get(key)
        if robot is None:
            return self._send_to(self._find_webhook(key), body)
        targets = self._robots.find_targets(robot, body.get("chatid"))
        sent = [self._send_to(Webhook(key, chat, robot.name), body) for chat in targets]
        if not sent:
            raise PlatformError(BAD_KEY, "the robot is in no group")
        return sent[-1]

    def _send_to(self, hook: Webhook, body: Json) -> Message:
        code = self._tenant.faults.webhook_errcode.take()
        if code is not None:
            raise PlatformError(int(code), "injected fault")
        msgtype = body.get("msgtype")
        if not isinstance(msgtype, str) or msgtype not in self._fillers:
            raise PlatformError(BAD_MSGTYPE, f"invalid message type {msgtype}")
        sender = Sender(SenderKind.WEBHOOK, hook.key, hook.name)
        draft = Message(hook.chatid, sender, msgtype, self._tenant.clock.now())
        self._fillers[msgtype](read_object(body, msgtype), hook, draft)
        self._take_quota(hook)
        return self._tenant.world.post(draft)

    def upload(self, key: str, kind: str, *, name: str | None, data: bytes | None) -> Json:
        """Store a file and answer with its media_id. Raises PlatformError for a wrong key, kind or size."""
        if data is None:
            raise PlatformError(NO_MEDIA, "empty media data")
        hook = self._find_webhook(key)
        if kind not in ("file", "voice"):
            raise PlatformError(40004, "invalid media type")
        media_id = uploads.store_file(self._tenant, hook.key, kind, name=name or "file", data=data)
        created = str(int(self._tenant.clock.now()))
        return {"errcode": 0, "errmsg": "ok", "type": kind, "media_id": media_id, "created_at": created}

    def _find_webhook(self, key: str) -> Webhook:
        robot = self._tenant.world.robots.get(key)
        hook = Webhook(key, "", robot.name) if robot else self._tenant.world.webhooks.get(key)
        if hook is None:
            raise PlatformError(BAD_KEY, "invalid webhook url")
        return hook

    def _take_quota(self, hook: Webhook) -> None:
        now = self._tenant.clock.now()
        locked = self._locked_until.get(hook.key, 0.0) > now
        if not locked and self._rate.take(hook.key, now):
            return
        if not locked:
            self._locked_until[hook.key] = now + self._tenant.options.webhook_lock
        self._tenant.stats.count_rate_refusal(hook.chatid)
        raise PlatformError(RATE_LIMITED, "api freq out of limit")

    def _fill_text(self, part: Json, hook: Webhook, draft: Message) -> None:
        draft.text = read_string(part, "content", limit=2048)
        self._add_mentions(hook, draft, read_strings(part, "mentioned_list"))
        if "@all" in read_strings(part, "mentioned_mobile_list"):
            self._add_mentions(hook, draft, ["@all"])

    def _add_mentions(self, hook: Webhook, draft: Message, userids: list[str]) -> None:
        """Mention these members of the group; other ids are ignored, as the platform does."""
        group = self._tenant.world.groups.get(hook.chatid)
        members = group.members if group is not None else []
        for userid in userids:
            if (userid == "@all" or userid in members) and userid not in draft.mentions:
                draft.mentions.append(userid)

    def _fill_markdown(self, part: Json, hook: Webhook, draft: Message) -> None:
        draft.text = read_string(part, "content", limit=4096)
        if "attachments" in part and hook.key in self._tenant.world.robots:
            draft.attachments = _check_attachments(read_items(part, "attachments"))
        if self._tenant.options.markdown_mentions:
            group = self._tenant.world.groups.get(hook.chatid)
            members = group.members if group is not None else []
            named = [userid for userid in members if f"{_MARKDOWN_MENTION}{userid}>" in draft.text]
            self._add_mentions(hook, draft, named)

    def _fill_markdown_v2(self, part: Json, _hook: Webhook, draft: Message) -> None:
        draft.text = read_string(part, "content", limit=4096)

    def _fill_image(self, part: Json, _hook: Webhook, draft: Message) -> None:
        blob = outbound.decode_picture(self._tenant, part, limit=2 * 1024 * 1024, code=BAD_IMAGE)
        _check_pixels(blob)
        draft.photos.append(blob)

    def _fill_news(self, part: Json, _hook: Webhook, draft: Message) -> None:
        articles = read_items(part, "articles")
        if not 1 <= len(articles) <= 8:
            raise PlatformError(BAD_PARAMS, "news.articles needs 1 to 8 entries")
        for article in articles:
            read_string(article, "title", limit=128)
            read_string(article, "url")
            if article.get("description"):
                read_string(article, "description", limit=512)
        draft.articles = articles

    def _fill_media(self, part: Json, hook: Webhook, draft: Message) -> None:
        draft.attachment = self._tenant.media_ids.find(hook.key, draft.msgtype, part.get("media_id"))

    def _fill_card(self, part: Json, _hook: Webhook, draft: Message) -> None:
        cards.check_card(part, types=cards.NOTICES)
        if part["card_type"] == "news_notice" and "card_image" not in part:
            raise PlatformError(BAD_PARAMS, "template_card: card_image is required")
        draft.card = part


_Filler: TypeAlias = Callable[[Json, Webhook, Message], None]


def _check_pixels(blob: Blob) -> None:
    try:
        with PIL.Image.open(io.BytesIO(blob.data)) as image:
            size = image.size
    except (OSError, PIL.Image.DecompressionBombError) as error:
        raise PlatformError(BAD_IMAGE, "image cannot be read") from error
    if min(size) < _SMALLEST:
        raise PlatformError(BAD_IMAGE, "image is too small")


def _check_attachments(attachments: list[Json]) -> list[Json]:
    """The buttons below a robot's words, at most twenty, each within its limits. Raises PlatformError."""
    actions = [action for one in attachments for action in read_items(one, "actions")]
    if len(actions) > _MOST_ACTIONS:
        raise PlatformError(BAD_PARAMS, "too many actions")
    for action in actions:
        for name, limit in (("name", 64), ("value", 128), ("text", 128), ("replace_text", 128)):
            read_string(action, name, limit=limit)
    return attachments

"""A small district in the sandbox, and what both of the bot's modes say in it."""

import json
from typing import Any

from bot.channels.base import Delivery, Envelope, Handle
from models.messages import Button, Card, PushBody
from tests.bot.channels.conftest import delivery as plain_delivery

CARD = Card("CASE-1-v1", "待签收", body="路灯不亮", buttons=(Button("签收", "sign:1"),))
SAY = ("wrA", "zhangsan")


def build_world(**bot: Any) -> dict[str, Any]:
    return {
        "name": "小区",
        "members": [{"id": "zhangsan", "name": "张三"}, {"id": "lisi", "name": "李四"}],
        "bots": [{"id": "AIB1", "name": "网格助手", "secret": "long-secret", **bot}],
        "groups": [{"id": "wrA", "name": "一群", "members": ["zhangsan", "lisi"]}],
        "webhooks": [{"key": "key-a", "chat": "wrA", "name": "提醒"}],
    }


def build_delivery(body: PushBody, **options: Any) -> Delivery:
    return plain_delivery(body, **{"chat_id": "wrA", **options})


def build_handles(envelope: Envelope) -> tuple[Handle, ...]:
    """As the inbox would keep them."""
    kept = enumerate(envelope.handle.items(), start=1)
    return tuple(Handle(number, kind, value, event=envelope.urgent_reply) for number, (kind, value) in kept)


def to_json_text(messages: list[dict[str, Any]]) -> str:
    return json.dumps(messages, ensure_ascii=False)

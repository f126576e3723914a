"""Pushes as messages of customer service (wecom-external.md B). Pure.

The bodies are built here and not by wechatpy, whose link, location and miniprogram the platform refuses.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from bot.channels.residents.words import card_words
from bot.channels.text_limits import shorten_bytes, strip_markdown
from models.messages import Card

Message = Mapping[str, Any]
TEXT_BYTES = 2_048
_MENU_BYTES, _MENU_ITEMS = 1_024, 10
_ITEM_BYTES, _KEY_BYTES = 128, 64
"""Of an id sources say 64 or 128."""


def build_text(words: str) -> Message:
    """Words as one message: each counts."""
    return {"msgtype": "text", "text": {"content": shorten_bytes(words, TEXT_BYTES)}}


def build_menu(card: Card) -> Message:
    """A card as words with its buttons below, each a line to press."""
    items = [
        {"type": "click", "click": {"id": button.key, "content": shorten_bytes(button.text, _ITEM_BYTES)}}
        for button in card.buttons
        if len(button.key.encode()) <= _KEY_BYTES
    ]
    head = shorten_bytes(strip_markdown(card_words(card)), _MENU_BYTES)
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": head, "list": items[:_MENU_ITEMS]}}


def build_media(kind: str, media_id: str) -> Message:
    """An uploaded file; `kind`: `image` or `file`."""
    return {"msgtype": kind, kind: {"media_id": media_id}}


def build_message_id(push_id: int, trigger: str) -> str:
    """Our id of a message, by which the platform takes it once and names it where it failed.

    `trigger`: what the push answers; the ids of another database's pushes answered something else.
    """
    return f"g{push_id}-{hashlib.sha256(trigger.encode()).hexdigest()[:12]}"


def read_push_id(message_id: str) -> int | None:
    """The push that went under this id; None where it is none of ours."""
    head, dash, _ = message_id.partition("-")
    number = head[1:]
    ours = head[:1] == "g" and dash and number.isascii() and number.isdigit() and len(number) < 19
    return int(number) if ours else None

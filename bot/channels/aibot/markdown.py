"""Words as the AI bot takes them, and how many messages a push is (wecom-aibot.md §5.1). Pure."""

from typing import Any

from bot.channels.text_limits import split_bytes
from models.messages import CardUpdatePush, PhotoPush, PushBody, TextPush

MARKDOWN_BYTES = 20_480


def build_markdown_messages(text: str) -> tuple[dict[str, Any], ...]:
    """The words as one or more markdown messages, each short enough for the platform."""
    return tuple(
        {"msgtype": "markdown", "markdown": {"content": piece}} for piece in split_bytes(text, MARKDOWN_BYTES)
    )


def count_messages(body: PushBody) -> int:
    """How many messages the platform will count for it. Changing a card is none."""
    match body:
        case TextPush(text=text):
            return max(len(split_bytes(text, MARKDOWN_BYTES)), 1)
        case PhotoPush(caption=caption):
            return 1 + len(split_bytes(caption, MARKDOWN_BYTES))
        case CardUpdatePush():
            return 0
        case _:
            return 1

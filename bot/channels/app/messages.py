"""Pushes as an app's messages, to a person and into a group that it made (wecom-app.md §2, §4, §5). Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.template_cards import build_template_card, card_to_markdown
from bot.channels.text_limits import split_bytes, strip_markdown
from models.messages import Card, TextPush

TEXT_BYTES = 2_048
Message = Mapping[str, Any]

_XML_NAMES = {"keyname": "KeyName"}
"""Elements whose names are not those of the JSON, spelled in capitals."""


def build_text_messages(text: str, *, markdown: bool = False) -> tuple[Message, ...]:
    """The words as one or more messages, each short enough; marks are taken out of what shows them."""
    kind = "markdown" if markdown else "text"
    pieces = split_bytes(text if markdown else strip_markdown(text), TEXT_BYTES)
    return tuple({"msgtype": kind, kind: {"content": piece}} for piece in pieces)


def build_group_texts(push: TextPush) -> tuple[Message, ...]:
    """The words for a group, which rings the people they name."""
    messages = build_text_messages(push.text)
    if not (messages and push.mentions):
        return messages
    first = {"content": messages[0]["text"]["content"], "mentioned_list": list(push.mentions)}
    return ({"msgtype": "text", "text": first}, *messages[1:])


def build_group_card(card: Card) -> tuple[Message, ...]:
    """A card as words: groups take none."""
    return build_text_messages(card_to_markdown(card), markdown=True)


def build_card_message(card: Card, *, base_url: str) -> Message:
    """A card for a person."""
    return {"msgtype": "template_card", "template_card": build_template_card(card, base_url=base_url)}


def build_card_update(card: Card, *, base_url: str) -> dict[str, Any]:
    """The card that takes the place of one that was sent; one without buttons says so where they were."""
    return build_template_card(card, base_url=base_url, update=True)


def build_card_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """A card's JSON as the elements of a passive reply: names in capitals, lists as repeated elements."""
    return {_spell_element(name): _build_element(value) for name, value in body.items() if name != "task_id"}


def _build_element(value: Any) -> Any:
    if isinstance(value, Mapping):
        return build_card_fields(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_build_element(item) for item in value]
    return value


def _spell_element(name: str) -> str:
    return _XML_NAMES.get(name) or "".join(word.capitalize() for word in name.split("_"))

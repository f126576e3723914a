"""Pushes as the account's messages: text, choices to press, and templates (official-account §4, §5). Pure."""

import re
from collections.abc import Mapping
from typing import Any

from bot.channels.official_account.settings import LateNotice
from bot.channels.residents.words import card_words
from bot.channels.text_limits import shorten, shorten_bytes, strip_markdown
from models.messages import Card, CardPush, PushBody

Message = Mapping[str, Any]
TEXT_BYTES = 2_048
_CHOICES = 10
"""No document says how many; more do not fit a phone."""
_LENGTHS = {"thing": 20, "character_string": 32, "phrase": 5, "phone_number": 17, "car_number": 8, "name": 10}
"""Characters of a value by the kind of its key; a longer one is refused (47003)."""
_OTHER = 20
_KIND = re.compile(r"[a-z_]{1,32}")


def build_text(words: str) -> Message:
    """Words as one message: each counts."""
    return {"msgtype": "text", "text": {"content": shorten_bytes(words, TEXT_BYTES)}}


def build_menu(card: Card) -> Message:
    """A card as words with its buttons below, each a line to press."""
    choices = [{"id": button.key, "content": button.text} for button in card.buttons[:_CHOICES]]
    head = shorten_bytes(strip_markdown(card_words(card)), TEXT_BYTES // 2)
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": head, "list": choices, "tail_content": ""}}


def build_image(media_id: str) -> Message:
    """An uploaded picture."""
    return {"msgtype": "image", "image": {"media_id": media_id}}


def is_notice(body: PushBody) -> bool:
    """Whether a message of fixed fields can say it."""
    return isinstance(body, CardPush) and bool(body.card.facts)


def build_template(card: Card, template: LateNotice) -> Message:
    """What a template shows of the card. Pressed, it opens the card's page, or that of the settings."""
    return _fill_notice(card, template, page="url")


def build_subscription(card: Card, notice: LateNotice) -> Message:
    """What a subscription notice shows of the card: the same, but its page has another name."""
    return _fill_notice(card, notice, page="page")


def _fill_notice(card: Card, notice: LateNotice, *, page: str) -> Message:
    """The facts that it has keys for, cut to what each takes. `page`: the name of the page that it opens."""
    facts = dict(card.facts)
    keys = notice.fields.model_dump(exclude_none=True)
    data = {key: {"value": _fit(facts[name], key)} for name, key in keys.items() if facts.get(name)}
    url = card.url or notice.url
    return {"template_id": notice.id, "data": data} | ({page: url} if url else {})


def _fit(value: str, key: str) -> str:
    kind = _KIND.match(key)
    name = kind[0].rstrip("_") if kind else ""
    return shorten(value, _LENGTHS.get(name, _OTHER))

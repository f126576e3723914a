"""Pushes as the few plain messages of a door for residents. Pure."""

from bot.channels.text_limits import strip_markdown
from models.messages import Card, CardPush, PushBody, TextPush


def plain_text(body: PushBody) -> str:
    """The words of a push that is nothing but words; empty where there is something to press or to see."""
    match body:
        case TextPush(text=text):
            return strip_markdown(text)
        case CardPush(card=card) if not card.buttons:
            return strip_markdown(card_words(card))
        case _:
            return ""


def card_words(card: Card) -> str:
    """A card in words: what it says instead of its parts, or these, a line each."""
    if card.facts:
        return card.body
    lines = [f"{card.title}{card.desc}", card.body, *(f"{name}：{value}" for name, value in card.rows)]
    return "\n".join(line for line in lines if line)

"""WeCom template cards, as its AI bots, webhooks and apps take them (wecom-aibot.md §5.1, §7). Pure.

An app's cards may be longer (wecom-app.md §4): the same card goes to all, so the shortest limits hold.
"""

from typing import Any

from bot.channels.text_limits import shorten
from models.messages import Button, Card, Select

_TITLE, _DESC, _BODY = 26, 30, 112
_ROWS, _ROW_NAME, _ROW_VALUE = 6, 5, 26
_BUTTONS, _BUTTON_TEXT, _OPTIONS, _OPTION_TEXT = 6, 10, 10, 10
_KEY_BYTES, _OPTION_BYTES = 1024, 128


def build_template_card(card: Card, *, base_url: str, update: bool = False) -> dict[str, Any]:
    """The card for the AI bot: with buttons where it has any, a notice otherwise."""
    body = _build_base_card(card)
    buttons = [button for button in card.buttons if len(button.key.encode()) <= _KEY_BYTES][:_BUTTONS]
    if buttons:
        body |= {"card_type": "button_interaction", "button_list": [_button(button) for button in buttons]}
        if card.select is not None:
            body["button_selection"] = _selection(card.select)
    # A notice without card_action is refused (42045), and so is an update to one.
    if not buttons or update or card.url:
        body["card_action"] = {"type": 1, "url": card.url or base_url}
    return body | {"task_id": card.task_id}


def build_notice_card(card: Card, *, base_url: str) -> dict[str, Any]:
    """The card where nothing can be pressed (webhook)."""
    return _build_base_card(card) | {"card_action": {"type": 1, "url": card.url or base_url}}


def card_to_markdown(card: Card) -> str:
    """The card as words, for when the platform takes no cards."""
    head = f"**{card.title}**" + (f"　{card.desc}" if card.desc else "")
    rows = [f"> {name}：{value}" for name, value in card.rows]
    link = [f"[查看详情]({card.url})"] if card.url else []
    return "\n".join(line for line in (head, card.body, *rows, *link) if line)


def _build_base_card(card: Card) -> dict[str, Any]:
    main = {"title": shorten(card.title, _TITLE), "desc": shorten(card.desc, _DESC)}
    body: dict[str, Any] = {
        "card_type": "text_notice",
        "main_title": {name: value for name, value in main.items() if value},
    }
    if card.body:
        body["sub_title_text"] = shorten(card.body, _BODY)
    rows = [
        {"keyname": shorten(name, _ROW_NAME), "value": shorten(value, _ROW_VALUE)}
        for name, value in card.rows
        if name.strip()
    ]
    if rows:
        body["horizontal_content_list"] = rows[:_ROWS]
    return body


def _button(button: Button) -> dict[str, Any]:
    return {
        "text": shorten(button.text, _BUTTON_TEXT),
        "style": min(max(button.style, 1), 4),
        "key": button.key,
    }


def _selection(select: Select) -> dict[str, Any]:
    options = [option for option in select.options if len(option.id.encode()) <= _OPTION_BYTES][:_OPTIONS]
    body: dict[str, Any] = {
        "question_key": select.key,
        "title": shorten(select.title, 13),
        "option_list": [{"id": option.id, "text": shorten(option.text, _OPTION_TEXT)} for option in options],
    }
    if select.selected in {option.id for option in options}:
        body["selected_id"] = select.selected
    return body

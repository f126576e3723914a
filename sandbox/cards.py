"""Template cards of the AI bot: required parts, their number and length, and allowed characters."""

import re

from sandbox.wire import BAD_PARAMS, Json, PlatformError, read_items, read_object

NOTICES = frozenset({"text_notice", "news_notice"})
INTERACTIVE = frozenset({"button_interaction", "vote_interaction", "multiple_interaction"})
ALL_TYPES = NOTICES | INTERACTIVE

_BAD_ACTION = 42045
_TASK_ID = re.compile(r"[0-9A-Za-z_@-]{1,128}")


def check_card(card: Json, *, types: frozenset[str] = ALL_TYPES, update: bool = False) -> None:
    """Raise PlatformError for a card that the platform would refuse.

    `types` are the card types allowed here; on an update the task_id is not checked.
    """
    card_type = card.get("card_type")
    if card_type not in types:
        raise _card_error(f"card_type {card_type} is not allowed here")
    _check_title(card)
    _check_action(card, required=card_type in NOTICES)
    _check_common(card)
    _CHECKS[card_type](card)
    if not update:
        _check_task(card, required=card_type in INTERACTIVE or "action_menu" in card)


def _card_error(message: str) -> PlatformError:
    return PlatformError(BAD_PARAMS, f"template_card: {message}")


def _check_title(card: Json) -> None:
    title = card.get("main_title", {})
    if not isinstance(title, dict):
        raise _card_error("main_title must be an object")
    if not title.get("title") and not card.get("sub_title_text"):
        raise _card_error("main_title.title or sub_title_text is required")


def _check_action(card: Json, *, required: bool) -> None:
    action = card.get("card_action")
    if action is None and not required:
        return
    if not isinstance(action, dict) or action.get("type", 0) not in (0, 1, 2):
        raise PlatformError(_BAD_ACTION, "template_card.card_action missing or invalid")
    kind = action.get("type", 0)
    if (kind == 1 and not action.get("url")) or (
        kind == 2 and not (action.get("appid") and action.get("pagepath"))
    ):
        raise PlatformError(_BAD_ACTION, "template_card.card_action misses its target")


def _check_common(card: Json) -> None:
    _check_count(card, "horizontal_content_list", 6)
    for row in read_items(card, "horizontal_content_list"):
        if not row.get("keyname"):
            raise _card_error("horizontal_content_list.keyname is required")
        if row.get("type") == 3 and not row.get("userid"):
            raise _card_error("horizontal_content_list.userid is required for type 3")
        if row.get("type") == 1 and not row.get("url"):
            raise _card_error("horizontal_content_list.url is required for type 1")
    _check_count(card, "jump_list", 3)
    for jump in read_items(card, "jump_list"):
        _check_length(jump, "question", 200)
    if "action_menu" in card:
        actions = read_items(read_object(card, "action_menu"), "action_list")
        if not 1 <= len(actions) <= 3:
            raise _card_error("action_menu.action_list needs 1 to 3 entries")
        for action in actions:
            _check_key(action)
    if "feedback" in card:
        _check_length(read_object(card, "feedback"), "id", 256)


def _check_task(card: Json, *, required: bool) -> None:
    task_id = card.get("task_id")
    if task_id is None and not required:
        return
    if not isinstance(task_id, str) or not _TASK_ID.fullmatch(task_id):
        raise _card_error("task_id must be 1 to 128 of 0-9A-Za-z_@-")


def _check_text_notice(card: Json) -> None:
    """A text notice has only the common parts."""


def _check_news_notice(card: Json) -> None:
    image = card.get("card_image")
    if image is None and "image_text_area" not in card:
        raise _card_error("news_notice needs card_image or image_text_area")
    if image is not None:
        ratio = read_object(card, "card_image").get("aspect_ratio", 1.3)
        if not isinstance(ratio, int | float) or not 1.3 <= ratio <= 2.25:
            raise _card_error("card_image.aspect_ratio must lie between 1.3 and 2.25")
    _check_count(card, "vertical_content_list", 4)


def _check_buttons(card: Json) -> None:
    buttons = read_items(card, "button_list")
    if not 1 <= len(buttons) <= 6:
        raise _card_error("button_list needs 1 to 6 buttons")
    for button in buttons:
        if not button.get("text"):
            raise _card_error("button_list.text is required")
        if button.get("type", 0) == 0:
            _check_key(button)
        if button.get("style", 1) not in (1, 2, 3, 4):
            raise _card_error("button_list.style must be 1 to 4")
    if "button_selection" in card:
        _check_question(read_object(card, "button_selection"), 10)


def _check_vote(card: Json) -> None:
    checkbox = read_object(card, "checkbox")
    _check_question(checkbox, 20)
    if checkbox.get("mode", 0) not in (0, 1):
        raise _card_error("checkbox.mode must be 0 or 1")
    _check_submit(card)


def _check_multiple(card: Json) -> None:
    selects = read_items(card, "select_list")
    if not 1 <= len(selects) <= 3:
        raise _card_error("select_list needs 1 to 3 entries")
    for select in selects:
        _check_question(select, 10)
    _check_submit(card)


def _check_question(question: Json, most: int) -> None:
    if not question.get("question_key"):
        raise _card_error("question_key is required")
    options = read_items(question, "option_list")
    if not 1 <= len(options) <= most:
        raise _card_error(f"option_list needs 1 to {most} options")
    for option in options:
        if not option.get("id") or not option.get("text"):
            raise _card_error("option_list.id and text are required")
        _check_length(option, "id", 128)


def _check_submit(card: Json) -> None:
    button = read_object(card, "submit_button")
    if not button.get("text"):
        raise _card_error("submit_button.text is required")
    _check_key(button)


def _check_key(button: Json) -> None:
    if not button.get("key"):
        raise _card_error("key is required")
    _check_length(button, "key", 1024)


def _check_length(value: Json, key: str, limit: int) -> None:
    text = value.get(key, "")
    if not isinstance(text, str) or len(text.encode()) > limit:
        raise _card_error(f"{key} must be a text of at most {limit} bytes")


def _check_count(card: Json, key: str, most: int) -> None:
    if len(read_items(card, key)) > most:
        raise _card_error(f"{key} has more than {most} entries")


_CHECKS = {
    "text_notice": _check_text_notice,
    "news_notice": _check_news_notice,
    "button_interaction": _check_buttons,
    "vote_interaction": _check_vote,
    "multiple_interaction": _check_multiple,
}


def card_keys(card: Json) -> set[str]:
    """Every key that pressing this card can send."""
    buttons = read_items(card, "button_list") + read_items(card.get("action_menu") or {}, "action_list")
    submit = card.get("submit_button")
    if isinstance(submit, dict):
        buttons = [*buttons, submit]
    return {str(button["key"]) for button in buttons if button.get("key")}


def card_text(card: Json) -> str:
    """The card in one line, for a quote."""
    title = card.get("main_title") or {}
    parts = [title.get("title", ""), title.get("desc", ""), card.get("sub_title_text", "")]
    rows = [
        f"{row['keyname']}：{row.get('value', '')}" for row in read_items(card, "horizontal_content_list")
    ]
    return "\n".join(part for part in [*parts, *rows] if part)

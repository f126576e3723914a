"""Template cards: what is refused, and what a press does."""

from typing import Any

import pytest

from sandbox import cards
from sandbox.server import SandboxServer
from sandbox.wire import PlatformError
from tests.sandbox.conftest import RawBot

NOTICE: dict[str, Any] = {
    "card_type": "text_notice",
    "main_title": {"title": "已受理"},
    "card_action": {"type": 1, "url": "https://gov.example/c/1"},
}
BUTTONS: dict[str, Any] = {
    "card_type": "button_interaction",
    "main_title": {"title": "待受理"},
    "button_selection": {
        "question_key": "dept",
        "option_list": [{"id": "d1", "text": "城管"}, {"id": "d2", "text": "社区"}],
        "selected_id": "d1",
    },
    "button_list": [{"text": "受理", "style": 1, "key": "accept"}, {"text": "退回", "key": "return"}],
    "task_id": "T-1",
}
VOTE: dict[str, Any] = {
    "card_type": "vote_interaction",
    "main_title": {"title": "满意度"},
    "checkbox": {"question_key": "sat", "option_list": [{"id": "5", "text": "满意", "is_checked": True}]},
    "submit_button": {"text": "提交", "key": "sat"},
    "task_id": "T-2",
}


@pytest.mark.parametrize("card", [NOTICE, BUTTONS, VOTE], ids=lambda card: card["card_type"])
def test_the_cards_of_the_sheet_are_taken(card: dict[str, Any]) -> None:
    cards.check_card(card)


@pytest.mark.parametrize(
    ("base", "change", "code"),
    [
        (NOTICE, {"card_action": None}, 42045),
        (NOTICE, {"card_action": {"type": 1}}, 42045),
        (NOTICE, {"card_type": "poster"}, 40058),
        (NOTICE, {"main_title": {}}, 40058),
        (NOTICE, {"action_menu": {"desc": "更多", "action_list": [{"text": "a", "key": "k"}]}}, 40058),
        (NOTICE, {"horizontal_content_list": [{"keyname": "a"}] * 7}, 40058),
        (NOTICE, {"horizontal_content_list": [{"value": "a"}]}, 40058),
        (NOTICE, {"jump_list": [{"type": 1}] * 4}, 40058),
        (BUTTONS, {"task_id": None}, 40058),
        (BUTTONS, {"task_id": "带中文"}, 40058),
        (BUTTONS, {"task_id": "x" * 129}, 40058),
        (BUTTONS, {"button_list": []}, 40058),
        (BUTTONS, {"button_list": [{"text": "a", "key": "k"}] * 7}, 40058),
        (BUTTONS, {"button_list": [{"text": "a", "key": "k" * 1025}]}, 40058),
        (VOTE, {"submit_button": None}, 40058),
        (VOTE, {"checkbox": {"question_key": "q", "option_list": []}}, 40058),
        (NOTICE, {"card_type": "news_notice"}, 40058),
    ],
)
def test_a_card_with_a_missing_or_wrong_part_is_refused(
    base: dict[str, Any], change: dict[str, Any], code: int
) -> None:
    card = {key: value for key, value in {**base, **change}.items() if value is not None}
    with pytest.raises(PlatformError) as caught:
        cards.check_card(card)
    assert caught.value.code == code


def _show(box: SandboxServer, bot: RawBot, card: dict[str, Any]) -> str:
    """Push a card into the group; the id of its bubble."""
    bot.hears(box, text="在吗")
    answer = bot.ask("aibot_send_msg", {"chatid": "wrA", "msgtype": "template_card", "template_card": card})
    assert answer["errcode"] == 0, answer
    found: str = box.messages("wrA")[-1]["id"]
    return found


def _press(box: SandboxServer, bot: RawBot, message: str, **more: Any) -> dict[str, Any]:
    box.click(message, "lisi", "accept", **more)
    return bot.receive()


def _update(bot: RawBot, req_id: str, **more: Any) -> int:
    body = {"response_type": "update_template_card", "template_card": NOTICE, **more}
    code: int = bot.ask("aibot_respond_update_msg", body, req_id=req_id)["errcode"]
    return code


def test_a_press_tells_key_task_and_selection(box: SandboxServer, bot: RawBot) -> None:
    frame = _press(box, bot, _show(box, bot, BUTTONS), selected={"dept": ["d2"]})
    assert frame["cmd"] == "aibot_event_callback"
    assert frame["body"]["event"] == {
        "eventtype": "template_card_event",
        "template_card_event": {
            "card_type": "button_interaction",
            "event_key": "accept",
            "task_id": "T-1",
            "selected_items": {
                "selected_item": [{"question_key": "dept", "option_ids": {"option_id": ["d2"]}}]
            },
        },
    }


def test_a_task_id_is_used_once(box: SandboxServer, bot: RawBot) -> None:
    _show(box, bot, BUTTONS)
    again = {"chatid": "wrA", "msgtype": "template_card", "template_card": BUTTONS}
    assert bot.ask("aibot_send_msg", again)["errcode"] == 40058


def test_an_update_replaces_the_card_in_place(box: SandboxServer, bot: RawBot) -> None:
    message = _show(box, bot, BUTTONS)
    req_id = _press(box, bot, message)["headers"]["req_id"]
    assert _update(bot, req_id) == 0
    bubble = box.messages("wrA")[-1]
    assert (bubble["id"], bubble["card"]["main_title"]["title"]) == (message, "已受理")
    assert bubble["card"]["task_id"] == "T-1"


def test_an_update_for_some_leaves_the_others_their_card(box: SandboxServer, bot: RawBot) -> None:
    req_id = _press(box, bot, _show(box, bot, BUTTONS))["headers"]["req_id"]
    _update(bot, req_id, userids=["lisi"])
    bubble = box.messages("wrA")[-1]
    assert bubble["card"]["main_title"]["title"] == "待受理"
    assert bubble["cards_for"]["lisi"]["main_title"]["title"] == "已受理"


def test_an_update_after_five_seconds_is_refused(box: SandboxServer, bot: RawBot) -> None:
    req_id = _press(box, bot, _show(box, bot, BUTTONS))["headers"]["req_id"]
    box.advance_clock(6)
    assert _update(bot, req_id) == 846604


def test_an_update_without_card_action_is_refused(box: SandboxServer, bot: RawBot) -> None:
    req_id = _press(box, bot, _show(box, bot, BUTTONS))["headers"]["req_id"]
    bare = {key: value for key, value in NOTICE.items() if key != "card_action"}
    assert _update(bot, req_id, template_card=bare) == 42045


def test_an_event_cannot_be_answered_like_a_message(box: SandboxServer, bot: RawBot) -> None:
    req_id = _press(box, bot, _show(box, bot, BUTTONS))["headers"]["req_id"]
    body = {"msgtype": "markdown", "markdown": {"content": "好"}}
    assert bot.ask("aibot_respond_msg", body, req_id=req_id)["errcode"] == 846605


def test_two_presses_make_two_events(box: SandboxServer, bot: RawBot) -> None:
    message = _show(box, bot, BUTTONS)
    first, second = _press(box, bot, message), _press(box, bot, message)
    assert first["body"]["msgid"] != second["body"]["msgid"]

"""Cards stay within what the platform takes."""

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.template_cards import build_notice_card, build_template_card
from models.messages import Button, Card, Option, Select

BASE = "https://grid.example"
WORDS = st.text(max_size=150)


def test_a_card_without_buttons_is_a_notice_with_somewhere_to_go() -> None:
    card = Card(
        "t-1",
        "WG261121-0031",
        desc="道路设施",
        body="路灯不亮",
        rows=(("责任人", "李四"),),
        url=BASE + "/c/1",
    )
    assert build_template_card(card, base_url=BASE) == {
        "card_type": "text_notice",
        "main_title": {"title": "WG261121-0031", "desc": "道路设施"},
        "sub_title_text": "路灯不亮",
        "horizontal_content_list": [{"keyname": "责任人", "value": "李四"}],
        "card_action": {"type": 1, "url": BASE + "/c/1"},
        "task_id": "t-1",
    }


def test_buttons_and_a_choice_make_it_interactive() -> None:
    select = Select("dept", "承办部门", (Option("d1", "城管"), Option("d2", "社区")), "d1")
    card = Card(
        "t-1", "待受理", buttons=(Button("受理", "accept:1"), Button("退回", "return:1", 3)), select=select
    )
    assert build_template_card(card, base_url=BASE) == {
        "card_type": "button_interaction",
        "main_title": {"title": "待受理"},
        "button_list": [
            {"text": "受理", "style": 1, "key": "accept:1"},
            {"text": "退回", "style": 3, "key": "return:1"},
        ],
        "button_selection": {
            "question_key": "dept",
            "title": "承办部门",
            "option_list": [{"id": "d1", "text": "城管"}, {"id": "d2", "text": "社区"}],
            "selected_id": "d1",
        },
        "task_id": "t-1",
    }


def test_an_update_always_has_an_action() -> None:
    card = Card("t-1", "办理中", buttons=(Button("反馈", "feedback:1"),))
    assert build_template_card(card, base_url=BASE, update=True)["card_action"] == {"type": 1, "url": BASE}


@given(title=WORDS, desc=WORDS, body=WORDS, rows=st.lists(st.tuples(WORDS, WORDS), max_size=9))
def test_no_words_are_longer_than_they_may_be(
    title: str, desc: str, body: str, rows: list[tuple[str, str]]
) -> None:
    card = build_template_card(Card("t", title, desc=desc, body=body, rows=tuple(rows)), base_url=BASE)
    main, shown = card["main_title"], card.get("horizontal_content_list", [])
    assert len(main.get("title", "")) <= 26
    assert len(main.get("desc", "")) <= 30
    assert len(card.get("sub_title_text", "")) <= 112
    assert len(shown) <= 6
    assert all(1 <= len(row["keyname"]) <= 5 and len(row["value"]) <= 26 for row in shown)


@given(st.lists(st.builds(Button, WORDS, WORDS, st.integers(-3, 9)), max_size=9))
def test_no_more_buttons_than_there_may_be(buttons: list[Button]) -> None:
    found = build_template_card(Card("t", "x", buttons=tuple(buttons)), base_url=BASE).get("button_list", [])
    assert len(found) == min(len(buttons), 6)
    assert all(len(one["text"]) <= 10 and 1 <= one["style"] <= 4 for one in found)


def test_a_key_too_long_to_send_is_no_button() -> None:
    card = build_template_card(Card("t", "x", buttons=(Button("签收", "路" * 400),)), base_url=BASE)
    assert card["card_type"] == "text_notice"


def test_where_nothing_can_be_pressed_no_button_is_shown() -> None:
    card = build_notice_card(Card("t", "x", buttons=(Button("签收", "k"),)), base_url=BASE)
    assert (card["card_type"], "button_list" in card, "task_id" in card) == ("text_notice", False, False)

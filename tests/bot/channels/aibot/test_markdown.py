"""Words stay within what the platform takes."""

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.aibot.markdown import build_markdown_messages
from bot.channels.template_cards import card_to_markdown
from models.messages import Card

BASE = "https://grid.example"


def test_a_card_can_be_told_in_words() -> None:
    card = Card("t", "待签收", desc="道路设施", body="路灯不亮", rows=(("期限", "今天"),), url=BASE)
    assert card_to_markdown(card) == (f"**待签收**　道路设施\n路灯不亮\n> 期限：今天\n[查看详情]({BASE})")


@given(st.text(alphabet="路灯a\n", min_size=1, max_size=30).map(lambda piece: piece * 700))
def test_words_go_in_messages_of_twenty_kilobytes(text: str) -> None:
    contents = [part["markdown"]["content"] for part in build_markdown_messages(text)]
    assert all(len(content.encode()) <= 20_480 for content in contents)
    assert "".join(contents).replace("\n", "") == text.replace("\n", "")

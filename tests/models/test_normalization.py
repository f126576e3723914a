"""One spelling for every door (issue 10, F28)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.messages import MAX_WORDS, Incoming, Part, PartKind
from models.normalization import normalize_text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("天华路20号井\u200b盖没了", "天华路20号井盖没了"),
        ("\ufeff井\u2060盖\u00ad没\u202e了\u202c", "井盖没了"),
        ("井\ufe0f盖\U000e0100没\u200d了", "井盖没了"),
        ("⾬⽔⾛不掉，⻔⼝⻋多", "雨水走不掉，门口车多"),
        ("１３８号，ＡＢ栋（东）＠我", "138号，AB栋（东）@我"),
        ("天华路\u3000２０号\u00a0井盖", "天华路 20号 井盖"),
        ("一行\u2028二行", "一行\n二行"),
        ("着\u115f火\u3164了", "着火了"),
    ],
)
def test_what_looks_equal_is_equal(written: str, read: str) -> None:
    assert normalize_text(written) == read


@pytest.mark.parametrize("emoji", ["👨‍👩‍👧", "❤️", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👍🏽", "🇨🇳", "❤️‍🔥", "🤦🏽‍♀️"])
def test_emoji_stay_as_they_were_sent(emoji: str) -> None:
    assert normalize_text(f"井盖{emoji}没了") == f"井盖{emoji}没了"


def test_every_kangxi_radical_becomes_its_character() -> None:
    read = normalize_text("".join(map(chr, range(0x2F00, 0x2FD6))))
    assert all("\u4e00" <= char <= "\u9fff" for char in read)


def test_every_supplement_radical_becomes_a_character() -> None:
    assigned = [chr(code) for code in range(0x2E80, 0x2F00) if unicodedata.category(chr(code)) != "Cn"]
    left = [char for char in assigned if normalize_text(char) == char]
    assert left == ["⺀"]  # a repetition mark, which stands for no character


@given(
    st.text(
        alphabet=st.characters(codec="utf-8") | st.sampled_from("井盖1１\u200b\u200d\ufe0f👧❤⻋⾬ "),
        max_size=40,
    )
)
def test_reading_twice_changes_nothing(text: str) -> None:
    assert normalize_text(normalize_text(text)) == normalize_text(text)


def test_every_part_is_read_alike() -> None:
    assert Part(PartKind.VOICE, "井\u200b盖").text == "井盖"


def test_a_message_holds_as_many_words_as_a_report_takes() -> None:
    parts = (
        Part(PartKind.TEXT, "甲" * 3000),
        Part(PartKind.TEXT, "乙" * 3000),
        Part(PartKind.VOICE, "丙" * 9),
    )
    incoming = Incoming(
        "grid",
        "M",
        "wrA",
        direct=False,
        sender="u",
        provider="wecom",
        bot_name="网格助手",
        parts=parts,
        quote=parts,
    )

    assert sum(len(part.text) for part in incoming.parts) == MAX_WORDS
    assert incoming.rest == "乙" * 2000 + "\n" + "丙" * 9
    assert sum(len(part.text) for part in incoming.quote) == MAX_WORDS

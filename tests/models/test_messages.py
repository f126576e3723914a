"""What travels: every push rests in the outbox as JSON and comes back as it was."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.messages import (
    Button,
    Card,
    CardPush,
    CardUpdatePush,
    FilePush,
    Incoming,
    MediaRef,
    Option,
    Part,
    PartKind,
    PhotoPush,
    PushBody,
    Select,
    TextPush,
    push_from_json,
    push_kind,
    push_to_json,
)

words = st.text(max_size=12)
buttons = st.builds(Button, words, words, st.integers(1, 4))
selects = st.builds(
    Select,
    words,
    words,
    st.lists(st.builds(Option, words, words), max_size=3).map(tuple),
    st.none() | words,
)
cards = st.builds(
    Card,
    task_id=words,
    title=words,
    desc=words,
    body=words,
    rows=st.lists(st.tuples(words, words), max_size=3).map(tuple),
    buttons=st.lists(buttons, max_size=3).map(tuple),
    select=st.none() | selects,
    url=words,
)
KINDS = {
    "text": st.builds(TextPush, words, st.lists(words, max_size=3).map(tuple)),
    "card": st.builds(CardPush, cards),
    "photo": st.builds(PhotoPush, st.integers(1), words),
    "file": st.builds(FilePush, st.integers(1), words),
    "card_update": st.builds(CardUpdatePush, words, cards),
}


@settings(deadline=None)
@given(st.one_of(*KINDS.values()))
def test_every_push_comes_back_from_json_as_it_was(body: PushBody) -> None:
    stored = json.loads(json.dumps(push_to_json(body)))
    assert push_from_json(push_kind(body), stored) == body


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_keeps_its_stable_name(kind: str) -> None:
    @settings(deadline=None)
    @given(KINDS[kind])
    def named(body: PushBody) -> None:
        assert push_kind(body) == kind

    named()


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        push_from_json("telegram", {})


def said(*parts: Part, quote: tuple[Part, ...] = ()) -> Incoming:
    return Incoming(
        "grid",
        "m1",
        "wr1",
        direct=False,
        sender="zhangsf",
        provider="wecom",
        bot_name="网格助手",
        parts=parts,
        quote=quote,
    )


def test_the_words_of_a_message_are_joined_without_its_quote() -> None:
    incoming = said(
        Part(PartKind.TEXT, " 长江路 "),
        Part(PartKind.VOICE, "有垃圾"),
        Part(PartKind.PHOTO),
        quote=(Part(PartKind.TEXT, "〔WG261121-0031〕"),),
    )
    assert incoming.text == "长江路\n有垃圾"
    assert incoming.quoted_text == "〔WG261121-0031〕"


def test_files_are_own_ones_first_then_quoted_ones() -> None:
    own = Part(PartKind.PHOTO, media=MediaRef("https://example.invalid/1"))
    quoted = Part(PartKind.VIDEO, media=MediaRef("https://example.invalid/2"))
    assert said(Part(PartKind.TEXT, "看"), own, quote=(quoted,)).media_parts() == (own, quoted)


def test_where_a_file_lies_is_in_no_log() -> None:
    shown = repr(MediaRef("https://example.invalid/secret", "aeskey", "a.jpg"))
    assert "secret" not in shown
    assert "aeskey='" not in shown

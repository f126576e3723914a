"""One message cannot harm: what is too long is read as far as a report goes (issue 10, E23), and words with
hidden characters are read as they look (F28)."""

import time

import pytest

from models.messages import MAX_WORDS, Attachment, PartKind
from tests.district import District

INTAKE, ZHANG = "wrINTAKE", "zhangsf"
REST = Attachment(0, PartKind.TEXT, "text/plain", 48_000, "a" * 64, "aa/rest.txt")


def test_the_first_words_are_the_case_and_the_rest_is_its_file(district: District) -> None:
    words = "静海路20号门口垃圾成堆，" + "臭" * 20_000

    incoming = district.build_message(INTAKE, ZHANG, words)
    district.handle(district.receive(incoming), incoming, [REST])

    case = district.case()
    assert case.text == words[:MAX_WORDS]
    assert incoming.rest == words[MAX_WORDS:]
    assert [(file.kind, file.case_id, file.path) for file in district.media()] == [
        ("text", case.id, "aa/rest.txt")
    ]
    assert "只读了前 4000 个字，其余的已作为附件保存" in district.chat_text(INTAKE)


def test_words_that_could_not_be_kept_are_asked_for(district: District) -> None:
    district.say(INTAKE, ZHANG, "静海路20号门口垃圾成堆，" + "臭" * 5_000)

    assert "其余的没能保存" in district.chat_text(INTAKE)


@pytest.mark.parametrize("letters", ["a", "1", "一", "【", " ", "哈", "群友们", "a@", "静海路"])
def test_long_words_hold_nobody_up(district: District, letters: str) -> None:
    started = time.thread_time()

    for _ in range(6):
        district.say(INTAKE, ZHANG, (letters * 20_000)[:20_000] + "。")

    assert time.thread_time() - started < 5


def test_many_long_pieces_are_one_case_read_once(district: District) -> None:
    district.say(INTAKE, ZHANG, "路灯不亮，" + "黑" * 3_900)
    district.say(INTAKE, ZHANG, "好几天了，" + "怕" * 3_900)

    assert len(district.cases()) == 1
    assert len(district.case().text) <= MAX_WORDS


def test_hidden_characters_hide_no_danger(district: District) -> None:
    district.say(INTAKE, ZHANG, "天华路20号井\u200b盖没了")

    assert district.case().urgent
    assert district.case().text == "天华路20号井盖没了"


def test_words_are_read_as_they_look(district: District) -> None:
    district.say(INTAKE, ZHANG, "静海路２０号\u2f54管爆了，⻋都过不去👨‍👩‍👧")

    assert district.case().text == "静海路20号水管爆了，车都过不去👨‍👩‍👧"

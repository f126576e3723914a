"""One way to write what people write in many."""

import pytest

from handlers.triage.similarity.colloquial import even, gist, letters


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("三号楼", "3号楼"),
        ("３号楼", "3号楼"),
        ("叁號樓", "3号楼"),
        ("十二栋", "12栋"),
        ("二十栋", "20栋"),
        ("一百零三室", "103室"),
        ("八一五路", "815路"),
        ("二〇一室", "201室"),
        ("Ａ座", "a座"),
    ],
)
def test_a_number_has_one_form(written: str, plain: str) -> None:
    assert even(written) == plain


def test_signs_stickers_and_mentions_say_nothing() -> None:
    assert letters(even("@网格助手 路灯，坏了！！😡[流泪]")) == "路灯坏了"


def test_courtesies_are_no_part_of_the_matter() -> None:
    assert gist(even("尊敬的领导您好，请问路灯坏了怎么办？希望尽快解决，谢谢")) == "路灯坏"

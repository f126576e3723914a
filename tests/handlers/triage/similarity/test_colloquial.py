"""One way to write what people write in many."""

import pytest

from handlers.triage.similarity.colloquial import extract_gist, normalize_spelling, strip_signs


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
    assert normalize_spelling(written) == plain


def test_signs_stickers_and_mentions_say_nothing() -> None:
    assert strip_signs(normalize_spelling("@网格助手 路灯，坏了！！😡[流泪]")) == "路灯坏了"


def test_courtesies_are_no_part_of_the_matter() -> None:
    assert (
        extract_gist(normalize_spelling("尊敬的领导您好，请问路灯坏了怎么办？希望尽快解决，谢谢")) == "路灯坏"
    )

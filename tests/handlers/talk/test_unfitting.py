"""What is said to the bot and fits nothing: people who are moved by something get no lecture."""

import pytest

from tests.district import District


@pytest.mark.parametrize("said", ["这都第几次了", "有没有人管管啊", "说了多少遍了都没人来"])
def test_who_is_tired_of_waiting_is_handed_to_the_desk(sqlite_district: District, said: str) -> None:
    assert sqlite_district.say("wrINTAKE", "zhangsf", said) == "desk.line"
    assert "没听出" not in sqlite_district.chat_text("wrINTAKE")


def test_thanks_for_something_of_long_ago_are_taken(sqlite_district: District) -> None:
    assert sqlite_district.say("wrINTAKE", "zhangsf", "昨天那个事谢谢你们了") == "talk.thanks"


def test_again_before_the_check_reaches_unit_and_desk(sqlite_district: District) -> None:
    sqlite_district.submit_case()
    sqlite_district.say("wrINTAKE", "zhangsf", "又堆起来了")
    assert "补充：又堆起来了" in sqlite_district.chat_text("wrCG")
    assert "补充：又堆起来了" in sqlite_district.chat_text("wrDUTY")

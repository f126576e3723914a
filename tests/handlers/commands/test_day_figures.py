"""Numbers asked for in plain words: of the day that is meant, of a month, of a unit, of hot topics."""

import pytest

from tests.district import District


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("今天一共几件", "今日：新收 1 件"),
        ("昨天来了几件", "昨天：新收 0 件"),
        ("上周一共几件", "上周：新收 0 件"),
        ("/今日 本周", "本周：新收 1 件"),
        ("这个月一共多少件，满意率多少", "月报"),
        ("最近哪里问题最多", "现在没有热点"),
        ("哪些快到期了", "在办（1 件）"),
        ("城管局手上几件没办", "建筑垃圾"),
    ],
)
def test_staff_ask_in_plain_words(sqlite_district: District, said: str, answer: str) -> None:
    sqlite_district.dispatch_case()
    before = len(sqlite_district.pushes("wrDUTY"))
    sqlite_district.say("wrDUTY", "duty1", said)
    assert answer in "".join(push.text for push in sqlite_district.pushes("wrDUTY")[before:])
    assert len(sqlite_district.cases()) == 1


def test_what_a_resident_asks_goes_to_the_desk_and_gets_no_lecture(sqlite_district: District) -> None:
    assert sqlite_district.say("wrINTAKE", "zhangsf", "你们这个月办了多少件啊") == "desk.line"

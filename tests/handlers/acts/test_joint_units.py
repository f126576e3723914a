"""Three units on one case (A04): each sees in its own group what the others do, from the call to the end."""

import pytest

from tests.district import District


@pytest.fixture
def district(sqlite_district: District) -> District:
    return sqlite_district


def together(district: District) -> District:
    district.sign_case()
    assert district.say("wrDUTY", "duty1", "/吹哨 0001 住建局 公安局") == "act.whistle"
    return district


GROUPS = ("wrCG", "wrZJ", "wrGA")


def who_read(district: District, words: str) -> set[str]:
    return {chat for chat in GROUPS if any(words in said.text for said in district.pushes(chat))}


def test_what_one_of_three_units_does_the_other_two_read_in_their_own_groups(district: District) -> None:
    together(district)
    district.say("wrGA", "ga1", "/报到 0001 两人到场")
    assert who_read(district, "🤝 公安局 公安一号报到：两人到场") == {"wrCG", "wrZJ"}
    district.say("wrCG", "cg1", "/进展 0001 已围挡，等吊车", photos=1)
    assert who_read(district, "🤝 城管局 城管一号进展：已围挡，等吊车") == {"wrZJ", "wrGA"}
    assert (len(district.photos("wrZJ")), len(district.photos("wrCG"))) == (1, 0)
    district.say("wrZJ", "zj1", "/协办完成 0001 路面已修")
    assert who_read(district, "路面已修") == {"wrCG", "wrGA"}
    assert district.chat_text("wrCG").count("路面已修") == 1
    # Whoever is done hears no more: what comes later is not theirs to read.
    district.say("wrCG", "cg1", "/反馈 0001 全部清完", photos=1)
    assert who_read(district, "全部清完") == {"wrGA"}
    assert district.find_drift() == {}


def test_nobody_is_told_where_one_unit_works_alone(district: District) -> None:
    district.sign_case()
    district.say("wrCG", "cg1", "/进展 0001 正在清")
    assert who_read(district, "🤝") == set()


def test_the_reporter_stays_unnamed_to_them(district: District) -> None:
    together(district)
    district.say("wrCG", "cg1", "/进展 0001 张师傅说电话是13812345678，已联系")
    assert who_read(district, "进展：") == {"wrZJ", "wrGA"}
    for chat in GROUPS:
        assert "张师傅" not in district.chat_text(chat)
        assert "13812345678" not in district.chat_text(chat)

"""立案 with a quote: what somebody said in a group is a case, on the word of the staff (E17, E18)."""

import pytest

from tests.district import District

SAID = "长江路88号门口堆了好多建筑垃圾，都没人管"


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and rights: which database it is cannot matter."""
    return sqlite_district


@pytest.mark.parametrize("words", ["立案", "/立案", "/立案 已经去看过，属实"])
def test_staff_make_a_case_of_what_others_said_by_quoting_it(district: District, words: str) -> None:
    assert district.say("wrRESIDENTS", "wgxw", words, quote=SAID) == "case.opened"
    case = district.case()
    assert SAID in case.text
    assert "长江路88号" in case.place
    assert district.person("wgxw").id == case.reporter_id


def test_residents_and_quotes_of_the_bot_open_nothing(district: District) -> None:
    district.dispatch_case()
    pushed = district.last_text("wrDUTY")
    assert district.say("wrINTAKE", "zhangsf", "/立案", quote=SAID) == "refused.missing_need"
    assert district.say("wrDUTY", "duty1", "/立案", quote=pushed) == "refused.not_found"
    assert len(district.cases()) == 1

"""Every message about one case begins with what the case is about, then its number."""

import re

import pytest

from handlers.wording import marks, subjects
from tests.conftest import NOON
from tests.district import LAMP, District

_BEGINS = re.compile(r"^(?:〔|【[^】]*】〔)")
NUMBER = "WG261121-0031"


def test_what_begins_with_a_mark_gets_the_matter_before_it() -> None:
    said = f"{marks.case_mark(NUMBER)}还没有签收。\n别的\n{marks.hint_mark(NUMBER, '退回')}请写"
    named = subjects.name_cases(said, lambda number: f"长江路乱停车（{number[-4:]}）")
    assert named.splitlines() == [
        "长江路乱停车（0031）〔WG261121-0031〕还没有签收。",
        "别的",
        "长江路乱停车（0031）【待写】〔WG261121-0031〕退回：请写",
    ]
    assert marks.find_hint(named) == (NUMBER, "退回")


def test_no_word_to_a_group_begins_with_a_number(sqlite_district: District) -> None:
    district = sqlite_district
    district.close_case()
    district.report_case(LAMP)
    for chat, user, text in (
        ("wrCG", "cg1", "/签收 0001"),
        ("wrINTAKE", "zhangsf", "/交办 0002 城管局"),
        ("wrINTAKE", "zhangsf", "/查 0002"),
        ("wrDUTY", "duty1", "/裁定 0002 城管局"),
        ("wrDUTY", "duty1", "/交办 0002 住建局"),
        ("wrDUTY", "duty1", "/督办 0002 今天修好"),
        ("wrZJ", "zj1", "/退回 0002 不归我们"),
        ("wrDUTY", "duty1", "/受理 0001 0002"),
    ):
        district.say(chat, user, text)
    texts = [push.text for push in district.pushes() if push.card is None and marks.find_numbers(push.text)]
    assert texts
    assert [line for text in texts for line in text.splitlines() if _BEGINS.match(line)] == []


def test_of_a_restricted_case_a_group_reads_the_number_alone(sqlite_district: District) -> None:
    sqlite_district.report_case("举报解放路15号窗口办事员收受商户红包")
    heard = sqlite_district.chat_text("wrINTAKE")
    assert "您反映的事〔" in heard
    assert "解放路" not in heard
    sqlite_district.say("wrINTAKE", "zhangsf", "/催办 0001")
    assert "解放路" not in sqlite_district.chat_text("wrINTAKE")


@pytest.mark.parametrize("direct", [True, False])
def test_how_to_answer_is_true_for_this_chat(sqlite_district: District, direct: bool) -> None:
    chat = "zhangsf" if direct else "wrINTAKE"
    sqlite_district.say(chat, "zhangsf", "路灯不亮", direct=direct)
    sqlite_district.tick(NOON.replace(hour=23))
    asked = sqlite_district.chat_text(chat)
    assert ("直接回答就行" in asked, "请 @我 回答" in asked) == (direct, not direct)

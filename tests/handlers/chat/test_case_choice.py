"""Several cases fit what was said: a question with buttons, whose press does it with the words and files sent."""

import pytest

from models.cases import Case
from models.messages import LostFile, PartKind
from models.workflow import Status
from tests.district import LAMP, District, make_photo


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and files: which database it is cannot matter."""
    return sqlite_district


def sign_two(district: District) -> tuple[Case, Case]:
    return district.sign_case(), district.sign_case()


@pytest.mark.parametrize("words", ["弄好了", "/反馈 已清理", "都已经清理干净了"])
def test_a_photo_waits_with_the_question_and_goes_with_the_press(district: District, words: str) -> None:
    first, second = sign_two(district)
    district.say("wrCG", "cg1", words, photos=2)
    assert {case.status for case in district.cases()} == {Status.IN_PROGRESS}
    assert district.media() == []
    card = district.last_card("wrCG")
    assert [button.text for button in card.buttons] == ["0330-0002", "0330-0001"]
    assert district.press("wrCG", "cg1", "0330-0001") == "act.feedback"
    assert district.case(first.number).status == Status.SUBMITTED
    assert district.case(second.number).status == Status.IN_PROGRESS
    assert [(file.case_id, file.role) for file in district.media()] == [(first.id, "after")] * 2
    assert words.removeprefix("/反馈 ") in district.events(first)[-1].text
    assert len(district.photos("wrDUTY")) == 2


def test_what_could_not_be_opened_proves_nothing_by_a_press_either(district: District) -> None:
    sign_two(district)
    broken = LostFile(1, PartKind.PHOTO, "broken")
    district.say("wrCG", "cg1", "弄好了", photos=[make_photo(0), make_photo(1)], lost=[broken])
    district.press("wrCG", "cg1", "0330-0001")
    assert len(district.media()) == 1


def test_a_question_has_four_buttons_and_says_how_many_more_fit(district: District) -> None:
    for _ in range(6):
        district.dispatch_case()
    assert district.say("wrCG", "cg1", "/签收") == "refused.ambiguous"
    card = district.last_card("wrCG")
    assert [button.text for button in card.buttons] == ["0330-0006", "0330-0005", "0330-0004", "0330-0003"]
    assert "有 6 件都可以签收" in card.body
    assert "还有 2 件：请 @我 带上编号" in card.body
    assert district.press("wrCG", "cg1", "0330-0004") == "act.sign"


def test_files_wait_with_what_must_be_confirmed(district: District) -> None:
    case = district.dispatch_case()
    assert district.say("wrDUTY", "duty1", f"/作废 {case.number} 测试数据", photos=1) == "command.preview"
    assert district.say("wrDUTY", "duty1", "是") == "act.void"
    assert len(district.media()) == 1


def test_the_reporter_of_two_is_asked_with_buttons_for_a_photo_of_what_is_left(district: District) -> None:
    numbers = []
    for text in ("长江路静海路口工地门口建筑垃圾", LAMP):
        district.say("wrINTAKE", "zhangsf", text)
        district.advance(minutes=20)
        numbers.append(district.case().number)
    district.say("wrINTAKE", "zhangsf", "怎么还没人来管，你看还是老样子", photos=1)
    card = district.last_card("wrINTAKE")
    assert len(card.buttons) == 2
    district.press("wrINTAKE", "zhangsf", f"{numbers[0][4:]}")
    assert [file.case_id for file in district.media()] == [district.case(numbers[0]).id]

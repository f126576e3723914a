"""A unit says in plain words that a case is not its own: asked once, then returned with whom it suggests."""

import pytest

from models.workflow import Status
from tests.district import District

NOT_OURS = "这个不归我们，是住建局的"


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and rights: which database it is cannot matter."""
    return sqlite_district


def test_it_is_asked_with_the_suggested_unit_before_anything_is_done(district: District) -> None:
    case = district.dispatch_case()
    assert district.say("wrCG", "cg1", NOT_OURS) == "talk.ask_return"
    assert district.case().status == Status.DISPATCHED
    card = district.last_card("wrCG")
    assert card.body.startswith("长江路静海路口")
    assert case.number in card.body
    assert "建议转住建局" in card.body
    assert [button.text for button in card.buttons] == ["确认执行", "取消"]


@pytest.mark.parametrize("yes", ["是", "是的", "对。", "确认"])
def test_yes_returns_it_and_the_desk_sees_whom_they_suggest(district: District, yes: str) -> None:
    district.dispatch_case()
    district.say("wrCG", "cg1", NOT_OURS)
    assert district.say("wrCG", "cg1", yes) == "act.return"
    assert district.case().status == Status.ACCEPTED
    assert "不归我们" in district.chat_text("wrDUTY")
    assert "建议交住建局" in district.chat_text("wrDUTY")
    assert district.case().suggested_unit_id == district.unit("HM-ZJ").id


def test_one_tap_returns_it_too_and_photos_go_along(district: District) -> None:
    case = district.sign_case()
    district.say("wrCG", "cg1", NOT_OURS, photos=1)
    assert district.press("wrCG", "cg1", "确认执行") == "act.return"
    assert [file.case_id for file in district.media()] == [case.id]
    assert district.case().suggested_unit_id == district.unit("HM-ZJ").id


@pytest.mark.parametrize("no", ["不是", "算了", "取消"])
def test_no_leaves_it_with_the_unit(district: District, no: str) -> None:
    district.dispatch_case()
    district.say("wrCG", "cg1", NOT_OURS)
    assert district.say("wrCG", "cg1", no) == "preview.cancelled"
    assert district.case().status == Status.DISPATCHED
    assert district.say("wrCG", "cg1", "是") != "act.return"


def test_yes_of_somebody_else_or_too_late_or_overheard_returns_nothing(district: District) -> None:
    district.dispatch_case()
    district.say("wrCG", "cg1", NOT_OURS)
    district.say("wrCG", "cg2", "是")
    district.say("wrCG", "cg1", "是", addressed=False)
    district.advance(minutes=11)
    district.say("wrCG", "cg1", "是")
    assert district.case().status == Status.DISPATCHED


def test_a_task_that_is_quoted_is_returned_at_once(district: District) -> None:
    district.dispatch_case()
    quote = district.last_text("wrCG")
    district.dispatch_case()
    assert district.say("wrCG", "cg1", NOT_OURS, quote=quote) == "act.return"
    first, second = district.cases()
    assert (first.status, second.status) == (Status.ACCEPTED, Status.DISPATCHED)
    assert first.suggested_unit_id == district.unit("HM-ZJ").id


def test_a_number_names_a_task_as_a_quote_does(district: District) -> None:
    number = district.dispatch_case().number
    assert district.say("wrCG", "cg1", f"{number}{NOT_OURS}") == "act.return"


@pytest.mark.parametrize("command", ["/退回 0001 不归我们 住建局", "退回 0001 不归我们 住建局"])
def test_a_command_returns_at_once(district: District, command: str) -> None:
    district.dispatch_case()
    assert district.say("wrCG", "cg1", command) == "act.return"


def test_of_two_one_tap_says_which_and_does_it(district: District) -> None:
    district.dispatch_case()
    second = district.dispatch_case()
    assert district.say("wrCG", "cg1", NOT_OURS) == "talk.which"
    assert "要退回哪一件，建议转住建局" in district.last_card("wrCG").body
    assert district.press("wrCG", "cg1", "0330-0002") == "act.return"
    assert district.case(second.number).suggested_unit_id == district.unit("HM-ZJ").id


def test_what_was_returned_before_is_refused_without_a_question(district: District) -> None:
    case = district.dispatch_case()
    district.say("wrCG", "cg1", f"/退回 {case.number} 不归我们")
    district.say("wrDUTY", "duty1", f"/交办 {case.number} 城管局")
    assert district.say("wrCG", "cg1", NOT_OURS).startswith("refused.")
    assert district.case().status == Status.DISPATCHED

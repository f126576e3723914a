"""收回: what was handed out by mistake comes back, for five minutes, while nobody has signed for it."""

import pytest

from models.workflow import Status
from tests.district import District


def running_steps(district: District) -> set[str]:
    return {clock.step for clock in district.clocks() if clock.stopped_at is None}


def test_the_case_is_where_it_was_and_the_card_of_the_unit_says_so(district: District) -> None:
    case = district.report_case()
    due, steps = case.due_at, running_steps(district)
    district.say("wrDUTY", "duty1", "/交办 0001 城管局 4小时")
    card = district.last_card("wrCG")
    district.advance(minutes=4)
    assert district.say("wrDUTY", "duty1", "/收回 0001 应当是住建局") == "act.recall"
    case = district.case()
    assert (case.status, case.unit_id, case.due_at) == (Status.NEW, None, due)
    assert running_steps(district) == steps
    assert "值班一号收回了这件（应当是住建局），你们不用办。" in district.last_text("wrCG")
    assert district.click("wrCG", "cg1", card.buttons[0].key, task_id=card.task_id) == "refused.not_allowed"
    shown = district.last_card("wrCG")
    assert shown.title == "积存建筑垃圾渣土·已收回"
    assert shown.buttons == ()
    assert district.say("wrDUTY", "duty1", "/交办 0001 住建局") == "act.assign"
    assert district.find_drift() == {}


@pytest.mark.parametrize("began", ["签收", "补充说明以后联系报事人", "过了五分钟", "别的单位"])
def test_what_has_begun_is_not_taken_back(sqlite_district: District, began: str) -> None:
    district = sqlite_district
    district.dispatch_case()
    who, chat, refusal = "duty1", "wrDUTY", "refused.wrong_state"
    match began:
        case "签收":
            district.say("wrCG", "cg1", "/签收 0001")
        case "补充说明以后联系报事人":
            district.say("wrCG", "cg1", "/联系 0001 已电话联系")
        case "过了五分钟":
            district.advance(minutes=5, seconds=1)
        case _:
            who, chat, refusal = "cg1", "wrCG", "refused.not_allowed"
    assert district.say(chat, who, "/收回 0001") == refusal
    assert district.case().unit_id is not None


def test_an_addition_in_between_does_not_matter_and_a_returned_case_is_passed_on_instead(
    sqlite_district: District,
) -> None:
    district = sqlite_district
    district.dispatch_case()
    district.say("wrINTAKE", "zhangsf", "/补充 0001 就在门口")
    assert district.say("wrDUTY", "duty1", "/收回 0001") == "act.recall"
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    district.say("wrCG", "cg1", "/退回 0001 不归我们管")
    district.say("wrDUTY", "duty1", "/交办 0001 住建局")
    assert district.say("wrDUTY", "duty1", "/收回 0001") == "refused.wrong_state"
    assert "/转办 0001" in district.last_text("wrDUTY")

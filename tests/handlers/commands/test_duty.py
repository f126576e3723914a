"""/值班 and /换班: who may make a roster, whose day it is, and that both have to agree."""

import pytest

from models.organisation import Role
from tests.district import District


@pytest.fixture
def roster(district: District) -> District:
    """The first officer of the desk is on duty today and tomorrow."""
    for day in ("03-30", "03-31"):
        assert district.say("wrDUTY", "duty1", f"/值班 {day} 值班一号") == "duty.set"
    return district


def test_a_roster_is_made_by_its_desk_or_the_head_of_a_unit_and_read_by_staff(roster: District) -> None:
    assert roster.say("wrDUTY", "leader1", "/值班") == "duty.roster"
    assert "03-30 周一 值班一号\n03-31 周二 值班一号\n04-01 周三 没有排" in roster.last_text("wrDUTY")
    assert roster.say("wrCG", "cg1", "/值班 明天 城管二号") == "duty.set"
    assert roster.say("wrCG", "cg2", "/值班") == "duty.roster"
    assert "城管局值班表\n03-30 周一 没有排\n03-31 周二 城管二号" in roster.last_text("wrCG")
    roster.hire("cg3", Role.HANDLER, "HM-CG")
    for chat, user, words, slug in (
        ("wrCG", "cg3", "/值班 04-02 城管一号", "refused.not_allowed"),
        ("wrCG", "cg1", "/值班 04-02 住建一号", "refused.not_found"),
        ("wrCG", "cg1", "/值班 03-29 城管一号", "refused.not_allowed"),
        ("wrCG", "cg1", "/值班 13-45 城管一号", "refused.missing_need"),
        ("wrINTAKE", "zhangsf", "/值班", "refused.not_allowed"),
        ("wrINTAKE", "duty1", "/值班", "refused.not_allowed"),
    ):
        assert roster.say(chat, user, words) == slug, words
    assert roster.say("wrDUTY", "duty2", "/值班 03-30 空") == "duty.set"
    assert "03-30 周一 没有排" in answer_of(roster)


def answer_of(district: District) -> str:
    district.say("wrDUTY", "duty1", "/值班")
    return district.last_text("wrDUTY")


def test_a_day_goes_to_another_when_they_agree_and_not_before(roster: District) -> None:
    say = roster.say
    assert say("wrDUTY", "duty2", "/换班 03-31 值班一号") == "refused.not_found"
    assert say("wrDUTY", "duty1", "/换班 03-31 值班一号") == "refused.not_allowed"
    assert say("wrDUTY", "duty1", "/换班 03-31 值班二号") == "duty.swap_asked"
    assert "值班二号同意发 /换班 同意 03-31" in roster.last_text("wrDUTY")
    assert say("wrDUTY", "duty1", "/换班 03-31 值班二号") == "refused.wrong_state"
    assert say("wrDUTY", "duty1", "/换班 同意") == "refused.not_allowed"
    assert "03-31 周二 值班一号" in answer_of(roster)
    assert say("wrDUTY", "duty2", "/换班 同意") == "duty.swapped"
    assert "03-31 周二 值班二号" in answer_of(roster)
    assert say("wrDUTY", "duty2", "/换班 同意") == "refused.not_found"


def test_a_swap_is_refused_or_taken_back_or_over_with_its_roster(roster: District) -> None:
    say = roster.say
    say("wrDUTY", "duty1", "/换班 03-31 值班二号")
    assert say("wrDUTY", "duty2", "/换班 不同意") == "duty.swap_refused"
    assert "值班二号不能替，还是值班一号值班" in roster.last_text("wrDUTY")
    say("wrDUTY", "duty1", "/换班 03-31 值班二号")
    assert say("wrDUTY", "duty1", "/换班 不同意") == "duty.swap_refused"
    assert "值班一号取消了 03-31 周二 的换班" in roster.last_text("wrDUTY")
    say("wrDUTY", "duty1", "/换班 03-30 值班二号")
    say("wrDUTY", "duty1", "/换班 03-31 值班二号")
    assert say("wrDUTY", "duty2", "/换班 同意") == "refused.ambiguous"
    say("wrDUTY", "duty1", "/值班 03-31 值班一号")
    assert say("wrDUTY", "duty2", "/换班 同意 03-31") == "refused.not_found"
    assert "03-31 周二 值班一号" in answer_of(roster)

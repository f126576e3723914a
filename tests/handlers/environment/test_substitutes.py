"""Whoever stands in works as who is away, as long as that is so, and is of their unit in everything."""

from datetime import date, timedelta

import pytest

from handlers.environment.people import staffing
from handlers.environment.people.staffing import AbsenceSpan
from handlers.notifications.duty import shift_notes
from models.organisation import Role
from tests.district import District, require_signature

DAY = timedelta(days=1)


def stand_in(district: District, who: str, by: str, days: int = 1) -> date:
    """Somebody is away from today; the last day of it."""
    today = district.env.local(district.now).date()
    with district.database.write() as session:
        span = AbsenceSpan(district.person(who), district.person(by), today, today + (days - 1) * DAY)
        staffing.store_absence(session, span, span.person, today=today, now=district.now)
    return span.last


def announce(district: District) -> None:
    with district.database.write() as session:
        shift_notes.announce_changes(session, district.env, now=district.now)


@pytest.fixture
def helper(district: District) -> str:
    """Staff of the district itself, above every office, and of none of them."""
    return district.hire("helper", Role.HANDLER, "HM")


def test_a_substitute_takes_the_open_tasks_for_as_long_as_the_absence_lasts(
    district: District, helper: str
) -> None:
    case = district.sign_case()
    assert district.say("wrCG", helper, f"/反馈 {case.number} 清了", photos=1) != "act.feedback"
    assert case.number not in answer(district, helper, "/查 渣土")
    stand_in(district, "cg1", helper, days=2)
    announce(district)
    announce(district)
    noted = [push.text for push in district.pushes("wrCG") if "代班" in push.text]
    assert noted == [
        f"城管一号 03-30 周一 到 03-31 周二 请假，helper本人代班。在办的由helper本人接着办：{case.number}。"
    ]
    assert case.number[-4:] in answer(district, helper, "/待办")
    assert case.number[-4:] in answer(district, helper, "/我的")
    assert district.say("wrCG", helper, f"/进展 {case.number} 派车了") == "act.progress"
    district.advance(days=2)
    announce(district)
    assert "城管一号回来了，helper本人代班结束。" in district.chat_text("wrCG")
    assert district.say("wrCG", helper, f"/进展 {case.number} 又派车了") != "act.progress"
    assert case.number[-4:] not in answer(district, helper, "/待办")


def answer(district: District, user: str, words: str) -> str:
    """What is answered alone to somebody."""
    before = len(district.pushes(user))
    district.say(user, user, words, direct=True)
    return "\n".join(push.text for push in district.pushes(user)[before:])


def test_a_substitute_is_of_the_unit_and_never_checks_its_work(district: District) -> None:
    # The desk's officer of the town stands in for the head of an office: never on what that office did.
    case = district.submit_case()
    district.hire("chief", Role.DUTY, "HM-CG")
    stand_in(district, "chief", "duty2")
    assert district.say("wrDUTY", "duty2", f"/核查 {case.number} 通过") == "refused.not_allowed"
    assert district.say("wrDUTY", "duty1", f"/核查 {case.number} 通过") == "act.verify"


def test_whoever_replaces_a_substitute_has_the_places_of_both(district: District, helper: str) -> None:
    case = district.sign_case()
    stand_in(district, "cg1", "cg2")
    stand_in(district, "cg2", helper)
    stand_in(district, helper, district.hire("chief", Role.HANDLER, "HM"))
    assert case.number[-4:] in answer(district, "chief", "/我的")
    assert district.say("wrCG", "chief", f"/进展 {case.number} 派车了") == "act.progress"


def test_whoever_worked_on_it_as_a_substitute_does_not_check_it_afterwards(district: District) -> None:
    district.hire("chief", Role.DUTY, "HM-CG")
    stand_in(district, "chief", "duty2")
    case = district.dispatch_case()
    assert district.say("wrCG", "duty2", f"/签收 {case.number}") == "act.sign"
    district.advance(days=1)
    assert district.say("wrCG", "cg1", f"/反馈 {case.number} 清了", photos=1) == "act.feedback"
    assert district.say("wrDUTY", "duty2", f"/核查 {case.number} 通过") == "refused.not_allowed"


def test_what_was_confided_to_who_is_away_stays_with_them(district: District) -> None:
    district.say("zhangsf", "zhangsf", "城管局执法人员收了摊贩的钱，乱罚款，长江路", direct=True)
    district.tick(district.advance(minutes=40))
    case = district.case()
    assert case.restricted
    district.hire("leader2", Role.LEADER, "HM")
    assert case.number[-4:] in answer(district, "leader1", f"/查 {case.number}")
    stand_in(district, "leader1", "leader2")
    assert "没有找到" in answer(district, "leader2", f"/查 {case.number}")


def test_a_substitute_signs_for_who_is_away(district: District) -> None:
    require_signature(district, signer="leader1")
    deputy = district.hire("deputy", Role.LEADER, "HM")
    for user in ("leader1", deputy):
        district.enter(user)
    case = district.submit_case()
    assert district.say("wrDUTY", "duty1", f"/核查 {case.number} 通过") == "act.verify"
    assert district.say(deputy, deputy, f"/审签 {case.number} 同意", direct=True) != "act.sign_off"
    assert district.case(case.number).signoff_asked_at is not None
    stand_in(district, "leader1", deputy)
    assert case.number[-4:] in answer(district, deputy, "/待办")
    assert district.say(deputy, deputy, f"/审签 {case.number} 同意", direct=True) == "act.sign_off"

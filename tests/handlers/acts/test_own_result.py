"""Nobody speaks on the result of their own unit's work: not as checker, and not as reporter."""

import pytest

from models.organisation import Role
from models.workflow import Status
from tests.district import RUBBLE, District


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and rights: which database it is cannot matter."""
    return sqlite_district


def alone(district: District, user: str, words: str) -> str:
    return district.say(user, user, words, direct=True)


STAFF = (Role.HANDLER, Role.GRID, Role.COORDINATOR, Role.DUTY, Role.LEADER, Role.ADMIN)


@pytest.mark.parametrize("role", STAFF)
@pytest.mark.parametrize("unit", ["HM-CG", "HM-ZJ"])
def test_staff_of_the_lead_and_of_a_partner_never_verify_or_reopen(
    district: District, role: Role, unit: str
) -> None:
    staff = district.hire("staff", role, unit)
    district.sign_case()
    district.say("wrDUTY", "duty1", "/协办 0001 住建局")
    district.say("wrCG", "cg1", "/反馈 0001 已清运", photos=1)
    assert alone(district, staff, "/核查 0001 通过") == "refused.not_allowed"
    assert district.say("wrDUTY", "duty1", "/核查 0001 通过") == "act.verify"
    district.say("wrINTAKE", "zhangsf", "/评价 0001 已解决 满意")
    assert alone(district, staff, "/重开 0001 再来一次").startswith("refused.")
    assert district.case().status == Status.CLOSED


@pytest.mark.parametrize("role", STAFF)
def test_staff_who_reported_their_own_case_say_nothing_on_its_result(district: District, role: Role) -> None:
    colleague = district.hire("colleague", role, "HM-CG")
    district.say("wrINTAKE", colleague, RUBBLE)
    district.tick(district.advance(minutes=2))
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    district.say("wrCG", "cg1", "/反馈 0001 已清运", photos=1)
    assert alone(district, colleague, "/核查 0001 通过") == "refused.not_allowed"
    district.say("wrDUTY", "duty1", "/核查 0001 通过")
    assert alone(district, colleague, "/评价 0001 已解决 满意") == "refused.not_allowed"
    assert district.case().status == Status.CALLBACK
    district.deliver_results()
    district.say("wrDUTY", "duty1", "/结案 0001")
    assert alone(district, colleague, "/重开 0001 不行") == "refused.not_allowed"


@pytest.mark.parametrize("user", ["cg1", "cg2"])
def test_who_repeats_the_words_of_a_reporter_closes_nothing_of_their_own_unit(
    district: District, user: str
) -> None:
    district.report_case()
    district.say("wrINTAKE", user, RUBBLE)
    district.tick(district.advance(minutes=2))
    assert district.case().status == Status.DUPLICATE
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    district.say("wrCG", "cg1", "/反馈 0001 已清运", photos=1)
    district.say("wrDUTY", "duty1", "/核查 0001 通过")
    for number in ("0001", "0002"):
        assert alone(district, user, f"/评价 {number} 已解决 满意") == "refused.not_allowed"
        assert alone(district, user, f"/重开 {number} 再来") != "act.reopen"
    district.say("wrINTAKE", user, "修好了，满意", quote="〔WG260330-0001〕")
    assert [case.status for case in district.cases()] == [Status.CALLBACK, Status.DUPLICATE]
    assert district.ratings() == []


@pytest.mark.parametrize("role", [Role.INFORMANT, Role.RESIDENT])
def test_who_lives_in_the_unit_that_leads_is_none_of_its_staff(district: District, role: Role) -> None:
    neighbour = district.hire("neighbour", role, "HM-HM")
    district.say("wrINTAKE", neighbour, RUBBLE)
    district.tick(district.advance(minutes=2))
    handler = district.hire("town", Role.HANDLER, "HM-HM")
    district.say("wrDUTY", "duty1", "/交办 0001 海门街道")
    assert alone(district, handler, "/反馈 0001 已清运") == "act.feedback"
    district.say("wrDUTY", "duty1", "/核查 0001 通过")
    assert alone(district, neighbour, "/评价 0001 已解决") == "act.rate"


def test_where_the_top_unit_leads_somebody_else_of_it_verifies(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/交办 0001 海门区")
    assert district.say("wrDUTY", "duty1", "/签收 0001") == "act.sign"
    other = district.hire("duty3", Role.DUTY, "HM")
    assert alone(district, other, "/反馈 0001 已清运") == "act.feedback"
    assert district.say("wrDUTY", "duty1", "/核查 0001 通过") == "refused.not_allowed"
    assert alone(district, other, "/核查 0001 通过") == "refused.not_allowed"
    assert district.say("wrDUTY", "duty2", "/核查 0001 通过") == "act.verify"


def test_where_the_desks_own_unit_leads_its_other_officer_verifies_and_its_handlers_do_not(
    district: District,
) -> None:
    desk, handler = (
        district.hire("hmduty", Role.DUTY, "HM-HM"),
        district.hire("town", Role.HANDLER, "HM-HM"),
    )
    colleague = district.hire("town2", Role.HANDLER, "HM-HM")
    district.report_case()
    district.say("wrDUTY", "duty1", "/交办 0001 海门街道")
    assert alone(district, handler, "/反馈 0001 已清运") == "act.feedback"
    assert alone(district, handler, "/核查 0001 通过") == "refused.not_allowed"
    assert alone(district, colleague, "/核查 0001 通过") == "refused.not_allowed"
    assert alone(district, desk, "/核查 0001 通过") == "act.verify"


def test_an_observer_comments_and_changes_no_state(district: District) -> None:
    observer = district.hire("dc1", Role.OBSERVER, "HM-HM")
    district.submit_case()
    assert alone(district, observer, "/核查 0001 通过") == "refused.not_allowed"
    assert alone(district, observer, "/核查 0001 不通过 还有") == "refused.not_allowed"
    assert district.case().status == Status.SUBMITTED
    assert alone(district, observer, "/补充 0001 现场看过，还有一堆") == "act.add"
    assert "现场看过，还有一堆" in district.chat_text("wrCG")

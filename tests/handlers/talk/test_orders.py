"""What a desk orders in plain words: several cases, several units, and what a unit asks leave for."""

import pytest

from models.cases import Assignment
from models.workflow import Status
from tests.district import District


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and rights: which database it is cannot matter."""
    sqlite_district.say("wrINTAKE", "liay", "解放路99号路灯不亮")
    sqlite_district.report_case()
    return sqlite_district


def _units(district: District) -> list[str | None]:
    units = {district.unit(code).id: code for code in ("HM-CG", "HM-GA", "HM-ZJ", "HM-SCJG")}
    return [units.get(case.unit_id or 0) for case in sorted(district.cases(), key=lambda case: case.id)]


@pytest.mark.parametrize(
    "said",
    [
        "{0}住建，{1}城管",
        "路灯那个{0}先给住建看看，渣土{1}城管",
        "{0}给住建，渣土那件给城管",
        "路灯那件给住建，渣土那个转城管",
    ],
)
def test_each_order_of_a_message_goes_to_its_unit(district: District, said: str) -> None:
    first, second = sorted(case.number for case in district.cases())
    district.say("wrDUTY", "duty1", said.format(first[-4:], second[-4:]))
    assert _units(district) == ["HM-ZJ", "HM-CG"]


@pytest.mark.parametrize(
    ("said", "lead", "helpers"),
    [
        ("{0}市监牵头，住建管物业那头", "HM-SCJG", {"HM-ZJ"}),
        ("{0}公安立即去，城管、住建一起帮着找", "HM-GA", {"HM-CG", "HM-ZJ"}),
        ("{0}给住建，请公安局配合", "HM-ZJ", {"HM-GA"}),
        ("城管局退回来了，{0}给住建，城管不用去了", "HM-ZJ", set()),
        ("{0} 住建牵头 市监配合", "HM-ZJ", {"HM-SCJG"}),
    ],
)
def test_one_unit_leads_and_the_others_help(
    district: District, said: str, lead: str, helpers: set[str]
) -> None:
    case = min(district.cases(), key=lambda case: case.id)
    district.say("wrDUTY", "duty1", said.format(case.number[-4:]))
    with district.database.read() as session:
        shares = [each for each in session.query(Assignment) if each.case_id == case.id]
        found = {session.get_one(type(district.unit(lead)), each.unit_id).code for each in shares}
    assert found == {lead} | helpers


def test_who_had_it_and_is_to_help_does_not_hear_that_they_need_not(district: District) -> None:
    number = district.dispatch_case().number
    district.say("wrDUTY", "duty1", f"{number} 住建局 城管局 两家一起去")
    assert "请协办" in district.last_text("wrCG")
    assert "不用再办" not in district.chat_text("wrCG")


def test_who_has_it_already_is_pressed_and_does_not_get_it_anew(district: District) -> None:
    number = district.dispatch_case().number
    assert district.say("wrDUTY", "duty1", f"{number} 又堆满了，城管再去一趟") == "act.nudge"
    assert "城管再去一趟" in district.last_text("wrCG")


@pytest.mark.parametrize(
    ("said", "act", "status"),
    [
        ("同意", "approve", Status.SUSPENDED),
        ("{0} 可以，等配件到了抓紧", "approve", Status.SUSPENDED),
        ("{0} 不同意，克服一下", "decline", Status.IN_PROGRESS),
        ("那件挂账我同意了", "approve", Status.SUSPENDED),
    ],
)
def test_a_request_is_decided_in_plain_words(
    sqlite_district: District, said: str, act: str, status: Status
) -> None:
    number = sqlite_district.sign_case().number
    sqlite_district.say("wrCG", "cg1", f"{number} 缺个配件，申请挂账到大后天")
    assert sqlite_district.say("wrDUTY", "duty1", said.format(number)) == f"act.{act}"
    assert sqlite_district.case().status == status


def test_an_office_is_known_by_the_sound_of_its_name(district: District) -> None:
    case = min(district.cases(), key=lambda case: case.id)
    district.say("wrDUTY", "duty1", f"{case.number[-4:]}转成管局")
    assert _units(district)[0] == "HM-CG"


@pytest.mark.parametrize("said", ["{0}先给城管……哎慢着 先别派", "以为{0}和{1}是一回事，看岔了，不用并"])
def test_what_is_taken_back_in_the_same_breath_is_not_done(district: District, said: str) -> None:
    numbers = sorted(case.number[-4:] for case in district.cases())
    district.say("wrDUTY", "duty1", said.format(*numbers))
    assert _units(district) == [None, None]
    assert {"assign", "merge"}.isdisjoint(district.acts())


def test_an_order_that_fits_no_case_is_answered(district: District) -> None:
    assert district.say("wrDUTY", "duty1", "死猫那个派人去收一下") == "talk.which_case"
    assert district.say("wrCG", "cg1", "猫弄走了，路也冲了") == "talk.which_case"
    assert "没有对得上的事件" in district.last_text("wrCG")


def test_a_number_that_is_none_is_taken_for_no_other_case(district: District) -> None:
    number = min(case.number for case in district.cases())
    district.say("wrDUTY", "duty1", f"/交办 {number} 住建局")
    district.say("wrZJ", "zj1", "8873我签了")
    assert "8873" in district.last_text("wrZJ")
    assert "sign" not in district.acts()


def test_a_new_task_tells_what_was_added_before(district: District) -> None:
    case = min(district.cases(), key=lambda case: case.id)
    district.say("wrINTAKE", "liay", f"{case.number[-4:]}是电线杆旁边那盏，灯罩也掉了")
    district.say("wrDUTY", "duty1", f"/交办 {case.number} 住建局")
    assert "补充：" in district.last_text("wrZJ")
    assert "灯罩也掉了" in district.last_text("wrZJ")


def test_a_case_that_is_handed_over_goes_there_and_the_other_helps(district: District) -> None:
    number = min(case.number for case in district.cases())
    district.say("wrDUTY", "duty1", f"/交办 {number} 住建局")
    district.say("wrDUTY", "duty1", f"{number[-4:]}转给公安局，城管局配合一下")
    assert _units(district)[0] == "HM-GA"


def test_a_unit_that_is_asked_to_help_takes_nothing_over(district: District) -> None:
    number = min(case.number for case in district.cases())
    district.say("wrDUTY", "duty1", f"/交办 {number} 住建局")
    district.say("wrDUTY", "duty1", f"{number[-4:]}请公安局协助，派个人去疏导")
    assert _units(district)[0] == "HM-ZJ"
    assert "派个人去疏导" in district.chat_text("wrGA")

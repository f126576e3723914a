"""Which case is meant: by number, by its last digits, by quote, or because only one fits."""

import pytest

from models.workflow import Status
from tests.district import LAMP, RUBBLE, District


def test_six_digits_tell_days_apart(district: District) -> None:
    first = district.report_case()
    district.advance(days=1)
    district.report_case()
    assert district.say("wrDUTY", "duty1", f"/受理 {first.number.replace('-', '')[-6:]}") == "act.accept"
    assert district.case(first.number).status == Status.ACCEPTED


def test_the_same_serial_of_two_days_is_ambiguous(district: District) -> None:
    first = district.report_case()
    district.advance(days=1)
    second = district.report_case()
    assert district.say("wrDUTY", "duty1", "/受理 0001") == "refused.ambiguous"
    assert district.last_text("wrDUTY") == f"「0001」对应多件：{second.number}、{first.number}。请写全编号。"


def test_an_open_case_is_meant_before_a_finished_one(district: District) -> None:
    district.close_case()
    district.advance(days=1)
    second = district.report_case()
    district.say("wrDUTY", "duty1", "/受理 0001")
    assert district.case(second.number).status == Status.ACCEPTED


def test_a_case_of_this_group_is_meant_before_another(district: District) -> None:
    mine = district.dispatch_case()
    district.advance(days=1)
    other = district.report_case(LAMP)
    district.say("wrDUTY", "duty1", f"/交办 {other.number} 住建局")
    assert district.say("wrCG", "cg1", "/签收 0001") == "act.sign"
    assert district.case(mine.number).status == Status.IN_PROGRESS


def test_the_number_may_be_left_out_where_only_one_case_fits(district: District) -> None:
    district.report_case(LAMP)
    district.dispatch_case()
    assert district.say("wrCG", "cg1", "/签收") == "act.sign"


def test_where_two_fit_both_are_named(district: District) -> None:
    district.dispatch_case()
    district.dispatch_case()
    assert district.say("wrCG", "cg1", "/签收") == "refused.ambiguous"
    assert district.last_text("wrCG") == "有 2 件都可以签收（0002、0001），请写上编号。"


def test_a_number_run_into_the_words_names_a_case_of_this_group(district: District) -> None:
    district.sign_case()
    district.sign_case()
    assert district.say("wrCG", "cg1", "/反馈 0002已清理") == "act.feedback"
    first, second = district.cases()
    assert (first.status, second.status) == (Status.IN_PROGRESS, Status.SUBMITTED)
    assert district.events(second)[-1].text == "已清理"


@pytest.mark.parametrize("words", ["0001号楼下已清理", "0031已清理"])
def test_digits_that_are_no_case_of_this_group_are_words(district: District, words: str) -> None:
    district.sign_case()
    assert district.say("wrCG", "cg1", f"/反馈 {words}") == "act.feedback"
    assert district.events()[-1].text == words


def test_where_none_fits_that_is_said(district: District) -> None:
    assert district.say("wrCG", "cg1", "/签收") == "refused.not_found"
    assert district.last_text("wrCG") == "没有可以签收的事件。请写上编号，或引用那条消息。"


def test_in_a_direct_conversation_ones_own_cases_fit(district: District) -> None:
    district.verify_case()
    assert district.say("zhangsf", "zhangsf", "/评价 已解决", direct=True) == "act.rate"


def test_an_unknown_number_is_told(district: District) -> None:
    assert district.say("wrCG", "cg1", "/签收 9999") == "refused.not_found"
    assert "没有找到编号为「9999」的事件" in district.last_text("wrCG")


def test_several_numbers_at_once_are_refused_where_each_wants_words_of_its_own(district: District) -> None:
    district.sign_case()
    district.sign_case()
    assert district.say("wrCG", "cg1", "/反馈 0001 0002") == "refused.ambiguous"
    assert district.last_text("wrCG") == "一次只能办一件，请分开发，例如：/反馈 0001 结果（附照片）"
    assert {case.status for case in district.cases()} == {Status.IN_PROGRESS}


def test_an_unknown_command_suggests_the_nearest(district: District) -> None:
    assert district.say("wrCG", "cg1", "/签受 0031") == "refused.not_found"
    assert district.last_text("wrCG") == "没有 /签受 这个命令。是不是 /签收？发 /帮助 看全部命令。"


def test_a_command_works_in_a_group_that_is_not_addressed(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", RUBBLE)
    assert district.say("wrDUTY", "duty1", "/受理 0001", addressed=False) == "act.accept"


def test_yesterdays_number_in_the_same_group_does_not_make_todays_ambiguous(
    sqlite_district: District,
) -> None:
    district = sqlite_district
    yesterday = district.close_case()
    district.advance(days=1)
    today = district.report_case(LAMP)
    assert today.number[-4:] == yesterday.number[-4:]
    district.say("wrDUTY", "duty1", f"/交办 {today.number} 城管局")
    assert district.say("wrCG", "cg1", f"/签收 {today.number[-4:]}") == "act.sign"
    assert district.case(today.number).status == "IN_PROGRESS"


def test_of_two_with_one_tail_the_act_tells_which_is_meant(district: District) -> None:
    mine = district.close_case()
    district.advance(days=1)
    other = district.report_case(LAMP)
    assert mine.tail == other.tail
    assert district.say("wrINTAKE", "zhangsf", f"/重开 {mine.tail} 又堆起来了") == "act.reopen"
    assert district.case(mine.number).status == Status.ACCEPTED

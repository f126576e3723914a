"""Which case is meant: by number, by its serial, by quote, or because only one fits."""

import pytest
from sqlalchemy import delete, text

from models.cases import Case, Counter
from models.workflow import Status
from tests.district import LAMP, RUBBLE, District


def _forget_counters(district: District) -> None:
    """As an upgrade leaves it: cases, and nothing that counts on from them."""
    with district.database.write() as session:
        session.execute(delete(Counter).where(Counter.name == "case:2026"))
        if not district.database.sqlite:
            session.execute(text("DROP SEQUENCE case_serial_2026"))


def test_serials_run_on_through_the_year(district: District) -> None:
    first = district.report_case()
    district.advance(days=1)
    second = district.report_case()
    assert (first.number, second.number) == ("WG260330-0001", "WG260331-0002")
    assert district.say("wrDUTY", "duty1", "/受理 0001") == "act.accept"
    assert district.case(first.number).status == Status.ACCEPTED


def test_the_first_serial_stands_above_what_older_versions_gave_this_year(district: District) -> None:
    for number in ("WG260102-0042", "WG260330-0007", "WG251231-0999"):
        district.renumber_case(district.report_case(), number)
    _forget_counters(district)
    assert district.report_case(LAMP).number == "WG260330-0043"


def test_beyond_9999_a_serial_has_five_digits_and_is_no_tail(district: District) -> None:
    small, large = district.report_case(), district.report_case(LAMP)
    district.renumber_case(large, "WG260330-10001")
    assert district.say("wrDUTY", "duty1", "/受理 0001") == "act.accept"
    assert district.case(small.number).status == Status.ACCEPTED
    assert district.case("WG260330-10001").status == Status.NEW
    assert district.say("wrDUTY", "duty1", "/受理 10001") == "act.accept"
    assert district.say("wrDUTY", "duty1", "/受理 300001") == "refused.not_found"


def test_a_five_digit_serial_is_given_and_shown_whole(district: District) -> None:
    district.renumber_case(district.report_case(), "WG260330-9999")
    _forget_counters(district)
    later = district.report_case(LAMP)
    assert (later.number, later.tail) == ("WG260330-10000", "10000")
    district.say("wrDUTY", "duty1", "/待办")
    assert "10000 待受理" in district.last_text("wrDUTY")


def test_last_years_serial_is_meant_where_this_year_has_none(district: District) -> None:
    last = district.renumber_case(district.report_case(), "WG251230-0042")
    older = district.renumber_case(district.report_case(), "WG241230-0043")
    assert district.say("wrDUTY", "duty1", "/受理 0042") == "act.accept"
    assert district.case(last.number).status == Status.ACCEPTED
    assert district.say("wrDUTY", "duty1", "/受理 0043") == "refused.not_found"
    assert district.say("wrDUTY", "duty1", f"/受理 {older.number}") == "act.accept"


def test_this_years_serial_is_meant_before_last_years(district: District) -> None:
    last = district.renumber_case(district.report_case(), "WG251230-0042")
    this = district.renumber_case(district.report_case(), "WG260330-0042")
    assert district.say("wrDUTY", "duty1", "/受理 0042") == "act.accept"
    assert (district.case(last.number).status, district.case(this.number).status) == ("NEW", "ACCEPTED")


def test_a_case_of_another_year_is_named_by_its_whole_number(district: District) -> None:
    district.renumber_case(district.report_case(), "WG261230-0001")
    district.advance(days=300)
    district.say("wrDUTY", "duty1", "/待办")
    assert "WG261230-0001 待受理" in district.last_text("wrDUTY")


# Numbers of older versions: the same serial on several days --------------------------------------


def _two_of_one_serial(district: District) -> tuple[Case, Case]:
    first = district.renumber_case(district.report_case(), "WG260329-0001")
    return first, district.renumber_case(district.report_case(LAMP), "WG260330-0001")


def test_of_several_with_one_serial_one_is_chosen_by_a_button(district: District) -> None:
    first, second = _two_of_one_serial(district)
    assert district.say("wrDUTY", "duty1", "/受理 0001") == "refused.ambiguous"
    assert {case.status for case in district.cases()} == {Status.NEW}
    card = district.last_card("wrDUTY")
    assert [button.text for button in card.buttons] == ["0330-0001", "0329-0001"]
    assert "「0001」对应 2 件，请选一件（现在什么也没有做）" in card.body
    assert district.press("wrDUTY", "duty1", "0329-0001") == "act.accept"
    assert district.case(first.number).status == Status.ACCEPTED
    assert district.case(second.number).status == Status.NEW
    assert district.last_card("wrDUTY").buttons == ()


def test_only_who_typed_it_chooses_and_once(district: District) -> None:
    _two_of_one_serial(district)
    district.say("wrDUTY", "duty1", "/受理 0001")
    card = district.last_card("wrDUTY")
    assert district.click("wrDUTY", "lead", card.buttons[0].key) == "refused.not_found"
    assert district.click("wrDUTY", "duty1", card.buttons[0].key) == "act.accept"
    assert district.click("wrDUTY", "duty1", card.buttons[1].key) == "refused.not_found"


def test_what_is_chosen_is_still_confirmed_where_it_is_dangerous(district: District) -> None:
    first, _ = _two_of_one_serial(district)
    assert district.say("wrDUTY", "duty1", "/作废 0001 测试数据") == "refused.ambiguous"
    assert district.press("wrDUTY", "duty1", "0329-0001") == "command.preview"
    assert district.say("wrDUTY", "duty1", "/确认") == "act.void"
    assert district.case(first.number).requested == "void"


def test_a_choice_is_not_made_by_confirming(district: District) -> None:
    _two_of_one_serial(district)
    district.say("wrDUTY", "duty1", "/受理 0001")
    assert district.say("wrDUTY", "duty1", "/确认") == "refused.not_found"
    assert {case.status for case in district.cases()} == {Status.NEW}


def test_a_finished_one_is_not_passed_over_when_one_only_looks(district: District) -> None:
    closed = district.renumber_case(district.close_case(), "WG260329-0001")
    district.renumber_case(district.report_case(LAMP), "WG260330-0001")
    assert district.say("wrDUTY", "duty1", "/查 0001") == "refused.ambiguous"
    assert district.press("wrDUTY", "duty1", "0329-0001") == "command.show"
    assert closed.number in district.last_text("wrDUTY")


def test_only_those_count_that_this_person_may_do_this_to(district: District) -> None:
    mine = district.renumber_case(district.dispatch_case(), "WG260329-0001")
    other = district.report_case(LAMP)
    district.say("wrDUTY", "duty1", f"/交办 {other.number} 住建局")
    district.renumber_case(other, "WG260330-0001")
    assert district.say("wrCG", "cg1", "/签收 0001") == "act.sign"
    assert district.case(mine.number).status == Status.IN_PROGRESS


def test_files_are_not_lost_by_a_choice(district: District) -> None:
    district.renumber_case(district.sign_case(), "WG260329-0001")
    district.renumber_case(district.sign_case(), "WG260330-0001")
    assert district.say("wrCG", "cg1", "/反馈 0001 已清理", photos=1) == "refused.ambiguous"
    assert {case.status for case in district.cases()} == {Status.IN_PROGRESS}
    assert district.press("wrCG", "cg1", "0329-0001") == "act.feedback"
    assert [file.case_id for file in district.media()] == [district.case("WG260329-0001").id]


# Without a number --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said", ["/抽查回访 10%", "/回访 10件", "/抽查回访 百分之十", "/回访率", "/回访 满意率", "/回访情况统计"]
)
def test_words_about_many_are_no_call_back_on_the_only_case(district: District, said: str) -> None:
    district.verify_case()
    assert district.say("wrDUTY", "duty1", said) == "refused.ambiguous"
    assert "call_back" not in district.acts()
    assert "没说清是哪一件" in district.last_text("wrDUTY")


@pytest.mark.parametrize("said", ["/核查 通过率", "/核查 通过率统计"])
def test_a_question_for_figures_verifies_nothing(district: District, said: str) -> None:
    district.submit_case()
    assert district.say("wrDUTY", "duty1", said) == "refused.ambiguous"
    assert district.case().status == Status.SUBMITTED


@pytest.mark.parametrize("said", ["/签收 全部", "/签收率", "/签收 31", "/签收情况"])
def test_an_act_without_words_is_not_done_where_words_follow(district: District, said: str) -> None:
    district.dispatch_case()
    assert district.say("wrCG", "cg1", said) == "refused.ambiguous"
    assert district.case().status == Status.DISPATCHED


@pytest.mark.parametrize("said", ["/签收", "/签收了", "/签收 收到，马上去"])
def test_what_people_add_out_of_courtesy_does_no_harm(district: District, said: str) -> None:
    district.dispatch_case()
    assert district.say("wrCG", "cg1", said) == "act.sign"


def test_words_about_the_matter_still_find_the_only_case(district: District) -> None:
    district.sign_case()
    assert district.say("wrCG", "cg1", "/反馈 3车垃圾已清运") == "act.feedback"


def test_the_number_may_be_left_out_where_only_one_case_fits(district: District) -> None:
    district.report_case(LAMP)
    district.dispatch_case()
    assert district.say("wrCG", "cg1", "/签收") == "act.sign"


def test_where_two_fit_both_are_named(district: District) -> None:
    district.dispatch_case()
    district.dispatch_case()
    assert district.say("wrCG", "cg1", "/签收") == "refused.ambiguous"
    card = district.last_card("wrCG")
    assert card.body.startswith("有 2 件都可以签收，请选一件（现在什么也没有做）")
    assert [button.text for button in card.buttons] == ["0330-0002", "0330-0001"]


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
    assert "没有编号「9999」" in district.last_text("wrCG")


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

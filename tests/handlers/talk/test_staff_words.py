"""Staff name a case to the bot: what they mean is done, and what fits nothing is answered with what can be."""

import pytest

from models.workflow import Status
from tests.district import District


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and rights: which database it is cannot matter."""
    return sqlite_district


def test_words_that_fit_nothing_are_answered_with_the_state_and_the_commands(district: District) -> None:
    number = district.dispatch_case().number
    assert district.say("wrCG", "cg1", f"{number} 蓝色的那个") == "talk.what_is_wanted"
    answer = district.last_text("wrCG")
    assert "待签收" in answer
    assert f"/签收 {number[-4:]}" in answer or f"/签收 {number}" in answer
    assert district.case().status == Status.DISPATCHED


def test_overheard_words_are_not(district: District) -> None:
    number = district.dispatch_case().number
    before = district.chat_text("wrCG")
    district.say("wrCG", "cg1", f"{number} 蓝色的那个", addressed=False)
    assert district.chat_text("wrCG") == before


@pytest.mark.parametrize("words", ["类别改成店外经营", "应该是店外经营类", "归到店外经营吧"])
def test_the_desk_says_the_class_in_plain_words(district: District, words: str) -> None:
    number = district.dispatch_case().number
    before = district.case().class_id
    assert district.say("wrDUTY", "duty1", f"{number} {words}") == "act.classify"
    assert district.case().class_id != before
    assert "店外经营" in district.env.class_info(district.case().class_id).name


def test_a_class_that_there_is_not_changes_nothing(district: District) -> None:
    number = district.dispatch_case().number
    before = district.case().class_id
    district.say("wrDUTY", "duty1", f"{number} 类别改成星际航行")
    assert district.case().class_id == before
    assert "星际航行" in district.last_text("wrDUTY")


def test_a_number_wins_over_the_case_that_could_be_urged(district: District) -> None:
    district.dispatch_case()
    district.say("wrINTAKE", "liay", "解放路99号路灯不亮")
    number = district.case().number
    assert district.say("wrDUTY", "duty1", f"{number}马上给住建局，加急") == "act.assign"
    assert district.case(number).unit_id == district.unit("HM-ZJ").id
    assert district.case(number).status == Status.DISPATCHED


@pytest.mark.parametrize("words", ["我签了，下午约了人来清", "这个我去"])
def test_a_unit_signs_in_its_own_words(district: District, words: str) -> None:
    district.dispatch_case()
    quote = district.last_text("wrCG")
    assert district.say("wrCG", "cg1", words, quote=quote) == "act.sign"


def test_the_number_at_the_head_of_words_is_not_told_again(district: District) -> None:
    number = district.sign_case().number
    assert district.say("wrCG", "cg1", f"{number} 带人再去一趟") == "act.progress"
    assert "有进展：带人再去一趟" in district.chat_text("wrINTAKE")


def test_a_leader_who_asks_for_figures_reads_those_of_today(district: District) -> None:
    district.dispatch_case()
    assert district.say("wrDUTY", "leader1", "今天一共多少件？办结几件？") == "command.today"
    assert "新收 1 件" in district.last_text("wrDUTY")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("还有哪些没办完？", ["在办（1 件）"]),
        ("还有哪些没办完？有没有超时的？", ["在办（1 件）", "超时（1 件）"]),
    ],
)
def test_what_is_not_finished_is_listed_whoever_has_it(
    district: District, words: str, shown: list[str]
) -> None:
    district.dispatch_case()
    district.advance(days=30)
    before = len(district.pushes("wrDUTY"))
    assert district.say("wrDUTY", "leader1", words) == "command.list"
    said = [push.text for push in district.pushes("wrDUTY")[before:]]
    assert [text.splitlines()[0] for text in said] == shown


def test_who_is_on_the_way_has_signed_and_what_they_say_is_told(district: District) -> None:
    number = district.dispatch_case().number
    assert district.say("wrCG", "cg1", f"{number} 收到，清运车在路上了", photos=1) == "act.progress"
    assert district.case().status == Status.IN_PROGRESS
    assert district.acts()[-2:] == ["sign", "progress"]
    assert [file.case_id for file in district.media()] == [district.case().id]
    assert "有进展：收到，清运车在路上了" in district.chat_text("wrINTAKE")


def test_a_number_is_an_address_among_staff_and_among_reporters_it_is_not(district: District) -> None:
    number = district.dispatch_case().number
    assert district.say("wrCG", "cg1", f"{number} 签收", addressed=False) == "act.sign"
    before = district.chat_text("wrINTAKE")
    district.say("wrINTAKE", "zhangsf", f"{number} 怎么样了", addressed=False)
    assert district.chat_text("wrINTAKE") == before


def test_a_number_that_is_not_theirs_is_answered_and_nothing_is_done_to_another(district: District) -> None:
    number = district.sign_case().number
    district.say("wrCG", "cg1", "0999 装好了", photos=1)
    assert district.case(number).status == Status.IN_PROGRESS
    assert "0999" in district.last_text("wrCG")
    assert len(district.cases()) == 1


def test_what_is_still_to_be_done_is_no_result(district: District) -> None:
    number = district.sign_case().number
    assert district.say("wrCG", "cg1", f"{number} 先拿围挡围起，下午换新的", photos=1) == "act.progress"
    assert district.case().status == Status.IN_PROGRESS


def test_the_words_of_the_desk_on_a_case_are_no_report(district: District) -> None:
    number = district.dispatch_case().number
    district.say("wrDUTY", "duty1", f"{number} 转公安，有人被砸伤了先送医院", addressed=False)
    assert len(district.cases()) == 1
    assert district.case().unit_id == district.unit("HM-GA").id


def test_a_check_that_is_put_off_is_none(district: District) -> None:
    number = district.sign_case().number
    district.say("wrCG", "cg1", f"/反馈 {number} 已清理", photos=1)
    district.say("wrDUTY", "duty1", f"{number} 等天亮了我再核")
    assert district.case().status == Status.SUBMITTED


def test_a_command_that_goes_on_in_words_is_read_to_the_end(district: District) -> None:
    district.say("wrINTAKE", "liay", "解放路99号路灯不亮")
    assert (
        district.say("wrDUTY", "duty1", f"{district.case().number} 受理，马上给住建局，急的") == "act.assign"
    )
    assert district.case().unit_id == district.unit("HM-ZJ").id


@pytest.mark.parametrize("words", ["围起来了，人都撤开", "线收进去了，户主写了保证书"])
def test_a_photo_of_its_own_case_is_the_result_of_a_unit(district: District, words: str) -> None:
    number = district.sign_case().number
    assert district.say("wrCG", "cg1", f"{number} {words}", photos=1) == "act.feedback"


def test_what_a_unit_tells_of_its_own_case_is_progress(district: District) -> None:
    number = district.sign_case().number
    assert district.say("wrCG", "cg1", f"{number} 查过了是电缆被挖断的") == "act.progress"


def test_several_orders_of_one_message_go_each_to_the_unit_it_names(district: District) -> None:
    """Both used to go to the unit named last, with the other order as an instruction."""
    first, second = district.report_case("解放路15号烧烤油烟").number, district.report_case().number
    district.say("wrDUTY", "duty1", f"{first}给城管局，注意举报人要保密，{second}给住建局")
    assert district.case(first).unit_id == district.unit("HM-CG").id
    assert district.case(second).unit_id == district.unit("HM-ZJ").id
    assert "交办要求：注意举报人要保密。" in district.chat_text("wrCG")


def test_the_figures_of_a_unit_are_numbers(district: District) -> None:
    district.dispatch_case()
    district.say("wrDUTY", "duty1", "今天城管局手上有几件在办的，超时的有没有")
    assert "城管局今日：新收 1 件，办结 0 件；在办 1 件，其中超时 0 件。" in district.chat_text("wrDUTY")


def test_what_has_no_unit_yet_is_counted(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "今天进来几件？没派出去的还有几件？")
    assert "还没派出去 1 件" in district.last_text("wrDUTY")


def test_an_order_to_two_units_goes_to_the_first_and_asks_the_second_to_help(district: District) -> None:
    """The first used to be dropped in silence."""
    number = district.report_case("解放路15号粉店一股好大的煤气味，里面还有人").number
    district.say("wrDUTY", "duty1", f"{number}住建局马上联系燃气公司上门，公安局也去人疏散")
    assert district.case().unit_id == district.unit("HM-ZJ").id
    helped = [share.unit_id for share in district.assignments() if share.role == "assist"]
    assert district.unit("HM-GA").id in helped
    assert "公安局也去人疏散" in district.chat_text("wrGA")


def test_a_unit_that_is_only_spoken_of_gets_no_order(district: District) -> None:
    number = district.report_case().number
    district.say("wrDUTY", "duty1", f"{number}住建局说不归他们，给城管局")
    assert district.case().unit_id == district.unit("HM-CG").id
    assert [share.role for share in district.assignments()] == ["lead"]


@pytest.mark.parametrize("words", ["城管去查，注意保密", "城管局去处理一下"])
def test_a_unit_is_sent_by_what_it_is_to_do(district: District, words: str) -> None:
    number = district.report_case().number
    assert district.say("wrDUTY", "duty1", f"{number}{words}") == "act.assign"


def test_figures_of_some_days(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "这三天总共受理多少，办结多少，群众满意率多少")
    assert "近三天：新收 1 件" in district.last_text("wrDUTY")


def test_progress_is_heard_though_nothing_says_it_is_one(district: District) -> None:
    number = district.dispatch_case().number
    district.say("wrCG", "cg1", f"/签收 {number}")
    said = f"{number}是电缆被偷了一截，要重新拉线，预计明天傍晚能亮"
    assert district.say("wrCG", "cg1", said) == "act.progress"


def test_a_report_that_two_cases_are_like_is_one_of_its_own(district: District) -> None:
    """It belonged to neither, and nobody answered or kept it."""
    for house in (8, 88):
        district.say("wrINTAKE", "wgxw", f"解放路{house}号路灯坏了，晚上看不见")
    assert district.say("wrINTAKE", "wgxw", "解放路路灯坏了一个星期，晚上看不见") == "case.opened"
    assert len(district.cases()) == 3
    assert "一并跟进" in district.last_text("wrINTAKE")

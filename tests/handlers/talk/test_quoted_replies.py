"""A reply to a push: the quote names the case, the words say what is meant."""

import pytest

from handlers.talk.quoted_replies import says_done
from models.workflow import Status
from tests.district import District


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and rights: which database it is cannot matter."""
    return sqlite_district


@pytest.mark.parametrize(
    "text",
    [
        "已清理", "已清理干净", "水龙头坏了已换", "修好了", "处理好了", "已经处理完毕", "都清掉了", "现场已整改到位",
        "灯换好了", "搞定", "已调解达成一致", "路灯已修复通行", "垃圾清运完成", "解决了", "火已扑灭",
    ],
)  # fmt: skip
def test_these_words_say_that_it_is_done(text: str) -> None:
    assert says_done(text)


@pytest.mark.parametrize(
    "text",
    [
        "还没修好", "没有修复", "未处理", "准备清理", "正在处理", "等待维修", "马上处理", "明天清运", "计划下周更换",
        "我们派人去处理", "安排人清理", "收到，下午处理", "需要更换配件", "什么时候能处理好", "处理好了吗", "车到了",
    ],
)  # fmt: skip
def test_these_words_do_not(text: str) -> None:
    assert not says_done(text)


def test_done_with_a_photo_is_feedback(district: District) -> None:
    district.sign_case()
    assert (
        district.say("wrCG", "cg1", "已清理干净", quote=district.last_text("wrCG"), photos=1)
        == "act.feedback"
    )
    assert district.case().status == Status.SUBMITTED


def test_a_photo_alone_is_feedback(district: District) -> None:
    district.sign_case()
    assert district.say("wrCG", "cg1", quote=district.last_text("wrCG"), photos=1) == "act.feedback"


def test_not_yet_done_is_progress(district: District) -> None:
    district.sign_case()
    assert district.say("wrCG", "cg1", "还在等配件", quote=district.last_text("wrCG")) == "act.progress"


def test_going_to_do_it_is_progress(district: District) -> None:
    district.sign_case()
    assert district.say("wrCG", "cg1", "我们派人去处理", quote=district.last_text("wrCG")) == "act.progress"


@pytest.mark.parametrize("text", ["签收", "签收了", "接单", "／签收"])
def test_signing_needs_no_slash_in_a_reply(district: District, text: str) -> None:
    district.dispatch_case()
    assert district.say("wrCG", "cg1", text, quote=district.last_text("wrCG")) == "act.sign"


def test_a_reply_names_the_case_even_where_many_would_fit(district: District) -> None:
    first = district.dispatch_case()
    quote = district.last_text("wrCG")
    district.dispatch_case()
    assert district.say("wrCG", "cg1", "签收", quote=quote) == "act.sign"
    assert district.case(first.number).status == Status.IN_PROGRESS


def test_a_typed_number_counts_more_than_the_quote(district: District) -> None:
    first = district.dispatch_case()
    second = district.dispatch_case()
    district.say("wrCG", "cg1", f"/签收 {first.tail}", quote=f"〔{second.number}〕")
    assert district.case(first.number).status == Status.IN_PROGRESS
    assert district.case(second.number).status == Status.DISPATCHED


def test_a_grid_officers_reply_solves_it_in_the_grid(district: District) -> None:
    district.say("wrRESIDENTS", "chendy", "家里停水了")
    quote = district.last_text("wrRESIDENTS")
    assert district.say("wrRESIDENTS", "wgxw", "水龙头坏了已换", quote=quote) == "act.solve_in_grid"


@pytest.mark.parametrize(
    ("text", "status"),
    [("修好了，谢谢", Status.CLOSED), ("没修好", Status.IN_PROGRESS), ("还没解决", Status.IN_PROGRESS)],
)
def test_the_reporters_reply_rates(district: District, text: str, status: Status) -> None:
    district.verify_case()
    assert district.say("wrINTAKE", "zhangsf", text, quote=district.last_text("wrINTAKE")) == "act.rate"
    assert district.case().status == status


@pytest.mark.parametrize("text", ["修好了，谢谢", "/评价 0001 已解决 满意"])
def test_the_reporters_words_on_the_grids_own_work_close_it(district: District, text: str) -> None:
    district.say("wrRESIDENTS", "chendy", "家里停水了")
    district.say("wrRESIDENTS", "wgxw", "/自办 0001 水龙头坏了已换")
    assert district.say("wrRESIDENTS", "chendy", text, quote=district.last_text("wrRESIDENTS")) == "act.rate"
    assert district.acts() == ["report", "solve_in_grid", "verify", "rate"]
    assert district.case().status == Status.CLOSED


def test_an_unhappy_reporter_reopens_a_closed_case_by_reply(district: District) -> None:
    district.close_case()
    slug = district.say("wrINTAKE", "zhangsf", "还没解决，又堆起来了", quote=district.last_text("wrINTAKE"))
    assert slug == "act.reopen"


@pytest.mark.parametrize("text", ["怎么样了？", "进展怎么样了", "受理了吗", "签收了吗？", "处理到哪一步了"])
def test_a_question_is_answered_with_the_status(district: District, text: str) -> None:
    district.sign_case()
    assert district.say("wrINTAKE", "zhangsf", text, quote=district.last_text("wrINTAKE")) == "talk.progress"
    assert "现在是「办理中」" in district.last_text("wrINTAKE")


@pytest.mark.parametrize("text", ["门口还有一堆", "就在工地东门那里", "反映的垃圾更多了"])
def test_anything_else_of_the_reporter_is_added(district: District, text: str) -> None:
    district.dispatch_case()
    assert district.say("wrINTAKE", "zhangsf", text, quote=district.last_text("wrINTAKE")) == "act.add"
    assert len(district.cases()) == 1
    assert text in district.last_text("wrCG")


def test_what_was_quoted_is_not_added_again(district: District) -> None:
    district.dispatch_case()
    district.say("wrINTAKE", "zhangsf", "门口还有一堆", quote=district.last_text("wrINTAKE"))
    assert district.events()[-1].text == "门口还有一堆"


def test_thanks_in_a_reply_are_returned(district: District) -> None:
    district.close_case()
    assert district.say("wrINTAKE", "zhangsf", "谢谢", quote=district.last_text("wrINTAKE")) == "talk.thanks"
    assert district.last_text("wrINTAKE") == "不客气，有事随时说。"


def test_to_a_passer_by_the_case_does_not_exist(district: District) -> None:
    district.dispatch_case()
    slug = district.say("wrINTAKE", "liay", "门口还有一堆", quote=district.last_text("wrINTAKE"))
    assert slug == "desk.line"
    assert district.last_text("wrINTAKE").startswith("已转值班员")
    assert district.acts() == ["report", "assign"]


def test_what_a_passer_by_reports_under_a_quote_is_a_case_of_its_own(district: District) -> None:
    first = district.dispatch_case()
    slug = district.say(
        "wrINTAKE", "liay", "解放新村3幢燃气泄漏味道很重", quote=district.last_text("wrINTAKE")
    )
    assert slug == "case.opened"
    assert district.case().id != first.id
    assert district.case().urgent


def test_a_quote_of_a_case_that_never_was_is_told(district: District) -> None:
    assert district.say("wrCG", "cg1", "已清理", quote="〔WG990101-0001〕") == "refused.not_found"

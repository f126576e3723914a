"""Merging, splitting and taking back."""

from datetime import date, timedelta

import pytest

from handlers import acts
from handlers.cases.actors import PROGRAM
from handlers.cases.context import ActInput
from handlers.errors import WrongState
from handlers.insight import monthly_report
from models.cases import Case
from models.workflow import Status, Step
from tests.district import District


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and rights: which database it is cannot matter."""
    return sqlite_district


BRICKS = "静海路有人倒了一车碎砖"
"""The same rubble, for whoever knows the place: nothing that the program would find out."""


def two(district: District) -> None:
    """Reported by two people in two groups."""
    district.report_case()
    assert district.say("wrRESIDENTS", "chendy", BRICKS) == "case.opened"
    district.tick(district.advance(minutes=2))


def merged(district: District) -> None:
    two(district)
    assert district.say("wrDUTY", "duty1", "/并案 0002 0001") == "command.preview"
    assert "〔WG260330-0002〕" in district.last_card("wrDUTY").body
    assert "WG260330-0001" in district.last_card("wrDUTY").body
    assert district.say("wrDUTY", "duty1", "/确认") == "act.merge"


def test_a_merged_case_is_a_link_and_its_reporter_is_told(district: District) -> None:
    merged(district)
    parent, child = district.cases()
    assert (child.status, child.parent_id, parent.status) == (Status.DUPLICATE, parent.id, Status.NEW)
    assert "已有人反映，一并跟进。〔WG260330-0001〕" in district.last_text("wrRESIDENTS")
    assert all(c.stopped_at for c in district.clocks() if c.case_id == child.id)


def test_every_reporter_gets_the_answer(district: District) -> None:
    merged(district)
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    district.say("wrCG", "cg1", "/反馈 0001 已清运")
    district.say("wrDUTY", "duty1", "/核查 0001 通过")
    assert "城管局已处理：已清运" in district.chat_text("wrINTAKE")
    assert "〔WG260330-0002〕与 WG260330-0001 一并办理，城管局已处理：已清运" in district.last_text(
        "wrRESIDENTS"
    )


def test_whoever_was_merged_into_a_merged_one_is_answered_too(district: District) -> None:
    two(district)
    assert district.say("wrSTRANGE", "liay", "静海路口的砖头挡路了") == "case.opened"
    district.tick(district.advance(minutes=2))
    for command in ("/并案 0003 0002", "/确认", "/并案 0002 0001", "/确认"):
        district.say("wrDUTY", "duty1", command)
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    district.say("wrCG", "cg1", "/反馈 0001 已清运")
    district.say("wrDUTY", "duty1", "/核查 0001 通过")
    assert "〔WG260330-0003〕与 WG260330-0001 一并办理，城管局已处理" in district.last_text("wrSTRANGE")


def test_a_case_is_not_merged_into_itself_nor_into_a_finished_one(district: District) -> None:
    two(district)
    for number in ("0001", "0002"):
        district.say("wrDUTY", "duty1", f"/并案 0002 {number}")
        if number == "0001":
            district.say("wrDUTY", "duty1", "/不予受理 0001 不属实")
        assert district.say("wrDUTY", "duty1", "/确认").startswith("refused.")
    assert district.cases()[1].status == Status.NEW


def test_nothing_is_joined_to_what_somebody_else_finishes_meanwhile(postgres_district: District) -> None:
    two(postgres_district)
    parent, child = postgres_district.cases()
    with postgres_district.database.write() as session:
        mine = session.get_one(Case, parent.id)
        with postgres_district.database.write() as elsewhere:
            elsewhere.get_one(Case, parent.id).status = Status.REJECTED
        with pytest.raises(WrongState):
            acts.perform(
                session, "merge", session.get_one(Case, child.id), PROGRAM, ActInput(parent=mine),
                env=postgres_district.env, now=postgres_district.now,
            )  # fmt: skip


def test_every_reporter_hears_that_it_came_to_nothing(district: District) -> None:
    merged(district)
    assert district.say("wrDUTY", "duty1", "/不予受理 0001 小区内部事务") == "act.reject"
    told = district.last_text("wrRESIDENTS")
    assert (
        told == "长江路静海路口工地门口积存建筑垃圾渣土〔WG260330-0002〕不予受理，很抱歉。理由：小区内部事务"
    )


def test_every_reporter_hears_that_it_is_void(district: District) -> None:
    merged(district)
    district.say("wrDUTY", "duty1", "/作废 0001 报错了")
    district.say("wrDUTY", "duty1", "/确认")
    assert district.say("wrDUTY", "duty2", "/同意 0001") == "act.approve"
    assert district.last_text("wrRESIDENTS").startswith(
        "长江路静海路口工地门口积存建筑垃圾渣土〔WG260330-0002〕已作废"
    )


def test_what_is_no_duplicate_is_taken_out_again(district: District) -> None:
    merged(district)
    assert district.say("wrDUTY", "duty1", "/拆分 0002") == "act.split"
    case = district.case("WG260330-0002")
    assert (case.status, case.parent_id) == (Status.ACCEPTED, None)
    assert case.due_at is not None
    assert "已单独办理" in district.last_text("wrRESIDENTS")
    assert district.find_drift() == {}


def test_a_case_taken_out_again_goes_on_with_the_time_it_had_left(district: District) -> None:
    two(district)
    before = district.case("WG260330-0002")
    district.advance(hours=5)
    district.say("wrDUTY", "duty1", "/并案 0002 0001")
    district.say("wrDUTY", "duty1", "/确认")
    district.advance(days=1)
    assert district.say("wrDUTY", "duty1", "/拆分 0002 不是一处") == "act.split"
    case = district.case("WG260330-0002")
    assert before.due_at is not None
    # A day merged is a working day more: after Friday 3 April, for Qingming, comes Tuesday the 7th.
    assert case.due_at == before.due_at + timedelta(days=4, seconds=1)
    clock = [c for c in district.clocks() if c.step == Step.FINISH and c.case_id == case.id][-1]
    assert (clock.started_at, len(clock.pauses)) == (before.opened_at, 1)
    events = district.events(case)
    due = [event.fields["due_at"] for event in events if "due_at" in event.fields]
    assert (events[-1].text, events[-1].actor_name) == ("不是一处", "值班一号")
    assert due == [moment.isoformat() for moment in (before.due_at, case.due_at)]


def test_merging_and_splitting_is_no_way_to_more_time_than_was_left(district: District) -> None:
    two(district)
    before = district.case("WG260330-0002").due_at
    for _ in range(3):
        district.say("wrDUTY", "duty1", "/并案 0002 0001")
        district.say("wrDUTY", "duty1", "/确认")
        district.say("wrDUTY", "duty1", "/拆分 0002")
    after = district.case("WG260330-0002").due_at
    assert before is not None
    assert after is not None
    assert after - before == timedelta(seconds=3)


def test_a_finish_that_was_moved_by_a_wrong_class_is_put_back(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/交办 0001 城管局 4小时")
    before = district.case()
    district.say("wrDUTY", "duty1", "/改类 0001 路灯不亮")
    assert district.case().due_at != before.due_at
    assert district.say("wrDUTY", "duty1", "/撤销 0001") == "act.undo"
    after = district.case()
    assert (after.class_id, after.nature, after.due_at) == (before.class_id, before.nature, before.due_at)
    (clock,) = [c for c in district.clocks() if c.step == Step.FINISH and c.stopped_at is None]
    assert (clock.limit, clock.target_at) == ("4h", before.due_at)
    assert district.find_drift() == {}


def test_an_acceptance_taken_back_waits_as_before(district: District) -> None:
    district.report_case()
    (before,) = [c.target_at for c in district.clocks() if c.step == Step.ACCEPT]
    district.say("wrDUTY", "duty1", "/受理 0001")
    district.advance(minutes=2)
    assert district.say("wrDUTY", "duty1", "/撤销") == "act.undo"
    assert district.case().status == Status.NEW
    running = [(c.step, c.target_at) for c in district.clocks() if c.stopped_at is None]
    assert (Step.ACCEPT, before) in running
    assert "上一步做错了，已撤销" in district.last_text("wrINTAKE")


def test_a_refusal_taken_back_is_told_to_the_reporter(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/不予受理 0001 不归我们管")
    assert district.say("wrDUTY", "duty1", "/撤销 0001") == "act.undo"
    assert district.case().status == Status.NEW
    assert "已撤销，现在是「待受理」" in district.last_text("wrINTAKE")
    assert district.find_drift() == {}


def test_a_place_and_a_level_are_taken_back(district: District) -> None:
    district.report_case()
    place = district.case().place
    for command in ("/定位 0001 别处", "/撤销 0001", "/提级 0001 涉众", "/撤销 0001"):
        assert district.say("wrDUTY", "duty1", command).startswith("act.")
    assert (district.case().place, district.case().level) == (place, 0)


def test_after_five_minutes_it_stands(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/受理 0001")
    district.advance(minutes=5, seconds=1)
    assert district.say("wrDUTY", "duty1", "/撤销 0001") == "refused.wrong_state"
    assert "过了 5 分钟，不能撤销" in district.last_text("wrDUTY")


def test_only_ones_own_last_act_is_taken_back(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/受理 0001")
    assert district.say("wrDUTY", "duty2", "/撤销 0001") == "refused.not_allowed"


def test_what_others_acted_upon_is_not_taken_back(district: District) -> None:
    district.dispatch_case()
    assert district.say("wrDUTY", "duty1", "/撤销 0001") == "refused.wrong_state"
    assert "别人已经照着办了" in district.last_text("wrDUTY")
    assert district.say("wrDUTY", "duty1", "/撤销 0001") == "refused.wrong_state"


def test_taking_back_is_not_taken_back(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/受理 0001")
    district.say("wrDUTY", "duty1", "/撤销 0001")
    assert district.say("wrDUTY", "duty1", "/撤销 0001") == "refused.wrong_state"


def test_what_lapsed_by_the_act_taken_back_stays_lapsed(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty2", "/作废 0001 重复录入")
    district.say("wrDUTY", "duty2", "/确认")
    district.say("wrDUTY", "duty1", "/不予受理 0001 不归我们管")
    assert district.say("wrDUTY", "duty1", "/撤销 0001") == "act.undo"
    assert district.case().requested is None
    assert district.say("wrDUTY", "duty1", "/同意 0001") == "refused.wrong_state"
    assert district.find_drift() == {}


@pytest.mark.parametrize(
    ("words", "phrase", "satisfied"),
    [
        ("已解决 不满意 拖了三天", "已解决，不满意（已解决 不满意 拖了三天）", False),
        ("解决了，不太满意", "已解决，不满意", False),
        ("解决了，谈不上满意", "已解决，不满意", False),
        ("已解决 满意", "已解决，满意", True),
        ("已解决", "已解决（", None),
    ],
)
def test_a_rating_reaches_the_unit_as_it_was_said(
    district: District, words: str, phrase: str, satisfied: bool | None
) -> None:
    district.verify_case()
    assert district.say("wrINTAKE", "zhangsf", f"/评价 0001 {words}") == "act.rate"
    assert f"报事人评价：{phrase}" in district.last_text("wrCG")
    (rating,) = district.ratings()
    assert (rating.solved, rating.satisfied) == (True, satisfied)


def test_a_long_rating_is_cut_in_the_units_group_and_whole_with_the_case(district: District) -> None:
    district.verify_case()
    said = "已解决 满意，" + "他们来得很快" * 300
    assert district.say("wrINTAKE", "zhangsf", f"/评价 0001 {said}") == "act.rate"
    assert len(district.last_text("wrCG")) < 300
    assert district.events()[-1].text == said or said in [event.text for event in district.events()]


def test_solved_but_poor_by_the_card_reaches_the_unit_and_the_score(district: District) -> None:
    district.verify_case()
    assert district.press("wrINTAKE", "zhangsf", "解决了，不满意") == "act.rate"
    assert "报事人评价：已解决，不满意" in district.last_text("wrCG")
    with district.database.read() as session:
        total = monthly_report.build_report(
            session, district.env, date(2026, 3, 1), None, now=district.now
        ).total
    assert (total.rated, total.solved, total.judged, total.satisfied) == (1, 1, 1, 0)

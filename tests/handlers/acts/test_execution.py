"""Every act once: what it does to the case, what its event keeps, and who hears of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers import acts
from handlers.cases import queries
from handlers.cases.actors import PROGRAM, Actor
from handlers.cases.context import ActInput
from handlers.cases.queries import OPERATOR
from handlers.errors import MissingNeed, WrongState
from models.cases import Case, Event
from models.workflow import Status, Step
from tests.district import GAS, LAMP, RUBBLE, District, load_person


def last(district: District, case: Case | None = None) -> Event:
    return district.events(case)[-1]


def news(district: District, chat: str, before: int) -> str:
    """What a chat heard since it had heard that many pushes."""
    return "\n".join(said.text for said in district.pushes(chat)[before:])


def count(district: District, chat: str) -> int:
    return len(district.pushes(chat))


def test_report_opens_a_case_and_tells_reporter_and_duty(district: District) -> None:
    assert district.say("wrINTAKE", "zhangsf", RUBBLE, photos=1) == "case.opened"
    case = district.case()
    assert (case.status, case.class_id, case.place, case.number) == (
        Status.NEW,
        "env.rubble",
        "长江路静海路口工地门口",
        "WG260330-0001",
    )
    assert "积存建筑垃圾渣土〔WG260330-0001〕已收到" in district.chat_text("wrINTAKE")
    assert "拟由城管局处理" in district.chat_text("wrINTAKE")
    assert case.number in district.last_card("wrDUTY").desc
    assert [photo.media for photo in district.photos("wrDUTY")] == [district.media()[0].id]


def rung(district: District, chat: str) -> list[str]:
    """Who was @-mentioned there, push by push."""
    return [",".join(ids) for said in district.pushes(chat) if (ids := getattr(said.body, "mentions", ()))]


def test_a_command_whose_slash_was_forgotten_is_one_where_its_case_is_known(district: District) -> None:
    district.sign_case()
    assert district.say("wrCG", "cg1", "反馈 0001 都清了") == "act.feedback"
    assert district.events()[-1].text == "都清了"
    assert district.say("wrCG", "cg1", "反馈 0099 都清了") != "act.feedback"
    assert district.say("wrINTAKE", "zhangsf", "催办 0001", addressed=False) != "act.nudge"


def test_danger_rings_the_people_on_duty(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", GAS)
    assert rung(district, "wrDUTY") == ["duty1,duty2"]
    district.say("wrINTAKE", "liay", RUBBLE)
    assert rung(district, "wrDUTY") == ["duty1,duty2"]


def test_danger_that_the_desk_must_give_away_rings_there_too(district: District) -> None:
    district.env = replace(district.env, auto_dispatch="never")
    district.say("wrINTAKE", "zhangsf", GAS)
    assert rung(district, "wrDUTY") == ["duty1,duty2"]
    assert "请马上安排承办单位" in district.chat_text("wrDUTY")


def test_nobody_is_told_that_a_unit_was_told_which_has_no_group(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", GAS)
    assert "已通知" not in district.chat_text("wrINTAKE")
    assert "已交燃气公司紧急处置，值班员会电话通知" in district.chat_text("wrINTAKE")


def test_report_keeps_in_its_event_everything_the_row_begins_with(district: District) -> None:
    case = district.report_case()
    event = district.events()[0]
    assert (event.act, event.number, event.actor_name, event.status_from, event.status_to) == (
        "report",
        1,
        "张师傅",
        None,
        Status.NEW,
    )
    assert event.fields["text"] == RUBBLE
    assert event.fields["reporter_id"] == case.reporter_id


def test_accept_tells_the_reporter(district: District) -> None:
    district.report_case()
    assert district.say("wrDUTY", "duty1", "/受理 0001") == "act.accept"
    assert last(district).fields == {"status": Status.ACCEPTED}
    assert "已受理" in district.last_text("wrINTAKE")


def test_reject_tells_the_reporter_why(district: District) -> None:
    district.report_case()
    assert district.say("wrDUTY", "duty1", "/不予受理 0001 属于小区内部事务") == "act.reject"
    assert district.case().status == Status.REJECTED
    assert last(district).text == "属于小区内部事务"
    assert "不予受理，很抱歉。理由：属于小区内部事务" in district.last_text("wrINTAKE")


def test_reject_wants_a_reason(district: District) -> None:
    district.report_case()
    assert district.say("wrDUTY", "duty1", "/不予受理 0001") == "refused.missing_need"
    assert district.last_text("wrDUTY") == "请写上理由，例如：/不予受理 0001 理由"


def test_assign_names_the_unit_and_rings_its_people_in_its_group(district: District) -> None:
    district.report_case(photos=1)
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    case, unit = district.case(), district.unit("HM-CG")
    assert (case.status, case.unit_id) == (Status.DISPATCHED, unit.id)
    assert [(a.unit_id, a.role, a.ended_at) for a in district.assignments()] == [(unit.id, "lead", None)]
    card, picture, ring = district.pushes("wrCG")
    assert [button.text for button in card.card.buttons] == ["签收", "退回", "更多"] if card.card else False
    assert picture.row.kind == "photo"
    assert getattr(ring.body, "mentions", ()) == ("cg1", "cg2")
    assert "已交城管局办理" in district.last_text("wrINTAKE")
    assert "已通知城管局" in district.last_text("wrDUTY")


def test_assign_with_a_limit_sets_the_due_time(district: District) -> None:
    before = district.report_case().due_at
    district.say("wrDUTY", "duty1", "/交办 0001 城管局 4小时")
    case = district.case()
    assert case.due_at == district.now + timedelta(hours=4)
    assert last(district).fields["due_at"] == case.due_at.isoformat()
    assert district.events()[0].fields["due_at"] == before.isoformat() if before else False


def test_assign_to_a_unit_without_a_group_tells_the_duty_desk(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/交办 0001 司法所")
    # Nobody in the tree above 司法所 has a handling group either.
    assert "司法所没有处置群" in district.chat_text("wrDUTY")


def test_pass_on_ends_the_first_units_share_and_keeps_the_due_time(district: District) -> None:
    due = district.dispatch_case().due_at
    assert district.say("wrDUTY", "duty1", "/转办 0001 住建局 4小时") == "act.pass_on"
    case = district.case()
    assert (case.status, case.due_at) == (Status.DISPATCHED, due)
    assert [(a.unit_id, a.ended_at is None) for a in district.assignments()] == [
        (district.unit("HM-CG").id, False),
        (district.unit("HM-ZJ").id, True),
    ]
    assert "已转给住建局办理，预计 4月3日 09:05 前办结" in district.last_text("wrINTAKE")
    assert "新任务" in district.last_text("wrZJ")


def test_pass_on_tells_the_unit_that_had_it(district: District) -> None:
    district.dispatch_case()
    district.say("wrDUTY", "duty1", "/转办 0001 住建局")
    assert district.last_text("wrCG") == (
        "长江路静海路口工地门口积存建筑垃圾渣土〔WG260330-0001〕已改由住建局办理，你们不用再办。"
    )
    assert "不用再办" not in district.chat_text("wrZJ")


def test_pass_on_tells_nobody_where_no_unit_had_it(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/受理 0001")
    district.say("wrDUTY", "duty1", "/转办 0001 住建局")
    assert all("不用再办" not in district.chat_text(chat) for chat in ("wrCG", "wrZJ", "wrGA"))


def test_sign_notes_who_and_when(district: District) -> None:
    district.dispatch_case()
    assert district.say("wrCG", "cg1", "/签收 0001") == "act.sign"
    case, me = district.case(), district.person("cg1")
    assert (case.status, case.handler_id) == (Status.IN_PROGRESS, me.id)
    (share,) = district.assignments()
    assert (share.signed_by, share.signed_at) == (me.id, district.now)
    assert "城管局已签收" in district.last_text("wrINTAKE")
    assert "城管一号已签收" in district.last_text("wrCG")


def test_return_goes_back_to_the_duty_desk_with_reason_and_suggestion(district: District) -> None:
    district.dispatch_case()
    assert district.say("wrCG", "cg1", "/退回 0001 属于道路养护 住建局") == "act.return"
    case = district.case()
    assert (case.status, case.unit_id, case.returns) == (Status.ACCEPTED, None, 1)
    assert case.suggested_unit_id == district.unit("HM-ZJ").id
    assert last(district).text == "属于道路养护"
    assert "城管一号退回：属于道路养护。建议交住建局" in district.last_text("wrDUTY")
    (share,) = district.assignments()
    assert share.returned_at == share.ended_at == district.now


def test_progress_keeps_the_state_and_tells_the_reporter(district: District) -> None:
    district.sign_case()
    assert district.say("wrCG", "cg1", "/进展 0001 车辆已到场", photos=1) == "act.progress"
    assert district.case().status == Status.IN_PROGRESS
    assert district.media()[-1].role == "process"
    assert "有进展：车辆已到场" in district.last_text("wrINTAKE")


def test_a_suspended_case_may_still_be_worked_on(district: District) -> None:
    district.sign_case()
    district.say("wrDUTY", "duty1", "/挂账 0001 等雨停")
    assert district.say("wrCG", "cg1", "/进展 0001 材料到了") == "act.progress"
    assert district.case().status == Status.SUSPENDED
    assert "材料到了" in district.last_text("wrINTAKE")
    assert [c for c in district.clocks() if c.step == Step.PROGRESS and c.stopped_at is None] == []


def test_feedback_asks_the_duty_desk_to_check_with_the_new_photo(district: District) -> None:
    district.sign_case()
    district.say("wrCG", "cg2", "/反馈 0001 已清运", photos=1)
    case = district.case()
    assert (case.status, case.submitted_at) == (Status.SUBMITTED, district.now)
    assert case.handler_id == district.person("cg2").id
    assert district.media()[-1].role == "after"
    assert "城管局反馈：已清运。请核查" in district.last_text("wrDUTY")
    assert district.photos("wrDUTY")[-1].media == district.media()[-1].id
    assert [button.text for button in district.last_card("wrDUTY").buttons] == ["核查通过", "不通过", "更多"]


def test_feedback_without_signing_signs_too(district: District) -> None:
    district.dispatch_case()
    district.say("wrCG", "cg1", "/反馈 0001 已清运")
    (share,) = district.assignments()
    assert share.signed_at == share.done_at == district.now
    assert share.signed_by == district.person("cg1").id


def test_a_grid_officer_solves_it_without_troubling_a_unit(district: District) -> None:
    district.say("wrRESIDENTS", "chendy", "家里停水了")
    assert district.say("wrRESIDENTS", "wgxw", "/自办 0001 水龙头坏了已换", photos=1) == "act.solve_in_grid"
    case = district.case()
    assert (case.status, case.in_grid, case.handler_id) == (
        Status.SUBMITTED,
        True,
        district.person("wgxw").id,
    )
    assert "网格员小王已处理：水龙头坏了已换" in district.chat_text("wrRESIDENTS")
    assert "网格员小王自办" in district.last_text("wrDUTY")
    assert district.pushes("wrSW") == []


def test_verify_answers_the_reporter_with_result_photos_and_a_question(district: District) -> None:
    district.report_case(photos=1)
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    district.say("wrCG", "cg1", "/反馈 0001 已清运，电话13812345678", photos=1)
    before = count(district, "wrINTAKE")
    assert district.say("wrDUTY", "duty1", "/核查 0001 通过") == "act.verify"
    case = district.case()
    assert (case.status, case.replied_at) == (Status.CALLBACK, None)
    district.advance(seconds=3)
    assert district.deliver_results() == 1
    assert district.case().replied_at == district.now
    told = news(district, "wrINTAKE", before)
    assert "城管局已处理：已清运，电话138****5678" in told
    assert "用时 2 分" in told
    assert "下面是处理前和处理后的照片" in told
    assert [photo.media for photo in district.photos("wrINTAKE")] == [media.id for media in district.media()]
    assert [button.text for button in district.last_card("wrINTAKE").buttons] == [
        "已解决，满意",
        "解决了，不满意",
        "没有解决",
        "更多",
    ]
    assert "核查通过" in district.last_text("wrCG")


def test_a_reporter_who_checks_the_result_stays_unnamed(district: District) -> None:
    district.submit_case()
    assert district.say("wrINTAKE", "zhangsf", "/核查 0001 通过") == "act.verify"
    assert district.say("wrCG", "cg1", "/签收 0001") == "refused.wrong_state"
    assert "报事人已于" in district.last_text("wrCG")
    assert "张师傅" not in district.chat_text("wrCG")


def test_a_failed_check_goes_back_to_the_unit_and_spares_the_reporter(district: District) -> None:
    district.submit_case()
    before = count(district, "wrINTAKE")
    district.say("wrDUTY", "duty1", "/核查 0001 不通过，还有一堆")
    case = district.case()
    assert (case.status, case.submitted_at, case.reworks) == (Status.IN_PROGRESS, None, 1)
    assert "核查不通过，请重新办理：还有一堆" in district.last_text("wrCG")
    assert count(district, "wrINTAKE") == before


def test_a_failed_check_wants_a_reason(district: District) -> None:
    district.submit_case()
    assert district.say("wrDUTY", "duty1", "/核查 0001 不通过") == "refused.missing_need"


def test_a_failed_check_in_the_reporters_own_group_is_confirmed_there(district: District) -> None:
    district.submit_case()
    before = count(district, "wrINTAKE")
    district.say("wrINTAKE", "duty1", "/核查 0001 不通过 还有一堆")
    assert "核查不通过，已退回城管局" in news(district, "wrINTAKE", before)


def test_rate_closes_with_the_reporters_word(district: District) -> None:
    district.verify_case()
    assert district.say("wrINTAKE", "zhangsf", "/评价 0001 已解决 不满意 太慢") == "act.rate"
    case = district.case()
    assert (case.status, case.closed_at) == (Status.CLOSED, district.now)
    (rating,) = district.ratings()
    assert (rating.solved, rating.satisfied, rating.person_id) == (True, False, case.reporter_id)
    assert "感谢您的评价" in district.last_text("wrINTAKE")
    assert "报事人评价：已解决" in district.last_text("wrCG")


def test_an_unsolved_case_goes_back_once(district: District) -> None:
    district.verify_case()
    district.say("wrINTAKE", "zhangsf", "/评价 0001 未解决 还有半堆")
    assert (district.case().status, district.case().reworks) == (Status.IN_PROGRESS, 1)
    assert "报事人反映没有解决" in district.last_text("wrCG")
    assert "已退回城管局重新办理" in district.last_text("wrINTAKE")


def test_an_unsolved_case_is_closed_the_second_time_and_told_honestly(district: District) -> None:
    district.verify_case()
    district.say("wrINTAKE", "zhangsf", "/评价 0001 未解决")
    district.say("wrCG", "cg1", "/反馈 0001 再清")
    district.say("wrDUTY", "duty1", "/核查 0001 通过")
    district.say("wrINTAKE", "zhangsf", "/评价 0001 未解决")
    assert district.case().status == Status.CLOSED
    assert [rating.solved for rating in district.ratings()] == [False, False]
    assert "会有人回访" in district.last_text("wrINTAKE")


def test_a_failed_check_does_not_use_up_the_reporters_one_rework(district: District) -> None:
    district.submit_case()
    district.say("wrDUTY", "duty1", "/核查 0001 不通过 还有一堆")
    district.say("wrCG", "cg1", "/反馈 0001 再清")
    district.say("wrDUTY", "duty1", "/核查 0001 通过")
    district.say("wrINTAKE", "zhangsf", "/评价 0001 未解决")
    assert district.case().status == Status.IN_PROGRESS


def test_close_after_the_reporter_was_answered(district: District) -> None:
    district.verify_case()
    assert district.say("wrDUTY", "duty1", "/结案 0001") == "act.close"
    assert district.case().closed_at == district.now
    assert "已办结" in district.last_text("wrINTAKE")
    assert all(share.ended_at for share in district.assignments())


def test_closing_by_time_is_no_rating(district: District) -> None:
    case = district.verify_case()
    with district.database.write() as session:
        acts.perform(
            session,
            "close",
            session.merge(case, load=False),
            PROGRAM,
            env=district.env,
            now=district.now,
        )
    assert last(district).actor_name == "系统"
    assert district.ratings() == []


def test_reopen_starts_again_with_a_new_due_time(district: District) -> None:
    district.close_case()
    assert district.say("wrINTAKE", "zhangsf", "/重开 0001 又堆起来了") == "act.reopen"
    case = district.case()
    assert (case.status, case.closed_at, case.replied_at, case.unit_id, case.reopenings) == (
        Status.ACCEPTED,
        None,
        None,
        None,
        1,
    )
    # Four working days, all of them of this week.
    assert case.due_at == district.now + timedelta(days=4)
    assert case.suggested_unit_id == district.unit("HM-CG").id
    assert "重新办理：又堆起来了" in district.last_text("wrDUTY")
    assert "已重新办理" in district.last_text("wrINTAKE")


def test_a_reopened_case_has_no_more_time_than_it_had(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/交办 0001 城管局 4小时")
    district.say("wrCG", "cg1", "/签收 0001")
    district.say("wrCG", "cg1", "/延期 0001 2天 等配件")
    district.say("wrDUTY", "duty2", "/同意 0001")
    district.say("wrCG", "cg1", "/反馈 0001 已清运", photos=1)
    district.say("wrDUTY", "duty1", "/核查 0001 通过")
    district.say("wrINTAKE", "zhangsf", "/评价 0001 已解决")
    old = district.case().due_at
    district.advance(days=1)
    district.say("wrINTAKE", "zhangsf", "/重开 0001 又堆起来了")
    assert district.case().due_at == district.now + timedelta(hours=4)
    was = [event.fields["due_at"] for event in district.events() if "due_at" in event.fields][-2]
    assert old is not None
    assert was == old.isoformat()


def test_a_reopened_case_goes_back_once_more(district: District) -> None:
    def handled_again() -> None:
        district.say("wrCG", "cg1", "/签收 0001")
        district.say("wrCG", "cg1", "/反馈 0001 已清运", photos=1)
        district.say("wrDUTY", "duty1", "/核查 0001 通过")

    district.verify_case()
    for status in (Status.IN_PROGRESS, Status.CLOSED):
        assert district.say("wrINTAKE", "zhangsf", "/评价 0001 未解决") == "act.rate"
        assert district.case().status == status
        handled_again()
    district.say("wrINTAKE", "zhangsf", "/重开 0001 又堆起来了")
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    for status in (Status.IN_PROGRESS, Status.CLOSED):
        handled_again()
        assert district.say("wrINTAKE", "zhangsf", "/评价 0001 未解决") == "act.rate"
        assert district.case().status == status


def test_reopening_has_an_end(district: District) -> None:
    district.close_case()
    district.advance(days=15, seconds=1)
    assert district.say("wrINTAKE", "zhangsf", "/重开 0001 又堆起来了") == "refused.wrong_state"
    assert "超过 15 天" in district.last_text("wrINTAKE")


def test_void_needs_a_second_person(district: District) -> None:
    district.dispatch_case()
    assert district.say("wrDUTY", "duty1", "/作废 0001 重复录入") == "command.preview"
    assert district.case().requested is None
    assert district.say("wrDUTY", "duty1", "/确认") == "act.void"
    assert district.case().requested_by == district.person("duty1").id
    assert [button.text for button in district.last_card("wrDUTY").buttons] == ["同意", "不同意", "更多"]
    assert district.say("wrDUTY", "duty1", "/同意作废 0001") == "refused.not_allowed"
    assert "另一位值班员" in district.last_text("wrDUTY")
    assert district.say("wrDUTY", "duty2", "/同意作废 0001") == "act.approve"
    assert district.case().status == Status.VOID


def void_asked(district: District) -> None:
    district.dispatch_case()
    district.say("wrDUTY", "duty1", "/作废 0001 重复录入")
    assert district.say("wrDUTY", "duty1", "/确认") == "act.void"


def test_a_void_is_told_to_everybody(district: District) -> None:
    void_asked(district)
    district.say("wrDUTY", "duty2", "/同意作废 0001")
    assert "已作废" in district.last_text("wrINTAKE")
    assert "同意作废，不必再办理" in district.last_text("wrCG")
    assert "同意作废，不必再办理" in district.chat_text("wrDUTY")


def test_a_void_that_is_declined_changes_nothing(district: District) -> None:
    void_asked(district)
    assert district.say("wrDUTY", "duty2", "/不同意作废 0001 不是重复") == "act.decline"
    assert (district.case().status, district.case().requested_by) == (Status.DISPATCHED, None)
    assert "值班二号不同意申请：不是重复" in district.chat_text("wrDUTY")


def test_nothing_is_voided_that_nobody_asked_to_void(district: District) -> None:
    district.report_case()
    assert district.say("wrDUTY", "duty2", "/同意作废 0001") == "refused.wrong_state"
    assert "没有在等决定的申请" in district.last_text("wrDUTY")


def test_classify_moves_the_due_time_and_tells_the_unit(district: District) -> None:
    case = district.dispatch_case()
    assert district.say("wrDUTY", "duty1", "/改类 0001 道路遗撒") == "act.classify"
    changed = district.case()
    assert changed.class_id == "env.spill"
    assert changed.due_at == case.opened_at + timedelta(hours=4)
    assert "道路遗撒〔WG260330-0001〕类别已更正" in district.last_text("wrCG")


def test_classify_by_a_piece_of_the_name(district: District) -> None:
    district.report_case()
    assert district.say("wrDUTY", "duty1", "/改类 0001 遗撒") == "act.classify"


def test_classify_suggests_where_the_class_is_unknown(district: District) -> None:
    district.report_case()
    assert district.say("wrDUTY", "duty1", "/改类 0001 垃圾") == "refused.not_found"
    assert "没有「垃圾」这个类别。是不是" in district.last_text("wrDUTY")


def test_place_is_corrected_and_told_to_the_unit(district: District) -> None:
    district.dispatch_case()
    assert district.say("wrDUTY", "duty1", "/定位 0001 长江路 5 号门前") == "act.place"
    assert district.case().place == "长江路 5 号门前"
    assert "长江路 5 号门前积存建筑垃圾渣土〔WG260330-0001〕地点已更正" in district.last_text("wrCG")


def test_add_reaches_the_unit_with_photo_and_without_names(district: District) -> None:
    district.dispatch_case()
    slug = district.say("wrINTAKE", "zhangsf", "/补充 0001 我是张师傅，电话 138-1234-5678", photos=1)
    assert slug == "act.add"
    assert "补充：我是报事人，电话 138****5678" in district.chat_text("wrCG")
    assert len(district.photos("wrCG")) == 1


def test_automatic_dispatch_tells_the_duty_desk(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", "长江路中心菜场门口路面塌陷了一个大洞")
    assert district.acts() == ["report", "assign", "whistle"]
    assert last(district).actor_name == "系统"
    assert "已自动交住建局" in district.chat_text("wrDUTY")
    assert "【紧急】新任务" in district.chat_text("wrZJ")


def test_a_missing_need_is_refused_with_an_example(district: District) -> None:
    district.sign_case()
    assert district.say("wrCG", "cg1", "/反馈 0001") == "refused.missing_need"
    assert district.last_text("wrCG") == "请写几个字，或附上照片，例如：/反馈 0001 结果（附照片）"


def test_a_refused_act_keeps_no_file(district: District) -> None:
    district.report_case()
    district.say("wrCG", "cg1", "/反馈 0001 已清运", photos=2)
    assert district.media() == []


def test_perform_needs_no_message(district: District) -> None:
    case = district.report_case()
    with district.database.write() as session:
        event = acts.perform(
            session,
            "accept",
            queries.find_case(session, OPERATOR, case.number),
            Actor(load_person(session, "duty1")),
            env=district.env,
            now=district.now,
            origin="api:1",
        )
    assert (event.number, event.origin) == (2, "api:1")


def test_nothing_closes_without_an_answer_to_the_reporter(district: District) -> None:
    case = district.verify_case()
    with district.database.write() as session:
        queries.find_case(session, OPERATOR, case.number).replied_at = None
    with district.database.write() as session, pytest.raises(WrongState):
        acts.perform(
            session, "close", queries.find_case(session, OPERATOR, case.number), Actor(load_person(session, "duty1")),
            env=district.env, now=district.now,
        )  # fmt: skip


def test_a_refusal_writes_nothing(district: District) -> None:
    case = district.report_case()
    with district.database.write() as session, pytest.raises(MissingNeed):
        acts.perform(
            session, "assign", queries.find_case(session, OPERATOR, case.number), Actor(load_person(session, "duty1")), ActInput(),
            env=district.env, now=district.now,
        )  # fmt: skip
    assert district.acts() == ["report"]


def test_cases_are_numbered_one_by_one_and_on_through_the_year(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", RUBBLE)
    district.say("wrINTAKE", "liay", LAMP)
    district.advance(days=1)
    district.say("wrINTAKE", "zhangsf", RUBBLE)
    assert [case.number for case in district.cases()] == ["WG260330-0001", "WG260330-0002", "WG260331-0003"]

"""More time: extension, suspension, a complex matter; asked by one, decided by another."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from models.workflow import Status
from tests.district import RUBBLE, District


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and rights: which database it is cannot matter."""
    return sqlite_district


def test_an_extension_is_asked_decided_and_told(district: District) -> None:
    before = district.sign_case().due_at
    assert district.say("wrCG", "cg1", "/延期 0001 2个工作日 等配件") == "act.extend"
    assert district.case().due_at == before
    assert "城管一号申请延期 2 个工作日：等配件" in district.chat_text("wrDUTY")
    assert district.press("wrDUTY", "duty1", "同意") == "act.approve"
    case = district.case()
    # From Friday 3 April over Qingming (4 to 6) to Wednesday.
    assert case.due_at == datetime(2026, 4, 8, 1, 5, 1, tzinfo=UTC)
    assert (case.extensions, case.requested) == (1, None)
    assert "办理时间经批准延长" in district.last_text("wrINTAKE")
    assert "值班一号同意申请" in district.last_text("wrCG")


def test_a_due_time_that_was_moved_keeps_old_new_reason_and_who_agreed(district: District) -> None:
    district.sign_case()
    district.say("wrCG", "cg1", "/延期 0001 2天 等配件")
    district.say("wrDUTY", "duty2", "/同意 0001")
    asked, agreed = district.events()[-2:]
    assert (asked.text, asked.actor_name) == ("等配件", "城管一号")
    assert (agreed.actor_name, set(agreed.fields)) == (
        "值班二号",
        {"due_at", "extensions", "requested", "requested_by"},
    )


def test_the_desk_reads_what_is_asked_until_when_and_that_it_is_only_asked(district: District) -> None:
    district.sign_case()
    district.say("wrCG", "cg1", "/申请挂账 0001 等雨停 到4月10日")
    assert "城管一号申请挂账到 4月10日：等雨停" in district.chat_text("wrDUTY")
    district.say("wrDUTY", "duty1", "/不同意 0001 雨不大")
    district.say("wrCG", "cg1", "/延期 0001 2天 等配件")
    assert dict(district.last_card("wrDUTY").rows)["状态"].endswith("申请延期")


def test_what_is_asked_shows_the_desk_no_photo_again(district: District) -> None:
    district.report_case(photos=1)
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    district.say("wrCG", "cg1", "/签收 0001")
    seen = len(district.photos("wrDUTY"))
    district.say("wrCG", "cg1", "/延期 0001 2天 等配件")
    assert len(district.photos("wrDUTY")) == seen == 1


def test_the_handler_cannot_grant_it(district: District) -> None:
    district.sign_case()
    district.say("wrCG", "cg1", "/延期 0001 2天 等配件")
    for user in ("cg1", "cg2"):
        assert district.say("wrCG", user, "/同意 0001") == "refused.not_allowed"


def test_a_refused_extension_changes_nothing(district: District) -> None:
    before = district.sign_case().due_at
    district.say("wrCG", "cg1", "/延期 0001 2天 等配件")
    assert district.say("wrDUTY", "duty1", "/不同意 0001 配件有货") == "act.decline"
    assert district.case().due_at == before
    assert "不同意申请：配件有货" in district.last_text("wrCG")
    assert district.say("wrCG", "cg1", "/延期 0001 1天 再等等") == "act.extend"


def test_more_time_is_asked_for_before_it_is_over(district: District) -> None:
    district.sign_case()
    district.advance(days=10)
    assert district.say("wrCG", "cg1", "/延期 0001 2天 等配件") == "refused.wrong_state"
    assert "已经到期，不能延期" in district.last_text("wrCG")


def test_how_long_and_why_are_wanted(district: District) -> None:
    district.sign_case()
    assert district.say("wrCG", "cg1", "/延期 0001 等配件") == "refused.missing_need"
    assert district.say("wrCG", "cg1", "/延期 0001 2天") == "refused.missing_need"


def test_one_question_at_a_time(district: District) -> None:
    district.sign_case()
    district.say("wrCG", "cg1", "/延期 0001 2天 等配件")
    assert district.say("wrCG", "cg2", "/申请挂账 0001 等雨停") == "refused.wrong_state"
    assert "已有一个申请在等决定" in district.last_text("wrCG")


def test_the_question_lapses_when_the_case_goes_on_without_it(district: District) -> None:
    district.sign_case()
    district.say("wrCG", "cg1", "/申请挂账 0001 等雨停")
    district.say("wrCG", "cg1", "/反馈 0001 已清运")
    case = district.case()
    assert (case.requested, case.requested_by) == (None, None)
    assert district.say("wrDUTY", "duty1", "/同意 0001") == "refused.wrong_state"
    assert district.case().status == Status.SUBMITTED
    assert district.find_drift() == {}


NATURES = [
    ("解放路15号路灯不亮", "求助", 20),
    ("长江路静海路口工地门口建筑垃圾", "投诉", 20),
    ("咨询一下社保卡在哪里办理，解放路15号附近", "咨询", 3),
    ("建议解放路15号增设路灯", "建议", 3),
]


@pytest.mark.parametrize(("text", "nature", "days"), NATURES)
def test_no_extension_goes_beyond_the_ceiling_of_its_nature(
    district: District, text: str, nature: str, days: int
) -> None:
    district.report_case(text)
    district.say("wrDUTY", "duty1", "/交办 0001 城管局 1天")
    district.say("wrCG", "cg1", "/签收 0001")
    assert district.case().nature == nature
    assert district.say("wrCG", "cg1", f"/延期 0001 {days}天 等配件") == "refused.wrong_state"
    assert f"超过最长时限 {days} 天" in district.last_text("wrCG")
    assert district.say("wrCG", "cg1", f"/延期 0001 {days - 1}天 等配件") == "act.extend"


def test_a_matter_agreed_to_be_complex_may_take_thirty_days(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/交办 0001 城管局 1天")
    district.say("wrCG", "cg1", "/签收 0001")
    assert district.say("wrCG", "cg1", "/延期 0001 29天 要走招标") == "refused.wrong_state"
    assert "先 /申请复杂" in district.last_text("wrCG")
    assert district.say("wrCG", "cg1", "/申请复杂 0001 要走招标") == "act.complicate"
    assert district.say("wrDUTY", "duty1", "/同意 0001") == "act.approve"
    assert district.case().complex
    for chat in ("wrCG", "wrDUTY"):
        assert "最长时限改为 30 天。现在的时限 明天 09:07" in district.last_text(chat)
    assert district.say("wrCG", "cg1", "/延期 0001 29天 要走招标") == "act.extend"
    district.say("wrDUTY", "duty1", "/同意 0001")
    assert district.say("wrCG", "cg1", "/延期 0001 1天 再等") == "refused.wrong_state"
    assert "超过最长时限 30 天" in district.last_text("wrCG")


def test_no_suspension_goes_beyond_the_ceiling_unless_the_case_is_raised(district: District) -> None:
    district.sign_case()
    for chat, user, word in (("wrCG", "cg1", "申请挂账"), ("wrDUTY", "duty1", "挂账")):
        assert district.say(chat, user, f"/{word} 0001 等雨停 到5月10日") == "refused.wrong_state"
        assert "超过最长时限，最晚挂到 4月" in district.last_text(chat)
        assert "/提级" in district.last_text(chat)
    assert district.say("wrDUTY", "duty1", "/提级 0001 要等汛期过去") == "act.raise"
    assert district.say("wrDUTY", "duty1", "/挂账 0001 等雨停 到5月10日") == "act.suspend"


def test_a_suspension_without_a_day_ends_before_the_ceiling(district: District) -> None:
    opened = district.sign_case().opened_at
    district.say("wrCG", "cg1", "/申请挂账 0001 等雨停")
    assert district.say("wrDUTY", "duty1", "/同意 0001") == "act.approve"
    resumes = district.case().resume_at
    assert resumes is not None
    assert timedelta(days=10) < resumes - opened < timedelta(days=20)
    assert "同意挂账，时限暂停，4月13日" in district.last_text("wrCG")
    assert "自动恢复" in district.last_text("wrCG")
    district.advance(days=(resumes - district.now).days)
    assert district.say("wrCG", "cg1", "/恢复 0001") == "act.resume"
    due = district.case().due_at
    assert due is not None
    assert due <= opened + timedelta(days=20)
    # What was put off is not added to once more.
    assert district.say("wrCG", "cg1", "/延期 0001 5天 等配件") == "refused.wrong_state"
    assert "超过最长时限 20 天" in district.last_text("wrCG")


def test_a_suspension_that_was_asked_stops_the_time_once_agreed(district: District) -> None:
    due = district.sign_case().due_at
    assert district.say("wrCG", "cg1", "/申请挂账 0001 等雨停 到4月8日") == "act.ask_suspend"
    assert district.case().status == Status.IN_PROGRESS
    assert district.say("wrDUTY", "duty1", "/同意 0001") == "act.approve"
    case = district.case()
    assert case.status == Status.SUSPENDED
    assert case.resume_at == datetime(2026, 4, 8, 0, 30, tzinfo=UTC)
    assert "经批准先挂账" in district.last_text("wrINTAKE")
    assert case.due_at == due


def test_resuming_goes_on_where_it_stopped(district: District) -> None:
    due = district.sign_case().due_at
    district.say("wrDUTY", "duty1", "/挂账 0001 等雨停")
    since = district.now
    district.advance(hours=30)
    assert district.say("wrCG", "cg1", "/恢复 0001") == "act.resume"
    case = district.case()
    assert case.status == Status.IN_PROGRESS
    assert due is not None
    assert case.due_at is not None
    # 1 and 2 April are working days; the pause pushes it beyond Qingming (4 to 6).
    assert case.due_at == due + (district.now - since) + timedelta(days=3)


def test_a_void_is_shown_first_and_can_be_cancelled(district: District) -> None:
    district.report_case()
    assert district.say("wrDUTY", "duty1", "/作废 0001 重复录入") == "command.preview"
    card = district.last_card("wrDUTY")
    assert "〔WG260330-0001〕将作废" in card.body
    assert "重复录入" in card.body
    assert district.press("wrDUTY", "duty1", "取消") == "preview.cancelled"
    assert "已取消" in district.last_card("wrDUTY").body
    assert district.say("wrDUTY", "duty1", "/确认") == "refused.not_found"
    assert district.acts() == ["report"]


def test_a_void_is_confirmed_by_button_once(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/作废 0001 重复录入")
    card = district.last_card("wrDUTY")
    confirm = next(button.key for button in card.buttons if button.text == "确认执行")
    assert district.click("wrDUTY", "duty2", confirm, task_id=card.task_id) == "refused.not_found"
    assert district.click("wrDUTY", "duty1", confirm, task_id=card.task_id) == "act.void"
    assert district.click("wrDUTY", "duty1", confirm, task_id=card.task_id) == "refused.not_found"
    assert district.acts() == ["report", "void"]


@pytest.mark.parametrize(
    ("said", "chat", "told"),
    [
        ("/卡片 0001", "wrDUTY", "时限：挂账中，时限暂停"),
        ("/催办 0001", "wrCG", "现在挂账，时限暂停。"),
        ("/改类 0001 道路遗撒", "wrCG", "道路遗撒〔WG260330-0001〕类别已更正，现在挂账，时限暂停。"),
        ("/不同意 0001", "wrCG", "不同意申请，仍然挂账，时限暂停。"),
    ],
)
def test_what_is_suspended_has_no_time_until_it_goes_on(
    district: District, said: str, chat: str, told: str
) -> None:
    district.sign_case()
    district.say("wrDUTY", "duty1", "/挂账 0001 等雨停")
    district.say("wrCG", "cg1", "/申请复杂 0001 涉及三个部门")
    district.advance(days=9)
    before = len(district.pushes())
    assert not district.say("wrDUTY", "duty1", said).startswith("refused.")
    heard = [push for push in district.pushes()[before:] if push.row.chat_id == district.chat(chat).id]
    assert any(told in push.text for push in heard)
    assert not any(re.search(r"\d\d:\d\d 前|时限 ", push.text) for push in district.pushes()[before:])


def test_who_reports_what_is_suspended_already_hears_that_it_waits(district: District) -> None:
    district.sign_case()
    district.say("wrDUTY", "duty1", "/挂账 0001 等雨停")
    district.say("wrINTAKE", "liay", RUBBLE)
    assert "城管局「挂账」，条件具备后接着办。" in district.chat_text("wrINTAKE")


def test_a_preview_is_good_for_ten_minutes(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/作废 0001 重复录入")
    district.advance(minutes=11)
    assert district.say("wrDUTY", "duty1", "/确认") == "refused.not_found"
    assert "过了 10 分钟" in district.last_text("wrDUTY")


def test_what_another_person_was_shown_is_not_mine_to_confirm(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/作废 0001 重复录入")
    assert district.say("wrDUTY", "duty2", "/确认") == "refused.not_found"


def test_what_would_be_refused_is_not_shown_first(district: District) -> None:
    district.report_case()
    assert district.say("wrINTAKE", "zhangsf", "/作废 0001 不要了") == "refused.not_allowed"
    assert district.say("wrDUTY", "duty1", "/作废 0001") == "refused.missing_need"


def test_the_request_is_found_without_a_number(district: District) -> None:
    district.report_case()
    district.sign_case()
    district.say("wrCG", "cg1", "/延期 0002 1天 等配件")
    assert district.say("wrDUTY", "duty1", "/同意") == "act.approve"


def test_the_second_person_reads_which_groups_will_hear_and_which_heard(district: District) -> None:
    district.sign_case()
    district.say("wrCG", "cg1", "/延期 0001 1个工作日 等配件")
    names = [district.chat(chat).name for chat in ("wrINTAKE", "wrCG", "wrDUTY")]
    asked = next(said.text for said in district.pushes("wrDUTY") if "申请延期" in said.text)
    assert f"同意后会告诉：{'、'.join(names)}。" in asked
    assert district.say("wrDUTY", "duty2", "/同意 0001") == "act.approve"
    assert f"已发给：{'、'.join(names)}。" in district.chat_text("wrDUTY")


def test_of_what_changes_nothing_for_the_reporter_their_group_is_not_named(district: District) -> None:
    district.sign_case()
    district.say("wrCG", "cg1", "/申请复杂 0001 涉及三个部门")
    asked = next(said.text for said in district.pushes("wrDUTY") if "申请按复杂" in said.text)
    assert district.chat("wrINTAKE").name not in asked

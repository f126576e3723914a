"""Story 6 (requirements A17): lights for a basketball court: answered within 3 days, built over months."""

from datetime import datetime, timedelta

from tests.stories.conftest import SHANGHAI
from tests.stories.town import MovableClock, StoryHarness


def test_a_suggestion_is_answered_in_three_days_and_built_over_months(
    haimen: StoryHarness, clock: MovableClock
) -> None:
    number = haimen.report("wrINTAKE", "zhangsf", "人民公园篮球场晚上没有灯，建议装几盏灯")
    case, short = haimen.case(number), number[-4:]
    assert case["nature"] == "建议"
    assert within(case) == timedelta(days=3)

    haimen.say("wrDUTY", "duty1", f"/交办 {short} 住建局")
    haimen.wait_for_message("wrZJ", number, "新任务")
    haimen.say("wrZJ", "zj1", f"/签收 {short}")
    haimen.wait_for_status(number, "IN_PROGRESS")
    haimen.say("wrZJ", "zj1", f"/联系 {short} 先告诉报事人要列计划")  # within a day, or that is overdue
    haimen.wait_until(
        lambda: haimen.case(number)["events"][-1]["act"] == "contact", "the reporter was called"
    )
    clock.move_to(clock() + timedelta(days=2))
    haimen.say("wrZJ", "zj1", f"/进展 {short} 建议已采纳，列入二季度项目，6 月底前亮灯")
    haimen.wait_for_message("wrINTAKE", number, "建议已采纳")

    # Longer than the nature allows: not by a suspension alone.
    haimen.say("wrZJ", "zj1", f"/申请挂账 {short} 等工程进度 到5月6日")
    haimen.wait_for_message("wrZJ", number, "超过最长时限", "/提级")
    haimen.say("wrDUTY", "duty1", f"/提级 {short} 工程要几个月")
    haimen.wait_for_message("wrDUTY", number, "提级")

    milestones = (("到5月6日", "设计图已定"), ("到6月1日", "灯杆已立"), ("到6月26日", "正在调试"))
    for until, progress in milestones:
        haimen.say("wrZJ", "zj1", f"/申请挂账 {short} 等工程进度 {until}")
        haimen.wait_for_message("wrDUTY", number, "申请挂账到 5月6日：等工程进度")
        haimen.say("wrDUTY", "leader1", f"/同意 {short}")
        haimen.wait_for_status(number, "SUSPENDED")
        month, day = (int(part) for part in until[1:-1].split("月"))
        clock.move_to(datetime(2026, month, day, 9, tzinfo=SHANGHAI))
        haimen.say("wrZJ", "zj1", f"/恢复 {short}")
        haimen.wait_for_status(number, "IN_PROGRESS")
        haimen.say("wrZJ", "zj1", f"/进展 {short} {progress}")
        haimen.wait_for_message("wrINTAKE", number, progress)

    haimen.say("wrZJ", "zj1", f"/反馈 {short} 12 盏灯已亮")
    haimen.press_button(haimen.wait_for_card("wrDUTY", number, "核查通过"), "duty1", "核查通过")
    haimen.wait_for_message("wrINTAKE", number, "12 盏灯已亮")
    # Three months, and never an overdue complaint.
    said = [one["text"] or "" for chat in ("wrZJ", "wrDUTY") for one in haimen.box.messages(chat)]
    assert [text for text in said if "已到期" in text or "已超期" in text] == []
    done = haimen.case(number)
    assert datetime.fromisoformat(done["due_at"]) > clock()


def within(case: dict[str, str]) -> timedelta:
    return datetime.fromisoformat(case["due_at"]) - datetime.fromisoformat(case["opened_at"])

"""Story 9 (requirements B02 to B05): four natures, four limits; yellow, red; no extension beyond the ceiling."""

from datetime import timedelta

from tests.stories.test_basketball_lights import within
from tests.stories.town import MovableClock, StoryHarness


def reported(haimen: StoryHarness, user: str, text: str) -> dict[str, str]:
    before = len(haimen.cases())
    haimen.say("wrINTAKE", user, text)
    haimen.wait_until(lambda: len(haimen.cases()) == before + 1, f"a case of {text}")
    case: dict[str, str] = haimen.cases()[0]
    return case


def test_four_natures_have_four_limits_and_extensions_a_ceiling(
    haimen: StoryHarness, clock: MovableClock
) -> None:
    urgent = reported(haimen, "liay", "解放路15号燃气泄漏味道很重")
    advice = reported(haimen, "wgxl", "建议人民公园增设健身器材")
    complaint = reported(haimen, "zhangsf", "解放路15号这件事不合理，要投诉")
    assert [within(case) for case in (urgent, advice, complaint)] == [
        timedelta(hours=24),
        timedelta(days=3),
        timedelta(days=20),
    ]
    number, short = complaint["number"], complaint["number"][-4:]

    haimen.say("wrDUTY", "duty1", f"/交办 {short} 城管局")
    haimen.say("wrCG", "cg1", f"/签收 {short}")
    haimen.wait_for_status(number, "IN_PROGRESS")
    haimen.say("wrCG", "cg1", f"/延期 {short} 5天 情况复杂")
    haimen.wait_for_message("wrCG", number, "会超过最长时限 20 天", "/申请复杂")
    haimen.say("wrCG", "cg1", f"/申请复杂 {short} 涉及三个部门")
    haimen.wait_for_message("wrDUTY", number, "申请按复杂事件办理")
    haimen.say("wrDUTY", "leader1", f"/同意 {short}")
    haimen.wait_for_message("wrCG", number, "周主任同意按特别复杂事件办理，最长时限改为 30 天")
    haimen.say("wrCG", "cg1", f"/延期 {short} 10天 涉及三个部门")
    haimen.wait_for_message("wrDUTY", number, "申请延期")
    haimen.say("wrDUTY", "leader1", f"/同意 {short}")
    haimen.wait_until(lambda: within(haimen.case(number)) == timedelta(days=30), "thirty days")
    haimen.wait_for_message("wrINTAKE", number, "办理时间经批准延长")
    haimen.say("wrCG", "cg1", f"/延期 {short} 1天 还差一点")
    haimen.wait_for_message("wrCG", number, "会超过最长时限 30 天")

    # Yellow at four fifths of the last ten days, red at the end, each once.
    clock.move_to(clock() + timedelta(days=28))
    haimen.wait_for_message("wrCG", number, "🟡", "🟡 办结")
    clock.move_to(clock() + timedelta(days=2))
    haimen.wait_for_message("wrCG", "🔴", "已到期，请马上处理")
    haimen.wait_for_message("wrDUTY", "🔴", "已到期，请马上处理")
    # Silent for so long, the unit had lost it; back at work, it asks too late.
    haimen.say("wrCG", "cg1", f"/签收 {short}")
    haimen.wait_for_status(number, "IN_PROGRESS")
    haimen.say("wrCG", "cg1", f"/延期 {short} 1天 还差一点")
    haimen.wait_for_message("wrCG", number, "已经到期，不能延期")

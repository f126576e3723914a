"""Story 3 (requirements E09): free eggs, medicinal wine; police and market regulator called at once, and
everybody warned once a person at the desk says so.
"""

from datetime import timedelta

from tests.stories.town import MovableClock, StoryHarness, make_photo

SCAM = "解放新村3幢楼下有人免费领鸡蛋卖药酒，老人围着听课，像诈骗"


def test_an_egg_scam_calls_police_and_market_regulator_at_once(
    haimen: StoryHarness, clock: MovableClock
) -> None:
    urgent = ("按紧急事件马上报值班员", "诈骗")
    number = haimen.report("wrINTAKE", "liay", SCAM, *urgent, photos=[make_photo("khaki")])
    task = haimen.wait_for_card("wrGA", "诈骗", "签收")
    haimen.wait_for_message("wrDUTY", number, "已自动交公安局")

    whistle = haimen.wait_for_card("wrSCJG", number, "报到")
    assert haimen.wait_for_message("wrSCJG", number, "请马上到场")["mentions"] == ["scjg1"]
    haimen.wait_for_message("wrGA", number, "请来协同的单位：市场监管局")

    haimen.press_button(task, "ga1", "签收")
    haimen.wait_for_status(number, "IN_PROGRESS")
    clock.move_to(clock() + timedelta(minutes=9))
    haimen.press_button(task, "ga1", "已到场")
    haimen.wait_for_message("wrDUTY", number, "公安一号已到场报到")
    clock.move_to(clock() + timedelta(minutes=5))
    haimen.press_button(whistle, "scjg1", "报到")
    haimen.wait_for_message("wrDUTY", number, "市监一号已到场报到", "用时 14 分")

    haimen.say("wrSCJG", "scjg1", f"/协办完成 {number[-4:]} 药酒已查封", photos=[make_photo("teal")])
    haimen.wait_for_message("wrGA", number, "药酒已查封")
    haimen.say("wrGA", "ga1", f"/反馈 {number[-4:]} 人员已带离，老人货款已退", photos=[make_photo("navy")])
    haimen.press_button(haimen.wait_for_card("wrDUTY", number, "核查通过"), "duty1", "核查通过")
    haimen.wait_for_message("wrINTAKE", number, "公安局已处理", "人员已带离")

    haimen.wait_for_message("wrDUTY", "有一条通知等您发布", "防骗提醒", "2 个群")
    assert "防骗提醒" not in str(haimen.box.messages("wrRESIDENTS"))
    haimen.press_button(haimen.wait_for_card("wrDUTY", "通知待发布", "同意发布"), "duty2", "同意发布")
    haimen.wait_for_message("wrRESIDENTS", "防骗提醒", "——海门街道，")

    case = haimen.case(number)
    assert (case["urgent"], case["unit"]) == (True, "HM-GA")
    acts = [event["act"] for event in case["events"] if event["act"] != "deliver_answer"]
    assert acts == [
        "report", "assign", "whistle", "sign", "check_in", "check_in", "partner_done", "feedback", "verify",
    ]  # fmt: skip
    told = str(haimen.box.messages("wrGA") + haimen.box.messages("wrSCJG"))
    assert "李阿姨" not in told
    assert "liay" not in told

"""Story 11 (requirements D16, C23): two departments refuse; a third refusal is impossible."""

from tests.stories.town import StoryHarness


def test_a_case_two_departments_refuse_is_decided_for_good(haimen: StoryHarness) -> None:
    number = haimen.report("wrINTAKE", "zhangsf", "长江路静海路口工地门口建筑垃圾")
    short = number[-4:]

    haimen.press_button(haimen.wait_for_card("wrDUTY", number, "交办"), "duty1", "交办", unit=["HM-CG"])
    haimen.wait_for_message("wrCG", number, "新任务")
    haimen.say("wrCG", "cg1", f"/退回 {short} 渣土来自道路施工 住建局")
    haimen.wait_for_message("wrDUTY", number, "城管一号退回：渣土来自道路施工", "建议交住建局")
    haimen.say("wrDUTY", "duty1", f"/交办 {short} 住建局")
    haimen.wait_for_message("wrZJ", number, "新任务")
    haimen.say("wrZJ", "zj1", f"/退回 {short} 属于市容 城管局")
    proposed = haimen.wait_for_card("wrDUTY", number, "建议提级：已被退回 2 次")
    haimen.press_button(proposed, "duty1", "提级")
    haimen.wait_for_message("wrDUTY", number, "已提级", "已被退回 2 次")

    haimen.say("wrDUTY", "duty1", f"/交办 {short} 城管局")
    haimen.wait_for_message("wrDUTY", number, "请发 /裁定 0001 单位")
    haimen.say("wrDUTY", "leader1", f"/裁定 {short} 城管局 首接负责，住建配合")
    haimen.wait_for_message("wrDUTY", number, "周主任已裁定")
    haimen.say("wrDUTY", "duty1", f"/协办 {short} 住建局")
    haimen.wait_for_message("wrZJ", number, "请协办")
    haimen.say("wrCG", "cg1", f"/退回 {short} 还是不归我们")
    haimen.wait_for_message("wrCG", number, "已裁定由你们办理，不能退回")
    haimen.say("wrCG", "cg1", f"/反馈 {short} 已清运")
    haimen.wait_for_status(number, "SUBMITTED")
    assert [event["act"] for event in haimen.case(number)["events"]] == [
        "report", "assign", "return", "assign", "return", "propose_raise", "raise", "arbitrate", "assist", "feedback",
    ]  # fmt: skip

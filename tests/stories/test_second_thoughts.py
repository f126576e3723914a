"""A reporter thinks better of it, is not content, and wants a person: all of it over the door."""

from tests.stories.town import StoryHarness

RUBBLE = "长江路静海路口工地门口建筑垃圾"


def test_what_was_reported_by_mistake_is_voided_with_one_tap(haimen: StoryHarness) -> None:
    number = haimen.report("wrINTAKE", "zhangsf", RUBBLE)
    haimen.press_button(haimen.wait_for_card("wrDUTY", number), "duty1", "交办", unit=["HM-CG"])
    haimen.wait_for_message("wrCG", number, "新任务")
    haimen.say("wrINTAKE", "zhangsf", f"/撤回 {number[-4:]} 已经有人清了")
    haimen.wait_for_message("wrINTAKE", number, "先不派人")
    assert haimen.wait_for_message("wrCG", number, "先别派人")["mentions"] == ["cg1", "cg2"]
    card = haimen.wait_for_card("wrDUTY", number, "报事人已撤回")
    haimen.press_button(card, "duty1", "作废")
    haimen.wait_for_status(number, "VOID")
    haimen.wait_for_message("wrINTAKE", number, "不再办理")
    haimen.wait_for_message("wrCG", number, "不必再办")


def test_who_wants_a_person_hears_from_one(haimen: StoryHarness) -> None:
    haimen.say("wrINTAKE", "liay", "/转人工 低保的材料交到哪里")
    haimen.wait_for_message("wrINTAKE", "已转值班员值班一号")
    assert haimen.wait_for_message("wrDUTY", "有人要找值班员")["mentions"] == ["duty1", "duty2"]
    haimen.press_button(haimen.wait_for_card("wrDUTY", "有人找值班员，请定"), "duty1", "回复")
    hint = haimen.wait_for_message("wrDUTY", "【待写】", "答复")
    haimen.say("wrDUTY", "duty1", "交到街道大厅三号窗口", quote=hint["id"])
    haimen.wait_for_message("wrINTAKE", "值班员答复", "三号窗口")

"""Story 1 (requirements A11): a rider's photo of rubble, cleared within two hours, proved and answered."""

from datetime import datetime

from tests.stories.conftest import SHANGHAI
from tests.stories.town import MovableClock, StoryHarness, make_photo


def at(hour: int, minute: int) -> datetime:
    return datetime(2026, 3, 30, hour, minute, tzinfo=SHANGHAI)


def test_rubble_is_reported_dispatched_cleared_and_answered(
    haimen: StoryHarness, clock: MovableClock
) -> None:
    words, told = "长江路静海路口工地门口建筑垃圾", ("积存建筑垃圾渣土", "城管局")
    number = haimen.report("wrINTAKE", "zhangsf", words, *told, photos=[make_photo("sienna")])

    desk = haimen.wait_for_card("wrDUTY", number, "长江路静海路口")
    clock.move_to(at(9, 6))
    haimen.press_button(desk, "duty1", "交办", unit=["HM-CG"])
    task = haimen.wait_for_card("wrCG", number, "签收")
    haimen.wait_until(lambda: haimen.count_photos("wrCG") == 1, "the photo in 城管's group")
    assert haimen.wait_for_message("wrCG", number, "新任务")["mentions"] == ["cg1", "cg2"]

    clock.move_to(at(9, 10))
    haimen.press_button(task, "cg1", "签收")
    haimen.wait_for_message("wrINTAKE", number, "城管局已签收")

    clock.move_to(at(11, 2))
    haimen.say("wrCG", "cg1", "已清理干净", quote=task["id"], photos=[make_photo("seagreen")])
    check = haimen.wait_for_card("wrDUTY", number, "核查通过")
    haimen.press_button(check, "duty1", "核查通过")

    haimen.wait_for_message("wrINTAKE", number, "用时 1 小时 57 分")
    haimen.wait_until(lambda: haimen.count_photos("wrINTAKE") == 2, "both photos back with the reporter")
    question = haimen.wait_for_card("wrINTAKE", number, "解决了吗")
    haimen.press_button(question, "zhangsf", "已解决，满意")
    haimen.wait_for_status(number, "CLOSED")
    haimen.wait_for_message("wrINTAKE", number, "感谢您的评价")

    case = haimen.case(number)
    assert case["class"] == "env.rubble"
    assert case["place"].startswith("长江路静海路口")
    assert case["unit"] == "HM-CG"
    acts = [event["act"] for event in case["events"]]
    assert acts == ["report", "assign", "sign", "feedback", "verify", "deliver_answer", "rate"]
    assert sorted(one["role"] for one in case["photos"]) == ["after", "before"]


def test_the_reporter_is_never_named_in_the_handling_group(haimen: StoryHarness) -> None:
    words = "我是张师傅，电话13812345678，长江路静海路口工地门口建筑垃圾"
    number = haimen.report("wrINTAKE", "zhangsf", words, photos=[make_photo()])
    haimen.press_button(haimen.wait_for_card("wrDUTY", number), "duty1", "交办", unit=["HM-CG"])
    haimen.wait_for_message("wrCG", number, "新任务")
    said = str([m for m in haimen.box.messages("wrCG") if m["sender"]["kind"] != "user"])
    assert "张师傅" not in said
    assert "zhangsf" not in said
    assert "13812345678" not in said

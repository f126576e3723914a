"""A unit speaks as people do: 不归我们 is asked once, a photo waits with the question; a forgotten line rings."""

from datetime import timedelta

from tests.stories.town import MovableClock, StoryHarness, make_photo

RUBBLE = "长江路静海路口工地门口建筑垃圾"
HEAP = "解放路15号门口积存建筑垃圾渣土"


def dispatch(haimen: StoryHarness, user: str, text: str) -> str:
    number = haimen.report("wrINTAKE", user, text)
    haimen.press_button(haimen.wait_for_card("wrDUTY", number), "duty1", "交办", unit=["HM-CG"])
    haimen.wait_for_message("wrCG", number, "新任务")
    return number


def test_not_ours_is_asked_with_the_suggested_unit_and_done_by_a_yes(haimen: StoryHarness) -> None:
    number = dispatch(haimen, "zhangsf", RUBBLE)
    haimen.say("wrCG", "cg1", "这个不归我们，是住建局的")
    haimen.wait_for_card("wrCG", number, "要退回值班员，建议转住建局")
    assert haimen.case(number)["status"] == "DISPATCHED"
    haimen.say("wrCG", "cg1", "是")
    haimen.wait_for_message("wrDUTY", number, "退回", "建议交住建局")
    haimen.wait_for_status(number, "ACCEPTED")


def test_a_photo_waits_until_the_unit_says_which_case_it_is(haimen: StoryHarness) -> None:
    numbers = [dispatch(haimen, "zhangsf", RUBBLE), dispatch(haimen, "liay", HEAP)]
    for number in numbers:
        haimen.say("wrCG", "cg1", f"/签收 {number}")
        haimen.wait_for_status(number, "IN_PROGRESS")
    haimen.say("wrCG", "cg1", "弄好了", photos=[make_photo()])
    card = haimen.wait_for_card("wrCG", "是哪一件？点一下就办")
    first = numbers[0]
    haimen.press_button(card, "cg1", f"{first[4:8]}-{first[-4:]}")
    haimen.wait_for_status(first, "SUBMITTED")
    haimen.wait_for_card("wrDUTY", first, "核查通过", "弄好了")
    haimen.wait_until(lambda: haimen.count_photos("wrDUTY") == 1, "the photo at the desk")
    assert haimen.case(numbers[1])["status"] == "IN_PROGRESS"


def test_a_line_that_the_desk_forgot_rings_it_once(haimen: StoryHarness, clock: MovableClock) -> None:
    haimen.say("wrINTAKE", "liay", "/转人工 低保的材料交到哪里")
    haimen.wait_for_card("wrDUTY", "有人找值班员，请定")
    clock.move_to(clock.now + timedelta(minutes=31))
    reminder = haimen.wait_for_message("wrDUTY", "还没有定", "低保的材料")
    assert reminder["mentions"] == ["duty1", "duty2"]
    haimen.say("wrDUTY", "duty1", "交到街道大厅三号窗口", quote=reminder["id"])
    haimen.wait_for_message("wrINTAKE", "值班员答复", "三号窗口")

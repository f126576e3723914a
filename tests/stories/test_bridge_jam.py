"""Story 5 (requirements A18): five reports of a jammed bridge become one matter, and all five are answered."""

from datetime import timedelta

from tests.stories.town import MovableClock, StoryHarness

REPORTS = (
    ("wrINTAKE", "zhangsf", "长江路大桥堵车严重，上下班过不去"),
    ("wrRESIDENTS", "chendy", "长江路大桥堵死了"),
    ("wrINTAKE", "wgxl", "长江路大桥早高峰交通拥堵"),
    ("wrRESIDENTS", "liay", "长江路大桥严重堵车"),
    ("wrINTAKE", "wgxs", "长江路大桥又堵车了，半小时没动"),
)


def test_five_reports_of_a_jam_get_one_plan_and_five_answers(
    haimen: StoryHarness, clock: MovableClock
) -> None:
    numbers: list[str] = []
    for chat, user, text in REPORTS:
        haimen.say(chat, user, text)
        haimen.wait_until(lambda: len(haimen.cases()) == len(numbers) + 1, f"a case of {text}")
        numbers.append(haimen.cases()[0]["number"])
        clock.move_to(clock() + timedelta(hours=9))
    parent, *children = numbers

    # Two of them the program knows for the same; of the others the desk does.
    known = {case["number"] for case in haimen.cases() if case["status"] == "DUPLICATE"}
    assert known
    for child in children:
        if child in known:
            continue
        haimen.say("wrDUTY", "duty1", f"/并案 {child} {parent}")
        shown = haimen.wait_for_card("wrDUTY", child, parent, "确认执行")
        haimen.press_button(shown, "duty1", "确认执行")
        haimen.wait_for_status(child, "DUPLICATE")
    haimen.wait_for_message("wrRESIDENTS", children[0], "已有人反映，一并跟进", parent)

    haimen.say("wrDUTY", "duty1", f"/交办 {parent} 公安局")
    haimen.wait_for_message("wrGA", parent, "新任务")
    haimen.say("wrDUTY", "duty1", f"/会商 {parent} 十日内见效\n公安局：早高峰疏导\n住建局：拓宽匝道，月底前")
    haimen.wait_for_message("wrGA", parent, "会商定了你们：早高峰疏导")
    haimen.wait_for_message("wrZJ", parent, "会商定了你们：拓宽匝道")
    haimen.say("wrZJ", "zj1", f"/协办完成 {parent} 匝道已拓宽")
    haimen.wait_for_message("wrGA", parent, "匝道已拓宽")
    haimen.say("wrGA", "ga1", f"/反馈 {parent} 已增派早高峰疏导岗，匝道月底前拓宽")
    haimen.press_button(haimen.wait_for_card("wrDUTY", parent, "核查通过"), "duty1", "核查通过")

    haimen.wait_for_message("wrINTAKE", parent, "公安局已处理：已增派早高峰疏导岗")
    for (chat, _, _), child in zip(REPORTS[1:], children, strict=True):
        haimen.wait_for_message(chat, child, "已增派早高峰疏导岗")
    assert [haimen.case(child)["status"] for child in children] == ["DUPLICATE"] * 4

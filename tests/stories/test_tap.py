"""Story 2 (requirements E08): no water at home; the grid officer mends the tap; no department involved."""

from tests.stories.town import StoryHarness


def test_a_dead_tap_is_mended_in_the_grid_and_closed_by_the_resident(haimen: StoryHarness) -> None:
    number = haimen.report("wrRESIDENTS", "chendy", "家里停水了", "停水")

    receipt = haimen.wait_for_message("wrRESIDENTS", number)
    haimen.say("wrRESIDENTS", "wgxw", "水龙头坏了已换", quote=receipt["id"])
    question = haimen.wait_for_card("wrRESIDENTS", number, "解决了吗？", "已解决，满意")
    haimen.press_button(question, "chendy", "已解决，满意")
    haimen.wait_for_status(number, "CLOSED")

    case = haimen.case(number)
    assert [event["act"] for event in case["events"]] == [
        "report",
        "solve_in_grid",
        "deliver_answer",
        "verify",
        "rate",
    ]
    assert case["unit"] == "HM-HM-JF"
    assert haimen.box.messages("wrSW") == []

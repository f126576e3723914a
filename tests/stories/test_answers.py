"""件件有回音 over the real door: a report from nowhere is answered by telephone, one from a group by a channel."""

from datetime import timedelta

from tests.stories.town import MovableClock, StoryHarness

RUBBLE = "长江路静海路口工地门口建筑垃圾"


def bring_to_check(haimen: StoryHarness, number: str) -> None:
    haimen.say("wrDUTY", "duty1", f"/交办 {number} 城管局")
    haimen.wait_for_status(number, "DISPATCHED")
    haimen.say("wrCG", "cg1", f"/反馈 {number} 已清运")
    haimen.wait_for_status(number, "SUBMITTED")
    haimen.say("wrDUTY", "duty1", f"/核查 {number} 通过")
    haimen.wait_for_status(number, "CALLBACK")


def test_what_the_platform_accepts_is_an_answer(haimen: StoryHarness) -> None:
    number = haimen.report("wrINTAKE", "zhangsf", RUBBLE)
    bring_to_check(haimen, number)
    haimen.wait_for_message("wrINTAKE", number, "城管局已处理")
    haimen.wait_until(lambda: haimen.case(number)["replied_at"] is not None, "answered")
    assert "deliver_answer" in [event["act"] for event in haimen.case(number)["events"]]


def test_a_report_from_nowhere_is_closed_as_unreached_after_two_days(
    haimen: StoryHarness, clock: MovableClock
) -> None:
    body = {"text": RUBBLE, "reporter": "chendy", "source": "12345"}
    answer = haimen.api.post("/api/v1/reports", json=body).raise_for_status()
    number = answer.json()["number"]
    bring_to_check(haimen, number)
    haimen.wait_for_message("wrDUTY", number, "请打电话（号码：")
    refused = haimen.api.post(f"/api/v1/cases/{number}/acts/close", json={"actor": "duty1"})
    assert refused.status_code == 409, refused.text
    haimen.say("wrDUTY", "duty1", f"/回访 {number} 未接通")
    haimen.wait_for_message("wrDUTY", number, "请隔天再打一次")
    clock.move_to(clock.now + timedelta(days=1))
    haimen.say("wrDUTY", "duty1", f"/回访 {number} 还是没人接")
    haimen.wait_for_status(number, "CLOSED")
    case = haimen.case(number)
    assert case["replied_at"] is None
    assert case["unreached_at"] is not None

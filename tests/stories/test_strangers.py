"""Over the real doors: a stranger counts numbers up, a colleague speaks for the reporter; neither gets anywhere."""

from functools import partial

from tests.stories.town import StoryHarness, make_photo

RUBBLE = "长江路静海路口工地门口建筑垃圾"


def test_whoever_has_nothing_to_do_with_it_finds_nothing(haimen: StoryHarness) -> None:
    number = haimen.report("wrINTAKE", "zhangsf", RUBBLE)
    haimen.say("wrDUTY", "duty1", f"/交办 {number} 城管局")
    haimen.wait_for_status(number, "DISPATCHED")
    for chat, user in (("wrZJ", "zj1"), ("wrRESIDENTS", "chendy"), ("wrINTAKE", "wgxl")):
        never = haimen.say(chat, user, "/查 9876")
        there = haimen.say(chat, user, f"/查 {number}")
        card = haimen.say(chat, user, f"/卡片 {number}")
        for said in (never, there, card):
            assert said["delivered"]
        found_nothing = "你们手头没有编号" if chat == "wrZJ" else "没有找到编号"
        words = f"{found_nothing}「{number}」"
        haimen.wait_until(partial(_is_said, haimen, chat, words, 2), f"nothing found in {chat}")
        assert _count(haimen, chat, f"{found_nothing}「9876」") == 1
        assert "城管局" not in str(haimen.box.messages(chat)[-3:])
    found = haimen.api.get(f"/api/v1/cases/{number}/acts", params={"actor": "zj1"})
    unknown = haimen.api.get("/api/v1/cases/WG260330-9876/acts", params={"actor": "zj1"})
    assert (
        (found.status_code, found.json()["type"])
        == (unknown.status_code, unknown.json()["type"])
        == (404, "not_found")
    )
    refused = haimen.api.post(f"/api/v1/cases/{number}/acts/sign", json={"actor": "zj1"})
    assert refused.status_code == 404


def test_a_handler_who_repeats_the_reporters_words_closes_nothing(haimen: StoryHarness) -> None:
    number = haimen.report("wrINTAKE", "zhangsf", RUBBLE)
    haimen.say("wrCG", "cg2", RUBBLE)
    haimen.wait_for_message("wrCG", "一并跟进", number)
    haimen.say("wrDUTY", "duty1", f"/交办 {number} 城管局")
    haimen.wait_for_status(number, "DISPATCHED")
    haimen.say("wrCG", "cg1", f"/反馈 {number} 已清运", photos=[make_photo()])
    haimen.wait_for_status(number, "SUBMITTED")
    haimen.say("wrCG", "cg2", f"/核查 {number} 通过")
    haimen.wait_for_message("wrCG", number, "您不能核查")
    haimen.say("wrDUTY", "duty1", f"/核查 {number} 通过")
    haimen.wait_for_status(number, "CALLBACK")
    haimen.say("wrCG", "cg2", f"/评价 {number} 已解决 满意")
    haimen.wait_for_message("wrCG", "您不能评价")
    assert haimen.case(number)["status"] == "CALLBACK"
    haimen.say("wrINTAKE", "zhangsf", f"/评价 {number} 已解决 满意")
    haimen.wait_for_status(number, "CLOSED")


def _count(haimen: StoryHarness, chat: str, words: str) -> int:
    return sum(words in str(message.get("text") or "") for message in haimen.box.messages(chat))


def _is_said(haimen: StoryHarness, chat: str, words: str, times: int) -> bool:
    return _count(haimen, chat, words) == times

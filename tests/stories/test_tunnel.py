"""Story 7 (requirements D08, D09): the tunnel opens; everybody who asked is told, and then everybody."""

from tests.stories.town import MovableClock, StoryHarness

ASKED = "长江路隧道口交通拥堵，什么时候通车"
OPENS = "长江路隧道 8 月 27 日 10 时通车。"


def test_whoever_asked_about_the_tunnel_is_answered_and_then_all_are_told(
    haimen: StoryHarness, clock: MovableClock
) -> None:
    haimen.say("wrINTAKE", "zhangsf", ASKED)
    haimen.say("wrINTAKE", "liay", f"请问{ASKED}")
    haimen.say("wrRESIDENTS", "chendy", f"{ASKED}呀")
    haimen.wait_until(lambda: len(haimen.cases()) == 3, "three questions")

    haimen.say("wrDUTY", "duty1", f"/告知 隧道 {OPENS}")
    draft = haimen.wait_for_card("wrDUTY", "同意发布", "TZ260330-001")
    assert "3 位反映人（2 个会话）" in haimen.wait_for_message("wrDUTY", "已拟好")["text"]
    haimen.press_button(draft, "duty2", "同意发布")

    answer = haimen.wait_for_message("wrINTAKE", "您反映过「隧道」", OPENS)
    assert sorted(answer["mentions"]) == ["liay", "zhangsf"]
    assert haimen.wait_for_message("wrRESIDENTS", "您反映过「隧道」", OPENS)["mentions"] == ["chendy"]
    assert not _said(haimen, "wrCG", OPENS)

    haimen.say("wrDUTY", "duty1", f"/通知 {OPENS}请各位错峰出行。")
    haimen.wait_for_message("wrDUTY", "TZ260330-002")
    haimen.say("wrDUTY", "leader1", "/发布 TZ260330-002")
    for chat in ("wrINTAKE", "wrRESIDENTS", "wrCG", "wrZJ"):
        haimen.wait_for_message(chat, "【通知】", "错峰出行")


def _said(town: StoryHarness, chat: str, words: str) -> bool:
    return any(words in (message.get("text") or "") for message in town.box.messages(chat))

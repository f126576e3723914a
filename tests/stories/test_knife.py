"""Somebody with a knife, and who must not know of it: over the real doors, with the readers by default."""

from sandbox.world import single_chat_id
from tests.stories.town import StoryHarness, make_photo

LEADER = single_chat_id("AIB1", "leader1")


def test_who_asks_not_to_be_named_is_helped_like_anybody(haimen: StoryHarness) -> None:
    haimen.say("wrINTAKE", "zhangsf", "静海路88号有人拿刀打架，快来人，别说是我报的")
    haimen.wait_for_message("wrINTAKE", "不会透露是您说的")
    haimen.wait_for_message("wrGA", "新任务", "静海路88号")
    haimen.wait_for_message("wrINTAKE", "已通知公安局")
    haimen.press_button(haimen.wait_for_card("wrGA"), "ga1", "签收")
    haimen.wait_for_message("wrINTAKE", "已签收")


def test_who_is_called_saves_and_learns_nothing_else(haimen: StoryHarness) -> None:
    haimen.say("AIB1", "leader1", "你好")
    haimen.wait_for_message(LEADER, "")
    haimen.say("wrINTAKE", "zhangsf", "社区书记带人打我，头破血流，救命，长江路3号", photos=[make_photo()])
    haimen.wait_for_message("wrGA", "新任务", "长江路3号")
    haimen.wait_for_message("wrDUTY", "头破血流", "长江路3号")
    haimen.wait_for_message(LEADER, "书记")
    haimen.press_button(haimen.wait_for_card("wrGA", "头破血流"), "ga1", "签收")
    haimen.wait_for_message("wrGA", "button_list", "反馈结果")
    haimen.say("wrGA", "ga1", "/查 0001")
    haimen.wait_for_message("wrGA", "签收", "办理中")
    for group in ("wrGA", "wrDUTY", "wrCG"):
        for message in haimen.box.messages(group):
            assert "书记" not in f"{message.get('text')}{message.get('card')}"
            assert message["msgtype"] != "image"

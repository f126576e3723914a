"""Three riders report one manhole: one task, three receipts, three results; and what many ask, all are told."""

from datetime import datetime, timedelta

from tests.stories.conftest import SHANGHAI
from tests.stories.town import MovableClock, StoryHarness, make_photo

MANHOLE = "解放路15号门口窨井盖坏了"
WORDS = (f"{MANHOLE}，骑车差点摔进去", f"{MANHOLE}，刚才又有人摔了", f"{MANHOLE}，太危险了")
CARD = "新任务"


def test_three_riders_report_one_manhole_and_one_unit_gets_one_task(
    haimen: StoryHarness, clock: MovableClock
) -> None:
    haimen.say("wrINTAKE", "zhangsf", WORDS[0])
    first = haimen.wait_for_message("wrINTAKE", "已收到", "0001")
    haimen.say("wrINTAKE", "liay", WORDS[1])
    haimen.wait_for_message("wrINTAKE", "0002", "已有人反映，一并跟进")
    haimen.say("wrRESIDENTS", "chendy", WORDS[2])
    haimen.wait_for_message("wrRESIDENTS", "0003", "已有人反映，一并跟进")
    number, *joined = sorted(case["number"] for case in haimen.cases())
    assert number in first["text"]
    for one in joined:
        haimen.wait_for_status(one, "DUPLICATE")

    # It is urgent: dispatched by itself, and each further report is heard by the unit, but as no new task.
    unit = _unit_of(haimen, number)
    haimen.wait_for_message(unit, "又有人反映（共 3 件）")
    assert sum(CARD in (message.get("text") or "") for message in haimen.box.messages(unit)) == 1

    # One of the three turns out to be another one across the road.
    haimen.say("wrDUTY", "duty1", f"/拆分 {joined[0][-4:]} 是马路对面的另一个井盖")
    haimen.wait_for_status(joined[0], "ACCEPTED")
    haimen.wait_for_message("wrINTAKE", joined[0], "已单独办理")

    user = {"wrZJ": "zj1", "wrCG": "cg1", "wrSW": "sw1"}[unit]
    haimen.say(unit, user, f"/签收 {number[-4:]}")
    haimen.wait_for_message("wrINTAKE", number, "已签收")
    haimen.wait_for_message("wrRESIDENTS", joined[1], "已签收")
    haimen.say(unit, user, f"/反馈 {number[-4:]} 已换新井盖", photos=[make_photo("olive")])
    haimen.press_button(haimen.wait_for_card("wrDUTY", number, "核查通过"), "duty1", "核查通过")
    haimen.wait_for_message("wrINTAKE", number, "已换新井盖")
    haimen.wait_for_message("wrRESIDENTS", joined[1], "已换新井盖")
    question = haimen.wait_for_card("wrRESIDENTS", "解决了吗", joined[1])
    haimen.press_button(question, "chendy", "已解决，满意")
    haimen.wait_for_status(joined[1], "CLOSED")
    haimen.wait_for_message("wrRESIDENTS", joined[1], "感谢您的评价")
    # Whoever follows speaks for their own number: the first reporter has not answered yet.
    assert haimen.case(number)["status"] == "CALLBACK"
    haimen.press_button(haimen.wait_for_card("wrINTAKE", "解决了吗", number), "zhangsf", "已解决，满意")
    haimen.wait_for_status(number, "CLOSED")
    assert haimen.case(joined[0])["status"] == "ACCEPTED"


def test_three_alike_raise_a_topic_and_everyone_who_asked_is_told(
    haimen: StoryHarness, clock: MovableClock
) -> None:
    for user, chat, text in (
        ("zhangsf", "wrINTAKE", "长江路隧道口交通拥堵，什么时候通车"),
        ("liay", "wrINTAKE", "请问长江路隧道口交通拥堵，什么时候通车"),
        ("chendy", "wrRESIDENTS", "长江路隧道口交通拥堵，什么时候通车呀"),
    ):
        haimen.say(chat, user, text)
        clock.move_to(clock() + timedelta(minutes=1))
    haimen.wait_until(lambda: len(haimen.cases()) == 3, "three questions")

    told = haimen.wait_for_message("wrDUTY", "热点 T260330-1", "3 件，3 人反映")
    assert "张师傅" not in told["text"]
    haimen.say("wrDUTY", "duty1", "/情况报告 T1")
    haimen.wait_for_message("wrDUTY", "情况报告（草稿）")
    haimen.say("wrDUTY", "duty1", "/告知 T1 隧道 8 月 27 日 10 时通车。")
    haimen.wait_for_message("wrDUTY", "TZ260330-001 已拟好", "3 位反映人（2 个会话）")
    haimen.say("wrDUTY", "leader1", "/发布 TZ260330-001")
    answer = haimen.wait_for_message("wrINTAKE", "您反映过", "10 时通车")
    assert sorted(answer["mentions"]) == ["liay", "zhangsf"]
    haimen.wait_for_message("wrRESIDENTS", "您反映过", "10 时通车")
    assert clock() < datetime(2026, 3, 31, tzinfo=SHANGHAI)


def _unit_of(town: StoryHarness, number: str) -> str:
    """The handling group that got the task."""
    found: list[str] = []

    def tasked() -> bool:
        found.extend(
            chat
            for chat in ("wrZJ", "wrCG", "wrSW")
            if any(CARD in (m.get("text") or "") and number in m["text"] for m in town.box.messages(chat))
        )
        return bool(found)

    town.wait_until(tasked, f"a task for {number}")
    return found[0]

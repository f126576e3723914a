"""Story 10 (requirements D15): a rumour is forwarded, looked into on the spot, and cleared up where it went round."""

from datetime import datetime, timedelta

from sqlalchemy import select

from models.cases import Case
from models.database import Database
from models.notices import Notice
from tests.stories.conftest import SHANGHAI
from tests.stories.town import MovableClock, StoryHarness, make_photo

RUMOUR = "网上有谣言说解放新村有老人被打，视频都传开了，是真的吗"
CLEARED = "【辟谣】网传“解放新村有老人被打”不实，系两人搬家具时摔倒，请不要转发。"


def test_a_rumour_is_verified_and_cleared_up_in_the_groups_concerned(
    haimen: StoryHarness, clock: MovableClock, database: Database
) -> None:
    number = haimen.report("wrRESIDENTS", "chendy", RUMOUR, photos=[make_photo()])

    clock.move_to(datetime(2026, 3, 30, 9, 12, tzinfo=SHANGHAI))
    haimen.say("wrDUTY", "duty1", f"/核实 {number} 解放新村是否有老人被打")
    haimen.wait_for_message("wrRESIDENTS", number, "核实")
    clock.move_to(datetime(2026, 3, 30, 9, 30, tzinfo=SHANGHAI))
    haimen.say("wrRESIDENTS", "wgxw", f"/核实结果 {number} 没有打人，是搬家具时摔倒", photos=[make_photo()])
    haimen.wait_for_message("wrDUTY", number, "没有打人")

    haimen.say("wrDUTY", "duty1", f"/通知 海门街道 {CLEARED}")
    haimen.press_button(haimen.wait_for_card("wrDUTY", "同意发布"), "leader1", "同意发布")
    for chat in ("wrRESIDENTS", "wrINTAKE"):
        haimen.wait_for_message(chat, CLEARED)
    assert CLEARED not in str(haimen.box.messages("wrCG"))

    acts = [event["act"] for event in haimen.case(number)["events"]]
    assert acts == ["report", "survey", "survey_report"]
    with database.read() as session:
        opened = session.scalars(select(Case.opened_at)).one()
        sent = session.scalars(select(Notice.sent_at)).one()
    assert sent is not None
    assert timedelta(minutes=25) <= sent - opened < timedelta(minutes=26)

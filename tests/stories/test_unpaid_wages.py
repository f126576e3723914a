"""Story 4 (requirements A12): somebody else's unpaid wages, mediated in the town, 4,000 yuan recovered."""

from sqlalchemy import select

from models.cases import Case
from models.database import Database
from tests.stories.town import StoryHarness


def test_unpaid_wages_are_mediated_and_recovered(haimen: StoryHarness, database: Database) -> None:
    words = "解放路15号超市老板拖欠王大姐工资4000元，一直不给"
    number = haimen.report("wrINTAKE", "zhangsf", words, "拖欠工资")
    short = number[-4:]

    # To the town the supermarket lies in, not to whoever reported.
    haimen.say("wrDUTY", "duty1", f"/交办 {short} 海门街道")
    haimen.wait_for_message("wrDUTY", number, "没有处置群")
    haimen.say("wrINTAKE", "wgxw", f"/签收 {short}")
    haimen.wait_for_status(number, "IN_PROGRESS")
    haimen.say("wrINTAKE", "wgxw", f"/调解 {short} 双方到场对账，老板当场转账，追回工资 4000 元")
    haimen.wait_for_message("wrDUTY", number, "调解记录", "累计追回 4000 元")

    haimen.say("wrINTAKE", "wgxw", f"/反馈 {short} 调解成功，工资已付清")
    haimen.press_button(haimen.wait_for_card("wrDUTY", number, "核查通过"), "duty1", "核查通过")
    question = haimen.wait_for_card("wrINTAKE", number, "解决了吗")
    haimen.press_button(question, "zhangsf", "已解决，满意")
    haimen.wait_for_status(number, "CLOSED")
    with database.read() as session:
        assert session.scalars(select(Case.recovered_fen)).one() == 400_000

"""A petition letter is signed before its answer leaves; a matter goes up the levels, and down to its village.

Requirements B06 and A19, A20, B16, C17, over the real doors.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.config.loader import PACKAGE_ROOT
from models.database import Database
from models.organisation import Account, Chat, ChatUse, Person, Role, Unit
from models.staffing import Absence
from sandbox.world import single_chat_id
from tests.stories.town import MovableClock, StoryHarness, run_story

DEPUTY, VILLAGE = single_chat_id("AIB1", "duty2"), single_chat_id("AIB1", "wgxw")
SIGNED = "sign_offs:\n  - {source: 信访, signer: leader1, deputy: duty2}\n"
TOWN_CLOSES = "closing:\n  - {class: fac.lamp, level: 县}\n"


@pytest.fixture
def haimen(sqlite_database: Database, clock: MovableClock, tmp_path: Path) -> Iterator[StoryHarness]:
    """The office signs petition letters, and the county ends what is wrong with lamps."""
    limits = (PACKAGE_ROOT / "rules" / "limits.yaml").read_text(encoding="utf-8")
    limits = limits.replace("sign_offs: []\n", SIGNED).replace("closing: []\n", TOWN_CLOSES)
    path = tmp_path / "limits.yaml"
    path.write_text(limits, encoding="utf-8")
    rules = {"packs": [PACKAGE_ROOT / "rules" / "default.yaml"], "limits": path}
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    with run_story(tmp_path, url, clock, config={"rules": rules}) as people:
        yield people


def leave(database: Database, person: str, substitute: str, clock: MovableClock) -> None:
    """The person is away that day."""
    with database.write() as session:
        ids = {
            one: session.scalars(select(Person.id).where(Person.code == one)).one()
            for one in (person, substitute)
        }
        session.add(
            Absence(
                person_id=ids[person], substitute_id=ids[substitute],
                first=date(2026, 3, 30), last=date(2026, 3, 30), made_by=ids[person], made_at=clock.now,
            )
        )  # fmt: skip


def test_a_petition_letter_is_answered_once_it_is_signed(
    haimen: StoryHarness, sqlite_database: Database, clock: MovableClock
) -> None:
    leave(sqlite_database, "leader1", "duty2", clock)
    haimen.say("AIB1", "duty2", "你好")
    letter = {
        "text": "长江路静海路口工地门口建筑垃圾",
        "reporter": "zhangsf",
        "chat": "intake-hm",
        "source": "信访",
    }
    number = haimen.api.post("/api/v1/reports", json=letter).raise_for_status().json()["number"]
    short = number[-4:]
    haimen.wait_for_message("wrINTAKE", "已收到", number)
    haimen.press_button(haimen.wait_for_card("wrDUTY", number, "交办"), "duty1", "交办", unit=["HM-CG"])
    haimen.press_button(haimen.wait_for_card("wrCG", number, "签收"), "cg1", "签收")
    haimen.say("wrCG", "cg1", f"/反馈 {short} 已处理")
    haimen.press_button(haimen.wait_for_card("wrDUTY", number, "核查通过"), "duty1", "核查通过")

    asked = haimen.wait_for_card(DEPUTY, number, "退改")
    haimen.wait_for_message(DEPUTY, number, "核查通过，请审签。结果：已处理。")
    haimen.wait_for_message("wrCG", number, "核查通过，等值班二号、周主任审签，办结时限照走")
    assert haimen.case(number)["status"] == "SUBMITTED"
    assert haimen.case(number)["signoff_asked_at"] is not None
    haimen.say("wrCG", "cg1", f"/审签 {short} 同意")
    haimen.wait_for_message("wrCG", number, "您不能审签，这一步由值班二号、周主任来做")

    haimen.press_button(asked, "duty2", "退改")
    hint = haimen.wait_for_message(DEPUTY, number, "请引用本条", "退改")
    haimen.say("AIB1", "duty2", "写清运到哪里", quote=hint["id"])
    haimen.wait_for_message("wrCG", number, "值班二号审签退改，请重新办理：写清运到哪里")
    haimen.wait_for_status(number, "IN_PROGRESS")
    haimen.say("wrCG", "cg1", f"/反馈 {short} 已清运到青龙消纳场")
    haimen.wait_for_status(number, "SUBMITTED")
    haimen.say("wrDUTY", "duty1", f"/核查 {short} 通过")
    haimen.wait_for_message(DEPUTY, number, "已清运到青龙消纳场")
    assert not any("消纳场" in str(message) for message in haimen.box.messages("wrINTAKE"))
    haimen.say("AIB1", "duty2", f"/审签 {short} 同意")
    haimen.wait_for_message("wrINTAKE", number, "已清运到青龙消纳场")
    haimen.wait_for_status(number, "CALLBACK")
    assert [event["act"] for event in haimen.case(number)["events"]][:9] == [
        "report", "assign", "sign", "feedback", "verify", "sign_off", "feedback", "verify", "sign_off",
    ]  # fmt: skip


def staff_village_and_town(database: Database) -> None:
    """The town has an officer at its desk; cg1 works for the town here, and so does the group of cg1."""
    with database.write() as session:
        town = session.scalars(select(Unit).where(Unit.code == "HM-HM")).one()
        officer = Person(code="hmduty", name="街道值班", role=Role.DUTY, unit_id=town.id)
        session.add(officer)
        session.flush()
        account = session.scalars(select(Account).where(Account.user_id == "zj1")).one()
        account.person_id = officer.id
        session.scalars(select(Person).where(Person.code == "cg1")).one().unit_id = town.id
        group = session.scalars(select(Chat).where(Chat.chat_id == "wrCG")).one()
        group.unit_id, group.use = town.id, ChatUse.HANDLING


def test_a_matter_goes_up_to_the_county_and_down_to_its_village(
    haimen: StoryHarness, sqlite_database: Database
) -> None:
    staff_village_and_town(sqlite_database)
    haimen.say("AIB1", "wgxw", "你好")
    haimen.wait_for_message(VILLAGE, "")
    number = haimen.report("wrINTAKE", "zhangsf", "解放路15号路灯不亮")
    short = number[-4:]
    haimen.say("wrDUTY", "duty1", f"/提级 {short} 镇 社区没有电工")
    haimen.wait_for_message(
        "wrDUTY", number, "已提级（镇街部门）：社区没有电工。请海门街道 海门街道联络员牵头。"
    )
    haimen.say("wrDUTY", "duty1", f"/提级 {short} 县 灯杆归属不清")
    haimen.wait_for_message("wrDUTY", number, "已提级（区县）：灯杆归属不清。请海门区 周主任牵头。")
    assert haimen.case(number)["level"] == 2

    haimen.say("wrDUTY", "duty1", f"/交办 {short} 海门街道")
    haimen.press_button(haimen.wait_for_card("wrCG", number, "签收"), "cg1", "签收")
    haimen.wait_for_status(number, "IN_PROGRESS")
    due = haimen.case(number)["due_at"]
    haimen.say("wrCG", "cg1", f"/下派 {short} 住建局")
    haimen.wait_for_message("wrCG", number, "不能下派给住建局，只能是下面的村居或网格", "解放社区")
    haimen.say("wrCG", "cg1", f"/下派 {short} 解放社区 看看是哪根灯杆")
    haimen.wait_for_message(VILLAGE, number, "海门街道请你们去办。要求：看看是哪根灯杆。")
    haimen.press_button(haimen.wait_for_card(VILLAGE, number, "协办完成"), "wgxw", "报到")
    haimen.say("AIB1", "wgxw", f"/协办完成 {short} 15 号门口那根，灯泡已换")
    haimen.wait_for_message("wrCG", number, "网格员小王（下派）：15 号门口那根，灯泡已换。请看过以后发 /反馈")
    assert haimen.case(number)["due_at"] == due
    haimen.say("wrCG", "cg1", f"/反馈 {short} 灯泡已换")
    haimen.wait_for_status(number, "SUBMITTED")

    haimen.say("AIB1", "zj1", f"/核查 {short} 通过")
    haimen.wait_for_message(
        single_chat_id("AIB1", "zj1"), number, "这类事要区县一级才能核查，请海门区的值班员来做"
    )
    haimen.say("wrDUTY", "duty1", f"/核查 {short} 通过")
    haimen.wait_for_message("wrINTAKE", number, "灯泡已换")
    assert [event["act"] for event in haimen.case(number)["events"]][:8] == [
        "report", "raise", "raise", "assign", "sign", "send_down", "check_in", "partner_done",
    ]  # fmt: skip

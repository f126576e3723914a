"""A group that the bot only hears: its people are answered by another door, or by somebody who can speak there."""

import pytest
from sqlalchemy import select

from handlers.notifications import relays
from handlers.wording import groups
from models.messages import TextPush
from models.organisation import Chat
from models.workflow import Status
from tests.archived import ALONE, BOTH, ArchivedDistrict
from tests.district import LAMP


def test_where_the_bot_can_speak_nothing_is_carried(archived: ArchivedDistrict) -> None:
    archived.district.enter("chendy")
    archived.hear(BOTH, "chendy", LAMP)
    assert "已收到" in archived.district.last_text("wrRESIDENTS")


def test_a_receipt_goes_to_the_persons_own_conversation(archived: ArchivedDistrict) -> None:
    people = archived.district
    people.enter("chendy")
    people.enter("wgxw")
    archived.hear(ALONE, "chendy", LAMP)
    assert "已收到" in people.last_text("chendy")
    assert (people.pushes(ALONE), len(people.pushes("wgxw"))) == ([], 1)


def test_else_the_grid_officer_is_asked_to_paste_the_words(archived: ArchivedDistrict) -> None:
    people = archived.district
    people.enter("wgxw")
    archived.hear(ALONE, "wangas", LAMP)
    asked = people.last_text("wgxw")
    assert asked.startswith(
        "我不能在「海棠居民群」里说话。请把下面这段复制到群里，当作答复：\n\n解放路15号路灯不亮〔"
    )
    archived.hear(ALONE, "wangas", "/查 0001")
    assert "请把下面这段复制到群里" in people.last_text("wgxw")


def test_else_the_desk_is(archived: ArchivedDistrict) -> None:
    archived.hear(ALONE, "wangas", LAMP)
    assert "请把下面这段复制到群里" in archived.district.chat_text("wrDUTY")


@pytest.fixture
def told(archived: ArchivedDistrict) -> ArchivedDistrict:
    """A result that the grid officer was asked to carry."""
    people = archived.district
    people.enter("wgxw")
    archived.hear(ALONE, "wangas", LAMP)
    people.say("wrDUTY", "duty1", "/交办 0001 住建局")
    people.say("wrZJ", "zj1", "/反馈 0001 已修好", photos=1)
    people.say("wrDUTY", "duty1", "/核查 0001 通过")
    return archived


def test_a_result_that_somebody_carries_is_no_answer_until_they_did(told: ArchivedDistrict) -> None:
    people = told.district
    assert people.deliver_results() == 0
    assert (people.case().status, people.case().replied_at) == (Status.CALLBACK, None)
    relayed = [push.text for push in people.pushes("wgxw") if isinstance(push.body, TextPush)][-1]
    pasted = relayed.partition("\n\n")[2]
    assert told.hear(ALONE, "chendy", pasted) != "talk.carried"
    assert told.hear(ALONE, "wgxw", pasted) == "talk.carried"
    assert people.case().replied_at is not None
    assert people.events(people.case())[-1].text == groups.ANSWERED_IN_GROUP
    assert told.hear(ALONE, "wangas", "/评价 0001 满意") == "act.rate"


def test_a_notice_for_everybody_is_forwarded(archived: ArchivedDistrict) -> None:
    people = archived.district
    people.enter("wgxw")
    with people.database.write() as session:
        group = session.scalars(select(Chat).where(Chat.chat_id == ALONE)).one()
        [row] = relays.build_rows(
            session, group, TextPush("明天停水"), for_everybody=True, key="k", env=people.env, now=people.now
        )
        to = session.get_one(Chat, row["chat_id"])
    assert (to.chat_id, row["body"]["text"]) == ("wgxw", "请转发到「海棠居民群」：\n\n明天停水")


def test_what_the_reporter_of_a_joined_case_hears_goes_to_no_other_reporter(
    archived: ArchivedDistrict,
) -> None:
    people = archived.district
    for user in ("wangas", "wgxw"):
        people.enter(user)
    archived.hear(ALONE, "wangas", LAMP)
    archived.hear(ALONE, "chendy", LAMP)
    joined = people.case()
    assert joined.parent_id is not None
    people.say("wrDUTY", "duty1", "/交办 0001 住建局")
    assert joined.number not in people.chat_text("wangas")
    assert joined.number in people.chat_text("wgxw")

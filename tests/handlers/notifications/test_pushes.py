"""From an audience to chats, and when a push may leave."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.environment import unit_chats
from handlers.environment.snapshot import Environment
from handlers.notifications import pushes
from models.messages import TextPush
from models.organisation import Chat
from tests.district import RUBBLE, District

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        (("22:00", "07:00"), local(30, 21, 59), local(30, 21, 59)),
        (("22:00", "07:00"), local(30, 22), local(31, 7)),
        (("22:00", "07:00"), local(30, 23, 30), local(31, 7)),
        (("22:00", "07:00"), local(30, 0, 30), local(30, 7)),
        (("22:00", "07:00"), local(30, 6, 59), local(30, 7)),
        (("22:00", "07:00"), local(30, 7), local(30, 7)),
        (("12:00", "14:00"), local(30, 13), local(30, 14)),
        (("12:00", "14:00"), local(30, 15), local(30, 15)),
        ((None, None), local(30, 3), local(30, 3)),
        (("22:00", None), local(30, 23), local(30, 23)),
    ],
)
def test_quiet_hours_end_when_they_say(
    env: Environment, quiet: tuple[str | None, str | None], now: datetime, until: datetime
) -> None:
    chat = Chat(quiet_from=quiet[0], quiet_to=quiet[1])
    assert pushes.quiet_until(chat, env, now=now) == until


@settings(deadline=None)
@given(start=st.times(), end=st.times(), later=st.timedeltas(timedelta(0), timedelta(days=2)))
def test_after_the_quiet_hours_it_is_no_longer_quiet(
    env: Environment, start: time, end: time, later: timedelta
) -> None:
    chat = Chat(quiet_from=f"{start:%H:%M}", quiet_to=f"{end:%H:%M}")
    now = local(30, 0) + later
    until = pushes.quiet_until(chat, env, now=now)
    assert now <= until <= now + timedelta(days=1)
    assert pushes.quiet_until(chat, env, now=until) == until


def quieten(district: District, chat_id: str) -> None:
    with district.database.write() as session:
        chat = session.get_one(Chat, district.chat(chat_id).id)
        chat.quiet_from, chat.quiet_to = "09:00", "12:00"


def test_quiet_hours_hold_news_but_not_answers(district: District) -> None:
    quieten(district, "wrDUTY")
    district.say("wrINTAKE", "zhangsf", RUBBLE)
    assert {said.row.not_before for said in district.pushes("wrDUTY")} == {local(30, 12)}
    district.say("wrDUTY", "duty1", "/查 0001")
    assert district.pushes("wrDUTY")[-1].row.not_before == district.now


def test_quiet_hours_hold_nothing_urgent(district: District) -> None:
    quieten(district, "wrDUTY")
    district.say("wrRESIDENTS", "chendy", "解放新村3幢燃气泄漏味道很重")
    assert {said.row.not_before for said in district.pushes("wrDUTY")} == {district.now}


def test_a_section_without_a_group_is_told_in_its_departments(district: District) -> None:
    with district.database.read() as session:
        chats = unit_chats.handling_chats(session, district.unit("HM-GA-JJ").id)
        assert [chat.chat_id for chat in chats] == ["wrGA"]


def test_a_village_is_looked_after_by_the_desk_above_it(district: District) -> None:
    with district.database.read() as session:
        area = district.unit("HM-HM-JF-1").id
        assert [chat.chat_id for chat in unit_chats.duty_chats(session, area)] == ["wrDUTY"]
        assert [chat.chat_id for chat in unit_chats.duty_chats(session, None)] == ["wrDUTY"]


def test_a_push_is_stored_as_data_with_its_lane(district: District) -> None:
    chat = district.chat("wrCG")
    with district.database.write() as session:
        env, now = district.env, district.now
        pushes.enqueue(session, pushes.push_row(chat, TextPush("你好"), key="k", env=env, now=now, merge="m"))
    row = district.pushes("wrCG")[-1].row
    assert (row.lane, row.kind, row.merge_key, row.channel) == (str(chat.id), "text", "m", "grid")
    assert row.body == {"text": "你好", "mentions": []}

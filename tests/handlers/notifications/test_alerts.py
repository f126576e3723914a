"""Who hears that something will not arrive."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from handlers.notifications import alerts
from models.organisation import Chat
from models.pushes import Push
from tests.district import District


@pytest.fixture
def district(sqlite_district: District) -> District:
    return sqlite_district


def lost(district: District, chat: str, *, at: datetime | None = None, gone: bool = True) -> bool:
    """The newest push of this chat is parked."""
    with district.database.write() as session:
        place = session.scalars(select(Chat).where(Chat.chat_id == chat)).one()
        place.gone_at = district.now if gone else None
        push = session.scalars(
            select(Push).where(Push.chat_id == place.id).order_by(Push.id.desc()).limit(1)
        ).one()
        return alerts.alert_undelivered(session, push, district.env, now=at or district.now)


def test_the_desk_hears_of_a_chat_that_is_gone_and_what_to_do(district: District) -> None:
    district.dispatch_case()
    assert lost(district, "wrCG")
    assert "送不到「城管处置群」：机器人不在这个群里了" in district.last_text("wrDUTY")


def test_it_hears_once_a_day_for_each_chat(district: District) -> None:
    district.dispatch_case()
    assert lost(district, "wrCG")
    assert not lost(district, "wrCG", at=district.now + timedelta(hours=1))
    assert lost(district, "wrINTAKE", gone=False)
    assert lost(district, "wrCG", at=district.now + timedelta(days=1))


def test_nothing_of_what_was_said_is_repeated(district: District) -> None:
    case = district.dispatch_case()
    lost(district, "wrCG", gone=False)
    assert "一直没有能送到的通道" in district.last_text("wrDUTY")
    assert case.number not in district.last_text("wrDUTY")
    assert case.text not in district.last_text("wrDUTY")


def test_whose_private_chat_it_was_the_group_does_not_read(district: District) -> None:
    district.say("zhangsf", "zhangsf", "/帮助", direct=True)
    assert lost(district, "zhangsf")
    assert "一位人员的私聊" in district.last_text("wrDUTY")
    assert "张师傅" not in district.last_text("wrDUTY")


def test_a_desk_that_is_gone_itself_is_not_told_into_the_void(district: District) -> None:
    district.report_case()
    before = len(district.pushes("wrDUTY"))
    lost(district, "wrDUTY")
    assert len(district.pushes("wrDUTY")) == before

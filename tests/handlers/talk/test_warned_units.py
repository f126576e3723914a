"""A unit that was rung for a danger, before the desk gave anybody the case: it may ask and answer."""

from dataclasses import replace

import pytest

from models.workflow import Status
from tests.district import District


@pytest.fixture
def district(sqlite_district: District) -> District:
    """A fight, which rings the police in their own group; nobody has it yet."""
    sqlite_district.env = replace(sqlite_district.env, auto_dispatch="never")
    sqlite_district.say("wrINTAKE", "zhangsf", "静海路88号有人拿刀打架，快来人")
    assert sqlite_district.case().unit_id is None
    return sqlite_district


def test_what_the_unit_answers_reaches_the_desk(district: District) -> None:
    quote = district.last_text("wrGA")
    assert "预警" in quote
    assert district.say("wrGA", "ga1", "到现场了，人已经拉开，没有人受伤", quote=quote) == "act.add"
    assert "人已经拉开" in district.chat_text("wrDUTY")
    assert district.case().status == Status.NEW


def test_it_asks_by_number_and_another_unit_does_not(district: District) -> None:
    number = district.case().number
    assert district.say("wrGA", "ga1", f"/查 {number}") == "command.show"
    district.say("wrCG", "cg1", f"/查 {number}")
    assert "没有编号" in district.last_text("wrCG")


def test_with_the_assignment_to_another_it_ends(district: District) -> None:
    """They hear where the danger went, as a former unit does, and nothing of what happens then."""
    number = district.case().number
    district.say("wrDUTY", "duty1", f"/交办 {number} 城管局")
    district.advance(minutes=5)
    district.say("wrCG", "cg1", f"{number[-4:]}签收，派了三个人去")
    district.say("wrGA", "ga1", f"/查 {number}")
    assert "由城管局办理" in district.last_text("wrGA")
    assert "三个人" not in district.last_text("wrGA")


def test_what_they_say_then_is_answered_with_who_has_it(district: District) -> None:
    number = district.case().number
    district.say("wrDUTY", "duty1", f"/交办 {number} 城管局")
    assert district.say("wrGA", "ga1", f"{number[-4:]}我们也派人去了") == "talk.ask_signing"
    assert "由城管局办理" in district.last_text("wrGA")
    assert "sign" not in district.acts()

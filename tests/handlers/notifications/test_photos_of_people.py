"""A photo of the result that shows somebody in distress is not posted to a group."""

import pytest

from models.pushes import Push
from tests.district import District

HURT = "解放路15号门口有个老人摔倒了，头破血流起不来"
LAMP = "解放路15号路灯不亮"


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and rights: which database it is cannot matter."""
    return sqlite_district


def finish(district: District, chat: str, text: str, *, direct: bool) -> None:
    district.say(chat, "zhangsf", text, direct=direct)
    number = district.case().number
    for command in ("交办", "转办"):  # who is in danger was sent somebody at once
        district.say("wrDUTY", "duty1", f"/{command} {number} 城管局")
    district.say("wrCG", "cg1", f"/签收 {number}")
    district.say("wrCG", "cg1", f"/反馈 {number} 已处理", photos=1)
    district.say("wrDUTY", "duty1", f"/核查 {number} 通过")


def photos(district: District, chat: str) -> list[Push]:
    return [said.row for said in district.pushes(chat) if said.row.kind == "photo"]


def test_who_was_hurt_is_not_shown_to_the_group_that_reported(district: District) -> None:
    finish(district, "wrINTAKE", HURT, direct=False)
    assert district.case().class_id == "med.emergency"
    assert photos(district, "wrINTAKE") == []
    assert photos(district, "wrDUTY")
    assert "照片" not in district.last_text("wrINTAKE")


def test_a_lamp_is_and_in_private_the_reporter_sees_whom_they_reported(district: District) -> None:
    finish(district, "wrINTAKE", LAMP, direct=False)
    assert photos(district, "wrINTAKE")
    finish(district, "zhangsf", HURT, direct=True)
    assert photos(district, "zhangsf")

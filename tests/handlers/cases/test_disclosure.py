"""Behind which door somebody lives, and whose numbers a report accuses: who reads it, and who does not."""

import pytest

from handlers.cases.privacy import mask
from handlers.cases.privacy.rooms import mask_rooms
from tests.district import District

FLAT = "长江路88号3栋2单元1203室门口建筑垃圾"
FIRE = "解放新村3幢2单元1203室燃气泄漏味道很重"
SCAM = "有人打13812345678冒充客服让我转账，在解放新村3幢，我的电话13900001111"


@pytest.fixture
def district(sqlite_district: District) -> District:
    return sqlite_district


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("3栋2单元1203室漏水", "3栋2单元****室漏水"),
        ("3-2-1203", "3-2-****"),
        ("三栋二单元一二〇三", "三栋二单元****"),
        ("静海路88号302", "静海路88号****"),
        ("我家住1203", "我家住****"),
        ("12楼B室", "12楼****室"),
        ("3栋302、303和304都漏", "3栋****、****和****都漏"),
        ("1203、1204室", "****、****室"),
        ("2单元5号", "2单元****号"),
    ],
)
def test_a_room_is_no_place(said: str, read: str) -> None:
    assert mask_rooms(said) == read
    assert mask_rooms(read) == read


@pytest.mark.parametrize(
    "said",
    [
        "静海路88号3栋2单元", "静海路88号12楼", "三室两厅", "3号楼300多户", "8号楼2023年建", "12弄303号", "328国道",
        "2026-11-29 13:45", "〔WG261121-0031〕", "12345热线", "88号 110来过", "100-200元", "灯杆编号3-1203", "地下室",
    ],
)  # fmt: skip
def test_houses_buildings_and_entrances_are_shown(said: str) -> None:
    assert mask_rooms(said) == said


def test_the_lead_unit_reads_the_room_once_it_has_signed(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", FLAT)
    district.tick(district.advance(minutes=2))
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    assert "1203" not in district.chat_text("wrCG")
    assert "3栋2单元****室" in district.chat_text("wrCG")
    district.say("wrCG", "cg1", "/签收 0001")
    assert "1203" in district.last_card("wrCG").body
    assert "1203室" in dict(district.last_card("wrCG").rows)["地点"]
    district.say("wrDUTY", "duty1", "/协办 0001 住建局")
    for chat in ("wrINTAKE", "wrDUTY", "wrZJ"):
        assert "1203" not in district.chat_text(chat), chat


def test_who_has_to_do_with_the_door_reads_it_in_private(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", FLAT.replace("长江路88号", "解放社区解放新村"))
    district.tick(district.advance(minutes=2))
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    reads = {}
    for user in ("zhangsf", "wgxw", "cg1", "duty1", "leader1"):
        district.say(user, user, "/查 0001", direct=True)
        reads[user] = "1203" in district.last_text(user)
    assert reads == {"zhangsf": True, "wgxw": True, "cg1": False, "duty1": False, "leader1": False}
    district.say("wrCG", "cg1", "/签收 0001")
    district.say("cg1", "cg1", "/查 0001", direct=True)
    assert "1203" in district.last_text("cg1")


def test_in_danger_whoever_is_called_reads_the_room_at_once(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", FIRE)
    assert "1203室" in district.chat_text("wrDUTY")
    district.say("wrDUTY", "duty1", "/转办 0001 城管局")
    assert "1203室" in district.chat_text("wrCG")
    assert "1203" not in district.chat_text("wrINTAKE")
    district.say("wrDUTY", "duty1", "/协办 0001 住建局")
    assert "1203室" in district.chat_text("wrZJ")
    assert "1203" not in district.chat_text("wrSW")


def test_numbers_of_the_accused_are_for_the_lead_unit(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", SCAM)
    district.say("wrDUTY", "duty1", "/改类 0001 safe.fraud")
    district.say("wrDUTY", "duty1", "/交办 0001 公安局")
    assert "13812345678" in district.chat_text("wrGA")
    assert "13900001111" not in district.chat_text("wrGA")
    district.say("wrDUTY", "duty1", "/协办 0001 城管局")
    for chat in ("wrINTAKE", "wrDUTY", "wrCG"):
        assert "13812345678" not in district.chat_text(chat), chat


def test_a_plate_that_is_the_matter_is_for_the_lead_unit(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", "解放新村3幢门口苏F12345乱停车堵了路")
    district.say("wrDUTY", "duty1", "/改类 0001 traffic.parking")
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    assert "苏F12345" in district.chat_text("wrCG")
    assert "苏F12345" not in district.chat_text("wrDUTY") + district.chat_text("wrINTAKE")


def test_news_of_a_restricted_case_is_passed_over_in_a_group(district: District) -> None:
    district.say("wrINTAKE", "liay", "城管队员收了商户的红包，在长江路88号")
    case = district.case()
    assert case.restricted
    district.say("wrCG", "liay", "我报的那个怎么样了")
    assert case.number not in district.chat_text("wrCG")
    assert "长江路88号" not in district.chat_text("wrCG")
    district.say("liay", "liay", "我报的那个怎么样了", direct=True)
    assert case.number in district.last_text("liay")


@pytest.mark.parametrize("words", ["我报的那个怎么样了", "/我的", "已经解决了", "怎么还没人来"])
def test_what_was_reported_in_private_is_not_shown_to_a_group_as_ones_own(
    district: District, words: str
) -> None:
    district.say("liay", "liay", "长江路88号棋牌室半夜吵得睡不着", direct=True)
    case = district.case()
    district.say("wrINTAKE", "liay", words)
    assert case.number not in district.chat_text("wrINTAKE")
    assert "棋牌室" not in district.chat_text("wrINTAKE")
    district.say("liay", "liay", "/我的", direct=True)
    assert case.number[-4:] in district.last_text("liay")


def test_what_is_repeated_in_a_group_names_nobody(district: District) -> None:
    district.dispatch_case()
    district.say("wrCG", "cg1", "/退单 我叫张小明13812345678")
    assert "13812345678" not in district.chat_text("wrCG")
    assert "张小明" not in district.chat_text("wrCG")


def test_topics_and_the_public_read_no_room() -> None:
    assert mask("静海路88号1203室", "张三") == "静海路88号****室"

"""Whom a case concerns beside its reporter, and the money: who may read what of it."""

import pytest

from handlers.cases.secrecy.parties import find_side
from models.cases import Case
from models.parties import PartySide
from tests.district import District

NAME, PHONE = "贺兰明珠", "13812345678"
BOSS, BOSS_PHONE = "钱老五", "13987654321"
WAGES = "解放路15号超市老板拖欠工资4000元，一直不给"


@pytest.fixture
def wages(district: District) -> Case:
    return district.report_case(f"{WAGES}，{NAME}在那里上班")


def tell(district: District, said: str, *, user: str = "duty1") -> str:
    return district.say(user, user, f"/当事人 0001 {said}", direct=True)


def test_the_wronged_is_protected_like_a_reporter_and_the_accused_goes_to_who_leads(
    district: District, wages: Case
) -> None:
    assert tell(district, f"{NAME} {PHONE} 被欠薪人") == "act.add_party"
    assert tell(district, f"{BOSS} {BOSS_PHONE} 老板") == "act.add_party"
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    assert (BOSS in district.chat_text("wrCG"), BOSS_PHONE in district.chat_text("wrCG")) == (True, True)
    for user, chat in (("cg1", "wrCG"), ("duty1", "wrDUTY")):
        district.say(chat, user, "/查 0001")
        district.say(chat, user, "/卡片 0001")
    seen = "\n".join(push.text for push in district.pushes())
    assert PHONE not in seen
    after = "\n".join(push.text for push in district.pushes("wrCG"))
    assert (NAME in after, "当事人在那里上班" in after) == (False, True)
    elsewhere = "\n".join(push.text for chat in ("wrDUTY", "wrINTAKE") for push in district.pushes(chat))
    assert BOSS_PHONE not in elsewhere
    assert not any(PHONE in event.text for event in district.events())
    assert not any(PHONE in message.text for message in district.messages())
    assert district.say("cg1", "cg1", "/查看联系人 0001 上门核对", direct=True) == "act.reveal"
    assert all(word in district.last_text("cg1") for word in (NAME, PHONE, BOSS))
    assert district.find_drift() == {}


def test_in_a_group_or_by_others_it_is_refused_and_nothing_is_repeated(
    district: District, wages: Case
) -> None:
    assert district.say("wrDUTY", "duty1", f"/当事人 0001 {NAME} {PHONE} 被欠薪人") == "refused.not_allowed"
    assert "私聊" in district.last_text("wrDUTY")
    for said in (NAME, f"{NAME} {PHONE}", f"{'长' * 41} {PHONE} 被欠薪人"):
        assert tell(district, said) == "refused.missing_need"
    assert tell(district, f"{NAME} {PHONE} 被欠薪人", user="zj1") == "refused.not_found"
    assert PHONE not in "\n".join(push.text for push in district.pushes())


def test_the_same_relation_again_puts_it_right(district: District, wages: Case) -> None:
    tell(district, f"{NAME} {PHONE} 被欠薪人")
    tell(district, f"{NAME} 13811112222 被欠薪人")
    district.say("duty1", "duty1", "/查看联系人 0001 回电", direct=True)
    assert (PHONE in district.last_text("duty1"), "13811112222" in district.last_text("duty1")) == (
        False,
        True,
    )


@pytest.mark.parametrize(
    ("relation", "side"),
    [
        ("老板", PartySide.ACCUSED), ("被投诉人", PartySide.ACCUSED), ("欠薪方", PartySide.ACCUSED), ("对方", PartySide.ACCUSED),
        ("被欠薪人", PartySide.WRONGED), ("老板的妻子", PartySide.WRONGED), ("受害人", PartySide.WRONGED), ("家属", PartySide.WRONGED),
    ],
)  # fmt: skip
def test_only_who_is_plainly_accused_is_told_to_the_unit(relation: str, side: PartySide) -> None:
    assert find_side(relation) is side


def test_money_asked_and_recovered_stand_beside_each_other(district: District, wages: Case) -> None:
    assert district.say("wrDUTY", "duty1", "/涉及金额 0001 1.2万元") == "act.claim"
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    district.say("wrCG", "cg1", "/签收 0001")
    district.say("wrCG", "cg1", "/调解 0001 老板先付一半，追回 6000 元")
    case = district.case()
    assert (case.asked_fen, case.recovered_fen) == (1_200_000, 600_000)
    district.say("wrCG", "cg1", "/查 0001")
    assert "涉及 12000 元，追回 6000 元" in district.last_text("wrCG")
    assert district.say("wrCG", "cg1", "/涉及金额 0001 很多") == "refused.missing_need"
    assert district.say("wrCG", "cg1", "/涉及金额 0001 99999999999 元") == "refused.missing_need"
    assert district.find_drift() == {}

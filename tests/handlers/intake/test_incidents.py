"""Cries for help: a case at once, the place asked once, and one incident of many cries."""

import pytest

from models.cases import Case
from models.messages import TextPush
from models.workflow import Status
from tests.district import RUBBLE, District

FIRE = "着火了着火了"
CRIERS = ("zhangsf", "liay", "wangjz", "chendy")


def texts(district: District, chat: str) -> list[str]:
    return [said.text for said in district.pushes(chat) if isinstance(said.body, TextPush)]


def rings(district: District, chat: str) -> int:
    """How often somebody is called by name in a chat."""
    bodies = [said.body for said in district.pushes(chat)]
    return sum(isinstance(body, TextPush) and bool(body.mentions) for body in bodies)


def is_follower(case: Case) -> bool:
    return case.status == Status.DUPLICATE


def family(district: District) -> tuple[Case, list[Case]]:
    first, *others = district.cases()
    return first, others


@pytest.mark.parametrize("addressed", [True, False])
@pytest.mark.parametrize("cry", [FIRE, "救命啊救命啊", "煤气泄漏煤气泄漏", "着——火——了"])
def test_a_cry_is_a_case_at_once_and_rings_the_desk(
    sqlite_district: District, cry: str, addressed: bool
) -> None:
    assert sqlite_district.say("wrINTAKE", "zhangsf", cry, addressed=addressed) == "case.opened"
    assert sqlite_district.case().urgent
    assert rings(sqlite_district, "wrDUTY") == 1


def test_the_first_answer_asks_where_and_nothing_asks_again(sqlite_district: District) -> None:
    district = sqlite_district
    district.say("wrINTAKE", "zhangsf", FIRE)
    answer, *_ = texts(district, "wrINTAKE")
    assert "按紧急事件马上报值班员" in answer
    assert "在什么地方？" in answer
    district.tick(district.advance(minutes=3))
    assert "".join(texts(district, "wrINTAKE")).count("在什么地方？") == 1
    assert district.say("wrINTAKE", "zhangsf", "解放路15号") == "act.place"
    assert district.case().place == "解放路15号"


def test_who_says_where_is_not_asked(sqlite_district: District) -> None:
    sqlite_district.say("wrINTAKE", "zhangsf", "解放路15号着火了着火了")
    assert "在什么地方" not in sqlite_district.chat_text("wrINTAKE")


@pytest.mark.parametrize("before", ["路灯不亮", RUBBLE])
def test_nothing_said_before_holds_a_cry_up(sqlite_district: District, before: str) -> None:
    district = sqlite_district
    district.say("wrINTAKE", "zhangsf", before)
    assert district.say("wrINTAKE", "zhangsf", FIRE, addressed=False) == "case.opened"
    cry = district.cases()[-1]
    assert (cry.urgent, cry.text, cry.class_id) == (True, FIRE, "safe.fire")


def test_another_danger_of_the_same_person_is_another_case(sqlite_district: District) -> None:
    district = sqlite_district
    district.say("wrINTAKE", "zhangsf", FIRE)
    assert district.say("wrINTAKE", "zhangsf", "有人掉河里了快来人") == "case.opened"
    assert [case.class_id for case in district.cases()] == ["safe.fire", "safe.drown"]
    assert not any(map(is_follower, district.cases()))


def test_cries_of_many_are_one_incident_that_all_follow(district: District) -> None:
    for who in CRIERS:
        assert district.say("wrINTAKE", who, FIRE, addressed=False) == "case.opened"
        district.advance(seconds=40)
    first, others = family(district)
    assert not is_follower(first)
    assert [(case.status, case.parent_id) for case in others] == [(Status.DUPLICATE, first.id)] * 3
    assert "同一种危险" in district.events(others[0])[-1].text
    assert district.find_drift() == {}


def test_the_first_and_every_fifth_cry_ring_and_the_desk_reads_each(sqlite_district: District) -> None:
    district = sqlite_district
    heard = []
    for number in range(6):
        district.say("wrINTAKE", f"crier{number}", FIRE, addressed=False)
        heard.append(rings(district, "wrDUTY"))
        district.advance(seconds=95)
    assert heard == [1, 1, 1, 1, 2, 2]
    assert "共 6 件" in district.chat_text("wrDUTY")


def test_another_place_splits_it_off(sqlite_district: District) -> None:
    district = sqlite_district
    district.say("wrINTAKE", "zhangsf", "解放路15号着火了")
    district.say("wrINTAKE", "liay", "长江路88号着火了", addressed=False)
    district.say("wrINTAKE", "wangjz", "解放路着火了快来", addressed=False)
    first, (other, third) = family(district)
    assert not is_follower(other)
    assert third.parent_id == first.id
    assert rings(district, "wrDUTY") == 2


def test_after_ten_minutes_and_in_another_chat_it_is_another(sqlite_district: District) -> None:
    district = sqlite_district
    district.say("wrINTAKE", "zhangsf", FIRE)
    district.advance(minutes=11)
    district.say("wrINTAKE", "liay", FIRE)
    district.say("wrRESIDENTS", "chendy", FIRE)
    assert [is_follower(case) for case in district.cases()] == [False] * 3


def test_whoever_speaks_of_their_own_life_is_heard_alone(sqlite_district: District) -> None:
    district = sqlite_district
    district.say("wrINTAKE", "zhangsf", "我不想活了")
    district.say("wrINTAKE", "liay", "我也不想活了")
    assert [is_follower(case) for case in district.cases()] == [False] * 2
    assert rings(district, "wrDUTY") >= 2


def test_what_is_told_of_a_danger_minutes_later_belongs_to_it(sqlite_district: District) -> None:
    sqlite_district.say("wrINTAKE", "zhangsf", "解放路15号3栋煤气泄漏，味道好大")
    sqlite_district.advance(minutes=6)
    assert sqlite_district.say("wrINTAKE", "zhangsf", "二楼味道最重", addressed=False) == "case.added"
    sqlite_district.advance(minutes=11)
    assert (
        sqlite_district.say("wrINTAKE", "zhangsf", "今晚味道好像散了点吧大家", addressed=False)
        != "case.added"
    )


def test_danger_that_goes_on_is_where_its_reporter_was_and_is_still_asked_for(
    sqlite_district: District,
) -> None:
    district = sqlite_district
    district.say("wrINTAKE", "zhangsf", "静海路88号店老板推了我一把，他还骂人")
    district.advance(minutes=2)
    district.say("wrINTAKE", "zhangsf", "现在他又拿刀出来追我了")
    _, danger = district.cases()
    assert danger.urgent
    assert danger.place.startswith("静海路88号")
    assert "在什么地方？" in "".join(texts(district, "wrINTAKE"))
    district.advance(minutes=30)
    district.say("wrINTAKE", "zhangsf", "又有人拿刀追人")
    assert not district.cases()[-1].place.startswith("静海路")

"""To what is urgent the units that save are called, beside the one that has the case."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from models.cases import Assignment
from models.clocks import ClockRow
from models.workflow import Status, Step
from tests.district import GAS, District

TRAPPED = "解放新村3幢电梯困人，里面有个老人昏迷了"


@pytest.fixture
def district(sqlite_district: District) -> District:
    return sqlite_district


def partners(district: District) -> set[str]:
    units = {district.unit(code).id: code for code in ("HM-WJ", "HM-XF", "HM-GA", "HM-RQ", "HM-SCJG")}
    with district.database.read() as session:
        shares = session.scalars(select(Assignment).where(Assignment.role == "assist")).all()
    return {units[share.unit_id] for share in shares}


def test_ambulance_and_fire_brigade_are_called_to_a_lift(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", TRAPPED)
    case = district.case()
    assert (case.urgent, case.status) == (True, Status.DISPATCHED)
    assert case.unit_id == district.unit("HM-SCJG").id
    assert partners(district) == {"HM-WJ", "HM-XF"}
    assert district.acts() == ["report", "assign", "whistle"]
    with district.database.read() as session:
        arriving = session.scalars(select(ClockRow).where(ClockRow.step == Step.ARRIVE)).all()
    assert len(arriving) == 2
    assert "已吹哨" in district.chat_text("wrDUTY")


def test_of_several_in_danger_those_with_a_group_hear_and_may_come(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", "解放新村3幢燃气泄漏，有人拿刀不让人进去关阀门")
    case = district.case()
    assert case.unit_id == district.unit("HM-GA").id
    assert "HM-RQ" in partners(district)
    assert case.number in district.chat_text("wrGA")
    assert district.say("wrGA", "ga1", f"/签收 {case.number}") == "act.sign"


def test_who_has_the_case_is_not_called_again(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", GAS)
    assert district.acts() == ["report", "assign"]
    assert partners(district) == set()


def test_what_is_not_urgent_calls_nobody(district: District) -> None:
    district.report_case()
    assert district.acts() == ["report"]


def test_where_nothing_is_dispatched_they_are_warned_and_owe_nothing(district: District) -> None:
    district.env = replace(district.env, auto_dispatch="never")
    district.say("wrINTAKE", "zhangsf", "解放新村3幢电梯困人，外面有人拿刀砍门")
    assert "预警" in district.chat_text("wrGA")
    assert district.acts() == ["report"]
    assert partners(district) == set()


def test_a_second_cry_for_the_same_calls_nobody_twice(district: District) -> None:
    for user in ("zhangsf", "liay"):
        district.say("wrINTAKE", user, TRAPPED)
        district.tick(district.advance(minutes=2))
    whistles = [event.act for case in district.cases() for event in district.events(case)].count("whistle")
    assert whistles == 1


@pytest.mark.parametrize(
    ("said", "number", "advice"),
    [
        ("解放路15号粉店一股好大的煤气味，里面还有人在吃粉", "119", "不开关电器"),
        ("解放新村5幢楼道里的电动车烧起来了，快救火", "119", "不坐电梯"),
        ("快来人！解放路口小车把一个骑电动车的撞飞了，人趴地上不动", "120", "不要随意搬动"),
        ("解放路菜鸟驿站门口电线挂断了，掉在积水里冒火星", "119", "不要碰电线"),
        ("望江桥下面有个小孩掉水里了", "119", "不要盲目下水"),
    ],
)
def test_whoever_reports_a_danger_reads_how_to_keep_alive(
    district: District, said: str, number: str, advice: str
) -> None:
    district.say("wrINTAKE", "zhangsf", said)
    receipt = next(push.text for push in district.pushes("wrINTAKE") if "危急时先拨打" in push.text)
    assert f"危急时先拨打 {number}" in receipt
    assert advice in receipt

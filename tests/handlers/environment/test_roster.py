"""Who is only talked of stays unnamed (issue 10, B7)."""

from dataclasses import replace
from unittest.mock import Mock

import pytest

from handlers.environment.roster import KnownPeople, Roster, load_people
from handlers.environment.snapshot import load_unit_facts
from models.organisation import Account, Person, Role
from tests.district import District


@pytest.fixture(scope="module")
def roster() -> KnownPeople:
    return KnownPeople(
        (
            "王小明",
            "欧阳娜娜",
            "江海",
            "阿不都·热西提",
            "张师傅",
            "值班一号",
            "wangxm_88",
            "wangxm_8",
            "li.si-1",
            "13812345678",
            "duty",
        ),
        places=("江海路", "王小明故居", "wangxm_88广场"),
    )


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("隔壁王小明天天吵", "隔壁某某天天吵"),
        ("王 小 明和欧阳娜娜打架", "某某和某某打架"),
        ("阿不都·热西提的店", "某某的店"),
        ("找wangxm_88问", "找某某问"),
        ("找WangXM_88问", "找某某问"),
        ("找wangxm_8、wangxm_88和LI.SI-1", "找某某、某某和某某"),
        ("打138 1234 5678找他，别打138123456789", "打某某找他，别打138123456789"),
        ("wangxm_88广场有坑", "wangxm_88广场有坑"),
        ("江海路有坑，江海说的", "江海路有坑，某某说的"),
        ("王小明故居漏水", "王小明故居漏水"),
        ("awangxm_88b 是编号", "awangxm_88b 是编号"),
        ("张师傅和值班一号来过", "张师傅和值班一号来过"),
    ],
)
def test_people_of_the_roster(roster: KnownPeople, said: str, read: str) -> None:
    assert roster.mask_people(said) == read
    assert roster.mask_people(read) == read


def test_who_works_on_the_case_keeps_their_name(roster: KnownPeople) -> None:
    assert roster.mask_people("王小明来过", on_case={"王小明"}) == "王小明来过"


def test_a_number_of_the_roster_is_known(roster: KnownPeople) -> None:
    assert "13812345678" in roster.numbers
    assert "13812345679" not in roster.numbers
    assert "13812345678" not in KnownPeople().numbers


def test_a_roster_is_read_when_somebody_asks() -> None:
    """A process that only receives or sends has no use for the names of 200,000 people."""
    load = Mock(return_value=KnownPeople(("王小明",)))
    roster = Roster(load)
    assert (roster.is_read, load.call_count) == (False, 0)
    assert roster.mask_people("王小明来过") == roster.mask_people("王小明来过") == "某某来过"
    assert (roster.is_read, load.call_count) == (True, 1)


def test_no_push_names_a_person_who_is_only_talked_of(district: District) -> None:
    with district.database.write() as session:
        person = Person(code="p1", name="赵铁柱", role=Role.RESIDENT, unit_id=None)
        session.add(person)
        session.flush()
        session.add(Account(person_id=person.id, provider="wecom", user_id="ztz_1988"))
    with district.database.read() as session:
        people = load_people(session, load_unit_facts(session))
    district.env = replace(district.env, roster=Roster(lambda: people))

    district.say(
        "wrINTAKE", "zhangsf", "静海路20号赵 铁 柱（ztz_1988）门口垃圾成堆没人管，电话 138 1234 5678"
    )
    district.say("wrDUTY", "duty1", f"/交办 {district.case().tail} 城管局")

    for push in district.pushes():
        for secret in ("赵铁柱", "赵 铁 柱", "ztz_1988", "1234 5678"):
            assert secret not in push.text
    assert "某某" in district.chat_text("wrCG")

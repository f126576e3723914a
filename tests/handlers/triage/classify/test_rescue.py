"""Urgent rings who can save: 急救, 公安, 消防, or whoever shuts off what endangers people; never only a caretaker."""

import json
from pathlib import Path

import pytest

from handlers.triage import engine
from handlers.triage.classify.rescue import RescueTable
from handlers.triage.engine import Classifier
from handlers.triage.rules.packs import Pack
from handlers.triage.types import Facts, UnitFact

DANGERS = Path(__file__).parents[3] / "data" / "danger.jsonl"
ROWS = [json.loads(line) for line in DANGERS.read_text(encoding="utf-8").splitlines()]
URGENT = [row for row in ROWS if row["urgent"]]
PEOPLE = {"卫健委", "公安局", "消防救援大队"}
"""Who saves people, whatever endangers them."""
SHUT_OFF = {"供电公司", "燃气公司"}
"""Who makes current and gas harmless, which nobody can save people from before."""
BY_CLASS = {
    # label of the line: one of these is called
    "safe.fire": {"消防救援大队"},
    "safe.drown": {"消防救援大队", "公安局"},
    "safe.elevator": {"消防救援大队"},
    "safe.security": {"公安局"},
    "safe.fraud": {"公安局"},
    "fac.collapse": {"消防救援大队", "卫健委", "住建局"},
    "fac.manhole": {"消防救援大队", "卫健委", "住建局"},
    "fac.cable": {"供电公司"},
    "util.gas": {"燃气公司"},
    "civil.dog": {"公安局"},
    "safe.production": {"消防救援大队", "卫健委"},
}


@pytest.fixture(scope="module")
def city(pack: Pack) -> Classifier:
    """Every unit of the class table, and a property company that claims whatever happens in its estates."""
    names = sorted({info.unit for info in pack.classes.values()} | PEOPLE | SHUT_OFF)
    offices = [UnitFact(f"U-{name}", name, "department", name, "U") for name in names]
    keeper = UnitFact("U-物业", "物业公司", "enterprise", "物业", "U", keywords=("物业", "小区", "栋", "楼"))
    return engine.build_classifier(
        pack, [UnitFact("U", "海门区", "district"), UnitFact("U-T", "镇", "town", "", "U"), *offices, keeper]
    )


def called(city: Classifier, text: str, class_id: str, lead: str | None) -> set[str]:
    units = {*city.find_rescuers(text, class_id, near=["U-T"]), *([lead] if lead else [])}
    return {unit.removeprefix("U-") for unit in units}


def test_every_class_has_somebody_who_saves_when_it_is_urgent(pack: Pack) -> None:
    table = RescueTable(pack)
    for class_id in pack.classes:
        names = {name for units in table.list_units(class_id, "快来人") for name in units}
        assert names & (PEOPLE | SHUT_OFF | {"住建局"}), class_id


@pytest.mark.parametrize("row", URGENT, ids=lambda row: row["id"])
def test_danger_as_people_cry_it_rings_who_saves(city: Classifier, row: dict[str, str]) -> None:
    seen = city.triage(row["text"], facts=Facts(chat_unit="U-T"))
    rung = called(city, row["text"], seen.class_id, seen.unit)
    assert rung & (PEOPLE | SHUT_OFF), (seen.class_id, rung)
    if wanted := BY_CLASS.get(row.get("class", "")):
        assert rung & wanted, (seen.class_id, rung)


def test_the_fire_of_an_estate_is_not_the_caretakers(city: Classifier) -> None:
    seen = city.triage("物业！我们小区3栋楼道着火了，全是烟", facts=Facts(chat_unit="U-T"))
    assert (seen.urgent, seen.unit) == (True, "U-消防救援大队")
    # What is no danger is theirs as before.
    assert city.triage("小区物业不修单元门", facts=Facts(chat_unit="U-T")).unit == "U-物业"


def test_who_is_unconscious_in_an_estate_gets_an_ambulance(city: Classifier) -> None:
    text = "小区门口有个保安倒地不起没有呼吸了，物业也不管"
    seen = city.triage(text, facts=Facts(chat_unit="U-T"))
    assert seen.urgent
    assert "卫健委" in called(city, text, seen.class_id, seen.unit)


def test_a_manhole_without_its_cover_calls_nobody_else(city: Classifier) -> None:
    text = "人民路路口的井盖没了"
    seen = city.triage(text, facts=Facts(chat_unit="U-T"))
    assert called(city, text, seen.class_id, seen.unit) == {"住建局"}


def test_the_first_that_the_district_has_is_called(pack: Pack) -> None:
    units = [
        UnitFact("U", "海门区", "district"),
        UnitFact("A", "急救中心", "department", "", "U"),
        UnitFact("B", "卫健委", "department", "", "U"),
    ]
    both, one = (engine.build_classifier(pack, some) for some in (units, [units[0], units[2]]))
    assert both.find_rescuers("有人昏迷", "other", near=["U"]) == ("A",)
    assert one.find_rescuers("有人昏迷", "other", near=["U"]) == ("B",)

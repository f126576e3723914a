from handlers.triage.types import Facts, UnitFact
from handlers.triage.unit_directory import UnitDirectory


def directory(*more: UnitFact) -> UnitDirectory:
    return UnitDirectory(
        [
            UnitFact("D", "东区", "district"),
            UnitFact("D-CG", "东区城市管理局", "department", "城管局", "D"),
            UnitFact("D-T", "东镇", "town", "", "D"),
            UnitFact("D-T-V", "河口村", "village", "", "D-T"),
            UnitFact("E", "西区", "district"),
            UnitFact("E-CG", "西区城市管理局", "department", "城管局", "E"),
            *more,
        ]
    )


def test_an_office_is_found_by_its_short_name_in_its_own_district() -> None:
    assert directory().find_office("城管局", "D") == "D-CG"
    assert directory().find_office("城管局", "E") == "E-CG"


def test_an_office_two_districts_have_is_unknown_without_a_district() -> None:
    assert directory().find_office("城管局", None) is None


def test_an_office_is_found_by_the_end_of_its_official_name() -> None:
    assert directory().find_office("城市管理局", "D") == "D-CG"


def test_an_office_nobody_has_is_none() -> None:
    assert directory().find_office("气象局", "D") is None


def test_the_town_of_a_village_is_its_parent() -> None:
    town = directory().find_town("D-T-V")
    assert town is not None
    assert town.code == "D-T"


def test_a_ring_of_parents_does_not_hang() -> None:
    ring = UnitDirectory([UnitFact("A", "甲", "town", "", "B"), UnitFact("B", "乙", "town", "", "A")])
    assert [unit.code for unit in ring.iter_ancestors("A")] == ["A", "B"]


def test_of_two_units_that_share_a_place_the_finest_near_the_chat_wins() -> None:
    assert directory().locate_unit(["D-T", "D-T-V"], Facts(chat_unit="D-T-V")) == "D-T-V"

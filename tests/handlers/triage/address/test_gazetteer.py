"""Which lines of a list of places become names, and what a long list does to understanding."""

import pytest

from handlers.triage import engine
from handlers.triage.address import gazetteer
from handlers.triage.address.gazetteer import NO_NAME, ORDINARY, TOO_LONG, TOO_SHORT, NameFilter, split_names
from handlers.triage.rules.packs import Pack
from handlers.triage.types import Facts, PlaceFact
from tests.handlers.triage.conftest import UNITS


@pytest.fixture(scope="module")
def sieve(pack: Pack) -> NameFilter:
    return NameFilter(pack, frozenset({"阳光", "胜利路", "地下停车场", "浪漫"}))


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("静海路", ["静海路"]),
        ("湘雅医院(东门)", ["湘雅医院"]),
        ("龟山路/隆园五路(路口)", ["龟山路", "隆园五路"]),
        ("标志·浪漫满屋", ["标志浪漫满屋"]),
        ("ＢＯＢＯ天下城", ["bobo天下城"]),
        (" （）", []),
    ],
)
def test_a_line_of_a_map_as_people_say_it(line: str, names: list[str]) -> None:
    assert list(split_names(line)) == names


@pytest.mark.parametrize(
    ("name", "objection"),
    [
        ("小区", TOO_SHORT),
        ("g319", NO_NAME),
        ("31", NO_NAME),
        ("停车场", ORDINARY),
        ("11站台", ORDINARY),
        ("2号楼", ORDINARY),
        ("建筑垃圾", ORDINARY),
        ("阳光", TOO_SHORT),
        ("中国烟草湖南中烟工业有限责任公司长沙卷烟厂", TOO_LONG),
        ("静海路", None),
        ("胜利路", None),
        ("三一大道", None),
        ("八一路", None),
        ("163医院", None),
        ("桃花", TOO_SHORT),
    ],
)
def test_what_is_no_name_is_told_why(sieve: NameFilter, name: str, objection: str | None) -> None:
    assert sieve.explain_rejection(name) == objection


def test_two_characters_are_a_name_where_somebody_says_whose(sieve: NameFilter) -> None:
    assert sieve.explain_rejection("桃花", has_owner=True) is None
    assert sieve.explain_rejection("小区", has_owner=True) == ORDINARY
    assert sieve.explain_rejection("公园", has_owner=True) == ORDINARY


def test_a_name_with_its_unit_tells_where_a_report_lies(pack: Pack) -> None:
    understanding = engine.build_classifier(pack, UNITS, [PlaceFact("印象汇", "HM-SX")])
    place = understanding.triage("印象汇路灯不亮", facts=Facts(chat_unit="HM-HM")).place
    assert place is not None
    assert (place.text, place.unit) == ("印象汇", "HM-SX")


def test_a_name_without_a_unit_is_a_place_in_the_town_of_the_group(pack: Pack) -> None:
    understanding = engine.build_classifier(pack, UNITS, [PlaceFact("印象汇")])
    place = understanding.triage("说的是印象汇路灯不亮", facts=Facts(chat_unit="HM-HM")).place
    assert place is not None
    assert (place.text, place.unit) == ("印象汇", "HM-HM")


def test_a_name_in_another_town_beats_the_town_of_the_group(pack: Pack) -> None:
    place = (
        engine.build_classifier(pack, UNITS).triage("叠石桥路灯不亮", facts=Facts(chat_unit="HM-HM")).place
    )
    assert place is not None
    assert place.unit == "HM-SX"


def test_of_one_name_in_two_towns_that_of_the_group_counts(pack: Pack) -> None:
    twice = [PlaceFact("印象汇", "HM-SX"), PlaceFact("印象汇", "HM-HM"), PlaceFact("印象汇")]
    place = (
        engine.build_classifier(pack, UNITS, twice)
        .triage("印象汇路灯不亮", facts=Facts(chat_unit="HM-HM"))
        .place
    )
    assert place is not None
    assert place.unit == "HM-HM"


def test_names_are_kept_as_they_are_matched() -> None:
    assert list(gazetteer.split_names("A区广场")) == ["a区广场"]

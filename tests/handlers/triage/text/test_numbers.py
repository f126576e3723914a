import pytest

from handlers.triage import engine
from handlers.triage.rules.packs import Pack
from handlers.triage.text import numbers
from handlers.triage.types import Facts, PlaceFact
from tests.handlers.triage.conftest import UNITS


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("长江路三幺二号", "长江路312号"),
        ("长江路三百一十二号", "长江路312号"),
        ("二十三号楼", "23号楼"),
        ("十号楼两单元", "10号楼2单元"),
        ("三栋五零二", "3栋502"),
        ("一百零八弄", "108弄"),
        ("东三路十字路口", "东三路十字路口"),
        ("五一路", "五一路"),
        ("23号楼", "23号楼"),
    ],
)
def test_a_place_said_is_the_place_written(said: str, written: str) -> None:
    assert numbers.to_figures(said) == written


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("163医院", {"一六三医院"}),
        ("12号码头", {"一二号码头", "十二号码头"}),
        ("20号院", {"二零号院", "二十号院"}),
        ("静海路", set()),
    ],
)
def test_a_name_with_figures_has_other_names(name: str, others: set[str]) -> None:
    assert set(numbers.spell_figures(name)) == others


@pytest.mark.parametrize("number", ["312号", "三幺二号", "三百一十二号"])
def test_a_number_in_words_belongs_to_its_road(haimen: engine.Classifier, number: str) -> None:
    place = haimen.triage(f"长江路{number}门口路灯不亮", facts=Facts(chat_unit="HM")).place
    assert place is not None
    assert (place.text, place.unit, place.level) == (f"长江路{number}门口", "HM-HM", "number")


@pytest.mark.parametrize("place", ["解放新村3栋502", "解放新村三栋五零二", "解放新村二十三号楼"])
def test_house_and_room_may_be_said_or_written(haimen: engine.Classifier, place: str) -> None:
    found = haimen.triage(f"{place}漏水", facts=Facts(chat_unit="HM")).place
    assert found is not None
    assert (found.text, found.unit) == (place, "HM-HM-JF")


def test_a_place_with_figures_is_known_by_its_spoken_name(pack: Pack) -> None:
    understanding = engine.build_classifier(pack, UNITS, [PlaceFact("163医院", "HM-SX")])
    place = understanding.triage("一六三医院门口路灯不亮", facts=Facts(chat_unit="HM-HM")).place
    assert place is not None
    assert place.unit == "HM-SX"

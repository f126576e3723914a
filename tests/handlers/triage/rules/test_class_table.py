"""A class is looked up by id or Chinese name in one place."""

import pytest

from handlers.triage.rules import class_table
from handlers.triage.rules.packs import Pack


@pytest.mark.parametrize(
    ("words", "part_of_name", "expected"),
    [
        ("fac.lamp", False, "fac.lamp"),
        ("路灯不亮", False, "fac.lamp"),
        ("路灯", False, None),
        ("路灯", True, "fac.lamp"),
        ("垃圾", True, None),
        ("", False, None),
        ("", True, None),
    ],
)
def test_a_class_is_found_by_id_name_or_the_only_name_that_holds_the_words(
    pack: Pack, words: str, *, part_of_name: bool, expected: str | None
) -> None:
    found = class_table.find_class(pack.classes, words, by_part_of_name=part_of_name)
    assert (found.id if found else None) == expected


def test_names_that_hold_the_words_are_suggested_before_those_that_are_like_them(pack: Pack) -> None:
    assert class_table.suggest_names(pack.classes, "垃圾") == ["暴露垃圾", "垃圾箱满溢", "积存建筑垃圾渣土"]
    assert "路灯不亮" in class_table.suggest_names(pack.classes, "路灯不凉")
    assert class_table.suggest_names(pack.classes, "") == []


def test_a_class_knows_its_line(pack: Pack) -> None:
    assert pack.classes["env.rubbish"].source.endswith("classes.csv:2")

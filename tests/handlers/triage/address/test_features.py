"""What is looked at in an address."""

from hypothesis import given
from hypothesis import strategies as st

from handlers.triage.address.features import build_marks, split_units


def of(text: str, at: int, endings: str = "") -> set[str]:
    """The marks of one unit."""
    return set(build_marks(text, split_units(text), endings)[at])


def test_a_run_of_digits_is_one_unit() -> None:
    assert split_units("长风路128号") == [(0, 1), (1, 2), (2, 3), (3, 6), (6, 7)]


def test_only_the_length_of_a_number_is_seen() -> None:
    assert of("128号", 0) == of("739号", 0)
    assert {"[0]", "[3位]", "[3位]号", "^[3位]"} <= of("128号", 0)
    assert "[5位]" in of("1234567", 0)


def test_full_width_letters_and_digits_are_read_as_plain_ones() -> None:
    assert build_marks("Ａ１２室", split_units("Ａ１２室"), "") == build_marks(
        "a12室", split_units("a12室"), ""
    )


def test_a_unit_is_seen_with_its_neighbours_and_the_borders() -> None:
    assert {"[中]", "^[中]", "[中]路", "^^[]", "[]路$", "[]·$"} <= of("中路", 0)


def test_the_next_ending_is_seen_from_afar_and_the_last_one_too() -> None:
    assert {"[]…路", "[]2…路", "号…[]", "号…[]…路"} <= of("1号青年路", 2, "路号")
    assert {"[]…$", "路…[0]号"} <= of("青年路12号", 3, "路")


def test_what_was_said_before_is_known_when_it_is_said_again() -> None:
    again = build_marks("东沟东沟", split_units("东沟东沟"), "")
    assert ["[]=" in unit for unit in again] == [False, False, True, False]
    assert ["=[]" in unit for unit in again] == [False, False, False, True]


def test_no_mark_holds_a_space() -> None:
    assert not any(
        mark.split() != [mark]
        for unit in build_marks("a 路\n1", split_units("a 路\n1"), "路")
        for mark in unit
    )


@given(st.text(max_size=30))
def test_units_cover_the_text_in_order_and_each_has_marks(text: str) -> None:
    where = split_units(text)
    assert "".join(text[start:end] for start, end in where) == text
    assert len(build_marks(text, where, "路")) == len(where)


def test_where_no_endings_are_looked_for_only_the_nearest_are_seen() -> None:
    seen = build_marks("长江路3号", split_units("长江路3号"), None)
    assert seen[2] == ["[路]", "江[路]", "[路]0", "长江[]", "[]0号", "江[路]0"]

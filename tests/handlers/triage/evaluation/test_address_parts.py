"""Scores of address parts, counted by hand."""

from handlers.triage.evaluation.address_parts import describe_parts
from handlers.triage.types import AddressPart

ROAD, NUMBER, TOWN = AddressPart("road", 0, 3), AddressPart("roadno", 3, 7), AddressPart("town", 0, 3)


def test_a_part_counts_where_type_and_both_ends_are_right() -> None:
    told = describe_parts([([ROAD, NUMBER], [ROAD, NUMBER]), ([ROAD, NUMBER], [AddressPart("road", 0, 4)])])
    assert told["road"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "rows": 2}
    assert told["roadno"] == {"precision": 1.0, "recall": 0.5, "f1": 0.6667, "rows": 2}
    # 2 of 4 parts found, by 3 said: F1 is 2 · 2 / 7.
    assert (told["rows"], told["micro_f1"]) == (2, 0.5714)


def test_a_type_that_is_in_no_address_costs_the_sum_and_is_not_listed() -> None:
    told = describe_parts([([ROAD], [ROAD, TOWN])])
    assert "town" not in told
    assert told["micro_f1"] == 0.6667


def test_addresses_without_parts_score_nothing() -> None:
    assert describe_parts([([], [])]) == {"rows": 1, "micro_f1": 0.0}

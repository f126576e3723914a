"""Reading addresses by weights written by hand, and by learned ones."""

from itertools import pairwise, product

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from handlers.triage.address import parser
from handlers.triage.address.parser import AddressParser
from handlers.triage.learning import address_training
from handlers.triage.rules.packs import Pack
from handlers.triage.rules.schema import PartRules
from handlers.triage.types import AddressPart
from tests.handlers.triage import addresses

BY_HAND = """
endings: 路 号
types:
  road:
    begin: {start: -1, words: {2: "[]…路"}}
    inside: {words: {1: "[]1…路"}}
    end: {start: -2, words: {9: "[路]"}}
    next: {3: roadno}
  roadno:
    begin: {words: {4: "[0]"}}
    end: {words: {4: "[号]"}}
  outside:
    only: {}
"""


@pytest.fixture(scope="module")
def by_hand() -> AddressParser:
    return AddressParser(PartRules.model_validate(yaml.safe_load(BY_HAND)))


@pytest.fixture(scope="module")
def learned() -> AddressParser:
    rows = map(address_training.parse_address, addresses.rows(300))
    return AddressParser(address_training.learn(list(rows)).rules)


def test_weights_written_by_hand_read_a_road_and_its_number(by_hand: AddressParser) -> None:
    assert by_hand.parse("长风路128号") == (AddressPart("road", 0, 3), AddressPart("roadno", 3, 7))


def test_what_is_outside_of_every_part_is_not_told(by_hand: AddressParser) -> None:
    assert by_hand.parse("12号。") == (AddressPart("roadno", 0, 3),)


def test_nothing_has_no_parts(by_hand: AddressParser) -> None:
    assert by_hand.parse("") == ()


def test_each_part_can_say_by_which_marks_it_was_read(by_hand: AddressParser) -> None:
    heaviest = by_hand.explain_part("长风路128号", AddressPart("road", 0, 3))[0]
    assert (heaviest.word, heaviest.start, heaviest.weight, heaviest.side) == ("[路]", 2, 9, "road")


def test_offsets_count_in_the_text_as_it_was_given(by_hand: AddressParser) -> None:
    assert by_hand.parse("长风路１２８号") == (AddressPart("road", 0, 3), AddressPart("roadno", 3, 7))


def test_an_address_nobody_has_seen_is_read_by_what_names_are_like(learned: AddressParser) -> None:
    text = "云溪镇石榴路7号"
    read = [(part.type, text[part.start : part.end]) for part in learned.parse(text)]
    assert read == [("town", "云溪镇"), ("road", "石榴路"), ("roadno", "7号")]


@given(st.text(alphabet="东沟镇长风路红星村小区花园0123456789号幢- ，aＡ\n", max_size=40))
def test_parts_never_overlap_and_lie_inside_the_text(learned: AddressParser, text: str) -> None:
    parts = learned.parse(text)
    assert all(0 <= part.start < part.end <= len(text) for part in parts)
    assert all(before.end <= after.start for before, after in pairwise(parts))


@given(st.text(max_size=20))
def test_any_text_at_all_is_read(learned: AddressParser, by_hand: AddressParser, text: str) -> None:
    assert learned.parse(text) == learned.parse(text)
    assert all(part.end <= len(text) for part in by_hand.parse(text))


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_no_other_reading_has_a_higher_sum(seed: int, length: int) -> None:
    chance = np.random.default_rng(seed)
    scores = chance.integers(-9, 9, size=(length, 4, 2)).astype(np.int64)
    follow = chance.integers(-9, 9, size=(2, 2)).astype(np.int64)
    best = [(piece.first, piece.last, piece.type) for piece in parser.find_best_reading(scores, follow)]
    others = (
        [(first, last, kind) for (first, last), kind in zip(cut, kinds, strict=True)]
        for cut in cuts(length)
        for kinds in product(range(2), repeat=len(cut))
    )
    assert worth(best, scores, follow) == max(worth(each, scores, follow) for each in others)


def cuts(length: int) -> list[list[tuple[int, int]]]:
    if not length:
        return [[]]
    return [[*rest, (at, length - 1)] for at in range(length) for rest in cuts(at)]


def worth(pieces: list[tuple[int, int, int]], scores: parser.Ints, follow: parser.Ints) -> int:
    said = sum(
        scores[first, parser.ONLY, kind]
        if first == last
        else scores[first, parser.BEGIN, kind]
        + scores[first + 1 : last, parser.INSIDE, kind].sum()
        + scores[last, parser.END, kind]
        for first, last, kind in pieces
    )
    return int(said + sum(follow[before[2], after[2]] for before, after in pairwise(pieces)))


def test_the_shipped_pack_reads_a_plain_address(pack: Pack) -> None:
    assert pack.parts
    text = "通州市平潮镇长风路128号锦绣花园5幢302室"
    read = {part.type: text[part.start : part.end] for part in AddressParser(pack.parts).parse(text)}
    assert (read["town"], read["road"], read["roadno"]) == ("平潮镇", "长风路", "128号")
    assert (read["poi"], read["roomno"]) == ("锦绣花园", "302室")

"""Learning parts from addresses made up for these tests."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.triage.address.features import build_marks, split_units
from handlers.triage.address.parser import AddressParser
from handlers.triage.learning import address_training, pack_writer
from handlers.triage.learning.address_training import LabelledAddress, LearnedParts
from handlers.triage.learning.label_training import LearningError
from handlers.triage.rules import packs
from handlers.triage.rules.packs import PackError
from handlers.triage.types import AddressPart
from tests.handlers.triage import addresses

MADE_UP = [address_training.parse_address(row) for row in addresses.rows(240)]


@pytest.fixture(scope="module")
def learned() -> LearnedParts:
    return address_training.learn(MADE_UP, words=40)


def test_the_same_addresses_give_the_same_file_to_the_byte(learned: LearnedParts) -> None:
    again = address_training.learn(MADE_UP, words=40)
    assert pack_writer.dump_addresses(again) == pack_writer.dump_addresses(learned)


def test_what_is_written_is_what_is_read(learned: LearnedParts, tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text(pack_writer.dump_addresses(learned), encoding="utf-8")
    assert packs.load_pack([tmp_path / "pack.yaml"]).parts == learned.rules


def test_no_type_has_more_weights_than_asked_for(learned: LearnedParts) -> None:
    assert 0 < learned.count_most_words() <= 40


def test_the_file_lists_the_heaviest_marks_first(learned: LearnedParts) -> None:
    end = learned.rules.types["road"].role("end")
    assert end
    assert list(end.words) == sorted(end.words, reverse=True)
    assert all(words == tuple(sorted(words)) for words in end.words.values())


def test_every_mark_stands_in_several_different_addresses(learned: LearnedParts) -> None:
    said = [
        {mark for unit in build_marks(text, split_units(text), learned.rules.endings) for mark in unit}
        for text in {each.text for each in MADE_UP}
    ]
    kept = {mark for _, _, mark in weights(learned)}
    assert min(sum(mark in each for each in said) for mark in kept) >= learned.least >= 3


def weights(learned: LearnedParts) -> list[tuple[str, int, str]]:
    return [
        (name, weight, mark)
        for name, rule in learned.rules.types.items()
        for role in ("begin", "inside", "end", "only")
        if (said := rule.role(role))
        for weight, several in said.words.items()
        for mark in several
    ]


def test_an_address_said_a_hundred_times_is_still_one_address() -> None:
    odd = LabelledAddress("鼋头渚7号", (AddressPart("poi", 0, 3), AddressPart("roadno", 3, 5)))
    learned = address_training.learn([*MADE_UP, *[odd] * 100], words=10_000)
    assert not any("鼋" in mark for _, _, mark in weights(learned))


def test_addresses_held_back_are_read_by_marks_from_the_others() -> None:
    told = address_training.cross_validate(MADE_UP, 2, words=200)
    assert told["scores"]["spans"]["rows"] == len(MADE_UP)
    assert told["scores"]["spans"]["town"]["f1"] >= 0.95
    assert len(told["scores"]["spans"]["by_fold"]) == 2


@given(st.integers(2, 6), st.integers(0, 5))
def test_parts_are_disjoint_and_keep_addresses_that_differ_in_numbers_together(count: int, seed: int) -> None:
    folds = address_training.split_folds(MADE_UP, count, seed=seed)
    assert sorted(number for fold in folds for number in fold) == list(range(len(MADE_UP)))
    alike = [{"".join(c for c in MADE_UP[at].text if not c.isdigit()) for at in fold} for fold in folds]
    assert sum(map(len, alike)) == len(set().union(*alike))


def test_text_between_parts_is_learned_as_outside() -> None:
    told = [
        LabelledAddress(
            f"送到{each.text}谢谢", tuple(AddressPart(p.type, p.start + 2, p.end + 2) for p in each.parts)
        )
        for each in MADE_UP
    ]
    reader = AddressParser(address_training.learn(told).rules)
    assert reader.parse("送到双塔镇南门街5号谢谢")[0] == AddressPart("town", 2, 5)


@pytest.mark.parametrize("spans", [[["road", 0, 9]], [["a", 0, 2], ["b", 1, 3]], [["a", 1, 1]], ["road"], 3])
def test_rows_with_impossible_parts_are_refused_by_their_id(spans: object) -> None:
    with pytest.raises(LearningError, match="row-5"):
        address_training.parse_address({"id": "row-5", "text": "长风路", "spans": spans})


def test_an_address_cut_within_a_number_is_left_out() -> None:
    odd = LabelledAddress("12号", (AddressPart("houseno", 0, 1), AddressPart("roomno", 1, 3)))
    assert (
        address_training.learn([*MADE_UP, odd], words=40).rules
        == address_training.learn(MADE_UP, words=40).rules
    )


@pytest.mark.parametrize(
    "some", [[], MADE_UP[:2], [LabelledAddress("长风路", (AddressPart("road", 0, 3),))] * 9]
)
def test_what_cannot_be_learned_from_is_refused(some: list[LabelledAddress]) -> None:
    with pytest.raises(LearningError):
        address_training.learn(some)


def test_a_type_nobody_knows_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text("parts:\n  types:\n    road:\n      only: {}\n      next: {3: raod}\n", encoding="utf-8")
    with pytest.raises(PackError, match="raod"):
        packs.load_pack([path])

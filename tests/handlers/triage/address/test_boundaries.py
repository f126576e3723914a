import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.triage.address.boundaries import BoundaryCorrector
from handlers.triage.rules.schema import LabelRule, PartRule, PartRules

# A place begins before 长 and ends at 边 or at 路, 边 more so; what is left of it is of nothing.
RULES = PartRules(
    endings=("路",),
    types={
        "outside": PartRule(only=LabelRule()),
        "place": PartRule(
            begin=LabelRule(start=-200, words={300: ("[长]",)}),
            inside=LabelRule(start=-10),
            end=LabelRule(start=-200, words={300: ("[边]",), 120: ("[路]",)}),
        ),
    },
)


@pytest.fixture(scope="module")
def spots() -> BoundaryCorrector:
    return BoundaryCorrector(RULES)


@pytest.mark.parametrize(
    ("text", "found", "meant"),
    [
        ("去长江路边上", "长江路", "长江路边"),
        ("走长江路边", "走长江路", "长江路边"),
        ("长江路坏了", "长江路", "长江路"),
        ("长江路坏了边", "长江路坏", "长江路坏了边"),
        ("长江路边五零二", "长江路边五零二", "长江路边五零二"),
    ],
)
def test_borders_move_to_where_the_marks_speak_clearly_for_others(
    spots: BoundaryCorrector, text: str, found: str, meant: str
) -> None:
    borders = spots.correct_borders(text, text.index(found), text.index(found) + len(found))
    assert borders is not None
    assert text[slice(*borders)] == meant


def test_a_guess_that_is_surely_no_place_is_given_up(spots: BoundaryCorrector) -> None:
    assert spots.correct_borders("血压药一趟", 0, 4, guessed=True) is None
    assert spots.correct_borders("血压药一趟", 0, 4) is not None
    assert spots.correct_borders("长江路边", 0, 3, guessed=True) == (0, 4)


def test_without_rules_every_place_stays_as_it_was_found() -> None:
    assert BoundaryCorrector(None).correct_borders("去长江路边上", 1, 4) == (1, 4)


def test_another_place_is_taken_where_this_one_is_clearly_none(spots: BoundaryCorrector) -> None:
    text = "血压药没了，我在长江路边"
    assert spots.find_place(text) == (8, 12)
    assert spots.correct_borders(text, 0, 3) == (8, 12)
    assert spots.find_place("血压药没了") is None


@pytest.mark.parametrize(
    ("text", "found", "meant"),
    [
        ("长你们江路边", "江路", "江路边"),
        ("长江路卡在边", "长江路", "长江路"),
    ],
)
def test_borders_do_not_move_over_words_of_no_place(
    spots: BoundaryCorrector, text: str, found: str, meant: str
) -> None:
    borders = spots.correct_borders(text, text.index(found), text.index(found) + len(found))
    assert borders is not None
    assert text[slice(*borders)] == meant


def test_borders_do_not_move_over_the_matter() -> None:
    rules = RULES.model_copy(
        update={"types": {**RULES.types, "place": RULES.types["place"].model_copy(
            update={"end": LabelRule(start=-200, words={400: ("[满]",), 120: ("[路]",)})})}}
    )  # fmt: skip
    text = "长江路垃圾爆满"
    assert BoundaryCorrector(rules).correct_borders(text, 0, 3) == (0, 7)
    assert BoundaryCorrector(rules).correct_borders(text, 0, 3, [(3, 5)]) == (0, 3)


@given(st.text("去长江路边0123上，", min_size=1, max_size=20), st.data())
def test_corrected_borders_lie_in_the_text_and_share_something_with_what_was_found_or_are_another_place(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    borders = BoundaryCorrector(RULES).correct_borders(text, start, end)
    assert borders is not None
    begin, until = borders
    assert 0 <= begin < until <= len(text)
    corrector = BoundaryCorrector(RULES)
    assert (begin < end and until > start) or (begin, until) == corrector.find_place(text)

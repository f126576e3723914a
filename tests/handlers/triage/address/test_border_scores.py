from hypothesis import assume, given
from hypothesis import strategies as st

from handlers.triage.address.border_scores import PLACE, BorderMarks
from handlers.triage.address.features import OUTSIDE
from handlers.triage.address.parser import AddressParser
from handlers.triage.rules.schema import LabelRule, PartRule, PartRules

RULES = PartRules(
    near=True,
    types={
        OUTSIDE: PartRule(
            only=LabelRule(start=3, words={9: ("[了]", "走[]"), -4: ("[路]",)}), next={2: (OUTSIDE,), -3: (PLACE,)}
        ),
        PLACE: PartRule(
            begin=LabelRule(start=-7, words={31: ("^^[]", "[长]", "去[长]"), -5: ("[路]了",)}),
            inside=LabelRule(start=-2, words={11: ("长[江]路", "[0]")}),
            end=LabelRule(start=-9, words={43: ("[路]", "[边]$"), -17: ("[]了走",)}),
            next={-6: (OUTSIDE,), -90: (PLACE,)},
        ),
    },
)  # fmt: skip
MARKS, PARSER = BorderMarks(RULES), AddressParser(RULES)


@given(st.text("去长江路边了走0 [", min_size=2, max_size=14))
def test_the_only_place_of_the_best_reading_is_the_best_place(text: str) -> None:
    parts = PARSER.parse(text)
    assume(len(parts) == 1)
    where, scores = MARKS.score(text)
    first = next(at for at, (start, _) in enumerate(where) if start == parts[0].start)
    last = next(at for at, (_, end) in enumerate(where) if end == parts[0].end)
    best = scores.find_best(0, len(where) - 1)

    assert scores.score(first, last) == scores.score(*best) >= 0


def test_a_place_has_two_units_at_least() -> None:
    _, scores = MARKS.score("长路")
    assert scores.score(0, 1) > 0 > scores.score(0, 0)


def test_marks_of_farther_units_say_nothing() -> None:
    assert _score_road(("[]…路", "[]3…0", "路·[]")) == _score_road(())


def _score_road(marks: tuple[str, ...]) -> float:
    end = RULES.types[PLACE].model_copy(update={"end": LabelRule(start=-9, words={43: marks})})
    _, scores = BorderMarks(RULES.model_copy(update={"types": {**RULES.types, PLACE: end}})).score("去长江路")
    return scores.score(1, 3)

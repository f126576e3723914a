from hypothesis import given
from hypothesis import strategies as st

from handlers.talk.sayings.sign_weights import SignWeights, compute_share, list_pieces
from handlers.triage.classify.ngram_weights import POINT
from handlers.triage.rules.schema import LabelRule

PIECES = ("灯", "亮了", "还没亮", "^灯", "了$", "3$", "^3", "没$", "1号", "^灯亮")
RULE = LabelRule(start=-30, words={100 + 7 * number: (piece,) for number, piece in enumerate(PIECES)})
WEIGHTS = {piece: weight for weight, pieces in RULE.words.items() for piece in pieces}


@given(st.text(alphabet="灯亮了还没3 号^$1", max_size=90))
def test_a_text_has_the_points_of_its_pieces(text: str) -> None:
    total = sum(WEIGHTS.get(piece, 0) for piece in list_pieces(text))

    points = SignWeights({"solved": RULE}).score(text)

    assert points == {"solved": (RULE.start + compute_share(text) * total) / POINT}

"""Signs that words lean to, beside those that are written in them; pure."""

from collections.abc import Mapping, Sequence

from handlers.talk.sayings import sign_weights
from handlers.talk.signs import Sign
from handlers.talk.situation import Side
from handlers.triage.rules.packs import Pack
from handlers.triage.text.normalize import fold

_SPEAKS_AS: Mapping[Side, str] = {
    Side.REPORTER: "reporter", Side.NEIGHBOUR: "reporter",
    Side.UNIT: "unit", Side.GRID: "unit", Side.DESK: "desk",
}  # fmt: skip
"""Under whose sayings is looked up what somebody says in each capacity."""
_GOOD = frozenset({"solved", "done_weak", "satisfied", "passed", "consents"})
_BAD = frozenset({"unsolved", "partly", "again", "worse", "mock", "dissatisfied", "failed", "denies"})
"""What cannot both be meant: a doubt counts beside a good word, a good word leaned to not beside a doubt."""
_MARK = "≈"
"""Before the pieces that made a sign, where no written word did."""


def hear(pack: Pack, side: Side, text: str, written: Sequence[Sign]) -> tuple[Sign, ...]:
    """The signs that the words lean to and that no written word told already."""
    weights = sign_weights.weights_of(pack, _SPEAKS_AS[side])
    if weights is None:
        return ()
    folded = fold(text)
    names = {sign.name for sign in written}
    points = {
        sign: score for sign, score in weights.score(folded).items() if score >= 0 and sign not in names
    }
    if names & _BAD or _best(points, _BAD) > _best(points, _GOOD):
        points = {sign: score for sign, score in points.items() if sign not in _GOOD}
    return tuple(
        Sign(sign, 0, 0, _MARK + " ".join(weights.list_top_pieces(folded, sign))) for sign in sorted(points)
    )


def _best(points: Mapping[str, float], signs: frozenset[str]) -> float:
    return max((score for sign, score in points.items() if sign in signs), default=-1.0)

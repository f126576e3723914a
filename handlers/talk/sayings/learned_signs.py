"""Signs that words lean to, beside those that are written in them; pure."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from handlers.talk.sayings import sign_weights
from handlers.talk.sayings.sign_weights import SignWeights
from handlers.talk.shapes import wonders
from handlers.talk.signs import Sign, finder_of
from handlers.talk.situation import Side
from handlers.triage.rules.packs import Pack
from handlers.triage.text.normalize import fold
from models.workflow import Status

_SPEAKS_AS: Mapping[Side, str] = {
    Side.REPORTER: "reporter", Side.NEIGHBOUR: "reporter",
    Side.UNIT: "unit", Side.DESK: "desk",
}  # fmt: skip
"""Under whose sayings is looked up what somebody says in each capacity; a grid officer's were not written."""
_GOOD = frozenset({"solved", "done_weak", "satisfied", "passed", "consents"})
_BAD = frozenset({"unsolved", "partly", "again", "worse", "mock", "dissatisfied", "failed", "denies"})
"""What cannot both be meant: a doubt counts beside a good word, a good word leaned to not beside a doubt."""
DOUBTS = _BAD | {"unsure", "concedes", "flaw", "hearsay", "a_while"}
"""What was written against a good word, and no other way of reading the words may take away."""
_ANSWERS = frozenset({"solved", "unsolved", "partly", "unsure", "mock"})
_EXPECTED: Mapping[tuple[Side, Status], frozenset[str]] = {
    (Side.REPORTER, Status.CALLBACK): _ANSWERS,
    (Side.DESK, Status.SUBMITTED): frozenset({"passed", "failed", "postpones"}),
}
"""What is mostly said next where a case stands so."""
_AHEAD = 2.0
"""Points by which that is likelier than among all sayings: one in three answers so, of all one in ten."""
_WRITTEN_ONLY = frozenset({"thanks", "asks_all"})
"""Signs whose words are few and known: what merely leans to them says something else."""
_SURE = 1.5
"""Points that a doubt needs beside a good word that is written."""
_VERDICTS = _GOOD | _BAD | {"unsure", "postpones"}
_QUESTIONS = frozenset({"asks_when", "asks_who", "asks_state", "asks_told", "inquires"})
_LOOKED = frozenset({"saw", "progress"})
"""What says that somebody went to look, and not yet what they saw."""
MARK = "≈"
"""Before the pieces that made a sign, where no written word did."""


def hear(
    pack: Pack, side: Side, text: str, written: Sequence[Sign], *, statuses: Collection[Status] = ()
) -> tuple[Sign, ...]:
    """The signs that the words lean to and that no written word told already.

    `statuses`: where the cases stand that may be meant; who was just asked mostly answers that.
    """
    weights = sign_weights.weights_of(pack, _SPEAKS_AS[side]) if side in _SPEAKS_AS else None
    if weights is None:
        return ()
    folded, names = fold(text), {sign.name for sign in written}
    names |= finder_of(pack).list_ruled_out(text) | _WRITTEN_ONLY
    points = {sign: score for sign, score in _score(weights, folded).items() if sign not in names}
    likelier = frozenset().union(*(_EXPECTED.get((side, status), frozenset()) for status in statuses))
    if likelier and names.isdisjoint(_VERDICTS):
        best = max(points.keys() & likelier, key=points.__getitem__)
        points[best] += _AHEAD
        points = {sign: score for sign, score in points.items() if sign == best or sign not in _VERDICTS}
    doubt = _SURE if names & _GOOD else 0.0
    points = {sign: score for sign, score in points.items() if score >= doubt * (sign in _BAD)}
    if names & _BAD or _best(points, _BAD) > _best(points, _GOOD):
        points = {sign: score for sign, score in points.items() if sign not in _GOOD}
    return tuple(
        Sign(sign, 0, 0, MARK + " ".join(weights.list_top_pieces(folded, sign))) for sign in sorted(points)
    )


def is_learned(sign: Sign) -> bool:
    """Whether no written word made the sign, only what the words lean to."""
    return sign.word.startswith(MARK)


def is_guessed(heard: Sequence[Sign]) -> bool:
    """Whether a good word was only learned, and none was written: 我刚去看了 sounds like one."""
    good = [sign for sign in heard if sign.name == "solved"]
    return bool(good) and all(map(is_learned, good))


def list_guesses(heard: Sequence[Sign], text: str) -> set[str]:
    """What holds of verdicts that are only leaned to: the speaker just went to look, or asks something."""
    looked = any(sign.name in _LOOKED for sign in heard)
    known = {"guessed_good": looked and is_guessed(heard), "asks_rather": _asks_rather(heard, text)}
    return {name for name, holds in known.items() if holds}


def _asks_rather(heard: Sequence[Sign], text: str) -> bool:
    """Whether something is asked in so many words and a verdict only leaned to: 几时来过的？我没瞧见人."""
    verdicts = [sign for sign in heard if sign.name in _VERDICTS]
    are_learned = bool(verdicts) and all(map(is_learned, verdicts))
    asks = any(sign.name in _QUESTIONS and not is_learned(sign) for sign in heard)
    return are_learned and asks and wonders(text)


@lru_cache(maxsize=8)
def _score(weights: SignWeights, folded: str) -> Mapping[str, float]:
    """Kept for a moment: a reporter and their neighbours speak alike, and each message is heard as both."""
    return weights.score(folded)


def _best(points: Mapping[str, float], signs: frozenset[str]) -> float:
    return max((score for sign, score in points.items() if sign in signs), default=-1.0)

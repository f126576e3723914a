"""Candidates for rules: words proposed from messages whose class a person corrected.

jieba segments and tags: names of people and places, numbers and words that carry no matter are
never proposed. Whether a word is any good is decided by `rule_suggestions`, by measuring.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from handlers.triage.text.characters import is_han
from handlers.triage.text.normalize import fold
from handlers.triage.text.segmenter import build_tokenizer
from handlers.triage.types import Triage

LEAST, MOST = 2, 8
"""Characters of a word or phrase."""
SURE_PLACE = 0.55
"""Confidence; less is a guess from the position in the sentence, and may be the matter itself."""
_KINDS = frozenset(
    {"n", "nl", "nz", "v", "vn", "vi", "vd", "vg", "a", "an", "ad", "ag", "b", "i", "j", "l", "z"}
)
"""Kinds of words that may say what a message is about, by their marks in jieba."""
_GLUE = frozenset(["d", "f", "p", "s", "u", "ud", "ug", "uj", "ul", "uv", "uz", "c", "ng", "g", "zg", "x"])
"""Kinds that may stand beside such a word in a phrase."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a text as jieba segments it."""

    text: str
    start: int
    telling: bool
    """May be proposed by itself."""
    joining: bool
    """May be a part of a phrase that is proposed."""

    @property
    def end(self) -> int:
        """Offset behind the last character."""
        return self.start + len(self.text)


class Proposer:
    """jieba with its own dictionary in memory, and the local names that are never proposed."""

    def __init__(self, names: Collection[str] = ()) -> None:
        import jieba.posseg

        self._tagger = jieba.posseg.POSTokenizer(build_tokenizer())
        self._names = frozenset(fold(name) for name in names if len(name) >= LEAST)

    def propose_words(self, found: Triage, text: str) -> set[str]:
        """Single words of the text that may speak for another class."""
        return {piece.text for piece in self._tokenize(found, text) if piece.telling}

    def propose_phrases(self, found: Triage, text: str) -> set[str]:
        """Phrases around the words that led to the wrong class; in them those words should not count."""
        pieces = list(self._tokenize(found, text))
        counted = [
            (reason.start, reason.start + len(reason.word))
            for reason in found.reasons
            if reason.side == found.class_id
        ]
        return {phrase for start, end in counted for phrase in _iter_phrases(pieces, start, end)}

    def _tokenize(self, found: Triage, text: str) -> Iterator[Token]:
        """The words of a text; words of the place it names cannot be proposed."""
        sure = found.place is not None and found.place.confidence > SURE_PLACE
        place = (found.place.start, found.place.end) if found.place and sure else (0, 0)
        start = 0
        for word, kind in self._tagger.cut(fold(text)):
            end = start + len(word)
            usable = _is_han(word) and not (start < place[1] and place[0] < end) and not self._is_name(word)
            telling = usable and kind in _KINDS and LEAST <= len(word) <= MOST
            yield Token(word, start, telling, usable and (kind in _KINDS or kind in _GLUE))
            start = end

    def _is_name(self, word: str) -> bool:
        """Whether it is a local name, part of one, or contains one."""
        return len(word) >= LEAST and any(word in name or name in word for name in self._names)


def _iter_phrases(pieces: Sequence[Token], start: int, end: int) -> Iterator[str]:
    """The counted word alone and with the word before or behind it."""
    inside = [at for at, piece in enumerate(pieces) if piece.start < end and start < piece.end]
    if not inside:
        return
    first, last = inside[0], inside[-1]
    for left, right in ((first, last), (first - 1, last), (first, last + 1)):
        if left < 0 or right >= len(pieces):
            continue
        part = pieces[left : right + 1]
        phrase = "".join(piece.text for piece in part)
        longer = part[0].start < start or part[-1].end > end
        if longer and len(phrase) <= MOST and all(piece.joining for piece in part):
            yield phrase


def _is_han(word: str) -> bool:
    return all(map(is_han, word))

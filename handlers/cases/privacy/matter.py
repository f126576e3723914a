"""What belongs to the matter and is nobody's secret: plates in traffic, numbers of the accused in fraud.

Which classes these are, and by which words a number is somebody else's or the reporter's own, the rule
pack says (`plate_classes`, `number_classes`, `their_numbers`, `their_people`, `own_numbers`). A number of
which nothing is said is the reporter's: the citizen is protected first.
"""

import re
from collections.abc import Container
from dataclasses import dataclass

from handlers.cases.privacy.numbers import mask_contacts, mask_plates, read_digits

_BEFORE = 24
_AFTER = 10
"""Characters around a number in which somebody says whose it is."""
_SENTENCE_END = re.compile(r"[。！!？?\n]")
_CLAUSE_END = re.compile(r"[，,；;。！!？?\n]")
_TELLING = 11
"""Digits by which two spellings of a number are known to be the same."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What belongs to the matter in a case of one class."""

    plates: bool = False
    numbers: bool = False
    their_words: tuple[str, ...] = ()
    """Anywhere in the sentence of the number."""
    their_people: tuple[str, ...] = ()
    """In its clause: 老板电话…; what follows in the next clause may be one's own."""
    own_words: tuple[str, ...] = ()
    known_numbers: Container[str] = ()
    """Accounts of the roster that are numbers: never part of a matter."""

    def mask_contacts(self, text: str) -> str:
        """The text without numbers and accounts, but for those of the accused."""
        if not self.numbers:
            return mask_contacts(text)
        own: set[str] = set()

        def note_own(said: str, start: int, end: int) -> bool:
            if self._is_own(said, start, end):
                own.add(_key(said[start:end]))
            return False

        def keeps(said: str, start: int, end: int) -> bool:
            key = _key(said[start:end])
            return key not in own and key not in self.known_numbers and self._is_theirs(said, start, end)

        mask_contacts(text, note_own)
        return mask_contacts(text, keeps)

    def mask_plates(self, text: str) -> str:
        """The text without plates, but for those that are reported; whoever says 我的车 keeps theirs."""
        if not self.plates:
            return mask_plates(text)
        return mask_plates(text, lambda said, start, end: not self._is_own(said, start, end))

    def _is_own(self, text: str, start: int, end: int) -> bool:
        """Whether it is said to be the reporter's own: 我的电话…, …联系我."""
        before, after = _around(text, start, end)
        own = _rfind(before, self.own_words)
        theirs = max(_rfind(before, self.their_words), self._find_person(before))
        return own > theirs or any(word in after for word in self.own_words)

    def _is_theirs(self, text: str, start: int, end: int) -> bool:
        if self._is_own(text, start, end):
            return False
        before, after = _around(text, start, end)
        behind = (*self.their_words, *self.their_people)
        return (
            _rfind(before, self.their_words) >= 0
            or self._find_person(before) >= 0
            or any(word in after for word in behind)
        )

    def _find_person(self, before: str) -> int:
        """Where somebody accused is named in the clause of the number; -1 where nobody is."""
        clause = _CLAUSE_END.split(before)[-1]
        at = _rfind(clause, self.their_people)
        return len(before) - len(clause) + at if at >= 0 else -1


NO_MATTER = Matter()


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands before it in its sentence and behind it in its clause."""
    before = _SENTENCE_END.split(text[max(start - _BEFORE, 0) : start])[-1]
    # An account begins with what it is called: 加我微信 abc123.
    label = re.match(r"[^A-Za-z0-9]{0,12}", text[start:end])
    after = _CLAUSE_END.split(text[end : end + _AFTER])[0]
    return f"{before}{label[0] if label else ''}", after


def _rfind(text: str, words: tuple[str, ...]) -> int:
    """Where the last of these words ends; -1 where there is none."""
    return max((at + len(word) for word in words if (at := text.rfind(word)) >= 0), default=-1)


def _key(written: str) -> str:
    """By what two spellings of a number or an account are the same."""
    digits = "".join(char for char in read_digits(written) if char.isdigit())
    return digits[-_TELLING:] if len(digits) >= _TELLING else "".join(filter(str.isalnum, written)).lower()

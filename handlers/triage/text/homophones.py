"""Correction of names and problem words written by sound, from speech recognition or a pinyin keyboard.

静海露 is 静海路, 城馆局 is 城管局. Every character becomes one sign for its syllable, so that sound is
matched like writing: one look-up for each character and one automaton. A sound proves less than
writing does, so a stretch is left alone where any part of it is a word in its own right.
"""

import json
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

from ahocorasick_rs import AhoCorasick

from handlers.triage.text.characters import is_han

ExactMatch = tuple[int, int] | tuple[int, int, tuple[str, ...]]
"""Start, end and, for names, the codes of their units."""

_TONES = {"\u0300", "\u0301", "\u0304", "\u030c"}
_SIGNS = 0xE000
"""First of the signs for syllables, in a private use area that no text has."""
_TONELESS = 3
"""From this length on the tones of a name may differ; too many words of two syllables agree without them."""
_SIZES = (2, 3, 4)
"""Lengths of ordinary words that are looked for; longer ones contain these."""

_PARTICLES = frozenset("的了是在有这那我你他不也就都把被给和")
"""Function words, never part of a misspelling: 的事 is no 的士."""


class HomophoneMatcher:
    """An index of names and words by sound; immutable after it is made."""

    def __init__(
        self,
        names: Collection[str],
        words: Iterable[str],
        *,
        common: Collection[str] = frozenset(),
        ordinary: Iterable[str],
        binding: Iterable[str],
    ) -> None:
        """`names` may be corrected across tones from three characters on, `words` only with equal tones.

        `common` and `ordinary` are words that stay as they are written, those of the language and those of
        the pack: a hundred thousand that are kept once for all. `binding` are function words, of which those
        of one character are never replaced.
        """
        self._names = frozenset(name for name in names if len(name) >= _TONELESS)
        both = dict.fromkeys((*self._names, *names, *words))
        wanted = [entry for entry in both if len(entry) > 1 and all(map(is_han, entry))]
        self._common = common
        self._ordinary = frozenset(ordinary)
        self._binding = frozenset(word for word in binding if len(word) == 1)
        self._readings, self._signs = _load_sounds() if wanted else ({}, {})
        by_sound: dict[str, list[str]] = {}
        for entry in wanted:
            by_sound.setdefault(entry.translate(self._signs), []).append(entry)
        self._entries_by_sound = tuple(by_sound.values())
        self._sounds = AhoCorasick(list(by_sound) or ["\0"])

    def correct_homophones(self, folded: str, *exact: Sequence[ExactMatch]) -> str:
        """The folded text with homophones replaced; the length stays. `exact`: spans matched as written."""
        if not self._entries_by_sound:
            return folded
        phonetic = folded.translate(self._signs)
        floor = 0
        for number, start, end in self._sounds.find_matches_as_indexes(phonetic, overlapping=True):
            written = folded[start:end]
            if start < floor or written in self._entries_by_sound[number]:
                continue
            entry = next(
                (each for each in self._entries_by_sound[number] if self._is_misspelling(written, each)), None
            )
            if entry is not None and self._is_replaceable(folded, start, entry, exact):
                folded, floor = folded[:start] + entry + folded[end:], end
        return folded

    def _is_misspelling(self, written: str, entry: str) -> bool:
        """Whether enough characters agree with the entry, and the others are no words in their own right."""
        pairs = list(zip(written, entry, strict=True))
        other = [one for one, right in pairs if one != right]
        if len(other) > min(2, len(entry) - 1) or not self._binding.isdisjoint(other):
            return False
        if entry in self._names:
            return True
        return _PARTICLES.isdisjoint(written) and all(
            self._readings.get(ord(one)) == self._readings.get(ord(right)) for one, right in pairs
        )

    def _is_replaceable(
        self, text: str, start: int, entry: str, exact: Iterable[Sequence[ExactMatch]]
    ) -> bool:
        """Whether no ordinary word or exact match overlaps the stretch: 走路登山 contains no 路灯."""
        end = start + len(entry)
        if any(span[0] < end and start < span[1] and span[1] - span[0] > 1 for span in chain(*exact)):
            return False
        return not any(
            (text[at : at + size] in self._ordinary or text[at : at + size] in self._common)
            and (
                at < start or at + size > end or text[at : at + size] != entry[at - start : at - start + size]
            )
            for size in _SIZES
            for at in range(max(0, start - size + 1), min(end, len(text) - size + 1))
        )


def write_as_known(text: str, known: Iterable[str]) -> str:
    """The text with the characters of known words (路灯不亮) that it only has by sound: 凉了 is 亮了.

    Tones may differ; a character of the words themselves stays, and so does what sounds like a particle.
    """
    _, signs = _load_sounds()
    wanted = {char for word in known for char in word if is_han(char)} - _PARTICLES - {"不"}
    by_sound = {signs[ord(char)]: char for char in sorted(wanted) if ord(char) in signs}
    return "".join(
        char if char in wanted or not is_han(char) else by_sound.get(signs.get(ord(char), ""), char)
        for char in text
    )


@cache
def _load_sounds() -> tuple[Mapping[int, str], Mapping[int, str]]:
    """Character to its reading, and to the sign of its syllable; shared by all classifiers."""
    spoken = _load_readings()
    return spoken, _build_signs(spoken)


def _load_readings() -> dict[int, str]:
    """Character to its most frequent reading, such as `jìng`."""
    # Importing the package would load its 47,000 phrases as well: 45 MB that are not needed.
    package = find_spec("pypinyin")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("pypinyin")
    table: Mapping[str, str] = json.loads(Path(package.origin).with_name("pinyin_dict.json").read_bytes())
    every = ((int(code), readings.partition(",")[0]) for code, readings in table.items())
    return {code: reading for code, reading in every if 0x4E00 <= code < 0xA000}


def _build_signs(readings: Mapping[int, str]) -> dict[int, str]:
    """Character to a sign for its syllable without the tone."""
    numbers: dict[str, str] = {}
    signs = {code: chr(code) for code in (*range(128), *range(0x2000, 0x2100), *range(0x3000, 0x3100))}
    signs |= {code: chr(code) for code in range(0xFF00, 0x10000)}  # a character without a sign costs most
    for code, reading in readings.items():
        syllable = "".join(c for c in unicodedata.normalize("NFD", reading) if c not in _TONES)
        signs[code] = numbers.setdefault(syllable, chr(_SIGNS + len(numbers)))
    return signs

"""What an engine says it heard, and how far that may be believed: a loop, an echo, a sentence made up.

Whisper invents words where nobody speaks, repeats itself, and returns the words it was told to expect.
The limits on its own figures are those of its authors (openai/whisper, `transcribe.py`).
"""

import re
from dataclasses import dataclass

from bot.media.voices import Speech
from handlers.talk.heard.words import SpokenWords

_SILENT, _UNSURE, _LOOPS = 0.6, -1.0, 2.4
_FASTEST = 12.0
"""Characters a second; people say four to six."""
_LONGEST_UNIT, _LOOP = 24, 4
"""Characters of words that are repeated, and how often they are said to count as a loop."""
_BETWEEN = "，,、。 "
_CREDITS = re.compile(r"字幕|点赞.{0,6}订阅|订阅.{0,6}点赞|谢谢.{0,4}[观收]看|明镜.{0,3}点点")
"""Ends of the videos that engines learned from; nobody says this to a grid bot."""
_PUNCTUATION = re.compile(r"[\W_]+")
_LEAST_ECHO = 4
"""Characters of an echo: shorter words may stand in the prompt and be said."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a transcript, with the engine's own figures for it."""

    text: str
    log_probability: float = 0.0
    silence: float = 0.0
    """Probability that nobody speaks."""
    compression: float = 1.0


@dataclass(frozen=True, slots=True)
class Transcript:
    """What an engine heard; `segments` are empty where it tells no more than the words."""

    text: str
    segments: tuple[Segment, ...] = ()


def judge_transcript(heard: Transcript, speech: Speech, *, prompt: str) -> SpokenWords | None:
    """The words as far as they may be believed; `prompt`: what the engine was told to expect.

    None: nothing that can be used, though there is sound, so that a person must listen. A silent voice has
    no words. What is repeated is said once, and doubted: people in danger repeat themselves too.
    """
    spoken = [one for one in heard.segments if not _is_made_up(one)]
    words = "".join(one.text for one in spoken) if heard.segments else heard.text
    once = _say_once(words)
    plain = _PUNCTUATION.sub("", once)
    if not plain or _CREDITS.search(once) or _echoes(plain, prompt):
        return SpokenWords("") if speech.is_silent else None
    doubted = once != words or len(plain) > _FASTEST * max(speech.seconds, 1.0)
    return SpokenWords(once, doubted or any(map(_is_unsure, spoken)))


def _say_once(words: str) -> str:
    """The words without their loops, in time that grows as they do."""
    said, at = [], 0
    while at < len(words):
        unit, end = _find_loop(words, at) or (words[at], at + 1)
        said.append(unit)
        at = end
    return "".join(said)


def _find_loop(words: str, start: int) -> tuple[str, int] | None:
    """The words that are repeated from here on, the shortest, and where the loop ends."""
    for length in range(1, _LONGEST_UNIT + 1):
        unit = words[start : start + length]
        times, end = 0, start
        while unit.strip(_BETWEEN) and (found := _find_next(words, unit, end)) is not None:
            times, end = times + 1, found + len(unit)
        if times >= _LOOP:
            return unit, end
    return None


def _find_next(words: str, unit: str, at: int) -> int | None:
    """Where the same comes next, beyond two marks at most."""
    for skip in range(3):
        if words.startswith(unit, at + skip):
            return at + skip
        if words[at + skip : at + skip + 1] not in tuple(_BETWEEN):
            return None
    return None


def _is_made_up(one: Segment) -> bool:
    return one.silence > _SILENT and one.log_probability < _UNSURE


def _is_unsure(one: Segment) -> bool:
    return one.log_probability < _UNSURE or one.compression > _LOOPS


def _echoes(plain: str, prompt: str) -> bool:
    return len(plain) >= _LEAST_ECHO and plain in _PUNCTUATION.sub("", prompt)

"""What people say, sentence by sentence, each with the class it is of: what hints are learned from.

One a line: a class id, a space, the sentence. `/建议` after the class says that it is of another nature
than the class table tells, `!` that it is urgent, `~` that it is not; 〔 〕 stand around its place.
Sentences of `chatter` ask the office for nothing.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from handlers.triage.types import NATURES

TALK = "chatter"
OPEN, CLOSE = "〔", "〕"
MARKS = {"!": True, "~": False}
NAME = re.compile(rf"(?P<id>[^/!~]+)(?:/(?P<nature>{'|'.join(NATURES)}))?(?P<mark>[!~]?)")


class Example(NamedTuple):
    """One sentence; nature and urgency are None where the class table tells."""

    text: str
    nature: str | None = None
    urgent: bool | None = None
    place: tuple[int, int] | None = None
    """Where somebody has marked its place."""


class ExampleError(ValueError):
    """A line that is no example; the message names the line."""


def parse_examples(lines: Iterable[str], classes: Collection[str]) -> dict[str, list[Example]]:
    """Examples by class, in the order they are written; `#` begins a remark.

    `classes`: the ids that may stand before a sentence, beside `chatter`. Raises ExampleError.
    """
    examples: dict[str, list[Example]] = {}
    known: dict[str, tuple[str, str | None, bool | None] | None] = {}
    for number, line in enumerate(lines, 1):
        name, _, sentence = line.strip().partition(" ")
        if not name or name.startswith("#"):
            continue
        # Thousands of lines have some hundred names.
        if name not in known:
            known[name] = _parse_name(name, classes)
        told, (text, place) = known[name], _parse_place_marks(sentence)
        if not text or told is None:
            raise ExampleError(f"{number}: {name}: 没有这个类别，或后面没有句子")
        class_id, nature, urgent = told
        examples.setdefault(class_id, []).append(Example(text, nature, urgent, place))
    return examples


def _parse_name(name: str, classes: Collection[str]) -> tuple[str, str | None, bool | None] | None:
    """Class, nature and urgency; None where there is no such class."""
    told = NAME.fullmatch(name)
    if told is None or (told["id"] not in classes and told["id"] != TALK):
        return None
    return told["id"], told["nature"], MARKS.get(told["mark"])


def _parse_place_marks(sentence: str) -> tuple[str, tuple[int, int] | None]:
    if OPEN not in sentence:
        return sentence, None
    before, opened, rest = sentence.partition(OPEN)
    inside, closed, after = rest.partition(CLOSE)
    if not opened or not closed:
        return sentence, None
    return before + inside + after, (len(before), len(before) + len(inside))


def fingerprint(examples: Mapping[str, Sequence[Example]]) -> str:
    """What these examples are: hints learned from others have another."""
    said = sorted(
        f"{class_id} {each.nature} {each.urgent} {each.place} {each.text}"
        for class_id, several in examples.items()
        for each in several
    )
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]

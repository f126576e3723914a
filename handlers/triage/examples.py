"""What people say, sentence by sentence, each with the class it is of: what hints are learned from.

One a line: a class id, a space, the sentence. `/建议` after the class says that it is of another nature
than the class table tells, `!` that it is urgent, `~` that it is not. Sentences of `chatter` ask the
office for nothing.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

TALK = "chatter"
MARKS = {"!": True, "~": False}
NATURES = ("举报", "咨询", "建议", "感谢", "投诉", "求助")
NAME = re.compile(rf"(?P<id>[^/!~]+)(?:/(?P<nature>{'|'.join(NATURES)}))?(?P<mark>[!~]?)")


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence; nature and urgency are None where the class table tells."""

    text: str
    nature: str | None = None
    urgent: bool | None = None


class ExampleError(ValueError):
    """A line that is no example; the message names the line."""


def parse(lines: Iterable[str], classes: Collection[str]) -> dict[str, list[Example]]:
    """Examples by class, in the order they are written; `#` begins a remark."""
    examples: dict[str, list[Example]] = {}
    for number, line in enumerate(lines, 1):
        name, _, sentence = line.strip().partition(" ")
        if not name or name.startswith("#"):
            continue
        told = NAME.fullmatch(name)
        if not sentence or told is None or (told["id"] not in classes and told["id"] != TALK):
            raise ExampleError(f"{number}: {name}: no such class, or no sentence after it")
        example = Example(sentence, told["nature"], MARKS.get(told["mark"]))
        examples.setdefault(told["id"], []).append(example)
    return examples


def fingerprint(examples: Mapping[str, Sequence[Example]]) -> str:
    """What these examples are: hints learned from others have another."""
    said = sorted(
        f"{class_id} {each.nature} {each.urgent} {each.text}"
        for class_id, several in examples.items()
        for each in several
    )
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]

"""What people say, sentence by sentence, each with the class it is of: what hints are learned from.

One a line: a class id, a space, the sentence. `!` after the class says that it is urgent, `~` that
it is not, where the class table says otherwise. Sentences of `chatter` ask the office for nothing.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

TALK = "chatter"
MARKS = {"!": True, "~": False}


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence; `urgent` is None where the class table tells."""

    text: str
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
        class_id = name.rstrip("!~")
        if not sentence or (class_id not in classes and class_id != TALK):
            raise ExampleError(f"{number}: {name}: no such class, or no sentence after it")
        examples.setdefault(class_id, []).append(Example(sentence, MARKS.get(name[len(class_id) :])))
    return examples


def fingerprint(examples: Mapping[str, Sequence[Example]]) -> str:
    """What these examples are: hints learned from others have another."""
    said = sorted(
        f"{class_id} {each.urgent} {each.text}" for class_id, several in examples.items() for each in several
    )
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]

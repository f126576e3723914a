"""What a change of rules does to messages: each that would be understood otherwise, before and after."""

from collections.abc import Iterable
from dataclasses import dataclass

from handlers.triage.engine import Classifier
from handlers.triage.types import Facts


@dataclass(frozen=True, slots=True)
class Understood:
    """What the rules make of a message, as far as it decides where it goes."""

    report: bool
    class_id: str
    urgent: bool
    unit: str
    """Code of the unit; "" where the desk decides."""


@dataclass(frozen=True, slots=True)
class PackChange:
    """A message, by its place in the list, that would be understood otherwise."""

    position: int
    before: Understood
    after: Understood


def find_changes(before: Classifier, after: Classifier, texts: Iterable[str]) -> list[PackChange]:
    """The messages of these that the second classifier understands otherwise."""
    pairs = ((at, _understand(before, text), _understand(after, text)) for at, text in enumerate(texts))
    return [PackChange(*each) for each in pairs if each[1] != each[2]]


def _understand(classifier: Classifier, text: str) -> Understood:
    found = classifier.triage(text, facts=Facts())
    return Understood(found.report, found.class_id, found.urgent, found.unit or "")

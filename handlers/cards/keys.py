"""The keys of card buttons: written on a card, read back when one is pressed."""

from dataclasses import dataclass
from enum import StrEnum

from models.organisation import ChatUse
from models.workflow import ACTS

SELECT_UNIT = "unit"
MORE = "more"
ASK_WORDS, ASK_FORM = "words", "form"
"""Answers of a button whose act wants something first: written words, or a choice."""


class CardRole(StrEnum):
    """Whose card it is: decides which buttons it may carry."""

    DUTY = "duty"
    HANDLING = "handling"
    REPORTER = "reporter"
    PARTNER = "partner"
    """A unit called to help."""
    SURVEYOR = "surveyor"
    """Somebody asked to go and see."""
    LEADER = "leader"


@dataclass(frozen=True, slots=True)
class ButtonKey:
    """A button's key, taken apart."""

    act: str
    number: str
    answer: str = ""


def role_of_chat(use: str) -> CardRole:
    """The desk that a chat of this use sees."""
    return {ChatUse.DUTY: CardRole.DUTY, ChatUse.HANDLING: CardRole.HANDLING}.get(
        ChatUse(use), CardRole.REPORTER
    )


def role_of_card(task_id: str, use: str) -> CardRole:
    """The desk a card was drawn for: a partner's card stays one, in a group that handles other cases."""
    named = task_id.split("-")[-2:-1]
    return CardRole(named[0]) if named and named[0] in set(CardRole) else role_of_chat(use)


def read_key(key: str) -> ButtonKey | None:
    """The inverse of the keys of acts; None for a key that is not one."""
    act, _, rest = key.partition(":")
    number, _, answer = rest.partition(":")
    return ButtonKey(act, number, answer) if act in ACTS and number else None


def more_key(number: str, page: int = 0) -> str:
    """The key of a button that shows what else could be done."""
    return ":".join((MORE, number, *([str(page)] if page else [])))


def read_more(key: str) -> tuple[str, int] | None:
    """Number and page of a `more_key`."""
    word, _, rest = key.partition(":")
    number, _, page = rest.partition(":")
    return (number, int(page) if page.isdecimal() else 0) if word == MORE and number else None

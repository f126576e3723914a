"""The keys of card buttons and the task ids of cards: written here, read back here when one is pressed.

Cards stay in people's chats for months: what an earlier version wrote must always be read
(tests/handlers/cards/test_keys.py).
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from handlers.wording import marks
from models.desk_lines import LineDecision
from models.organisation import ChatUse
from models.workflow import ACTS

SELECT_UNIT = "unit"
ASK_WORDS, ASK_FORM = "words", "form"
"""Answers of a button whose act wants something first: written words, or a choice."""


class CardRole(StrEnum):
    """Whose card it is: decides which buttons it may carry."""

    DUTY = "duty"
    HANDLING = "handling"
    REPORTER = "reporter"
    PARTNER = "partner"
    """The card of a unit called to help."""
    SURVEYOR = "surveyor"
    """The card of somebody asked to look at the place."""
    LEADER = "leader"
    SIGNER = "signer"
    """The card of whoever is asked to sign an answer."""


# Keys of buttons -----------------------------------------------------------------------------

_ID = r"\d{1,18}"
"""The id of a row; whatever is longer is none, and no database takes it."""
_WHOLE_ID = re.compile(_ID)


@dataclass(frozen=True, slots=True)
class ButtonKey:
    """Performs an act on a case: `sign:WG261121-0031`, `verify:WG261121-0031:pass`."""

    act: str
    number: str
    answer: str = ""
    """The answer that is given with the act, or what is asked for first (`ASK_FORM`, `ASK_WORDS`)."""

    def to_key(self) -> str:
        return ":".join(part for part in (self.act, self.number, self.answer) if part)

    @classmethod
    def parse(cls, key: str) -> Self | None:
        act, _, rest = key.partition(":")
        number, _, answer = rest.partition(":")
        return cls(act, number, answer) if act in ACTS and number else None


@dataclass(frozen=True, slots=True)
class MoreKey:
    """Shows what else could be done with a case: `more:WG261121-0031`, `more:WG261121-0031:2`."""

    number: str
    page: int = 0

    def to_key(self) -> str:
        return f"more:{self.number}:{self.page}" if self.page else f"more:{self.number}"

    @classmethod
    def parse(cls, key: str) -> Self | None:
        word, _, rest = key.partition(":")
        number, _, page = rest.partition(":")
        return cls(number, int(page) if page.isdecimal() else 0) if word == "more" and number else None


@dataclass(frozen=True, slots=True)
class BackKey:
    """Leaves what was opened with `MoreKey`: `back:WG261121-0031`."""

    number: str

    def to_key(self) -> str:
        return f"back:{self.number}"

    @classmethod
    def parse(cls, key: str) -> Self | None:
        word, _, number = key.partition(":")
        return cls(number) if word == "back" and number else None


@dataclass(frozen=True, slots=True)
class PreviewKey:
    """Confirms or drops a command that was shown first: `confirm:12`, `cancel:12`."""

    preview_id: int
    confirms: bool

    def to_key(self) -> str:
        return f"{'confirm' if self.confirms else 'cancel'}:{self.preview_id}"

    @classmethod
    def parse(cls, key: str) -> Self | None:
        word, _, digits = key.partition(":")
        known = word in ("confirm", "cancel") and _WHOLE_ID.fullmatch(digits)
        return cls(int(digits), confirms=word == "confirm") if known else None


@dataclass(frozen=True, slots=True)
class ChoiceKey:
    """Names the case that a command with an ambiguous number was meant for: `which:12:WG261121-0031`."""

    pending_id: int
    number: str

    def to_key(self) -> str:
        return f"which:{self.pending_id}:{self.number}"

    @classmethod
    def parse(cls, key: str) -> Self | None:
        word, _, rest = key.partition(":")
        digits, _, number = rest.partition(":")
        return (
            cls(int(digits), number) if word == "which" and _WHOLE_ID.fullmatch(digits) and number else None
        )


@dataclass(frozen=True, slots=True)
class PublishKey:
    """Publishes a notice: `publish:TZ261121-001`."""

    number: str

    def to_key(self) -> str:
        return f"publish:{self.number}"

    @classmethod
    def parse(cls, key: str) -> Self | None:
        word, _, rest = key.partition(":")
        number = marks.find_notice_number(rest) if word == "publish" else None
        return cls(number) if number else None


@dataclass(frozen=True, slots=True)
class LineKey:
    """Decides a line of the duty desk: `line:12:opened`, `line:12:answered`, `line:12:dropped`."""

    line_id: int
    decision: LineDecision

    def to_key(self) -> str:
        return f"line:{self.line_id}:{self.decision}"

    @classmethod
    def parse(cls, key: str) -> Self | None:
        word, _, rest = key.partition(":")
        digits, _, decision = rest.partition(":")
        known = word == "line" and digits.isdecimal() and decision in set(LineDecision)
        return cls(int(digits), LineDecision(decision)) if known else None


@dataclass(frozen=True, slots=True)
class AnotherKey:
    """Makes a case of its own of what a closed one was just reopened with: `another:WG261121-0031`."""

    number: str

    def to_key(self) -> str:
        return f"another:{self.number}"

    @classmethod
    def parse(cls, key: str) -> Self | None:
        word, _, number = key.partition(":")
        return cls(number) if word == "another" and number else None


@dataclass(frozen=True, slots=True)
class JoinKey:
    """An informant takes part or does not: `join:12:yes`, `join:12:no`."""

    person_id: int
    agrees: bool

    def to_key(self) -> str:
        return f"join:{self.person_id}:{'yes' if self.agrees else 'no'}"

    @classmethod
    def parse(cls, key: str) -> Self | None:
        word, _, rest = key.partition(":")
        digits, _, answer = rest.partition(":")
        known = word == "join" and _WHOLE_ID.fullmatch(digits) and answer in ("yes", "no")
        return cls(int(digits), agrees=answer == "yes") if known else None


CardKey = ButtonKey | MoreKey | BackKey | PreviewKey | ChoiceKey | PublishKey | LineKey | AnotherKey | JoinKey


def parse_key(key: str) -> CardKey | None:
    """What a button's key says; None for a key that no version wrote."""
    kinds: tuple[type[CardKey], ...] = (
        PreviewKey, ChoiceKey, PublishKey, LineKey, AnotherKey, JoinKey, MoreKey, BackKey, ButtonKey,
    )  # fmt: skip
    return next((found for kind in kinds if (found := kind.parse(key)) is not None), None)


# Task ids of cards ---------------------------------------------------------------------------

_ROLES = "|".join(CardRole)
_CASE_TASK = re.compile(rf"\A(.{{1,64}})-(m?)({_ID})-({_ROLES})-({_ID})")
_MENU_TASK = re.compile(rf"\Amore-(.{{1,64}})-({_ROLES})-({_ID})")
_PREVIEW_TASK = re.compile(rf"\Apreview-({_ID})-({_ID})")
_NOTICE_TASK = re.compile(rf"\Anotice-({_ID})-({_ID})")
_JOIN_TASK = re.compile(rf"\Ajoin-({_ID})-({_ID})")
_LINE_TASK = re.compile(rf"\Aline-({_ID})-({_ID})-({_ID})")


@dataclass(frozen=True, slots=True)
class CaseTask:
    """The card of a case in a chat: `WG261121-0031-2-duty-7`, `WG261121-0031-m55-duty-7`."""

    number: str
    role: CardRole
    chat_id: int
    event_number: int = 0
    """The event of the case that it was drawn for, from 1."""
    inbox_id: int = 0
    """The message that asked for it, where one did."""

    def to_id(self) -> str:
        cause = f"m{self.inbox_id}" if self.inbox_id else self.event_number
        return f"{self.number}-{cause}-{self.role}-{self.chat_id}"

    @classmethod
    def parse(cls, task_id: str) -> Self | None:
        found = _CASE_TASK.fullmatch(task_id)
        if found is None:
            return None
        number, asked, cause, role, chat_id = found.groups()
        field = "inbox_id" if asked else "event_number"
        return cls(number, CardRole(role), int(chat_id), **{field: int(cause)})


@dataclass(frozen=True, slots=True)
class MenuTask:
    """A menu or a form, and whose card led to it: `more-WG261121-0031-duty-55`."""

    number: str
    role: CardRole
    inbox_id: int

    def to_id(self) -> str:
        return f"more-{self.number}-{self.role}-{self.inbox_id}"

    @classmethod
    def parse(cls, task_id: str) -> Self | None:
        found = _MENU_TASK.fullmatch(task_id)
        return cls(found[1], CardRole(found[2]), int(found[3])) if found else None


@dataclass(frozen=True, slots=True)
class PreviewTask:
    """A command that was shown first: `preview-12-55`."""

    preview_id: int
    inbox_id: int

    def to_id(self) -> str:
        return f"preview-{self.preview_id}-{self.inbox_id}"

    @classmethod
    def parse(cls, task_id: str) -> Self | None:
        found = _PREVIEW_TASK.fullmatch(task_id)
        return cls(int(found[1]), int(found[2])) if found else None


@dataclass(frozen=True, slots=True)
class NoticeTask:
    """A notice to be published: `notice-3-55`."""

    notice_id: int
    inbox_id: int

    def to_id(self) -> str:
        return f"notice-{self.notice_id}-{self.inbox_id}"

    @classmethod
    def parse(cls, task_id: str) -> Self | None:
        found = _NOTICE_TASK.fullmatch(task_id)
        return cls(int(found[1]), int(found[2])) if found else None


@dataclass(frozen=True, slots=True)
class LineTask:
    """A line that the desk decides, with its pieces so far, in a chat: `line-12-3-7`."""

    line_id: int
    pieces: int
    chat_id: int

    def to_id(self) -> str:
        return f"line-{self.line_id}-{self.pieces}-{self.chat_id}"

    @classmethod
    def parse(cls, task_id: str) -> Self | None:
        found = _LINE_TASK.fullmatch(task_id)
        return cls(int(found[1]), int(found[2]), int(found[3])) if found else None


@dataclass(frozen=True, slots=True)
class JoinTask:
    """The question to an informant: `join-12-55`."""

    person_id: int
    inbox_id: int

    def to_id(self) -> str:
        return f"join-{self.person_id}-{self.inbox_id}"

    @classmethod
    def parse(cls, task_id: str) -> Self | None:
        found = _JOIN_TASK.fullmatch(task_id)
        return cls(int(found[1]), int(found[2])) if found else None


CardTask = CaseTask | MenuTask | PreviewTask | NoticeTask | LineTask | JoinTask


def parse_task(task_id: str) -> CardTask | None:
    """What a card's task id names; None for an id that no version wrote."""
    # A case's card last: its id begins with the case's number, which may be anything but those words.
    kinds: tuple[type[CardTask], ...] = (
        MenuTask, PreviewTask, NoticeTask, LineTask, JoinTask, CaseTask,
    )  # fmt: skip
    return next((found for kind in kinds if (found := kind.parse(task_id)) is not None), None)


def is_menu(task_id: str) -> bool:
    """Whether the card is a menu or a form, and no card of a case."""
    return isinstance(parse_task(task_id), MenuTask)


def role_of_card(task_id: str, use: str) -> CardRole:
    """The role a card was drawn for; `use`: use of the chat it stands in, for a card that names no role.

    A partner's card stays a partner's, in a group that handles other cases.
    """
    task = parse_task(task_id)
    return task.role if isinstance(task, CaseTask | MenuTask) else role_of_chat(use)


def role_of_chat(use: str) -> CardRole:
    """The role of the cards that a chat of this use sees: duty, handling, else reporter."""
    return {ChatUse.DUTY: CardRole.DUTY, ChatUse.HANDLING: CardRole.HANDLING}.get(
        ChatUse(use), CardRole.REPORTER
    )

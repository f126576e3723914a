"""What an act does, beside its row in the act table: its effect, its notifiers, what follows.

A definition stands in the module of its family, beside the functions it names; `registry` joins
them. What a row says already (that an act only asks, say) no definition says again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from handlers.cases.context import ActContext, ActInput, ColumnChanges, attach_media, move_to_next_state
from handlers.notifications.notification import Notifier
from handlers.wording import receipts
from handlers.wording.case_view import CaseView
from models.workflow import Audience, Step


def apply_plain(context: ActContext) -> ColumnChanges:
    """The effect of a plain act: the next state, and the files that came along, kept as progress."""
    attach_media(context, "process")
    return move_to_next_state(context)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """An act that the program adds by itself to another."""

    act: str
    act_input: ActInput
    then: "FollowUp | None" = None
    """Another one after it."""


@dataclass(frozen=True, slots=True)
class ActDefinition:
    """The effect, notifiers and follow-up of one act."""

    effect: Callable[[ActContext], ColumnChanges] = apply_plain
    """Answers with the columns of the case to set. It may also write what belongs to the act elsewhere
    (shares of units, requests, ratings); it never sends and never commits."""
    notify: Mapping[Audience, Notifier] = field(default_factory=dict)
    """One for each audience of the act's row."""
    receipt: Callable[[CaseView], str] = receipts.plain_receipt
    """The reply to whoever typed the act, without the case's mark, where no notifier writes to that chat."""
    follow_up: Callable[[ActContext], FollowUp | None] | None = None
    """The act that the program adds once the act is done and announced; None: nothing."""
    program_reason: Callable[[Step], str] | None = None
    """The reason the program gives where it does the act because a clock of this step ran out."""

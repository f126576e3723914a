"""What came of a notice in each group it went to, and sending again where it did not arrive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, String, cast, literal, select
from sqlalchemy.orm import Session

from handlers.errors import WrongState
from handlers.notifications import notices, pushes
from handlers.wording import notices as say
from models.notices import Notice
from models.organisation import Chat, ChatUse, Person, Unit
from models.pushes import Push, PushState

FAILED = (PushState.DEAD, PushState.UNKNOWN)
"""It did not arrive, or nobody knows."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One copy of a notice."""

    name: str
    """The group; of a private conversation nothing but that it is one."""
    state: PushState
    sent_at: datetime | None


def list_receipts(session: Session, notice: Notice) -> Sequence[Receipt]:
    """What became of every copy of the notice, those that did not arrive first."""
    found = [
        Receipt(
            say.private_conversation() if chat.use == ChatUse.DIRECT else chat.name or chat.code,
            PushState(push.state),
            push.sent_at,
        )
        for push, chat in session.execute(_select_copies(notice))
    ]
    return sorted(found, key=lambda each: each.state not in FAILED)


def resend_failed(
    session: Session, notice: Notice, person: Person, *, doubtful_too: bool, now: datetime
) -> int:
    """Send again what did not arrive; `doubtful_too`: what may have arrived as well. How many copies.

    Raises NotAllowed for people who may not write to its unit, WrongState where nothing failed.
    """
    notices.check_may_write(session, person, session.get_one(Unit, notice.unit_id))
    states = FAILED if doubtful_too else (PushState.DEAD,)
    failed = [push.id for push, _ in session.execute(_select_copies(notice)) if push.state in states]
    sent = sum(pushes.replay(session, push_id, now=now) for push_id in failed)
    if not sent:
        raise WrongState(say.nothing_failed(notice.number))
    return sent


def _select_copies(notice: Notice) -> Select[Push, Chat]:
    """Each copy with the group it was for, by its key: it may have gone to whoever carries it there."""
    key = literal(f"notice:{notice.id}:") + cast(Chat.id, String)
    copies = select(Push, Chat).join(Chat, Push.dedupe_key == key).order_by(Push.id)
    return copies if notice.keyword else copies.where(Chat.use != ChatUse.DIRECT)

"""Cases that others reported in a group: whoever is there sees them reported, and may add to them or ask.

嗯咯, 一路堆到公交站牌那边 says the next one who passes: it belongs to that case, and makes none of its own.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from handlers.chat.inbound import InboundMessage
from handlers.environment.session_cache import cached_in_session, get_cache
from models.cases import IS_OPEN, Case
from models.organisation import REPORTING, Chat

FRESH = timedelta(minutes=10)
"""So long after a report what others say may be about it though they name nothing of it."""
_SPOKEN_OF = timedelta(days=3)
_MOST = 6
# Asked for every message: putting the question together takes longer than its answer.
_OPEN_HERE = (
    select(Case)
    .where(
        Case.chat_id == bindparam("chat_id"),
        Case.restricted.is_(False),
        Case.opened_at >= bindparam("since"),
        IS_OPEN,
    )
    .order_by(Case.id.desc())
    .limit(_MOST)
)


def list_open_here(inbound: InboundMessage) -> Sequence[Case]:
    """The open cases of this group, newest first; none while a danger is on: then its own room hears all.

    Asked once for a burst of messages.
    """
    if inbound.chat.use not in REPORTING:
        return ()
    asked = {"chat_id": inbound.chat.id, "since": inbound.now - _SPOKEN_OF}
    cases = cached_in_session(
        inbound.session, _key(inbound.chat.id), lambda: inbound.session.scalars(_OPEN_HERE, asked).all()
    )
    fresh = [case for case in cases if case.opened_at >= inbound.now - FRESH]
    return () if any(case.urgent for case in fresh) else cases


def forget_open_here(session: Session, chat: Chat) -> None:
    """A case was opened in this group: ask anew."""
    get_cache(session).answers.pop(_key(chat.id), None)


def _key(chat_id: int) -> tuple[str, int]:
    return "open_here", chat_id

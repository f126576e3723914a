"""Cases that others reported in a group: whoever is there sees them reported, and may add to them or ask.

嗯咯, 一路堆到公交站牌那边 says the next one who passes: it belongs to that case, and makes none of its own.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from handlers.chat.inbound import InboundMessage
from handlers.environment.session_cache import get_cache
from models.cases import IS_OPEN, Case
from models.organisation import REPORTING, Chat
from models.workflow import OPEN

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
    cases = _list_known(inbound)
    if cases is None:
        cases = _ask(inbound)
    fresh = [case for case in cases if case.opened_at >= inbound.now - FRESH]
    return () if any(case.urgent for case in fresh) else cases


def note_opened(session: Session, chat: Chat, case: Case) -> None:
    """A case was opened in this group."""
    answers = get_cache(session).answers
    if (known := answers.get(_key(chat.id))) is not None:
        answers[_key(chat.id)] = [case, *known]


def _list_known(inbound: InboundMessage) -> Sequence[Case] | None:
    """What was found in this transaction or opened in it, as far as it is open still; None: ask."""
    known: Sequence[Case] | None = get_cache(inbound.session).answers.get(_key(inbound.chat.id))
    if known is None:
        return None
    cases = [case for case in known if case.status in OPEN and not case.restricted]
    # Of more than were asked for, older ones may take the places of those that are gone.
    return cases[:_MOST] if len(known) < _MOST or len(cases) >= _MOST else None


def _ask(inbound: InboundMessage) -> Sequence[Case]:
    asked = {"chat_id": inbound.chat.id, "since": inbound.now - _SPOKEN_OF}
    found = inbound.session.scalars(_OPEN_HERE, asked).all()
    get_cache(inbound.session).answers[_key(inbound.chat.id)] = found
    return found


def _key(chat_id: int) -> tuple[str, int]:
    return "open_here", chat_id

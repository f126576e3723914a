"""Cries of one kind in one chat are one incident: each is a case that follows the first.

Looked for before duplicates are: nobody who cries describes, so that words alone cannot be compared.
Whoever speaks of their own life is heard alone.
"""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from handlers.cases import links
from handlers.cases.links import find_followers, root_case
from handlers.triage.engine import SELF_HARM
from models.cases import Case
from models.organisation import Chat
from models.workflow import OPEN

_MOST = 20
_SPOKEN_OF = timedelta(hours=1)
"""How long a chat speaks of a danger: that it is over, and how everybody is."""
_IN_CHAT = (
    select(Case)
    .where(
        Case.chat_id == bindparam("chat_id"),
        Case.urgent.is_(True),
        Case.restricted.is_(False),
        Case.opened_at >= bindparam("since"),
    )
    .order_by(Case.id.desc())
    .limit(_MOST)
)
_CRIES = _IN_CHAT.where(Case.class_id == bindparam("class_id"))


def find_live_danger(session: Session, chat: Chat, *, now: datetime) -> Case | None:
    """The open danger that people of this chat speak of now; None where there is none, or more than one.

    Of somebody's own life nobody else speaks for them.
    """
    session.flush()
    cries = session.scalars(_IN_CHAT, {"chat_id": chat.id, "since": now - _SPOKEN_OF})
    roots = {root.id: root for root in (root_case(session, cry) for cry in cries)}
    live = [root for root in roots.values() if root.status in OPEN and root.risk != SELF_HARM]
    fresh = [root for root in live if root.opened_at >= now - links.WITHIN] or live
    return fresh[0] if len(fresh) == 1 else None


def find_incident(session: Session, case: Case, *, now: datetime) -> Case | None:
    """The open case whose incident this one, not stored yet, is a cry of; None where there is none.

    One query where there was no such cry within `links.WITHIN`.
    """
    if not case.urgent or case.restricted or case.chat_id is None or case.source != "chat":
        return None
    if case.risk == SELF_HARM:
        return None
    session.flush()
    asked = {"class_id": case.class_id, "chat_id": case.chat_id, "since": now - links.WITHIN}
    roots = dict.fromkeys(root_case(session, cry) for cry in session.scalars(_CRIES, asked))
    place = links.get_stated_place(case)
    # Of a hundred cries at a hundred places nothing is asked but where they are.
    near = [
        root
        for root in roots
        if root.status in OPEN and root.risk != SELF_HARM and not links.is_apart(place, root)
    ]
    links.look_up_followers(session, near)
    return next(
        (root for root in near if not links.is_contradicted(case, find_followers(session, root))), None
    )

"""What is stored of a person, as plain data to be given to them (个人信息保护法 第四十五条)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.commands.personal_data.identity import Identity
from handlers.commands.personal_data.traces import Traces
from models.cases import Case, Event, Rating
from models.inbox import InboxRow
from models.organisation import Account, Chat, Person, Unit
from models.pushes import Push
from models.reports import Media, Message, Report
from models.understandings import Understanding

_BATCH = 500
_SHOWN: dict[type[Any], tuple[str, ...]] = {
    Account: ("provider", "user_id"),
    Chat: ("channel", "chat_id", "name"),
    Case: ("number", "status", "class_id", "nature", "text", "place", "lat", "lon", "opened_at", "replied_at",
           "closed_at"),
    Report: ("text", "opened_at", "closed_at", "lat", "lon"),
    Rating: ("case_id", "solved", "satisfied", "text", "at"),
    Media: ("id", "kind", "mime", "size", "lat", "lon", "taken_at", "text", "path"),
}  # fmt: skip


def collect_person(session: Session, identity: Identity, traces: Traces) -> dict[str, Any]:
    """Everything of a person: name and role, accounts, what they said and did, what was sent to them.

    Of their cases the facts and their own part; what others did stays the office's.
    """
    person, *others = (_show_person(session, one) for one in identity.person_ids)
    return {
        "person": person,
        "joined": others,
        "accounts": _show(session, Account, traces.accounts),
        "conversations": _show(session, Chat, traces.chats),
        "cases": _show(session, Case, traces.cases),
        "acts": [
            {"act": event.act, "text": event.text, "at": event.at}
            for event in _load(session, Event, traces.events)
            if event.actor_id in identity.person_ids
        ],
        "reports": _show(session, Report, traces.reports),
        "messages": [
            {"text": message.text, "at": message.at}
            for message in _load(session, Message, traces.messages)
            if message.person_id in identity.person_ids
        ],
        "ratings": _show(session, Rating, traces.ratings),
        "files": _show(session, Media, traces.media),
        "payloads": [
            {"channel": row.channel, "received_at": row.received_at, "raw": row.raw}
            for row in _load(session, InboxRow, traces.inbox)
            if row.raw and row.sender in identity.user_ids
        ],
        "understood": [
            {"act": row.act, "reasons": row.reasons}
            for row in _load(session, Understanding, traces.understandings)
        ],
        "sent": [
            {"created_at": push.created_at, "sent_at": push.sent_at, "body": push.body}
            for push in _load(session, Push, traces.pushes)
            if push.chat_id in set(traces.chats)
        ],
    }


def _show_person(session: Session, person_id: int) -> dict[str, str]:
    person = session.get_one(Person, person_id)
    unit = session.get(Unit, person.unit_id) if person.unit_id else None
    return {
        "code": person.code,
        "name": person.name,
        "role": person.role,
        "unit": unit.display_name if unit else "",
        "occupation": person.occupation,
        "duties": "、".join(person.duties),
        "skills": "、".join(person.skills),
        "participation": person.participation,
    }


def _show(session: Session, table: type[Any], ids: Sequence[int]) -> list[dict[str, Any]]:
    return [{name: getattr(row, name) for name in _SHOWN[table]} for row in _load(session, table, ids)]


def _load(session: Session, table: type[Any], ids: Sequence[int]) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(ids), _BATCH):
        some = select(table).where(table.id.in_(ids[start : start + _BATCH])).order_by(table.id)
        found += session.scalars(some)
    return found

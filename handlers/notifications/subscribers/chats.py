"""Subscribers among the chats: a row each, which their pushes name, and which nobody can speak in."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.environment.snapshot import Subscriber
from handlers.environment.units import find_covered_ids
from handlers.wording import subscribers as say
from models.organisation import Chat, ChatUse


def seed_chats(session: Session, channels: Collection[str], *, provider: str) -> None:
    """Add the missing rows of these subscribers, by the names of their channels."""
    for name in sorted(set(channels) - _find_chats(session).keys()):
        session.add(
            Chat(
                code=f"{provider}:{name}", name=say.subscriber_name(name), use=ChatUse.SUBSCRIBER,
                channel=name, chat_id=name, provider=provider,
            )
        )  # fmt: skip


def load_subscribers(session: Session, channels: Mapping[str, Sequence[str]]) -> tuple[Subscriber, ...]:
    """The subscribers that have a row; `channels`: name to the codes of the units that each is told of."""
    chats = _find_chats(session)
    return tuple(
        Subscriber(chats[name], _find_unit_ids(session, codes))
        for name, codes in channels.items()
        if name in chats
    )


def _find_chats(session: Session) -> dict[str, int]:
    found = session.scalars(select(Chat).where(Chat.use == ChatUse.SUBSCRIBER))
    return {chat.channel: chat.id for chat in found}


def _find_unit_ids(session: Session, codes: Sequence[str]) -> frozenset[int] | None:
    covered = find_covered_ids(session, codes)
    return None if covered is None else frozenset(covered)

"""A chat, pushes for it, and channels that answer as told: what tests of the outbox share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Insert, insert
from sqlalchemy.orm import Session

from bot.channels.base import Channel, Delivered, Delivery, Outcome, PlainChannel, RateLimit, RefusedInput
from bot.channels.declaration import Capabilities, ChannelDeclaration
from bot.outbox.queue import ClaimedPush, Outbox
from models.account_ids import WECOM
from models.database import Database
from models.inbox import InboxRow
from models.messages import (
    CardPush,
    FilePush,
    Incoming,
    PhotoPush,
    PushBody,
    TextPush,
    push_kind,
    push_to_json,
)
from models.organisation import Chat
from models.pushes import Push
from tests.conftest import NOON

CARD_WINDOW = timedelta(seconds=5)
BOT = Capabilities(sends=frozenset({TextPush, CardPush, PhotoPush, FilePush}), card_update_window=CARD_WINDOW)
"""What an AI bot over its long connection can do."""
RINGS = Capabilities(sends=BOT.sends, mention=True, needs_address=True)
"""What a group's webhook can do."""


@dataclass
class FakeChannel(PlainChannel):
    """A platform in memory."""

    name: str
    limits: tuple[tuple[int, float], ...] = ()
    capabilities: Capabilities = BOT
    connected: bool = True
    sends_here: bool = True
    outcome: Callable[[Delivery], Outcome] = lambda delivery: Delivered()
    sent: list[Delivery] = field(default_factory=list)

    @property
    def declaration(self) -> ChannelDeclaration:
        lifetimes = {"req_id": timedelta(hours=24), "response_url": timedelta(hours=1)}
        return ChannelDeclaration(
            provider=WECOM, capabilities=self.capabilities, bot_name="网格助手", handle_lifetimes=lifetimes
        )

    def read(self, raw: str) -> Incoming:
        raise RefusedInput("not_heard", 400)

    def can_send(self, delivery: Delivery) -> bool:
        return self.connected and self.capabilities.carries(delivery.body)

    def rates(self, delivery: Delivery) -> tuple[RateLimit, ...]:
        return tuple(RateLimit(f"{self.name}:{delivery.chat_id}", *limit) for limit in self.limits)

    async def send(self, delivery: Delivery) -> Outcome:
        self.sent.append(delivery)
        return self.outcome(delivery)


class OutboxHarness:
    """An outbox over a database, its channels, and one or more chats."""

    def __init__(self, database: Database, *channels: FakeChannel) -> None:
        self.database = database
        self.channels: dict[str, Channel] = {channel.name: channel for channel in channels}
        self.folder = Path("unused")
        self.outbox = Outbox(database, worker="w", folder=self.folder, chance=lambda: 0.0)
        self._number = 0

    def add_chat(self, chat_id: str = "wrA", **columns: Any) -> int:
        with self.database.write() as session:
            chat = Chat(**{"code": chat_id, "name": chat_id, "use": "duty", "channel": "grid"} | columns)
            chat.chat_id = chat_id
            session.add(chat)
            session.flush()
            return chat.id

    def add_push(self, body: PushBody | str, *, chat: int = 1, now: datetime = NOON, **columns: Any) -> int:
        body = TextPush(body) if isinstance(body, str) else body
        self._number += 1
        row = {
            "dedupe_key": f"key-{self._number}",
            "lane": f"{chat}!" if columns.get("urgent") else str(chat),
            "chat_id": chat,
            "channel": "grid",
            "kind": push_kind(body),
            "body": push_to_json(body),
            "urgent": False,
            "created_at": now,
            "not_before": now,
        }
        with self.database.write() as session:
            return session.execute(insert(Push).values(row | columns).returning(Push.id)).scalar_one()

    def claim(self, *, now: datetime = NOON, **how: Any) -> list[ClaimedPush]:
        return self.outbox.claim(self.channels, now=now, **how)

    def claim_ids(self, *, now: datetime = NOON) -> list[int]:
        return [item.push_id for item in self.claim(now=now)]

    def settle(self, push_id: int, outcome: Outcome | None = None, *, now: datetime = NOON) -> None:
        self.outbox.settle({push_id: outcome or Delivered()}, now=now)

    def load_push(self, push_id: int) -> Push:
        with self.database.read() as session:
            return session.get_one(Push, push_id)

    def load_state(self, push_id: int) -> str:
        return self.load_push(push_id).state

    def run_in_session(self, act: Callable[[Session], Any]) -> Any:
        with self.database.write() as session:
            return act(session)

    @property
    def inbox_insert(self) -> Insert:
        """A received message that pushes may answer."""
        return insert(InboxRow).values(
            channel="grid",
            message_id="M-1",
            lane="grid:wrA:zhang",
            raw="{}",
            received_at=NOON,
            not_before=NOON,
        )

    def drain(self, *, now: datetime = NOON) -> list[int]:
        """Claim and send until nothing is left that may go now; the order in which it went."""
        gone: list[int] = []
        while claimed := self.claim_ids(now=now):
            for push_id in claimed:
                self.settle(push_id, now=now)
            gone += claimed
        return gone

"""The sample district with a message archive: one group that the bot is in as well, one that only it reads."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from handlers.notifications import open_questions
from handlers.talk.heard import transcripts
from handlers.talk.heard.words import SpokenWords
from models.group_talk import RECALL, OpenQuestion
from models.messages import Incoming, IncomingKind, PartKind
from models.organisation import Chat, ChatUse, Unit
from tests.district import District, make_photo, make_voice

BOTH, ALONE, TOWN = "wrROOM", "wrALONE", "wrTOWN"
"""Rooms of the archive: of the residents' group wrRESIDENTS, and of two groups of its own, of a grid and a town."""


class ArchivedDistrict:
    """What people say in groups that the archive reads."""

    def __init__(self, district: District) -> None:
        district.env = replace(
            district.env,
            overhearing_channels=frozenset({"rooms"}),
            mute_channels=frozenset({"rooms"}),
            answer_within=timedelta(minutes=30),
            quiet_hours=("22:00", "07:00"),
        )
        self.district = district
        with district.database.write() as session:
            both = session.scalars(select(Chat).where(Chat.chat_id == "wrRESIDENTS")).one()
            both.archive_channel, both.archive_room_id = "rooms", BOTH
            town = session.scalars(select(Unit.id).where(Unit.code == "HM-HM")).one()
            alone = {"channel": "rooms", "use": ChatUse.RESIDENTS}
            session.add(Chat(code="alone", name="海棠居民群", unit_id=both.unit_id, chat_id=ALONE, **alone))
            session.add(Chat(code="town", name="海门街道大群", unit_id=town, chat_id=TOWN, **alone))

    def hear(
        self,
        room: str,
        user: str,
        text: str = "",
        *,
        message_id: str = "",
        quote: str = "",
        photos: int = 0,
        voice: bool = False,
        addressed: bool = False,
        sent_at: datetime | None = None,
        at: datetime | None = None,
    ) -> str:
        """What the archive brings of something said in a room; the slug of what came of it."""
        kinds = [PartKind.PHOTO] * photos + [PartKind.VOICE] * voice
        files = [make_photo(n) for n in range(photos)] + [make_voice(n) for n in range(voice)]
        incoming = self.build(room, user, text, quote=quote, kinds=kinds, addressed=addressed)
        incoming = replace(incoming, message_id=message_id or incoming.message_id, sent_at=sent_at)
        return self.district.handle(self.district.receive(incoming, at), incoming, files)

    def understand(self, room: str, user: str, words: str) -> str:
        """What the dictation does with the words of the newest voice."""
        newest = max(voice.media_id for voice in self.district.voices())
        now = self.district.advance(seconds=5)
        with self.district.database.write() as session:
            return transcripts.receive_transcript(
                session, self.build(room, user, ""), SpokenWords(words), media_id=newest,
                env=self.district.env, now=now,
            )  # fmt: skip

    def recall(self, room: str, user: str, message_id: str) -> str:
        """The sender takes a message back."""
        incoming = self.as_recall(self.build(room, user, ""), message_id)
        return self.district.handle(self.district.receive(incoming), incoming)

    def as_recall(self, incoming: Incoming, message_id: str) -> Incoming:
        known = f"{RECALL}{message_id}"
        return replace(incoming, kind=IncomingKind.RECALLED, recalls=message_id, message_id=known)

    def build(
        self, room: str, user: str, text: str, *, kinds: Sequence[PartKind] = (), **more: Any
    ) -> Incoming:
        built = self.district.build_message(room, user, text, kinds=kinds, **{"addressed": False, **more})
        return replace(built, channel="rooms")

    def raise_questions(self, **later: float) -> int:
        """What the ticker does with questions, so much later."""
        now = self.district.advance(**later)
        with self.district.database.write() as session:
            return open_questions.raise_questions(session, self.district.env, now=now)

    def questions(self) -> list[OpenQuestion]:
        with self.district.database.read() as session:
            return list(session.scalars(select(OpenQuestion).order_by(OpenQuestion.id)))

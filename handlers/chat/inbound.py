"""One received message with everything a handler needs to act on it."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases.actors import Actor
from handlers.cases.privacy import mask
from handlers.cases.queries import Asker
from handlers.cases.views import view_for
from handlers.environment.example_places import find_example_place
from handlers.environment.snapshot import Environment
from handlers.notifications import pushes
from handlers.triage.types import Facts
from handlers.triage.unit_directory import FINE_KINDS
from handlers.wording.subjects import matter, name_cases
from handlers.wording.talk import SOME_PLACE
from models import deferred_insert
from models.cases import Case
from models.messages import Attachment, Incoming, LostFile, PartKind, PushBody, TextPush
from models.organisation import Chat, ChatUse, Person, Unit
from models.pushes import PushPurpose
from models.reports import Media, Message

_QUOTED = re.compile("「([^「」]{1,200})」")


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A received message, its sender, chat and files, in the transaction that handles it."""

    session: Session
    incoming: Incoming
    inbox_id: int
    chat: Chat
    person: Person
    env: Environment
    now: datetime
    """When it was received (aware UTC)."""
    attachments: tuple[Attachment, ...] = ()
    rest: Attachment | None = None
    """The words that were too many for a report, as a file."""
    lost: tuple[LostFile, ...] = ()
    is_confirmed: bool = False
    """A dangerous command that was shown and confirmed."""
    part: str = ""
    """Which part of a message that says several things this is; "" for the whole of it."""
    is_stored: bool = False
    """An earlier part has stored the message and its files."""
    kept_replies: list[pushes.Row] | None = None
    """Where replies are gathered instead of being queued, while nothing may be written."""

    @property
    def actor(self) -> Actor:
        return Actor(self.person)

    @property
    def in_private(self) -> bool:
        """Whether nobody else reads along."""
        return self.chat.use == ChatUse.DIRECT

    @property
    def example_place(self) -> str:
        """A place for examples that people here know."""
        return find_example_place(self.session, self.unit_ids) or SOME_PLACE

    @property
    def asker(self) -> Asker:
        """The sender as the asker of queries, in private or with others reading along."""
        return Asker(
            self.person, in_private=self.in_private, restricted_to=self.env.restricted_to, chat=self.chat
        )

    @property
    def unit_ids(self) -> tuple[int | None, int | None]:
        """Ids of the chat's unit and of the sender's own unit; None where there is none."""
        return self.chat.unit_id, self.person.unit_id

    def origin_of(self, act: str) -> str:
        """The origin of this act for this message: handling the message again performs it no second time."""
        return f"inbox:{self.inbox_id}:{self.part}{act}"

    def reply(self, body: PushBody | str, *, case: Case | None = None, part: str = "answer") -> None:
        """Queue a reply in the chat the message came from; `part` tells several replies to it apart.

        A line that begins with the mark of a case gets what the case is about before it. What it repeats of
        the message (没有找到单位「…」) names nobody where others read along.
        """
        if isinstance(body, str):
            said = body if self.in_private else self._mask_quotes(body)
            body = TextPush(name_cases(said, self._find_matter))
        row = pushes.push_row(
            self.chat,
            body,
            key=f"inbox:{self.inbox_id}:{self.part}{part}",
            env=self.env,
            now=self.now,
            case=case,
            purpose=PushPurpose.RECEIPT,
            answers=self.inbox_id,
            urgent=case.urgent if case else False,
        )
        if self.kept_replies is None:
            pushes.enqueue(self.session, row)
        else:
            self.kept_replies.append(row)

    def _find_matter(self, number: str) -> str:
        """Place and class of the case of this whole number, as far as they may be said here."""
        case = self.session.scalar(select(Case).where(Case.number == number))
        asker = self.asker
        if case is None or asker.reading(self.session, case) is None or asker.must_redact(self.session, case):
            return ""
        return matter(view_for(self.session, asker, case, self.env, now=self.now))

    def _mask_quotes(self, words: str) -> str:
        roster = self.env.roster
        return _QUOTED.sub(lambda found: f"「{roster.mask_people(mask(found[1]))}」", words)

    @property
    def point(self) -> tuple[float, float] | None:
        """The location that was sent, else where a photo was taken: (latitude, longitude) in WGS-84."""
        taken = ((item.lat, item.lon) for item in self.attachments)
        known = ((lat, lon) for lat, lon in taken if lat is not None and lon is not None)
        return self.incoming.point or next(known, None)

    @property
    def scene(self) -> Unit | None:
        """The grid whose QR code brought the person here, which is the place of what they report."""
        unit = self.session.get(Unit, self._scene_id) if self._scene_id else None
        return unit if unit is not None and unit.kind in FINE_KINDS else None

    @property
    def _scene_id(self) -> int | None:
        """Id of the unit whose QR code brought the person here; None where nobody comes by one."""
        return self.chat.unit_id if self.incoming.channel in self.env.terse_channels else None

    def facts(self) -> Facts:
        """The facts on place, unit and sender that triage works with."""
        incoming, person, point = self.incoming, self.person, self.point
        is_of_place = self.chat.use in (ChatUse.INTAKE, ChatUse.RESIDENTS)
        place_unit_id = self.chat.unit_id if is_of_place else None
        own_unit_id = self._scene_id or person.unit_id
        place_unit = self.session.get(Unit, place_unit_id) if place_unit_id else None
        own_unit = self.session.get(Unit, own_unit_id) if own_unit_id else None
        return Facts(
            chat_unit=place_unit.code if place_unit else None,
            sender_unit=own_unit.code if own_unit else None,
            sender_role=person.role,
            addressed=incoming.addressed or incoming.direct,
            has_media=bool(incoming.media_parts()),
            point_unit=self.env.areas.locate(*point) if point else None,
            spoken=PartKind.VOICE in [part.kind for part in incoming.parts],
        )

    def store(self, *, report_id: int | None = None, case_id: int | None = None) -> tuple[int, ...]:
        """Store the message and its files, for the report or case of this id.

        Returns the ids of the files that show something: what nobody can open proves nothing.
        """
        if self.is_stored:
            return ()
        message = {
            "inbox_id": self.inbox_id,
            "chat_id": self.chat.id,
            "person_id": self.person.id,
            "report_id": report_id,
            "case_id": case_id,
            "text": self.full_text,
            "at": self.now,
        }
        deferred_insert.defer_insert(self.session, Message, message)
        ids = {"inbox_id": self.inbox_id, "report_id": report_id, "case_id": case_id}
        files = (*self.attachments, self.rest) if self.rest else self.attachments
        rows = [Media.from_attachment(item, **ids) for item in files]
        if rows:
            self.session.add_all(rows)
            self.session.flush()
        unopened = {item.position for item in self.lost}
        return tuple(row.id for row in rows if row.position not in unopened)

    @property
    def evidence(self) -> tuple[Attachment, ...]:
        """The files that could be opened."""
        unopened = {item.position for item in self.lost}
        return tuple(item for item in self.attachments if item.position not in unopened)

    @property
    def full_text(self) -> str:
        """All the words, quoted ones first: `那个灯还没修` means nothing without its quote."""
        return "\n".join(text for text in (self.incoming.quoted_text, self.incoming.text) if text)

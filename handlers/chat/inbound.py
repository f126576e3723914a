"""One received message with everything a handler needs to act on it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from handlers.cases.actors import Actor
from handlers.cases.permissions import is_own
from handlers.cases.privacy import mask
from handlers.cases.queries import Asker
from handlers.cases.views import view_for
from handlers.environment.example_places import find_example_place
from handlers.environment.facts import build_facts
from handlers.environment.snapshot import Environment
from handlers.notifications import pushes, relays
from handlers.triage.types import Facts
from handlers.triage.unit_directory import FINE_KINDS
from handlers.wording.subjects import matter, name_cases
from handlers.wording.talk import SOME_PLACE
from models import deferred_insert
from models.cases import Case
from models.messages import Attachment, Incoming, LostFile, Part, PartKind, PushBody, TextPush
from models.organisation import Chat, ChatUse, Person, Unit
from models.photo_readings import expect_readings
from models.pushes import PushPurpose
from models.reports import Media, Message, Report
from models.voices import Voice, VoiceState

_COPY = 1000
"""Between the positions of the files that came and of those of a copy."""
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
    copy: int = 0
    """Which copy of its files a part keeps that is said of a case of its own; 0: those that came."""
    spoken_file: int | None = None
    """Id of the media row of a voice that was stored when it came, where these are its words."""
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
    def is_spoken_to(self) -> bool:
        """Whether the words are meant for the bot; else it overhears what people say to each other.

        By its name, or alone with it, and nobody else answers.
        """
        return (self.incoming.addressed or self.incoming.direct) and not self.incoming.attended

    @property
    def may_answer_unasked(self) -> bool:
        """Whether what the bot asked this person is answered without a mention: also where all is heard."""
        return self.is_spoken_to or self.incoming.channel in self.env.overhearing_channels

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
        if self.incoming.attended:
            return
        if isinstance(body, str):
            said = body if self.in_private else self._mask_quotes(body)
            body = TextPush(name_cases(said, self._find_matter))
        rows = relays.build_rows(
            self.session,
            self.chat,
            body,
            person_id=self.person.id,
            key=f"inbox:{self.inbox_id}:{self.part}{part}",
            env=self.env,
            now=self.now,
            case=case,
            purpose=PushPurpose.RECEIPT,
            answers=self.inbox_id,
            urgent=case.urgent if case else False,
        )
        if self.kept_replies is None:
            pushes.enqueue(self.session, *rows)
        else:
            self.kept_replies.extend(rows)

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
        return self.sent_point or next(known, None)

    @property
    def sent_point(self) -> tuple[float, float] | None:
        """The location that was sent, where it lies in the territory or near it."""
        sent = self.incoming.point
        return sent if sent is not None and not self.env.areas.is_far(*sent) else None

    @property
    def is_from_afar(self) -> bool:
        """Whether it is a location far from the territory, and nothing else."""
        return self.is_place_only and self.incoming.point is not None and self.sent_point is None

    @property
    def is_place_only(self) -> bool:
        """Whether it is a location and nothing else: its words are what a map calls the place."""
        parts = self.incoming.parts
        return bool(parts) and all(part.kind is PartKind.LOCATION for part in parts)

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
        return build_facts(
            self.session,
            self.env,
            chat=self.chat,
            person=self.person,
            addressed=self.is_spoken_to,
            has_media=not all(map(_is_spoken, self.incoming.media_parts())),
            spoken=PartKind.VOICE in [part.kind for part in self.incoming.parts],
            point=self.point,
            scene_unit_id=self._scene_id,
        )

    def store(self, *, report_id: int | None = None, case_id: int | None = None) -> tuple[int, ...]:
        """Store the message and its files, for the report or case of this id.

        Returns the ids of the files that show something: what nobody can open proves nothing.
        """
        if self.is_stored:
            return self._store_copies(case_id) if self.copy else ()
        if self.spoken_file is not None:
            return self._move_voice(self.spoken_file, report_id=report_id, case_id=case_id)
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
            self._expect_words(rows, report_id=report_id, case_id=case_id)
        unopened = {item.position for item in self.lost}
        usable = [row for row in rows if row.position not in unopened]
        if self.env.reads_photos:
            expect_readings(self.session, usable, now=self.now)
        return tuple(row.id for row in usable)

    def _store_copies(self, case_id: int | None) -> tuple[int, ...]:
        """Store rows of their own for the files of a message that is said of several cases."""
        unopened = {item.position for item in self.lost}
        shown = [item for item in self.attachments if item.position not in unopened]
        rows = [
            Media.from_attachment(
                replace(item, position=item.position + _COPY * self.copy),
                inbox_id=self.inbox_id,
                case_id=case_id,
            )
            for item in shown
        ]
        self.session.add_all(rows)
        self.session.flush()
        return tuple(row.id for row in rows)

    def _expect_words(self, rows: Sequence[Media], *, report_id: int | None, case_id: int | None) -> None:
        """Note the reporter's voices whose words nobody knows yet; what staff say aloud is no report."""
        wordless = {item.position for item in self.wordless_voices}
        found = [row for row in rows if row.position in wordless]
        case = self.session.get(Case, case_id) if found and report_id is None else None
        if not found or (case is not None and not is_own(self.session, self.actor, case)):
            return
        state = VoiceState.WAITING if self.env.has_speech_engine else VoiceState.UNHEARD
        self.session.add_all(Voice(media_id=row.id, state=state, not_before=self.now) for row in found)
        if report_id is not None:
            self.session.get_one(Report, report_id).unheard += len(found)

    def _move_voice(self, media_id: int, *, report_id: int | None, case_id: int | None) -> tuple[int, ...]:
        """The voice, stored when it came, belongs where its words go."""
        where = {"report_id": report_id, "case_id": case_id}
        came_in = select(Media.inbox_id).where(Media.id == media_id).scalar_subquery()
        self.session.execute(update(Message).where(Message.inbox_id == came_in).values(where))
        self.session.execute(update(Media).where(Media.id == media_id).values(where))
        return (media_id,)

    @property
    def wordless_voices(self) -> tuple[Attachment, ...]:
        """The voices that can be heard, and came without words."""
        heard = (item for item in self.usable_files if item.kind is PartKind.VOICE)
        return tuple(item for item in heard if not item.text.strip())

    @property
    def usable_files(self) -> tuple[Attachment, ...]:
        """The files that could be opened."""
        unopened = {item.position for item in self.lost}
        return tuple(item for item in self.attachments if item.position not in unopened)

    @property
    def evidence(self) -> tuple[Attachment, ...]:
        """The files that show something. A voice whose words came with it is words."""
        return tuple(item for item in self.usable_files if not _is_spoken(item))

    @property
    def has_files(self) -> bool:
        """Whether anything came but words, be it that it could not be opened."""
        return not all(map(_is_spoken, self.attachments))

    @property
    def full_text(self) -> str:
        """All the words, quoted ones first: `那个灯还没修` means nothing without its quote."""
        return "\n".join(text for text in (self.incoming.quoted_text, self.incoming.text) if text)


def _is_spoken(item: Attachment | Part) -> bool:
    """Whether it is a voice that brings its words."""
    return item.kind is PartKind.VOICE and bool(item.text.strip())

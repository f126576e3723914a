"""A transcript played through the handlers: each line as the worker handles it, with nobody to send to.

Reports that wait are settled as the ticker does; deadlines of cases are not looked at.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.cli.talk.transcript import TranscriptLine
from handlers import router
from handlers.environment.snapshot import Environment
from handlers.intake.reports import settlement
from handlers.wording import marks
from models.account_ids import spell_account
from models.case_numbers import serial_of
from models.cases import Case, Event
from models.database import Database
from models.inbox import InboxRow, InboxState
from models.messages import Attachment, Incoming, MediaRef, Part, PartKind, TextPush, push_from_json
from models.organisation import Account, Chat, ChatUse, Person, Unit
from models.pushes import Push
from models.reports import IS_WAITING, Report

_PROVIDER, _CHANNEL, _BOT = "wecom", "grid", "网格助手"
_MOST_SETTLED = 50
"""Rounds of settling between two lines; a report needs two or three."""
_ID = re.compile(r"\{([^{}]{1,40})\}")


class UnknownChat(ValueError):
    """A chat that the organisation does not have; `str` is the sentence for the terminal."""


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case that a line opened."""

    class_id: str
    place: str
    urgent: bool


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What came of one line. Cases are named by the line that opened them: numbers may differ."""

    slug: str
    acts: tuple[tuple[str, str], ...]
    """Acts performed, each with the id of the line whose case it was."""
    opened: tuple[OpenedCase, ...]


@dataclass
class Playback:
    """Plays lines in one database, in order."""

    database: Database
    env: Environment
    _case_lines: dict[int, str] = field(default_factory=dict)
    """Case id to the id of the line that opened it."""
    _cases_of: dict[str, int] = field(default_factory=dict)
    """Line id to the case that it opened or did something with."""

    def play(self, lines: Sequence[TranscriptLine], times: Sequence[datetime]) -> list[LineOutcome]:
        """What came of each line. Raises UnknownChat."""
        return [
            self._play_line(line, at, until)
            for line, at, until in zip(lines, times, (*times[1:], None), strict=True)
        ]

    def _play_line(self, line: TranscriptLine, at: datetime, until: datetime | None) -> LineOutcome:
        with self.database.read() as session:
            last = session.scalar(select(func.max(Event.id))) or 0
        with self.database.write() as session, session.begin_nested():
            slug = self._handle(session, line, at)
        self._settle_reports(until)
        with self.database.read() as session:
            found = session.execute(
                select(Event, Case)
                .join(Case, Case.id == Event.case_id)
                .where(Event.id > last)
                .order_by(Event.id)
            ).all()
        return self._describe(line, slug, [(event, case) for event, case in found])

    def _describe(self, line: TranscriptLine, slug: str, found: Sequence[tuple[Event, Case]]) -> LineOutcome:
        opened = [case for event, case in found if event.number == 1]
        self._case_lines |= {case.id: line.id for case in opened}
        done = [(event.act, case) for event, case in found if event.number > 1]
        for case in (*opened, *(case for _, case in done)):
            self._cases_of.setdefault(line.id, case.id)
        return LineOutcome(
            slug,
            tuple((act, self._case_lines.get(case.id, "")) for act, case in done),
            tuple(OpenedCase(case.class_id, case.place, case.urgent) for case in opened),
        )

    def _handle(self, session: Session, line: TranscriptLine, at: datetime) -> str:
        incoming = self._build_incoming(session, line)
        row = InboxRow(
            channel=incoming.channel, sender=incoming.sender, message_id=incoming.message_id,
            lane=f"{incoming.channel}:{incoming.chat_id}:{incoming.sender}", raw="",
            received_at=at, not_before=at,
        )  # fmt: skip
        session.add(row)
        session.flush()
        photo = Attachment(0, PartKind.PHOTO, "image/jpeg", 1, f"{row.id:064x}", f"{row.id}.jpg")
        slug = router.handle_message(
            session, incoming, inbox_id=row.id, env=self.env, now=at,
            attachments=(photo,) if line.photo else (),
        )  # fmt: skip
        row.state, row.result, row.handled_at = InboxState.DONE, slug, at
        return slug

    def _settle_reports(self, until: datetime | None) -> None:
        """Settle the reports that wait when they are due, up to the next line; after the last, all."""
        for _ in range(_MOST_SETTLED):
            with self.database.write() as session:
                due = session.scalar(select(func.min(Report.due_at)).where(IS_WAITING))
                if due is None or (until is not None and due > until):
                    return
                settlement.settle_due_reports(session, self.env, now=due)

    # What a channel makes of a line ----------------------------------------------------------

    def _build_incoming(self, session: Session, line: TranscriptLine) -> Incoming:
        person = self._find_person(session, line)
        account = session.scalars(
            select(Account).where(Account.person_id == person.id).order_by(Account.id).limit(1)
        ).one()
        chat = None if line.is_direct else self._find_chat(session, line, person)
        chat_id = account.user_id if chat is None else chat.chat_id
        parts = [Part(PartKind.TEXT, self._fill_in(session, line.text))] if line.text else []
        if line.photo:
            parts.append(Part(PartKind.PHOTO, media=MediaRef("https://example.invalid/file")))
        quote = self._find_quoted(session, line, chat_id)
        return Incoming(
            chat.channel if chat is not None else _CHANNEL, f"line-{line.id}", chat_id,
            direct=chat is None, sender=account.user_id, provider=account.provider, bot_name=_BOT,
            parts=tuple(parts), quote=(Part(PartKind.TEXT, quote),) if quote else (),
            addressed=line.addressed or chat is None,
        )  # fmt: skip

    def _find_person(self, session: Session, line: TranscriptLine) -> Person:
        named = select(Person).outerjoin(Account, Account.person_id == Person.id)
        known = named.where(
            (Person.code == line.who) | (Person.name == line.who) | (Account.user_id == line.who)
        )
        person = session.scalars(known.order_by(Person.id).limit(1)).first()
        if person is None:
            unit = self._find_unit(session, line.unit)
            person = Person(
                code=line.who, name=line.who, role=line.role, unit_id=unit.id if unit is not None else None
            )
            session.add(person)
            session.flush()
        if not session.scalar(select(func.count()).where(Account.person_id == person.id)):
            user = spell_account(_PROVIDER, person.code)
            session.add(Account(person_id=person.id, provider=_PROVIDER, user_id=user))
            session.flush()
        return person

    def _find_unit(self, session: Session, name: str) -> Unit | None:
        if not name:
            return None
        named = (Unit.code == name) | (Unit.name == name) | (Unit.short == name)
        return session.scalars(select(Unit).where(named).order_by(Unit.id).limit(1)).first()

    def _find_chat(self, session: Session, line: TranscriptLine, person: Person) -> Chat:
        groups = select(Chat).where(Chat.use != ChatUse.DIRECT).order_by(Chat.id).limit(1)
        if line.chat:
            named = (Chat.chat_id == line.chat) | (Chat.code == line.chat) | (Chat.name == line.chat)
            chat = session.scalars(groups.where(named)).first()
        else:
            of_use = groups.where(Chat.use == (line.use or ChatUse.INTAKE))
            own = session.scalars(of_use.where(Chat.unit_id == person.unit_id)).first()
            chat = own or session.scalars(of_use).first()
        if chat is None:
            raise UnknownChat(f"第 {line.id} 句：组织里没有群 {line.chat or line.use or ChatUse.INTAKE}")
        return chat

    def _fill_in(self, session: Session, text: str) -> str:
        """`{3}` is the serial of the case of line 3; of a line without a case, a number that nobody has."""

        def find_serial(match: re.Match[str]) -> str:
            case_id = self._cases_of.get(match[1])
            return serial_of(session.get_one(Case, case_id).number) if case_id is not None else "9999"

        return _ID.sub(find_serial, text)

    def _find_quoted(self, session: Session, line: TranscriptLine, chat_id: str) -> str:
        """The newest push to this chat about the case of the quoted line, "" where there is no such case."""
        case_id = self._cases_of.get(line.quoted_id)
        if case_id is None:
            return ""
        mark = marks.case_mark(session.get_one(Case, case_id).number)
        pushes = select(Push).join(Chat, Chat.id == Push.chat_id).where(Chat.chat_id == chat_id)
        bodies = (
            push_from_json(push.kind, push.body) for push in session.scalars(pushes.order_by(Push.id.desc()))
        )
        return next((b.text for b in bodies if isinstance(b, TextPush) and mark in b.text), mark)

"""Lines for the duty desk: stored, put together, shown on a card, and rung for where a person is wanted.

A line is what one person said in one chat; until the desk decides, what they add belongs to it, so that
nobody fills the desk's group. Its card is sent anew with the first pieces and then now and then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from handlers.cards.keys import LineKey, LineTask
from handlers.cases import permissions
from handlers.cases.actors import Actor
from handlers.cases.privacy import mask
from handlers.environment import unit_chats
from handlers.environment.snapshot import Environment
from handlers.environment.units import find_subtree_ids
from handlers.notifications import pushes, recipients
from handlers.triage.types import Triage
from handlers.wording import desk_lines as say
from handlers.wording.formats import format_span
from handlers.wording.markup import escape_words
from models.cases import Case, draw_number
from models.clocks import compute_time_at_share
from models.desk_lines import IS_UNDECIDED_LINE, IS_UNREMINDED_LINE, DeskLine, LineDecision
from models.messages import Button, Card, CardPush, FilePush, PhotoPush, TextPush
from models.organisation import DUTY_OFFICERS, Chat, ChatUse, Person, Role, Unit, has_post
from models.pushes import Push, PushPurpose
from models.reports import IS_PICTURE, IS_PLAYABLE, Media, Report

PREFIX = "LY"
_ANSWER = "answer"
_FRESH_PIECES, _THEN_EVERY = 3, 10
"""The card is sent with each of the first pieces, then with every tenth; the words are all kept."""
_QUIET_FOR = timedelta(minutes=10)
"""After so long without a piece the next one is shown again."""
_MOST_WORDS = 4000
_BATCH = 200
_PHOTOS = 3
"""Photos of one piece that the desk is shown; a case has them all."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was said, where, by whom: the beginning or a further piece of a line."""

    text: str
    person: Person
    chat: Chat
    area_id: int | None
    """Whose desk decides: that of this unit; None: the top desk."""
    triage: Triage
    case: Case | None = None
    """The case that it is about."""
    wants_person: bool = False


def add_to_line(session: Session, said: Said, env: Environment, *, now: datetime) -> DeskLine:
    """The line that waits for the desk, with these words in it: this person's in this chat, or a new one."""
    line = find_waiting_line(session, said.chat.id, said.person.id)
    if line is None:
        return _begin_line(session, said, env, now=now)
    report = session.get_one(Report, line.report_id)
    report.text = "\n".join(part for part in (report.text, said.text) if part)[-_MOST_WORDS:]
    line.pieces += 1
    line.wants_person = line.wants_person or said.wants_person
    line.case_id = line.case_id or (said.case.id if said.case else None)
    return line


def find_waiting_line(session: Session, chat_id: int, person_id: int | None) -> DeskLine | None:
    """The line of this person in this chat that the desk has not decided, locked; None: there is none."""
    mine = (DeskLine.chat_id == chat_id, DeskLine.person_id == person_id, IS_UNDECIDED_LINE)
    return session.scalar(select(DeskLine).where(*mine).with_for_update())


def _begin_line(session: Session, said: Said, env: Environment, *, now: datetime) -> DeskLine:
    report = Report(
        chat_id=said.chat.id, person_id=said.person.id, text=said.text[-_MOST_WORDS:], opened_at=now,
        closes_at=now, due_at=now, closed_at=now, triage=said.triage.to_json(),
    )  # fmt: skip
    session.add(report)
    session.flush()
    day = f"{PREFIX}{env.local(now):%y%m%d}"
    line = DeskLine(
        number=f"{day}-{draw_number(session, f'line:{day}'):04d}",
        report_id=report.id,
        person_id=said.person.id,
        chat_id=said.chat.id,
        area_id=said.area_id,
        case_id=said.case.id if said.case else None,
        wants_person=said.wants_person,
        at=now,
        last_at=now,
    )
    session.add(line)
    session.flush()
    return line


def show_line(
    session: Session,
    line: DeskLine,
    env: Environment,
    *,
    now: datetime,
    ring: bool,
    files: Sequence[int] = (),
) -> None:
    """Show the desk the line as it stands, where it is due; with `ring` the desk is rung by name.

    `files`: ids of the media of the newest piece, of which the first photos are shown.
    """
    often = line.pieces <= _FRESH_PIECES or line.pieces % _THEN_EVERY == 0
    due = often or now - line.last_at >= _QUIET_FOR
    line.last_at = now
    if not due:
        return
    shown = select(Media.id).where(Media.id.in_(files), IS_PICTURE).order_by(Media.id)
    photos = session.scalars(shown.limit(_PHOTOS)).all() if files else []
    spoken = session.scalars(select(Media.id).where(Media.id.in_(files), IS_PLAYABLE)).all() if files else []
    rows = []
    for chat in unit_chats.duty_chats(session, line.area_id):
        if ring:
            words = say.ring(line.number, display_words(session, line, env))
            rung = TextPush(words, recipients.mentions_for(session, chat, env, now=now))
            rows.append(_push(line, chat, rung, "ring", env, now=now))
        card = CardPush(build_card(session, line, env, chat=chat))
        rows.append(_push(line, chat, card, "card", env, now=now))
        rows += [_push(line, chat, PhotoPush(one), f"photo{one}", env, now=now) for one in photos]
        rows += [_push(line, chat, FilePush(one), f"voice{one}", env, now=now) for one in spoken]
    pushes.enqueue(session, *rows)


def format_answer_key(line: DeskLine) -> str:
    """The dedupe key of what the desk answers a line."""
    return f"line:{line.id}:{_ANSWER}"


def find_answered_line(session: Session, push: Push) -> DeskLine | None:
    """The line that a push (`PushPurpose.REPLY`) answers."""
    _, number, _ = push.dedupe_key.split(":", 2)
    return session.get(DeskLine, int(number))


def remind_of_lines(session: Session, env: Environment, *, now: datetime) -> int:
    """Remind each desk, once, of the lines that waited for it too long (`desk_line` of rules/limits.yaml).

    Returns how many lines; any number of processes may look.
    """
    waiting = select(DeskLine).where(IS_UNREMINDED_LINE).order_by(DeskLine.id).limit(_BATCH)
    lines = [
        line
        for line in session.scalars(waiting.with_for_update(skip_locked=True))
        if compute_time_at_share(env.calendar, env.limits.desk_line, line.at, 1.0, ()) <= now
    ]
    for line in lines:
        line.reminded_at = now
        words = say.reminder(line.number, display_words(session, line, env), format_span(now - line.at))
        desks = unit_chats.duty_chats(session, line.area_id)
        rung = [
            (chat, TextPush(words, recipients.mentions_for(session, chat, env, now=now))) for chat in desks
        ]
        pushes.enqueue(session, *(_push(line, chat, body, "remind", env, now=now) for chat, body in rung))
    return len(lines)


def _push(
    line: DeskLine,
    chat: Chat,
    body: TextPush | CardPush | PhotoPush | FilePush,
    part: str,
    env: Environment,
    *,
    now: datetime,
) -> pushes.Row:
    return pushes.push_row(
        chat, body, key=f"line:{line.id}:{line.pieces}:{part}:{chat.id}", env=env, now=now,
        purpose=PushPurpose.REMINDER if part == "remind" else PushPurpose.ORDER,
        merge=f"line:{line.id}:{part}" if part == "card" else None,
    )  # fmt: skip


def build_card(
    session: Session, line: DeskLine, env: Environment, *, chat: Chat, task_id: str = "", done: str = ""
) -> Card:
    """The card of a line for a desk's chat; `done`: what came of it, instead of the buttons."""
    case = session.get(Case, line.case_id) if line.case_id is not None else None
    rows = (
        (say.FROM, _place_of_origin(session, line)),
        (say.ABOUT, case.number if case else ""),
        (say.COUNT, f"{line.pieces} 条" if line.pieces > 1 else ""),
    )
    decisions = (
        (say.OPEN, LineDecision.OPENED, 1),
        (say.ANSWER, LineDecision.ANSWERED, 2),
        (say.DROP, LineDecision.DROPPED, 2),
    )
    return Card(
        task_id=task_id or LineTask(line.id, line.pieces, chat.id).to_id(),
        title=say.TITLE_PERSON if line.wants_person else say.TITLE,
        desc=done or line.number,
        body=say.body(display_words(session, line, env)),
        rows=tuple((name, value) for name, value in rows if value),
        buttons=()
        if done
        else tuple(Button(words, LineKey(line.id, to).to_key(), style) for words, to, style in decisions),
        url=env.base_url,
    )


def display_words(session: Session, line: DeskLine, env: Environment) -> str:
    """The words as the desk may have them: without numbers, and without the name of who said them."""
    person = session.get_one(Person, line.person_id)
    text = session.get_one(Report, line.report_id).text
    return escape_words(env.roster.mask_people(mask(text, person.name)))


def _place_of_origin(session: Session, line: DeskLine) -> str:
    """The group; of a direct conversation nothing that says whose it is."""
    chat = session.get_one(Chat, line.chat_id)
    if chat.use == ChatUse.DIRECT:
        return say.PRIVATE
    return chat.name or chat.code


def may_decide(session: Session, person: Person, line: DeskLine) -> bool:
    """Whether this person sits at the desk that looks after the line's area."""
    return any(
        one.is_one_of(DUTY_OFFICERS) and permissions.looks_after(session, one, line.area_id)
        for one in Actor(person).capacities
    )


def list_waiting_lines(session: Session, person: Person, *, limit: int) -> tuple[Sequence[DeskLine], int]:
    """The lines that wait for this person's desk, the oldest first, at most `limit`; and how many in all."""
    desks = [
        session.get_one(Unit, one.unit_id)
        for one in person.in_each_post
        if one.unit_id is not None and one.role in DUTY_OFFICERS
    ]
    if not desks:
        return [], 0
    within = [DeskLine.area_id.in_(find_subtree_ids(session, unit)) for unit in desks]
    at_top = any(unit.parent_id is None for unit in desks)
    mine = or_(*within, *([DeskLine.area_id.is_(None)] if at_top else []))
    total = session.scalar(select(func.count()).select_from(DeskLine).where(IS_UNDECIDED_LINE, mine)) or 0
    found = session.scalars(
        select(DeskLine).where(IS_UNDECIDED_LINE, mine).order_by(DeskLine.id).limit(limit)
    )
    return found.all(), total


def name_officers(session: Session, area_id: int | None) -> list[str]:
    """Names of the duty officers at the desk that looks after this area, as far as they have any."""
    desk = next(iter(unit_chats.duty_chats(session, area_id)), None)
    if desk is None or desk.unit_id is None:
        return []
    found = session.scalars(
        select(Person.name).where(
            has_post(lambda role, unit_id: and_(role == Role.DUTY, unit_id == desk.unit_id)),
            Person.name != "",
        )
    )
    return list(found)

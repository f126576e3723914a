"""Notices: written by one person, approved by another, sent by the ticker to the groups of a subtree.

An answer to everybody who asked (`keyword`) is a notice too: its audience is who reported
something with that word, where they reported it (requirements D09).
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Select, Update, and_, or_, select, update
from sqlalchemy.orm import Session

from handlers.cases import queries
from handlers.cases.lists import topics
from handlers.environment import unit_chats
from handlers.environment.people import doors
from handlers.environment.snapshot import Environment
from handlers.environment.units import covers, select_subtree
from handlers.errors import MissingNeed, NotAllowed, NotFound, WrongState
from handlers.notifications import pushes, recipients, relays
from handlers.wording import notices as say
from models.cases import Case, increment_counter
from models.messages import TextPush
from models.notices import IS_PENDING, Notice
from models.organisation import DESK, Chat, ChatUse, Person, Role, Unit
from models.topics import Topic, TopicCase

log = structlog.get_logger()

EVERYWHERE = (ChatUse.INTAKE, ChatUse.RESIDENTS, ChatUse.HANDLING)
MOST_TEXT = 1000
SHORTEST_KEYWORD = 2
"""One character is in every other report."""
_ASKED_WITHIN = timedelta(days=180)
_STALE = timedelta(hours=12)
"""A day of a plan that is later than this is skipped: Monday's tip on Wednesday is noise, and a
process that was down for a week must not say everything at once."""
_APPROVERS = frozenset({Role.DUTY, Role.LEADER, Role.COORDINATOR})
_TOPIC = re.compile(r"T\d{6}-\d+")


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """The words of a notice, its audience and when it is to be sent (aware)."""

    text: str
    unit: Unit
    send_at: datetime
    uses: tuple[ChatUse, ...] = EVERYWHERE
    theme: str = ""
    keyword: str | None = None
    workdays_only: bool = False


def check_may_write(session: Session, person: Person, unit: Unit) -> None:
    """Raise NotAllowed for others than staff, and for a unit outside their own subtree."""
    if person.role not in DESK:
        raise NotAllowed(say.may_not_write())
    if not covers(_own_unit(session, person), unit):
        raise NotAllowed(say.not_beneath(unit.display_name))


def _own_unit(session: Session, person: Person) -> Unit | None:
    return session.get(Unit, person.unit_id) if person.unit_id else None


def store_draft(
    session: Session,
    draft: NoticeDraft,
    maker: Person,
    *,
    env: Environment,
    now: datetime,
    plan: str | None = None,
) -> Notice:
    """Store a notice, or one day of plan `plan`; nothing is sent before somebody else approves it.

    Raises MissingNeed for more than `MOST_TEXT` characters.
    """
    if len(draft.text) > MOST_TEXT:
        raise MissingNeed(say.too_long(MOST_TEXT))
    notice = Notice(
        number=next_number(session, "TZ", env, now=now),
        plan=plan,
        theme=draft.theme,
        text=draft.text,
        unit_id=draft.unit.id,
        uses=[] if draft.keyword else [str(use) for use in draft.uses],
        keyword=draft.keyword,
        send_at=draft.send_at,
        workdays_only=draft.workdays_only,
        made_by=maker.id,
        made_at=now,
    )
    session.add(notice)
    session.flush()
    return notice


def next_number(session: Session, prefix: str, env: Environment, *, now: datetime) -> str:
    """The next number of the local day: `TZ261121-001` for a notice, `JH261121-001` for a plan."""
    day = f"{prefix}{env.local(now):%y%m%d}"
    return f"{day}-{increment_counter(session, f'notice:{day}'):03d}"


def send_plan_to_desk(session: Session, number: str, env: Environment, *, now: datetime) -> None:
    """Show the duty desk of the audience the days of a plan, in order, before it is asked to approve them."""
    found = find_notices(session, number)
    days = [(f"{env.local(one.send_at):%m-%d %H:%M}", one.text) for one in found]
    reach = describe_reach(session, found[0], now=now)
    words = TextPush(say.plan(number, found[0].theme, reach.whole, days))
    rows = (
        pushes.push_row(chat, words, key=f"plan:{number}:{chat.id}", env=env, now=now)
        for chat in unit_chats.duty_chats(session, found[0].unit_id)
    )
    pushes.enqueue(session, *rows)


def find_notices(session: Session, number: str) -> list[Notice]:
    """The notice of this number, or every day of the plan of this number, in order. Raises NotFound."""
    named = Notice.number == number if number.startswith("TZ") else Notice.plan == number
    found = list(session.scalars(select(Notice).where(named).order_by(Notice.send_at, Notice.id)))
    if not found:
        raise NotFound(say.no_such_notice(number))
    return found


def state_of(notice: Notice) -> str:
    """How far the notice is: `draft`, `approved`, `sent`, `cancelled` or `skipped`."""
    for name in ("sent", "cancelled", "skipped", "approved"):
        if getattr(notice, f"{name}_at") is not None:
            return name
    return "draft"


def approve(session: Session, number: str, person: Person, *, now: datetime) -> int:
    """Approve a notice, or all days of a plan; returns how many.

    Raises NotAllowed for its author and for others than approvers above its unit, WrongState where it was
    decided already, NotFound for an unknown number.
    """
    found = find_notices(session, number)
    unit = session.get_one(Unit, found[0].unit_id)
    if person.role not in _APPROVERS or not covers(_own_unit(session, person), unit):
        raise NotAllowed(say.may_not_publish())
    # What is over is over for its author too, who is told that rather than to find somebody else.
    if doors.is_same(session, person, found[0].made_by) and any(state_of(one) == "draft" for one in found):
        raise NotAllowed(say.own_draft(number))
    return _update_waiting(
        session, found, Notice.approved_at.is_(None), approved_by=person.id, approved_at=now, number=number
    )


def withdraw(session: Session, number: str, person: Person, *, now: datetime) -> int:
    """Withdraw a notice, or the days of a plan that were not sent; returns how many.

    Raises NotAllowed for people who may not write to its unit, WrongState where nothing is left to withdraw.
    """
    found = find_notices(session, number)
    check_may_write(session, person, session.get_one(Unit, found[0].unit_id))
    return _update_waiting(session, found, cancelled_at=now, number=number)


def _update_waiting(
    session: Session, found: Sequence[Notice], *conditions: Any, number: str, **values: Any
) -> int:
    """Change what still waits: of two who decide in the same second, one does. Raises WrongState."""
    statement = update(Notice).where(Notice.id.in_([one.id for one in found]), IS_PENDING, *conditions)
    changed = _count_updated(session, statement.values(**values))
    for notice in found:
        session.refresh(notice)
    if not changed:
        raise WrongState(say.already_over(number, say.STATES[state_of(found[-1])]))
    return changed


def _count_updated(session: Session, statement: Update) -> int:
    changing = statement.returning(Notice.id).execution_options(synchronize_session=False)
    return len(session.scalars(changing).all())


# To whom -------------------------------------------------------------------------------------


def target_chats(session: Session, notice: Notice) -> list[Chat]:
    """Groups of the notice's subtree and uses that the bot is still in."""
    found = session.scalars(
        select(Chat)
        .where(Chat.unit_id.in_(_beneath(session, notice)), Chat.use.in_(notice.uses), Chat.gone_at.is_(None))
        .order_by(Chat.id)
    )
    return list(found)


def find_askers(session: Session, notice: Notice, *, now: datetime) -> dict[Chat, list[str]]:
    """Who reported something with the keyword, or of the topic: chat to codes, each person once a chat.

    Restricted cases stay out: an answer in a group would reveal them.
    """
    keyword, unit = notice.keyword or "", session.get_one(Unit, notice.unit_id)
    asked = session.execute(
        select(Chat, Person.code)
        .select_from(Case)
        .join(Chat, Chat.id == Case.chat_id)
        .join(Person, Person.id == Case.reporter_id)
        .where(
            Case.opened_at >= now - _ASKED_WITHIN,
            _belongs_to_topic(keyword)
            if _TOPIC.fullmatch(keyword)
            else _contains_word(session, keyword, unit),
            queries.is_visible(queries.PUBLIC),
            Chat.gone_at.is_(None),
        )
        .order_by(Case.id)
    )
    found: dict[Chat, dict[str, None]] = defaultdict(dict)
    for chat, code in asked:
        found[doors.reach_once(session, [chat])[0]][code] = None
    return {chat: list(codes) for chat, codes in found.items()}


def _contains_word(session: Session, keyword: str, unit: Unit) -> ColumnElement[bool]:
    return and_(
        or_(Case.text.contains(keyword, autoescape=True), Case.place.contains(keyword, autoescape=True)),
        queries.lies_in(session, unit),
    )


def _belongs_to_topic(code: str) -> ColumnElement[bool]:
    return topics.belongs_to_topic(select(TopicCase.case_id).join(Topic).where(Topic.code == code))


def _beneath(session: Session, notice: Notice) -> Select[int]:
    return select_subtree(session.get_one(Unit, notice.unit_id))


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a notice reaches, in Chinese words."""

    count: str
    """How many groups or people, for a card."""
    names: tuple[str, ...]
    """Every group by name."""

    @property
    def whole(self) -> str:
        return say.with_names(self.count, self.names)


def describe_reach(session: Session, notice: Notice, *, now: datetime) -> Reach:
    """Whom the notice would reach now; raises NotFound where that is nobody."""
    if notice.keyword:
        asked = find_askers(session, notice, now=now)
        if not asked:
            raise NotFound(say.nobody_asked(notice.keyword))
        people = len({code for codes in asked.values() for code in codes})
        return Reach(say.people(people, len(asked)), recipients.name_chats(list(asked)))
    groups = target_chats(session, notice)
    if not groups:
        raise NotFound(say.nobody_to_tell(session.get_one(Unit, notice.unit_id).display_name))
    return Reach(say.groups(len(groups), notice.uses), recipients.name_chats(groups))


# Sending -------------------------------------------------------------------------------------


def send_due_notices(session: Session, env: Environment, *, now: datetime) -> int:
    """Queue one notice that is approved and due; returns how many, 0 or 1. Any number of tickers may try."""
    # One a tick: it may go to 2,768 groups (requirements §6), and whoever holds one row only can
    # never wait for somebody who withdraws a whole plan while that waits for them.
    waiting = session.scalar(
        select(Notice)
        .where(IS_PENDING, Notice.approved_at.is_not(None), Notice.send_at <= now)
        .order_by(Notice.send_at, Notice.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return _send_notice(session, waiting, env, now=now) if waiting else 0


def _send_notice(session: Session, notice: Notice, env: Environment, *, now: datetime) -> int:
    off = notice.workdays_only and not env.calendar.is_workday(env.local(notice.send_at).date())
    stale = notice.plan is not None and now - notice.send_at > _STALE
    column = "skipped_at" if off or stale else "sent_at"
    # Whoever changes the row sends; another ticker finds it changed, a withdrawal comes too late.
    mine = update(Notice).where(Notice.id == notice.id, IS_PENDING).values({column: now})
    if not _count_updated(session, mine):
        return 0
    if column == "skipped_at":
        log.info("notice.skipped", number=notice.number, off=off, stale=stale)
        return 1
    reached = _queue_pushes(session, notice, env, now=now)
    _count_updated(session, update(Notice).where(Notice.id == notice.id).values(reached=reached))
    log.info("notice.sent", number=notice.number, reached=reached)
    return 1


def _queue_pushes(session: Session, notice: Notice, env: Environment, *, now: datetime) -> int:
    if notice.keyword:
        words = say.answer(notice.theme or notice.keyword, notice.text)
        told = {
            chat: TextPush(
                words, recipients.find_accounts(session, codes) if chat.use != ChatUse.DIRECT else ()
            )
            for chat, codes in find_askers(session, notice, now=now).items()
        }
    else:
        told = dict.fromkeys(target_chats(session, notice), TextPush(say.notice(notice.theme, notice.text)))
    rows = (
        row
        for chat, body in told.items()
        for row in relays.build_rows(
            session, chat, body, for_everybody=True, key=f"notice:{notice.id}:{chat.id}", env=env, now=now
        )
    )
    pushes.enqueue(session, *rows)
    return len(told)

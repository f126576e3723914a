"""Notices: written by one person, approved by another, sent by the ticker to the groups of a subtree.

An answer to everybody who asked (`keyword`) is a notice too: its audience is who reported
something with that word, where they reported it (requirements D09).
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, func, select, update
from sqlalchemy.orm import Session

from handlers.cases import queries
from handlers.cases.lists import topics, word_index
from handlers.environment import unit_chats
from handlers.environment.people import doors
from handlers.environment.people.posts import holds_post_above, unit_of
from handlers.environment.snapshot import Environment
from handlers.environment.units import select_subtree
from handlers.errors import MissingNeed, NotAllowed, NotFound, WrongState
from handlers.notifications import pushes, recipients
from handlers.wording import notices as say
from models.cases import Case, increment_counter
from models.database import keep_from_indexes
from models.messages import TextPush
from models.notices import IS_PENDING, Notice
from models.organisation import DESK, Chat, ChatUse, Person, Role, Unit
from models.topics import Topic, TopicCase

EVERYWHERE = (ChatUse.INTAKE, ChatUse.RESIDENTS, ChatUse.HANDLING)
MOST_TEXT = 1000
SHORTEST_KEYWORD = 2
"""One character is in every other report."""
_ASKED_WITHIN = timedelta(days=180)
NEWEST = 7_000
"""Cases among which a word is looked for that very many say: it is about what is the matter now."""
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
    tags: tuple[str, ...] = ()
    event_at: datetime | None = None
    remind_at: datetime | None = None
    """When it is sent once more, before the event."""
    ends_at: datetime | None = None
    repeats: str | None = None
    """A rule of `handlers.clocks.recurrence`."""
    item_tag: str | None = None
    """Takes its words from the library; `text` is empty then."""


def check_may_write(session: Session, person: Person, unit: Unit) -> None:
    """Raise NotAllowed for others than staff, and for a unit outside their own subtree."""
    if person.find_post(DESK) is None:
        raise NotAllowed(say.may_not_write())
    if not holds_post_above(session, person, DESK, unit):
        raise NotAllowed(say.not_beneath(unit.display_name))


def store_notice(
    session: Session, draft: NoticeDraft, maker: Person, *, env: Environment, now: datetime
) -> Notice:
    """Store a notice; with its reminder, or as the first of many, under the number of a plan.

    Raises MissingNeed as `store_draft` does.
    """
    if draft.repeats is None and draft.remind_at is None:
        return store_draft(session, draft, maker, env=env, now=now)
    plan = next_number(session, "JH", env, now=now)
    first = store_draft(session, draft, maker, env=env, now=now, plan=plan)
    if draft.remind_at is not None and draft.event_at is not None:
        again = replace(
            draft, text=say.reminder(env.local(draft.event_at), draft.text), send_at=draft.remind_at
        )
        store_draft(session, again, maker, env=env, now=now, plan=plan)
    return first


def store_draft(
    session: Session,
    draft: NoticeDraft,
    maker: Person | None,
    *,
    env: Environment,
    now: datetime,
    plan: str | None = None,
) -> Notice:
    """Store a notice, or one day of plan `plan`; nothing is sent before somebody else approves it.

    `maker`: None where the program drafts it.

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
        tags=list(draft.tags),
        issuer="" if draft.keyword else _name_issuer(session, maker, draft.unit),
        keyword=draft.keyword,
        event_at=draft.event_at,
        ends_at=draft.ends_at,
        repeats=draft.repeats,
        item_tag=draft.item_tag,
        send_at=draft.send_at,
        workdays_only=draft.workdays_only,
        made_by=maker.id if maker is not None else None,
        made_at=now,
    )
    session.add(notice)
    session.flush()
    return notice


def _name_issuer(session: Session, maker: Person | None, to: Unit) -> str:
    """The office of its author; what the program drafts goes out in the name of the area it is for."""
    unit = unit_of(session, maker) if maker is not None else to
    return unit.display_name if unit is not None else ""


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

    Raises NotAllowed for its author and for others than approvers above its unit, WrongState where it is
    over or was decided already, NotFound for an unknown number.
    """
    found = find_notices(session, number)
    unit = session.get_one(Unit, found[0].unit_id)
    check_may_publish(session, person, unit)
    # What is over is over for its author too, who is told that rather than to find somebody else.
    if doors.is_same(session, person, found[0].made_by) and any(state_of(one) == "draft" for one in found):
        raise NotAllowed(say.own_draft(number))
    if all(one.ends_at is not None and one.ends_at <= now for one in found):
        raise WrongState(say.over_by_now(number))
    return _update_waiting(
        session, found, Notice.approved_at.is_(None), approved_by=person.id, approved_at=now, number=number
    )


def check_may_publish(session: Session, person: Person, unit: Unit) -> None:
    """Raise NotAllowed for others than approvers above the unit."""
    if not holds_post_above(session, person, _APPROVERS, unit):
        raise NotAllowed(say.may_not_publish())


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
    changed = count_updated(session, statement.values(**values))
    for notice in found:
        session.refresh(notice)
    if not changed:
        raise WrongState(say.already_over(number, say.STATES[state_of(found[-1])]))
    return changed


def count_updated(session: Session, statement: Update) -> int:
    """Change notices; how many rows that were."""
    changing = statement.returning(Notice.id).execution_options(synchronize_session=False)
    return len(session.scalars(changing).all())


# To whom -------------------------------------------------------------------------------------


def target_chats(session: Session, notice: Notice) -> list[Chat]:
    """Groups of the notice's subtree, uses and tags that the bot is still in."""
    found = session.scalars(
        select(Chat)
        .where(Chat.unit_id.in_(_beneath(session, notice)), Chat.use.in_(notice.uses), Chat.gone_at.is_(None))
        .order_by(Chat.id)
    )
    return [chat for chat in found if not notice.tags or set(chat.tags) & set(notice.tags)]


def find_askers(
    session: Session, notice: Notice, *, now: datetime, newest: int = NEWEST
) -> dict[Chat, list[str]]:
    """Who reported something with the keyword, or of the topic: chat to codes, each person once a chat.

    Restricted cases stay out: an answer in a group would reveal them. A word that many cases hold is looked
    for in the `newest` so many.
    """
    keyword = notice.keyword or ""
    asked = session.execute(
        select(Chat, Person.code)
        .select_from(Case)
        .join(Chat, Chat.id == Case.chat_id)
        .join(Person, Person.id == Case.reporter_id)
        .where(
            # The few of a topic, of a rare word, or the newest are found by their ids.
            keep_from_indexes(Case.opened_at >= now - _ASKED_WITHIN),
            *(
                [_belongs_to_topic(keyword)]
                if _TOPIC.fullmatch(keyword)
                else _contains_word(session, notice, newest)
            ),
            queries.is_visible(queries.PUBLIC),
            Chat.gone_at.is_(None),
        )
        .order_by(Case.id)
    )
    found: dict[Chat, dict[str, None]] = defaultdict(dict)
    for chat, code in asked:
        found[doors.reach_once(session, [chat])[0]][code] = None
    return {chat: list(codes) for chat, codes in found.items()}


def _contains_word(session: Session, notice: Notice, newest: int) -> list[ColumnElement[bool]]:
    said, is_rare = word_index.contains(session, notice.keyword or "")
    lies = keep_from_indexes(queries.lies_in(session, session.get_one(Unit, notice.unit_id)))
    return [said, lies, *([] if is_rare else [Case.id > _find_oldest(session, newest)])]


def _find_oldest(session: Session, newest: int) -> int:
    """The id of the last case that is not among the newest so many."""
    return (session.scalar(select(func.max(Case.id))) or 0) - newest


def _is_cut(session: Session, notice: Notice, *, now: datetime) -> bool:
    """Whether the word of the notice was looked for in the newest cases only, and there are others."""
    keyword = notice.keyword or ""
    if _TOPIC.fullmatch(keyword) or word_index.contains(session, keyword)[1]:
        return False
    before = select(Case.opened_at).where(Case.id <= _find_oldest(session, NEWEST))
    opened = session.scalar(before.order_by(Case.id.desc()).limit(1))
    return opened is not None and opened >= now - _ASKED_WITHIN


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
        newest = NEWEST if _is_cut(session, notice, now=now) else None
        return Reach(say.people(people, len(asked), newest), recipients.name_chats(list(asked)))
    groups = target_chats(session, notice)
    if not groups:
        raise NotFound(say.nobody_to_tell(session.get_one(Unit, notice.unit_id).display_name))
    return Reach(say.groups(len(groups), notice.uses, notice.tags), recipients.name_chats(groups))

"""The library of texts for notices: entered by one person, approved by another, and whose turn it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Update, func, select, update
from sqlalchemy.orm import Session

from handlers.environment import unit_chats
from handlers.environment.snapshot import Environment
from handlers.environment.units import split_path
from handlers.errors import MissingNeed, NotAllowed, NotFound, WrongState
from handlers.notifications import notices, pushes
from handlers.wording import notice_library as say
from models.messages import TextPush
from models.notices import Notice, NoticeItem
from models.organisation import Person, Unit

MOST_TOGETHER = 50
"""Items that a second person reads through and approves at once."""


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """One text for the library; `months`: 1 to 12, none for all year."""

    text: str
    tags: tuple[str, ...]
    months: tuple[int, ...] = ()
    is_fallback: bool = False


def is_library_number(number: str) -> bool:
    """Whether the number is that of items entered together: `SC261121-001`."""
    return number.startswith(say.PREFIX)


def store_items(
    session: Session,
    drafts: Sequence[ItemDraft],
    maker: Person,
    unit: Unit,
    *,
    env: Environment,
    now: datetime,
) -> str:
    """Enter texts for the subtree of the unit and show them to its desk; their common number.

    Raises NotAllowed for others than staff above the unit, MissingNeed for none, too many or too long ones.
    """
    notices.check_may_write(session, maker, unit)
    if not 1 <= len(drafts) <= MOST_TOGETHER:
        raise MissingNeed(say.wrong_count(MOST_TOGETHER))
    if any(not draft.text or not draft.tags for draft in drafts):
        raise MissingNeed(say.usage())
    if any(len(draft.text) > notices.MOST_TEXT for draft in drafts):
        raise MissingNeed(say.too_long(notices.MOST_TEXT))
    number = notices.next_number(session, say.PREFIX, env, now=now)
    session.add_all(
        NoticeItem(
            number=number, unit_id=unit.id, text=draft.text, tags=list(draft.tags),
            months=[str(month) for month in draft.months], is_fallback=draft.is_fallback,
            made_by=maker.id, made_at=now,
        )
        for draft in drafts
    )  # fmt: skip
    words = TextPush(say.to_approve(number, unit.display_name, [_describe(draft) for draft in drafts]))
    rows = (
        pushes.push_row(chat, words, key=f"library:{number}:{chat.id}", env=env, now=now)
        for chat in unit_chats.duty_chats(session, unit.id)
    )
    pushes.enqueue(session, *rows)
    return number


def _describe(draft: ItemDraft) -> str:
    return say.item(draft.text, draft.tags, draft.months, is_fallback=draft.is_fallback)


def approve_items(session: Session, number: str, person: Person, *, now: datetime) -> int:
    """Let these items be sent; returns how many.

    Raises NotAllowed as `notices.approve` does, NotFound for an unknown number, WrongState for a decided one.
    """
    first = _find_first(session, number)
    notices.check_may_publish(session, person, session.get_one(Unit, first.unit_id))
    if person.id == first.made_by:
        raise NotAllowed(say.own_items(number))
    waiting = update(NoticeItem).where(NoticeItem.approved_at.is_(None), NoticeItem.cancelled_at.is_(None))
    return _change(session, waiting.values(approved_by=person.id, approved_at=now), number)


def withdraw_items(session: Session, number: str, person: Person, *, now: datetime) -> int:
    """Take these items out of the library; returns how many.

    Raises NotAllowed for people who may not write to their unit, WrongState where none is left.
    """
    first = _find_first(session, number)
    notices.check_may_write(session, person, session.get_one(Unit, first.unit_id))
    left = update(NoticeItem).where(NoticeItem.cancelled_at.is_(None))
    return _change(session, left.values(cancelled_at=now), number)


def _find_first(session: Session, number: str) -> NoticeItem:
    found = session.scalar(
        select(NoticeItem).where(NoticeItem.number == number).order_by(NoticeItem.id).limit(1)
    )
    if found is None:
        raise NotFound(say.no_such_items(number))
    return found


def _change(session: Session, statement: Update, number: str) -> int:
    chosen = statement.where(NoticeItem.number == number).returning(NoticeItem.id)
    changed = len(session.scalars(chosen.execution_options(synchronize_session=False)).all())
    session.expire_all()
    if not changed:
        raise WrongState(say.over(number))
    return changed


def list_items(session: Session, tag: str, unit: Unit) -> list[NoticeItem]:
    """The approved items with this tag that may be sent in the unit: its own and those of units above."""
    above = select(Unit.id).where(Unit.code.in_(split_path(unit.path)))
    found = session.scalars(
        select(NoticeItem)
        .where(
            NoticeItem.unit_id.in_(above),
            NoticeItem.approved_at.is_not(None),
            NoticeItem.cancelled_at.is_(None),
        )
        .order_by(NoticeItem.id)
    )
    return [item for item in found if tag in item.tags]


def check_has_items(session: Session, notice: Notice) -> None:
    """Raise NotFound where a notice wants its words from the library, and there are none of its tag."""
    if notice.item_tag and not list_items(session, notice.item_tag, session.get_one(Unit, notice.unit_id)):
        raise NotFound(say.nothing_with_tag(notice.item_tag))


def pick_item(session: Session, notice: Notice, env: Environment, *, now: datetime) -> NoticeItem | None:
    """The item whose turn it is: of this month, the one that rests longest, and long enough.

    Nothing comes again to the same unit within `notice_rest` of rules/limits.yaml; where nothing else is
    left, a fallback does. None: there is none either.
    """
    unit = session.get_one(Unit, notice.unit_id)
    month = str(env.local(now).month)
    fitting = [
        item for item in list_items(session, notice.item_tag or "", unit) if month in (item.months or [month])
    ]
    sent = _find_last_sent(session, unit, fitting)
    latest = now - env.limits.notice_rest.duration
    rested = [item for item in fitting if not item.is_fallback and _has_rested(sent.get(item.id), latest)]
    fallbacks = [item for item in fitting if item.is_fallback]
    turn = rested or fallbacks
    return min(turn, key=lambda item: (item.id in sent, sent.get(item.id, now), item.id), default=None)


def _has_rested(sent_at: datetime | None, latest: datetime) -> bool:
    # A daily notice is queued some seconds later or earlier than the last time.
    return sent_at is None or sent_at <= latest + timedelta(minutes=10)


def _find_last_sent(session: Session, unit: Unit, items: Sequence[NoticeItem]) -> dict[int, datetime]:
    """When the groups of the unit last read each of these items, from whichever unit above."""
    units = select(Unit.id).where(Unit.code.in_(split_path(unit.path)))
    found = session.execute(
        select(Notice.item_id, func.max(Notice.sent_at))
        .where(
            Notice.item_id.in_([item.id for item in items]),
            Notice.unit_id.in_(units),
            Notice.sent_at.is_not(None),
        )
        .group_by(Notice.item_id)
    )
    return {item_id: at for item_id, at in found if item_id and at}

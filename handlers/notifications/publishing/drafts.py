"""A draft before the desk that publishes it: its words, its card, who hears it."""

from datetime import datetime

from sqlalchemy.orm import Session

from handlers.cards.keys import NoticeTask, PublishKey
from handlers.environment import unit_chats
from handlers.environment.snapshot import Environment
from handlers.notifications import pushes
from handlers.notifications.notices import Reach
from handlers.notifications.publishing.times import read_times
from handlers.wording import formats
from handlers.wording import notices as say
from models.messages import Button, Card, CardPush, TextPush
from models.notices import Notice
from models.organisation import Unit

_ON_CARD = 100
"""As many characters as a phone shows of a card's body."""


def show_to_desk(
    session: Session,
    notice: Notice,
    reach: Reach,
    *,
    env: Environment,
    now: datetime,
    inbox_id: int = 0,
    said_in: int | None = None,
) -> None:
    """Queue the whole draft and its card for the desks of its unit.

    `inbox_id`: of the message that drafted it, if one did; `said_in`: the chat that has just read it.
    """
    number = publishing_number(notice)
    times = say.understood_times(read_times(notice.text, env, now=now)) + describe_schedule(notice, env)
    words = say.preview(number, final_text(notice, env, now=now), reach.whole, times)
    card = build_card(session, notice, reach.count, env=env, now=now, inbox_id=inbox_id)
    for chat in unit_chats.duty_chats(session, notice.unit_id):
        bodies = {"draft": None if chat.id == said_in else TextPush(words), "card": CardPush(card)}
        rows = (
            pushes.push_row(chat, body, key=f"notice:{notice.id}:{part}:{chat.id}", env=env, now=now)
            for part, body in bodies.items()
            if body is not None
        )
        pushes.enqueue(session, *rows)


def publishing_number(notice: Notice) -> str:
    """The number by which it is published and withdrawn, with whatever is sent with it."""
    return notice.plan or notice.number


def final_text(notice: Notice, env: Environment, *, now: datetime) -> str:
    """The words as the groups will read them, or read them, with who issued them and when."""
    if notice.keyword:
        return say.answer(notice.theme or notice.keyword, notice.text)
    day = env.local(notice.sent_at or max(notice.send_at, now)).date()
    text = notice.text or say.from_library(notice.item_tag or "")
    return say.notice(notice.theme, text, notice.issuer, day)


def describe_schedule(notice: Notice, env: Environment) -> str:
    """When it is sent again, before which event, and until when; empty for what is sent once."""
    event, end = (env.local(moment) if moment else None for moment in (notice.event_at, notice.ends_at))
    return say.schedule(notice.repeats, env.local(notice.send_at).time(), event, end)


def build_card(
    session: Session,
    notice: Notice,
    reaches: str,
    *,
    env: Environment,
    now: datetime,
    inbox_id: int = 0,
    done: str = "",
) -> Card:
    """The card of a notice; `done`: what became of it, and the button goes."""
    words = final_text(notice, env, now=now)
    at = formats.format_time(env.local(notice.send_at), now=env.local(now))
    rows = (
        (say.NUMBER, publishing_number(notice)),
        (say.RANGE, session.get_one(Unit, notice.unit_id).display_name),
        (say.REACHES, reaches),
        (say.AT, say.AT_ONCE if notice.send_at <= now else at),
    )
    return Card(
        task_id=NoticeTask(notice.id, inbox_id).to_id(),
        title=say.TO_PUBLISH,
        desc=done,
        body=words if len(words) <= _ON_CARD else f"{words[:_ON_CARD]}…",
        rows=rows,
        buttons=() if done else (Button(say.PUBLISH, PublishKey(publishing_number(notice)).to_key()),),
        url=env.base_url,
    )

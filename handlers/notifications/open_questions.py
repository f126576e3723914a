"""Questions of residents that nobody answered: whoever leads the grid is told, by name."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.environment import unit_chats
from handlers.environment.snapshot import Environment
from handlers.notifications import pushes, recipients, relays
from handlers.wording import groups as say
from handlers.wording.formats import format_span
from models.group_talk import IS_OPEN_QUESTION, OpenQuestion
from models.messages import TextPush
from models.organisation import Chat, Person, Unit
from models.pushes import PushPurpose

_MOST = 50
"""Questions of one look; the next look takes the rest."""


def raise_questions(session: Session, env: Environment, *, now: datetime) -> int:
    """Tell of the questions that are due, each once; returns how many."""
    due = (
        select(OpenQuestion)
        .where(IS_OPEN_QUESTION, OpenQuestion.due_at <= now)
        .order_by(OpenQuestion.due_at)
        .limit(_MOST)
        .with_for_update(skip_locked=True)
    )
    questions = list(session.scalars(due))
    for question in questions:
        _raise(session, question, env, now=now)
        question.ended_at, question.text = now, ""
    return len(questions)


def _raise(session: Session, question: OpenQuestion, env: Environment, *, now: datetime) -> None:
    group = session.get_one(Chat, question.chat_id)
    lead = _find_lead(session, group)
    words = say.unanswered_question(
        group.name or group.code,
        f"{env.local(question.at):%H:%M}",
        question.text,
        format_span(env.answer_within or now - question.at),
        lead.name if lead is not None else "",
    )
    own = relays.find_conversation(session, lead.id, env) if lead is not None else None
    if own is not None and own.channel in env.terse_channels:
        own = None  # nobody has checked who holds that telephone
    chats = [own] if own is not None else unit_chats.duty_chats(session, group.unit_id)
    mentions = recipients.find_accounts(session, [lead.code]) if lead is not None and own is None else ()
    rows = [
        pushes.push_row(
            chat, TextPush(words, mentions), key=f"question:{question.id}:{chat.id}", env=env, now=now,
            purpose=PushPurpose.ORDER,
        )
        for chat in chats
        if chat.gone_at is None
    ]  # fmt: skip
    pushes.enqueue(session, *rows)


def _find_lead(session: Session, group: Chat) -> Person | None:
    """Who leads the grid of the group, or the nearest unit above that somebody leads."""
    unit = session.get(Unit, group.unit_id) if group.unit_id is not None else None
    for each in relays.list_grid_units(session, unit) if unit is not None else ():
        if lead := session.scalar(select(Person).where(Person.code == each.lead)):
            return lead
    return None

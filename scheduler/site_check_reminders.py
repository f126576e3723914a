"""Site checks that nobody answered in time: whoever was asked is reminded once, the desk reads who."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases import site_checks
from handlers.cases.views import mask_case_words
from handlers.environment import unit_chats
from handlers.environment.snapshot import Environment
from handlers.notifications import pushes, recipients
from handlers.wording import staff as say
from handlers.wording.markup import escape_words
from models.cases import Case
from models.messages import TextPush
from models.organisation import Chat, ChatUse, Person
from models.pushes import PushPurpose
from models.site_checks import IS_UNREMINDED, SiteCheck
from models.workflow import OPEN

_MOST = 50
"""Checks of one look; the next look takes the rest."""


def remind_of_checks(session: Session, env: Environment, *, now: datetime) -> int:
    """Remind of the checks whose time is over, each once; returns how many."""
    due = (
        select(SiteCheck)
        .where(IS_UNREMINDED, SiteCheck.due_at <= now)
        .order_by(SiteCheck.case_id, SiteCheck.event_number, SiteCheck.id)
        .limit(_MOST)
        .with_for_update(skip_locked=True)
    )
    checks = list(session.scalars(due))
    for (case_id, _), asked in groupby(checks, key=lambda check: (check.case_id, check.event_number)):
        case, together = session.get_one(Case, case_id), list(asked)
        if case.status in OPEN:
            _remind(session, case, together, env, now=now)
        for check in together:
            check.reminded_at = now
    return len(checks)


def _remind(
    session: Session, case: Case, checks: Sequence[SiteCheck], env: Environment, *, now: datetime
) -> None:
    asked = escape_words(mask_case_words(session, case, checks[0].text, env))
    people = [session.get_one(Person, check.person_id) for check in checks]
    told: dict[Chat, list[Person]] = {}
    for person in people:
        chat = site_checks.find_contact_chat(session, case, person, env)
        if chat is not None:
            told.setdefault(chat, []).append(person)
    bodies = {
        chat: TextPush(
            say.survey_reminder(case.number, [person.name for person in those], asked),
            _find_mentions(session, chat, those),
        )
        for chat, those in told.items()
    }
    words = say.surveys_unanswered(case.number, [person.name for person in people], asked)
    desks = (
        recipients.reader_chats(session, case, env)
        if case.restricted
        else unit_chats.duty_chats(session, case.area_id)
    )
    rows = (
        pushes.push_row(
            chat, body, key=f"survey:{checks[0].id}:{part}:{chat.id}", env=env, now=now, case=case,
            purpose=PushPurpose.REMINDER,
        )
        for part, bodies_of in (("ask", bodies), ("desk", dict.fromkeys(desks, TextPush(words))))
        for chat, body in bodies_of.items()
    )  # fmt: skip
    pushes.enqueue(session, *rows)


def _find_mentions(session: Session, chat: Chat, people: Sequence[Person]) -> tuple[str, ...]:
    if chat.use == ChatUse.DIRECT:
        return ()
    return recipients.find_accounts(session, [person.code for person in people])

"""Residents' questions in groups that are heard whole: kept until somebody answers.

Source: E16 of the requirements (海棠镇): unattended questions in a group grow into conflicts. An answer is
whatever staff say in the group afterwards, or what anybody says quoting the question.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, exists, select, update
from sqlalchemy.orm import Session

from handlers.cases.privacy import mask
from handlers.chat.inbound import InboundMessage
from handlers.environment.session_cache import cached_in_session, get_cache
from handlers.notifications import pushes
from handlers.talk import courtesy, unfitting
from handlers.wording.markup import escape_words
from models.group_talk import IS_OPEN_QUESTION, KEPT_FOR, OpenQuestion
from models.messages import IncomingKind
from models.organisation import OUTSIDERS, REPORTING, Chat

_ASKS_ALL = re.compile(
    r"请问|问一下|有没有(?:人|谁)(?:知道|管)|有人(?:知道|管)|谁(?:知道|来管|负责)|怎么(?:办|弄|交|回事)|为什么|为啥"
    r"|什么时候|几点|在哪(?:里|儿)?(?:办|交|领)|能不能|可不可以|找谁"
)
"""Asks whoever knows; 谁家有馒头 asks the neighbours."""
_ASKS = re.compile(r"(?:[?？]|吗|么|呢)[\s。.!！~～]{0,4}\Z")
_LEAST = 4
"""Characters: 在吗 asks nothing."""
_SHOWN = 60
"""Characters of a question that whoever leads the grid reads."""
_LATE = timedelta(minutes=5)
"""What the archive brings late may have been answered in what it brings next."""

_WAITING = select(OpenQuestion.chat_id).where(
    OpenQuestion.chat_id.in_(bindparam("chats", expanding=True)), IS_OPEN_QUESTION
)


def load_open_questions(session: Session, chats: Iterable[Chat]) -> None:
    """Learn with one query in which of these chats a question waits."""
    ids = {chat.id for chat in chats if chat.use in REPORTING}
    asked = set(session.scalars(_WAITING, {"chats": list(ids)})) if ids else set()
    get_cache(session).answers.update({_key(chat_id): chat_id in asked for chat_id in ids})


def note_talk(inbound: InboundMessage) -> None:
    """Somebody says something in a group that is heard whole: what staff say, or quotes it, is an answer."""
    if not _is_heard_whole(inbound) or not _has_open(inbound):
        return
    is_staff = inbound.person.role not in OUTSIDERS
    mine = OpenQuestion.chat_id == inbound.chat.id, IS_OPEN_QUESTION
    if is_staff:
        _end(inbound.session, *mine, now=inbound.now)
    elif inbound.incoming.quote or courtesy.is_courtesy(inbound.incoming.text):
        of_asker = OpenQuestion.person_id == inbound.person.id
        of_others = OpenQuestion.person_id != inbound.person.id
        quoted = OpenQuestion.text == shorten_question(inbound, inbound.incoming.quoted_text)
        whose = (of_others, quoted) if inbound.incoming.quote else (of_asker,)
        _end(inbound.session, *mine, *whose, now=inbound.now)


def keep_question(inbound: InboundMessage, result: str) -> None:
    """Keep what a resident asks the others and nobody at the bot takes up; `result`: what came of it."""
    within = inbound.env.answer_within
    if within is None or result != "talk.chatter" or not _is_heard_whole(inbound):
        return
    text = inbound.incoming.text.strip()
    if inbound.person.role not in OUTSIDERS or len(text) < _LEAST or not _is_question(inbound, text):
        return
    inbound.session.add(
        OpenQuestion(
            inbox_id=inbound.inbox_id,
            chat_id=inbound.chat.id,
            person_id=inbound.person.id,
            text=shorten_question(inbound, text),
            at=inbound.incoming.sent_at or inbound.now,
            due_at=_find_due(inbound, within),
        )
    )
    get_cache(inbound.session).answers[_key(inbound.chat.id)] = True


def _has_open(inbound: InboundMessage) -> bool:
    """Whether a question waits in this chat; asked once for a burst of messages."""
    return cached_in_session(inbound.session, _key(inbound.chat.id), lambda: _look_for_open(inbound))


def _look_for_open(inbound: InboundMessage) -> bool:
    waits = exists().where(OpenQuestion.chat_id == inbound.chat.id, IS_OPEN_QUESTION)
    return bool(inbound.session.scalar(select(waits)))


def _key(chat_id: int) -> tuple[str, int]:
    return "open_question", chat_id


def _is_question(inbound: InboundMessage, text: str) -> bool:
    is_asked_of_all = _ASKS_ALL.search(text) is not None
    if not is_asked_of_all and _ASKS.search(text) is None:
        return False
    triage = inbound.env.classifier.triage(text, facts=inbound.facts())
    if unfitting.speaks_against(triage):
        return False
    return is_asked_of_all or unfitting.is_about_matter(inbound, triage)


def shorten_question(inbound: InboundMessage, text: str) -> str:
    """The words as others may read them, without names and numbers."""
    plain = escape_words(inbound.env.roster.mask_people(mask(" ".join(text.split()))))
    return plain if len(plain) <= _SHOWN else f"{plain[: _SHOWN - 1]}…"


def delete_old(session: Session, *, now: datetime) -> None:
    """Forget questions, answered or not, after some days."""
    session.execute(delete(OpenQuestion).where(OpenQuestion.at < now - KEPT_FOR))


def _is_heard_whole(inbound: InboundMessage) -> bool:
    is_talk = inbound.incoming.kind is IncomingKind.MESSAGE and not inbound.incoming.direct
    return (
        is_talk
        and inbound.incoming.channel in inbound.env.overhearing_channels
        and inbound.chat.use in REPORTING
    )


def _find_due(inbound: InboundMessage, within: timedelta) -> datetime:
    """`within` after it was asked; what is asked or due in quiet hours waits for their end."""
    asked = inbound.incoming.sent_at or inbound.now
    due = _skip_quiet(inbound, _skip_quiet(inbound, asked) + within)
    return max(due, inbound.now + min(within, _LATE))


def _skip_quiet(inbound: InboundMessage, moment: datetime) -> datetime:
    if inbound.chat.quiet_from:
        return pushes.quiet_until(inbound.chat, inbound.env, now=moment)
    hours = inbound.env.quiet_hours
    return pushes.end_of_quiet(hours, inbound.env, now=moment) if hours is not None else moment


def _end(session: Session, *those: object, now: datetime) -> None:
    session.execute(update(OpenQuestion).where(*those).values(ended_at=now, text=""))  # type: ignore[arg-type]

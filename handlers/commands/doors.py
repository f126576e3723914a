"""/关联账号 and /解除关联: somebody proves to hold two accounts, by a code that one gets and the other says.

Alone with the bot only. A code is good for ten minutes and once; five that are none, and the account waits.
What is refused says nothing of which codes there are.
"""

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command
from handlers.environment.people import doors
from handlers.environment.session_cache import clear_cache
from handlers.errors import NotAllowed, NotFound
from handlers.notifications import pushes
from handlers.wording import doors as say
from models.account_ids import is_vouched_for
from models.doors import DoorAct, DoorCode, DoorEvent, DoorTry
from models.messages import TextPush
from models.organisation import Account, Chat, Person

log = structlog.get_logger()

_GOOD_FOR = timedelta(minutes=10)
_MOST_TRIES = 5
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without those that are taken for others."""
_LENGTH = 8
_MINUTES = int(_GOOD_FOR.total_seconds()) // 60


def join_accounts(inbound: InboundMessage, command: Command) -> str:
    """`/关联账号`: a code to say with the other account; `/关联账号 代码`: that. A slug. Raises Refused."""
    _check_private(inbound)
    if not command.tail:
        inbound.reply(say.code(_issue_code(inbound), _MINUTES))
        return "doors.code"
    _check_tries(inbound)
    code = _take_code(inbound.session, inbound.person, command.tail, now=inbound.now)
    if code is None:
        inbound.session.add(DoorTry(person_id=inbound.person.id, at=inbound.now))
        raise NotFound(say.wrong_code())
    there = inbound.session.get_one(Chat, code.chat_id)
    _join(inbound, code.person_id)
    inbound.reply(say.join_notice(there.provider))
    _tell(inbound, [there], say.join_notice(inbound.chat.provider))
    return "doors.joined"


def part_accounts(inbound: InboundMessage, _command: Command) -> str:
    """`/解除关联`: this account leaves the others of its person. Returns a slug. Raises Refused."""
    _check_private(inbound)
    session = inbound.session
    leaver = session.get_one(Person, inbound.person.id)
    if leaver.joined_to is None:
        raise NotFound(say.not_joined())
    rest = [row for row in _lock_rows(session, [leaver.joined_to]) if row.id != leaver.id]
    leaver.joined_to = None
    for row in rest:
        row.joined_to = rest[0].id if len(rest) > 1 else None
    _record(inbound, DoorAct.PART, rest[0].id)
    stays = session.scalars(select(Chat).where(Chat.person_id.in_([row.id for row in rest]))).all()
    inbound.reply(say.part_receipt())
    _tell(inbound, doors.reach_once(session, stays), say.part_notice(inbound.chat.provider))
    return "doors.parted"


def _check_private(inbound: InboundMessage) -> None:
    if not inbound.in_private:
        raise NotAllowed(say.only_in_private())


def _check_tries(inbound: InboundMessage) -> None:
    since = inbound.now - _GOOD_FOR
    inbound.session.execute(delete(DoorTry).where(DoorTry.at <= since))
    failed = select(func.count()).where(DoorTry.person_id == inbound.person.id)
    if (inbound.session.scalar(failed) or 0) >= _MOST_TRIES:
        raise NotAllowed(say.too_many_tries(_MINUTES))


def _issue_code(inbound: InboundMessage) -> str:
    """A new code for this account, in place of any other."""
    code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    salt = secrets.token_bytes(16)
    session, person = inbound.session, inbound.person
    over = (DoorCode.expires_at <= inbound.now) | (DoorCode.person_id == person.id)
    session.execute(delete(DoorCode).where(over))
    session.add(
        DoorCode(
            person_id=person.id,
            chat_id=inbound.chat.id,
            salt=salt,
            digest=_digest(salt, code),
            expires_at=inbound.now + _GOOD_FOR,
        )
    )
    return code


def _digest(salt: bytes, code: str) -> bytes:
    return hashlib.sha256(salt + code.encode()).digest()


def _take_code(session: Session, person: Person, said: str, *, now: datetime) -> DoorCode | None:
    """The code of somebody else that these words are, used up by this; None: they are none."""
    spelled = unicodedata.normalize("NFKC", said).strip().upper()
    live = session.scalars(select(DoorCode).where(DoorCode.expires_at > now)).all()
    # Every one is looked at, so that the time says nothing either.
    fitting = [code for code in live if hmac.compare_digest(code.digest, _digest(code.salt, spelled))]
    code = next((one for one in fitting if not doors.is_same(session, person, one.person_id)), None)
    if code is None:
        return None
    session.expunge(code)
    # Of two who say it in one instant, one has it.
    used = session.scalar(delete(DoorCode).where(DoorCode.id == code.id).returning(DoorCode.id))
    return code if used is not None else None


def _lock_rows(session: Session, roots: Sequence[int]) -> list[Person]:
    """The rows of people joined to these ids and those themselves, locked in the order of their ids."""
    theirs = Person.id.in_(roots) | Person.joined_to.in_(roots)
    rows = select(Person).where(theirs).order_by(Person.id).with_for_update()
    return list(session.scalars(rows, execution_options={"populate_existing": True}))


def _join(inbound: InboundMessage, other_id: int) -> None:
    session = inbound.session
    both = [session.get_one(Person, other_id), session.get_one(Person, inbound.person.id)]
    rows = _lock_rows(session, [row.joined_to or row.id for row in both])
    accounts = select(Account).where(Account.person_id.in_([row.id for row in rows]))
    members = {
        one.person_id for one in session.scalars(accounts) if is_vouched_for(one.provider, one.user_id)
    }
    if len(members) > 1:
        raise NotAllowed(say.two_members())
    for row in rows:
        row.joined_to = rows[0].id
    _record(inbound, DoorAct.JOIN, other_id)


def _record(inbound: InboundMessage, act: DoorAct, other_id: int) -> None:
    event = DoorEvent(act=act, person_id=inbound.person.id, other_id=other_id, at=inbound.now)
    inbound.session.add(event)
    inbound.session.flush()
    clear_cache(inbound.session)
    log.info("doors.changed", act=str(act), person=inbound.person.id, other=other_id)


def _tell(inbound: InboundMessage, chats: Sequence[Chat], words: str) -> None:
    for chat in chats:
        key = f"inbox:{inbound.inbox_id}:door:{chat.id}"
        row = pushes.push_row(chat, TextPush(words), key=key, env=inbound.env, now=inbound.now)
        pushes.enqueue(inbound.session, row)

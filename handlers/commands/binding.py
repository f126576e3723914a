"""/绑定 and /解绑, and their page: which unit a group belongs to, and what it is used for.

A group of one's own unit, or of none, is bound at once. To take or change the group of another unit
needs two people above it: the second sends the same command in the group, within a day.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.chat import confirmations
from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command, split_first_word
from handlers.environment import unit_chats
from handlers.environment.people import doors
from handlers.environment.people.posts import holds_post_above, holds_post_at_top
from handlers.environment.session_cache import clear_cache
from handlers.environment.snapshot import Environment
from handlers.environment.units import find_unit
from handlers.errors import MissingNeed, NotAllowed, NotFound, WrongState
from handlers.notifications import pushes
from handlers.wording import marks, talk, upkeep
from models.messages import TextPush
from models.organisation import DESK, Chat, ChatUse, Person, Unit
from models.pending_commands import PendingCommand

log = structlog.get_logger()

USES = {
    "上报": ChatUse.INTAKE,
    "处置": ChatUse.HANDLING,
    "值班": ChatUse.DUTY,
    "居民": ChatUse.RESIDENTS,
}
_WITHIN = timedelta(days=1)


def bind_chat(inbound: InboundMessage, command: Command) -> str:
    """Bind this group to a unit and a use; binding it again changes both. Returns a slug.

    Raises MissingNeed without unit or use, NotFound for an unknown unit, NotAllowed for others than staff
    above the unit.
    """
    name, use = split_first_word(command.tail) if command.tail else ("", "")
    if not name or use not in USES:
        raise MissingNeed(talk.binding_usage())
    unit = find_unit(inbound.session, name)
    _check_may_bind(inbound, unit)
    changes = (inbound.chat.unit_id, inbound.chat.use) != (unit.id, USES[use])
    if changes and not _is_agreed(inbound, f"/绑定 {unit.display_name} {use}"):
        return "command.bind_asked"
    inbound.chat.unit_id, inbound.chat.use = unit.id, USES[use]
    clear_cache(inbound.session)
    inbound.reply(talk.chat_bound(inbound.chat.chat_id, unit.display_name, use))
    return "command.bind"


def unbind_chat(inbound: InboundMessage, _command: Command) -> str:
    """Take this group out of use: no more pushes, though reports in it still open cases. Returns a slug.

    Raises WrongState where the group is not bound, NotAllowed for others than staff above its unit.
    """
    if inbound.chat.unit_id is None:
        raise WrongState(talk.not_bound())
    unit = inbound.session.get_one(Unit, inbound.chat.unit_id)
    _check_may_bind(inbound, unit)
    if not _is_agreed(inbound, "/解绑"):
        return "command.unbind_asked"
    inbound.chat.unit_id, inbound.chat.use = None, ChatUse.UNBOUND
    clear_cache(inbound.session)
    inbound.reply(talk.chat_unbound(unit.display_name))
    return "command.unbind"


def may_bind_on_page(session: Session, person: Person) -> bool:
    """Whether this person gives groups to units without being in them: the desk at the top."""
    return holds_post_at_top(session, person, DESK)


def bind_spoken_group(
    session: Session, code: str, unit: Unit, use: str, person: Person, *, env: Environment, now: datetime
) -> None:
    """Bind a group that spoke and that nobody has bound, and say so in it; `use` as the command says it.

    Raises NotAllowed, NotFound for a group that is bound by now, MissingNeed for an unknown use.
    """
    if not may_bind_on_page(session, person):
        raise NotAllowed(upkeep.may_not_bind_here())
    if use not in USES:
        raise MissingNeed(upkeep.unknown_use())
    unbound = select(Chat).where(Chat.code == code, Chat.use == ChatUse.UNBOUND).with_for_update()
    chat = session.scalar(unbound)
    if chat is None:
        raise NotFound(upkeep.no_such_group())
    chat.unit_id, chat.use = unit.id, USES[use]
    clear_cache(session)
    words = TextPush(talk.chat_bound(chat.chat_id, unit.display_name, use))
    key = f"bound:{chat.id}:{now:%Y%m%d%H%M%S%f}"
    pushes.enqueue(session, pushes.push_row(chat, words, key=key, env=env, now=now))
    log.info("group.bound", chat=chat.id, unit=unit.code, use=str(chat.use), by=person.id)


def _check_may_bind(inbound: InboundMessage, unit: Unit) -> None:
    """Staff bind groups of units in their own subtree, and nobody binds a direct conversation."""
    group = inbound.chat.use != ChatUse.DIRECT
    if not (group and holds_post_above(inbound.session, inbound.person, DESK, unit)):
        raise NotAllowed(talk.may_not_bind())


def _is_agreed(inbound: InboundMessage, wanted: str) -> bool:
    """Whether the group may be changed now; where a second person is needed, they are asked.

    `wanted`: the command in one spelling. Raises NotAllowed for who is not above the group's unit.
    """
    if inbound.chat.unit_id is None:
        return True
    unit = inbound.session.get_one(Unit, inbound.chat.unit_id)
    _check_may_bind(inbound, unit)
    sits_there = any(one.unit_id == unit.id and one.role in DESK for one in inbound.person.in_each_post)
    if sits_there or _use_first_word(inbound, wanted):
        return True
    # As a hint, so that /确认 of the same person leaves it alone.
    confirmations.store_pending(inbound, wanted, quoted=marks.HINT_SIGN)
    words = talk.binding_needs_second(unit.display_name, inbound.chat.name or inbound.chat.chat_id, wanted)
    inbound.reply(words)
    for chat in unit_chats.duty_chats(inbound.session, unit.id):
        if chat.id != inbound.chat.id:
            key = f"inbox:{inbound.inbox_id}:bind:{chat.id}"
            row = pushes.push_row(chat, TextPush(words), key=key, env=inbound.env, now=inbound.now)
            pushes.enqueue(inbound.session, row)
    return False


def _use_first_word(inbound: InboundMessage, wanted: str) -> bool:
    """Whether somebody else asked for the same here within a day; it is used up."""
    asked = inbound.session.scalar(
        select(PendingCommand)
        .where(
            PendingCommand.chat_id == inbound.chat.id,
            ~doors.is_one_of(inbound.person, PendingCommand.person_id),
            PendingCommand.text == wanted,
            PendingCommand.used_at.is_(None),
            PendingCommand.at > inbound.now - _WITHIN,
        )
        .order_by(PendingCommand.id.desc())
        .limit(1)
        .with_for_update()
    )
    if asked is None:
        return False
    asked.used_at = inbound.now
    return True

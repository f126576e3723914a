"""Which groups are a unit's: where it handles cases, and the desk that looks after an area."""

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from handlers.environment.people import doors
from handlers.environment.session_cache import cached_in_session
from handlers.environment.units import split_path
from models.organisation import OVERSEERS, TERRITORIAL, Chat, ChatUse, Unit


def handling_chats(session: Session, unit_id: int | None) -> list[Chat]:
    """The unit's own handling groups, or those of the nearest unit above that has one."""
    return _nearest_chats(session, unit_id, ChatUse.HANDLING)


def is_group_of(session: Session, chat: Chat, unit_id: int | None) -> bool:
    """Whether it is a handling group of the unit: its own or, where it has none, that of the office above.

    A group of a whole district is nobody's of theirs.
    """
    if unit_id is None or chat.id not in {one.id for one in handling_chats(session, unit_id)}:
        return False
    unit = session.get(Unit, chat.unit_id or 0)
    return chat.unit_id == unit_id or (unit is not None and unit.kind not in TERRITORIAL)


def duty_chats(session: Session, area_id: int | None) -> list[Chat]:
    """The chats of the duty desk that looks after an area (unit id); without one, the first duty desk's."""
    return _nearest_chats(session, area_id, ChatUse.DUTY) or cached_in_session(
        session, "top desk", lambda: _find_top_desk(session)
    )


def list_own_groups(session: Session, unit: Unit) -> list[Chat]:
    """The groups where the unit's own staff are: those of its desk; of no desk, where it handles."""
    work = Chat.use.in_((ChatUse.DUTY, ChatUse.HANDLING))
    found = session.scalars(select(Chat).where(Chat.unit_id == unit.id, work, Chat.gone_at.is_(None)))
    groups = sorted(found, key=lambda chat: chat.id)
    return [chat for chat in groups if chat.use == ChatUse.DUTY] or groups


def may_play_voices(session: Session, chat: Chat) -> bool:
    """Whether reporters' voices may be heard here: at a duty desk, or alone by who sits at one or leads."""
    if chat.use == ChatUse.DUTY:
        return True
    person = doors.get_speaker(session, chat.id, chat.person_id) if chat.person_id is not None else None
    return chat.use == ChatUse.DIRECT and person is not None and person.find_post(OVERSEERS) is not None


def _find_top_desk(session: Session) -> list[Chat]:
    desks = select(Chat).outerjoin(Unit, Unit.id == Chat.unit_id).where(Chat.use == ChatUse.DUTY)
    return list(session.scalars(desks.order_by(func.length(Unit.path).nulls_last(), Chat.id).limit(1)))


def _nearest_chats(session: Session, unit_id: int | None, use: ChatUse) -> list[Chat]:
    unit = session.get(Unit, unit_id) if unit_id is not None else None
    return (
        cached_in_session(session, (use, unit.id), lambda: _find_nearest_chats(session, unit, use))
        if unit
        else []
    )


_CHATS_ABOVE = (
    select(Chat)
    .join(Unit)
    .where(Unit.code.in_(bindparam("codes", expanding=True)), Chat.use == bindparam("use"))
    # The deepest first: a unit's path is longer than that of every unit above it.
    .order_by(func.length(Unit.path).desc(), Chat.id)
)


def _find_nearest_chats(session: Session, unit: Unit, use: ChatUse) -> list[Chat]:
    found = list(session.scalars(_CHATS_ABOVE, {"codes": split_path(unit.path), "use": use}))
    return [chat for chat in found if chat.unit_id == found[0].unit_id]

"""Who reads behind which door somebody lives, and the numbers of whom a report accuses: one rule.

    rooms    who reported it, in private; the lead unit once it signed; in an urgent case at once every unit
             that is called and the desk that calls it by telephone; the grid officer of that grid and
             whoever is asked to look at the place, in private
    matter   the lead unit: what belongs to the matter (`privacy.matter`)
    source   the desk, and who said it: the rest of the words of somebody who asks not to be named

Nobody else, and no group but those of these units: not topics, reports, notices, other units, nor the API
without the right to learn who reported. A group reads what everybody in it may; alone with the bot somebody
reads what they may themselves.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from handlers.cases import links, permissions
from handlers.cases.actors import Actor
from handlers.cases.assignments import live_shares
from handlers.environment import unit_chats
from handlers.environment.people import doors
from handlers.environment.units import covers
from models.cases import ASSIST, Case
from models.organisation import Chat, ChatUse, Unit
from models.workflow import CaseRelation, Status

_SIGNED = frozenset({Status.IN_PROGRESS, Status.SUSPENDED, Status.SUBMITTED, Status.CALLBACK, Status.CLOSED})
"""States after the lead unit took the case on."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What of a case's words somebody reads beside what everybody reads who may know the case."""

    rooms: bool = False
    """Room numbers."""
    matter: bool = False
    """Plates and numbers that belong to the matter."""
    source: bool = False
    """What tells who said it, where they ask not to be named."""

    def __and__(self, other: "Disclosure") -> "Disclosure":
        """What two read who read the same words."""
        return Disclosure(
            self.rooms and other.rooms, self.matter and other.matter, self.source and other.source
        )


NOTHING = Disclosure()
EVERYTHING = Disclosure(rooms=True, matter=True, source=True)


def disclose_to_chat(session: Session, case: Case, chat: Chat) -> Disclosure:
    """What may stand in this chat of a case that may be told there."""
    if chat.use == ChatUse.DIRECT:
        person = doors.get_speaker(session, chat.id, chat.person_id) if chat.person_id is not None else None
        return disclose_to_person(session, case, Actor(person))
    root = links.root_case(session, case)
    urgent = case.urgent or root.urgent
    if chat.use == ChatUse.DUTY:
        desks = unit_chats.duty_chats(session, root.area_id)
        return Disclosure(rooms=urgent and chat.id in {desk.id for desk in desks}, source=True)
    if chat.use != ChatUse.HANDLING:
        return NOTHING
    leads = unit_chats.is_group_of(session, chat, root.unit_id)
    called = urgent and any(
        unit_chats.is_group_of(session, chat, unit_id) for unit_id in _find_called_units(session, root)
    )
    return Disclosure(rooms=called or (leads and root.status in _SIGNED), matter=leads)


def disclose_to_person(session: Session, case: Case, actor: Actor) -> Disclosure:
    """What somebody reads alone with the bot of a case that they may read; the program reads nothing."""
    if actor.person is None:
        return NOTHING
    root = links.root_case(session, case)
    urgent = case.urgent or root.urgent
    leads = permissions.has_relation(session, CaseRelation.HANDLER, actor, root)
    always = (CaseRelation.REPORTER, CaseRelation.SURVEYOR)
    rooms = (
        any(permissions.has_relation(session, who, actor, case) for who in always)
        or _is_of_the_grid(session, actor, case)
        or (leads and (urgent or root.status in _SIGNED))
        or (urgent and any(permissions.has_relation(session, who, actor, root) for who in _CALLED))
    )
    source = any(permissions.has_relation(session, who, actor, case) for who in _HEARS_SOURCE)
    return Disclosure(rooms=rooms, matter=leads, source=source)


_CALLED = (CaseRelation.PARTNER, CaseRelation.WARNED, CaseRelation.DUTY)
_HEARS_SOURCE = (CaseRelation.REPORTER, CaseRelation.DUTY)


def _is_of_the_grid(session: Session, actor: Actor, case: Case) -> bool:
    """The grid officer of that very grid; where only the town is known, none of its grids is that."""
    area = session.get(Unit, case.area_id) if case.area_id is not None else None
    return any(
        permissions.has_relation(session, CaseRelation.GRID, one, case)
        and covers(session.get(Unit, one.unit_id) if one.unit_id is not None else None, area)
        for one in actor.in_each_post
    )


def _find_called_units(session: Session, case: Case) -> list[int]:
    """Ids of the units that handle the case or help; before that, of the one that is warned."""
    helping = [share.unit_id for share in live_shares(session, case, ASSIST)]
    lead = case.unit_id if case.unit_id is not None else case.suggested_unit_id
    return [unit_id for unit_id in (lead, *helping) if unit_id is not None]

"""Who may read a case: one rule for commands, cards, quotes, menus, lists, searches and the API.

    whole       its reporter, lead and partner units (of the case it was joined to, too), overseers of
                the area, surveyors
    until then  former units, partners and surveyors who have finished, units warned of a danger that
                another unit was given: what happened while they were involved; beside it the present
                state and unit
    own part    whoever reported a case that was joined to it
    nothing     everybody else: to them the case does not exist

A restricted case exists for its readers and its reporter only, never for anybody whom it names; of an
urgent one, the units that were called know the danger. Rights come from the roster's role and unit,
never from the chat.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from handlers.cases import links, permissions
from handlers.cases.actors import Actor
from handlers.environment.units import covers
from models.cases import Assignment, Case
from models.organisation import NON_HANDLERS, Chat, ChatUse, Unit
from models.site_checks import SiteCheck
from models.workflow import CaseRelation

_INVOLVED = (
    CaseRelation.REPORTER,
    CaseRelation.DUTY,
    CaseRelation.COORDINATOR,
    CaseRelation.LEADER,
    CaseRelation.OBSERVER,
    CaseRelation.HANDLER,
    CaseRelation.GRID,
    CaseRelation.PARTNER,
    CaseRelation.WARNED,
    CaseRelation.SURVEYOR,
)
_AT_WORK = (CaseRelation.HANDLER, CaseRelation.PARTNER)
IS_CONFIDED = exists().where(Chat.id == Case.chat_id, Chat.use == ChatUse.DIRECT)
"""Condition for the cases that were reported alone with the bot: no group learns whose they are."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How much of a case somebody may read."""

    until: datetime | None = None
    """They were involved until then: events up to then, and the present state and unit. None: all."""
    follower: Case | None = None
    """Their own case, which was joined to it: their part and how far it is."""
    is_redacted: bool = False
    """Of a unit called to an urgent restricted case: the danger and the place, not source and accusation."""

    @property
    def is_whole(self) -> bool:
        return self.until is None and self.follower is None and not self.is_redacted


_WHOLE = Reading()


def find_reading(
    session: Session, actor: Actor, case: Case, restricted_to: Collection[str]
) -> Reading | None:
    """How much of the case this actor may read; None: it does not exist for them.

    `restricted_to`: codes of the people named to read restricted cases. The program reads everything.
    """
    if actor.person is None:
        return _WHOLE
    if case.restricted:
        if permissions.may_see(session, restricted_to, actor, case):
            return _WHOLE
        return Reading(is_redacted=True) if permissions.is_rescuer(session, actor, case) else None
    if is_involved(session, actor, case):
        return _WHOLE
    if (follower := links.find_own_follower(session, case, actor.person)) is not None:
        return Reading(follower=follower)
    until = _find_end_of_involvement(session, actor, case)
    return Reading(until=until) if until is not None else None


def is_involved(session: Session, actor: Actor, case: Case) -> bool:
    """Whether the case is this person's to read now, as a whole."""
    if any(permissions.has_relation(session, who, actor, case) for who in _INVOLVED):
        return True
    if _is_above_lead(session, actor, case):
        return True
    root = links.root_case(session, case)
    return root is not case and _handles(session, actor, root)


def _handles(session: Session, actor: Actor, case: Case) -> bool:
    """Whoever works on a matter reads what was joined to it, too."""
    if any(permissions.has_relation(session, who, actor, case) for who in _AT_WORK):
        return True
    return _is_above_lead(session, actor, case)


def _is_above_lead(session: Session, actor: Actor, case: Case) -> bool:
    """Staff of a department read what its sections handle; staff of the top unit are no department."""
    return any(_is_staff_above_lead(session, one, case) for one in actor.capacities)


def _is_staff_above_lead(session: Session, actor: Actor, case: Case) -> bool:
    own = session.get(Unit, actor.unit_id) if actor.unit_id is not None else None
    if own is None or own.parent_id is None or actor.is_one_of(NON_HANDLERS) or case.unit_id is None:
        return False
    return covers(own, session.get(Unit, case.unit_id))


def _find_end_of_involvement(session: Session, actor: Actor, case: Case) -> datetime | None:
    """When the last share or the warning of the actor's unit ended, or they looked as asked; None: never."""
    if actor.is_outside:
        return None
    looked = session.scalar(
        select(func.max(SiteCheck.answered_at)).where(
            SiteCheck.case_id == case.id, SiteCheck.person_id == actor.id
        )
    )
    ends = [
        end(session, one, case)
        for one in actor.in_each_post
        for end in (_find_end_of_share, _find_end_of_warning)
    ]
    return max((each for each in (*ends, looked) if each is not None), default=None)


def _find_end_of_warning(session: Session, actor: Actor, case: Case) -> datetime | None:
    """When a danger that the actor's unit was told of was given to another unit; None: it was not."""
    if case.unit_id is None or not case.urgent:
        return None
    given = session.scalar(select(func.min(Assignment.dispatched_at)).where(Assignment.case_id == case.id))
    return given if permissions.was_rung(session, actor, case, before=given) else None


def _find_end_of_share(session: Session, actor: Actor, case: Case) -> datetime | None:
    own = session.get(Unit, actor.unit_id) if actor.unit_id is not None else None
    if own is None or actor.is_one_of(NON_HANDLERS):
        return None
    shares = session.scalars(
        select(Assignment).where(Assignment.case_id == case.id, Assignment.ended_at.is_not(None))
    )
    ends = [
        share.ended_at
        for share in shares
        if share.ended_at is not None and permissions.is_of_unit(session.get_one(Unit, share.unit_id), own)
    ]
    return max(ends, default=None)

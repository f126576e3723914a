"""Who may do what to which case: one function, fed by the act table.

Rights come from the roster's role and unit, never from the chat somebody sits in. Whoever holds several posts
has the rights of each, and none that would take the role of one and the unit of another. Against whoever may
speak on a result all posts count.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from handlers.cases import event_log, links
from handlers.cases.actors import Actor
from handlers.environment.people import doors
from handlers.environment.units import covers, split_path
from models.cases import ASSIST, Assignment, Case, Event, is_live_share
from models.organisation import (
    COORDINATORS,
    DUTY_OFFICERS,
    LEADERS,
    NON_HANDLERS,
    OVERSEERS,
    Chat,
    ChatUse,
    Person,
    Role,
    Unit,
    has_post,
)
from models.pushes import Push, PushPurpose
from models.reading_rights import ReadingRight
from models.sign_offs import IS_UNSIGNED, SignOff
from models.site_checks import IS_UNANSWERED, SiteCheck
from models.workflow import ACTS, OPEN, Act, CaseRelation


def may_perform(session: Session, act: Act, actor: Actor, case: Case | None) -> bool:
    """Whether this actor stands to the case in one of the ways the act asks for."""
    if not any(has_relation(session, who, actor, case) for who in act.relations):
        return False
    if not act.impartial or case is None:
        return True
    return not _is_party(session, actor, case, stand_in=not act.own_word)


def has_relation(session: Session, who: CaseRelation, actor: Actor, case: Case | None) -> bool:
    """Whether the actor stands to the case in this one relation, themselves or in somebody's place."""
    return _find_capacity(session, who, actor, case) is not None


def find_capacity(session: Session, who: CaseRelation, actor: Actor, case: Case) -> Actor:
    """In which post, or in whose place, the actor stands to the case so; as they are, where in none."""
    return _find_capacity(session, who, actor, case) or actor


def _find_capacity(session: Session, who: CaseRelation, actor: Actor, case: Case | None) -> Actor | None:
    capacities = actor.capacities if who in _BY_OFFICE else (actor,)
    return next((one for one in capacities if _RELATIONS[who](session, one, case)), None)


def may_see(session: Session, restricted_to: Collection[str], actor: Actor, case: Case) -> bool:
    """Whether all of a case may be read: a restricted one only by its readers, and by whoever reported it.

    Nobody whom its words name is a reader, even where `restricted_to` lists them (`secrecy.accused`).
    """
    if not case.restricted or actor.person is None or is_own(session, actor, case):
        return True
    if actor.person.is_outside:
        return False
    right = session.scalar(
        select(ReadingRight.granted).where(
            ReadingRight.case_id == case.id, ReadingRight.person_id == actor.id
        )
    )
    return actor.person.code in restricted_to if right is None else right


def is_rescuer(session: Session, actor: Actor, case: Case) -> bool:
    """Whether the actor is of a unit that was called to an urgent restricted case, to save somebody.

    The unit knows the place and the danger (`secrecy.redaction`), and acts on it as on any task.
    """
    if not (case.restricted and case.urgent):
        return False
    return any(has_relation(session, who, actor, case) for who in _OF_UNITS)


def may_rescue(session: Session, act: Act, actor: Actor, case: Case) -> bool:
    """Whether a rescuer may do this, who may not read the case: what its unit does, and nothing else."""
    if act.reveals_reporter or act.names_people or not is_rescuer(session, actor, case):
        return False
    return any(has_relation(session, who, actor, case) for who in act.relations if who in _OF_UNITS)


def _get_unit(session: Session, unit_id: int | None) -> Unit | None:
    return session.get(Unit, unit_id) if unit_id is not None else None


def _unit_of_actor(session: Session, actor: Actor) -> Unit | None:
    return _get_unit(session, actor.unit_id)


def is_of_unit(unit: Unit | None, own: Unit | None) -> bool:
    """Whether people of `own` belong to this unit: theirs or above it; to the top unit only its own."""
    if unit is None or own is None:
        return False
    return unit.id == own.id or (unit.parent_id is not None and covers(unit, own))


def _oversees(session: Session, actor: Actor, case: Case | None) -> bool:
    """The case lies in the actor's subtree; one whose place nobody knows is the top desk's."""
    return case is None or looks_after(session, actor, case.area_id, case.unit_id)


def looks_after(session: Session, actor: Actor, *unit_ids: int | None) -> bool:
    """Whether one of these units lies in the actor's subtree; where none is named, the top unit does."""
    own = _unit_of_actor(session, actor)
    units = [_get_unit(session, unit_id) for unit_id in unit_ids if unit_id is not None]
    if not units:
        return own is not None and own.parent_id is None
    return any(covers(own, unit) for unit in units)


def _is_duty(session: Session, actor: Actor, case: Case | None) -> bool:
    """The desk of the area. Of a restricted case no desk knows, so a leader who reads it stands in for it."""
    roles = DUTY_OFFICERS | LEADERS if case is not None and case.restricted else DUTY_OFFICERS
    return actor.is_one_of(roles) and _oversees(session, actor, case)


def _is_coordinator(session: Session, actor: Actor, case: Case | None) -> bool:
    return actor.is_one_of(COORDINATORS) and _oversees(session, actor, case)


def _is_handler(session: Session, actor: Actor, case: Case | None) -> bool:
    if case is None or actor.is_one_of(NON_HANDLERS):
        return False
    return is_of_unit(_get_unit(session, case.unit_id), _unit_of_actor(session, actor))


def _is_grid_officer(session: Session, actor: Actor, case: Case | None) -> bool:
    """A grid officer of the area: the case may be known only as lying in their town."""
    if case is None or not actor.is_one_of({Role.GRID}):
        return False
    own, area = _unit_of_actor(session, actor), _get_unit(session, case.area_id)
    return covers(own, area) or is_of_unit(area, own)


def is_own(session: Session, actor: Actor, case: Case) -> bool:
    """Whether the actor reported the case, under whichever account of theirs."""
    return doors.is_same(session, actor.person, case.reporter_id)


def _is_reporter(session: Session, actor: Actor, case: Case | None) -> bool:
    return case is not None and actor.id is not None and (actor.is_follower or is_own(session, actor, case))


def _is_checker(session: Session, actor: Actor, case: Case | None) -> bool:
    """Anyone who may look after the case, but never whoever handled it: nobody checks their own work."""
    if case is None or actor.id is None or doors.is_same(session, actor.person, case.handler_id):
        return False
    return any(has_relation(session, who, actor, case) for who in _CHECKING)


def _is_observer(session: Session, actor: Actor, case: Case | None) -> bool:
    return actor.is_one_of({Role.OBSERVER}) and _oversees(session, actor, case)


def _is_leader(session: Session, actor: Actor, case: Case | None) -> bool:
    return actor.is_one_of(LEADERS) and _oversees(session, actor, case)


def _is_partner(session: Session, actor: Actor, case: Case | None) -> bool:
    """The actor belongs to a unit whose help was called for and has not ended."""
    if case is None or actor.is_one_of(NON_HANDLERS):
        return False
    shares = session.scalars(
        select(Assignment.unit_id).where(Assignment.case_id == case.id, is_live_share(ASSIST))
    )
    own = _unit_of_actor(session, actor)
    return any(is_of_unit(_get_unit(session, unit_id), own) for unit_id in shares)


def _is_warned(session: Session, actor: Actor, case: Case | None) -> bool:
    """The actor's unit was rung for a danger: what it was told it may ask about and answer.

    With the assignment this ends; whoever is given the case, or called to help, has it then.
    """
    if case is None or case.unit_id is not None or case.status not in OPEN:
        return False
    return was_rung(session, actor, case)


def was_rung(session: Session, actor: Actor, case: Case, *, before: datetime | None = None) -> bool:
    """Whether the group of the actor's unit was told of this danger, and not merely answered.

    `before`: only what was sent before then counts.
    """
    if not case.urgent or actor.is_one_of(NON_HANDLERS):
        return False
    rung = select(Chat.unit_id).join(Push, Push.chat_id == Chat.id).distinct()
    told = [Push.case_id == case.id, Chat.use == ChatUse.HANDLING, Push.purpose != PushPurpose.RECEIPT]
    units = session.scalars(rung.where(*told, *([Push.created_at < before] if before is not None else [])))
    own = _unit_of_actor(session, actor)
    return any(is_of_unit(_get_unit(session, unit_id), own) for unit_id in units)


def _is_surveyor(session: Session, actor: Actor, case: Case | None) -> bool:
    if case is None or actor.is_outside:
        return False
    asked = select(SiteCheck.id).where(
        SiteCheck.case_id == case.id, SiteCheck.person_id == actor.id, IS_UNANSWERED
    )
    return session.scalar(asked.limit(1)) is not None


def _is_signer(session: Session, actor: Actor, case: Case | None) -> bool:
    """Whoever was asked to sign the answer, or takes their place, unless it is the work of either's unit."""
    if case is None or actor.person is None or actor.is_outside:
        return False
    waiting = session.scalar(select(SignOff).where(SignOff.case_id == case.id, IS_UNSIGNED))
    if waiting is None:
        return False
    asked = {waiting.signer_id, waiting.deputy_id, waiting.above_id}
    if not any(one.id in asked for one in actor.capacities):
        return False
    return not is_party(session, actor, case)


def _is_second_person(session: Session, actor: Actor, case: Case | None) -> bool:
    """The actor may decide a request that somebody else made."""
    if case is None or doors.is_same(session, actor.person, case.requested_by):
        return False
    return any(has_relation(session, who, actor, case) for who in _DECIDING)


def _did_last_act(session: Session, actor: Actor, case: Case | None) -> bool:
    if case is None or actor.person is None:
        return False
    last = event_log.latest(session, case)
    if last is None or last.actor_id != actor.id:
        return False
    return not actor.person.is_outside or CaseRelation.REPORTER in ACTS[last.act].relations


# Whose case it is ----------------------------------------------------------------------------


def may_read_event(session: Session, actor: Actor, case: Case, event: Event) -> bool:
    """Whether this event of a case that the actor reads is theirs to read, too.

    A word on those who handle the case is read by whoever said it, by desk and leaders, and never by them.
    """
    return not ACTS[event.act].about_handling or hears_of_handling(session, actor, case, event.actor_id)


def hears_of_handling(session: Session, actor: Actor, case: Case, speaker_id: int | None = None) -> bool:
    """Whether the actor is told what is said of those who handle the case; `speaker_id`: who said it."""
    if actor.person is None:
        return False
    if actor.id == speaker_id:
        return True
    if not any(has_relation(session, who, actor, case) for who in _DECIDING):
        return False
    return not _is_party(session, actor, case, stand_in=True)


def is_party(session: Session, actor: Actor, case: Case) -> bool:
    """Whether the actor is staff of a unit that handles the case or helps, whoever else there is."""
    return _is_party(session, actor, case, stand_in=False)


def _is_party(session: Session, actor: Actor, case: Case, *, stand_in: bool) -> bool:
    """Staff of the units that handle the matter never speak on its result, in whatever role.

    Residents, informants and observers are no staff of their unit. Where the unit is the desk's own or
    the top one there may be nobody else: with `stand_in`, whoever oversees it and neither signed nor
    handled it does then. Nobody of such a unit rates it for its reporter.
    """
    if actor.person is None:
        return False
    # Another account of theirs, another door, or somebody's place that they take makes nobody impartial.
    rows = (*doors.list_rows(session, actor.person), *actor.person.stands_in_for)
    posts = (one for row in rows for one in Actor(row).in_each_post)
    return any(_is_post_party(session, one, case, stand_in=stand_in) for one in posts)


def _is_post_party(session: Session, actor: Actor, case: Case, *, stand_in: bool) -> bool:
    if actor.is_one_of(NON_HANDLERS):
        return False
    root = links.root_case(session, case)
    own = _unit_of_actor(session, actor)
    of_units = [unit for unit in _handling_units(session, root) if is_of_unit(unit, own)]
    if not of_units:
        # Who stood in for one of them, or has moved since, speaks on their own work no more than they do.
        return actor.id in _worked_on(session, root)
    if (
        stand_in
        and actor.is_one_of(OVERSEERS)
        and all(_is_own_of_desk(session, root, unit) for unit in of_units)
    ):
        return actor.id in _worked_on(session, root)
    return True


def find_unit_at_work(session: Session, actor: Actor, case: Case) -> int | None:
    """Id of the unit for which the actor works on the case; that of their first post, where it is none."""
    units = _handling_units(session, case)
    of_case = (
        one.unit_id
        for one in actor.in_each_post
        if any(is_of_unit(unit, _unit_of_actor(session, one)) for unit in units)
    )
    return next(of_case, actor.unit_id)


def _handling_units(session: Session, case: Case) -> list[Unit]:
    """The lead unit, and every unit that was called to help."""
    helping = select(Assignment.unit_id).where(Assignment.case_id == case.id, Assignment.role == ASSIST)
    ids = dict.fromkeys([case.unit_id, *session.scalars(helping)])
    return [session.get_one(Unit, unit_id) for unit_id in ids if unit_id is not None]


def _is_own_of_desk(session: Session, case: Case, unit: Unit) -> bool:
    """Whether the unit is the top one, or the one at whose desk the case is looked after."""
    return unit.parent_id is None or unit.id == _desk_of(session, case)


def _desk_of(session: Session, case: Case) -> int | None:
    """The nearest unit above the case's place that has a duty officer."""
    area = _get_unit(session, case.area_id)
    if area is None:
        return None
    duty = has_post(lambda role, unit_id: and_(role == Role.DUTY, unit_id == Unit.id))
    staffed = select(Unit.id).where(select(Person.id).where(duty).exists())
    above = staffed.where(Unit.code.in_(split_path(area.path))).order_by(func.length(Unit.path).desc())
    return session.scalar(above.limit(1))


def _worked_on(session: Session, case: Case) -> set[int | None]:
    """Who handled the case, and who signed for it."""
    signers = select(Assignment.signed_by).where(Assignment.case_id == case.id)
    return {case.handler_id, *session.scalars(signers)}


_OF_UNITS = frozenset({CaseRelation.HANDLER, CaseRelation.PARTNER, CaseRelation.WARNED})
"""How somebody stands to a case by the unit that was called to it."""
_DECIDING = (CaseRelation.DUTY, CaseRelation.LEADER)
_CHECKING = (*_DECIDING, CaseRelation.COORDINATOR, CaseRelation.GRID, CaseRelation.REPORTER)
_BY_OFFICE = _OF_UNITS | {
    CaseRelation.DUTY, CaseRelation.LEADER, CaseRelation.COORDINATOR, CaseRelation.GRID,
    CaseRelation.OBSERVER, CaseRelation.SURVEYOR,
}  # fmt: skip
"""How somebody stands to a case by their office, which whoever takes their place has as long as they do."""
_RELATIONS: Mapping[CaseRelation, Callable[[Session, Actor, Case | None], bool]] = {
    CaseRelation.ANYONE: lambda _session, actor, _case: actor.person is not None,
    CaseRelation.REPORTER: _is_reporter,
    CaseRelation.DUTY: _is_duty,
    CaseRelation.COORDINATOR: _is_coordinator,
    CaseRelation.HANDLER: _is_handler,
    CaseRelation.GRID: _is_grid_officer,
    CaseRelation.CHECKER: _is_checker,
    CaseRelation.SECOND: _is_second_person,
    CaseRelation.LEADER: _is_leader,
    CaseRelation.OBSERVER: _is_observer,
    CaseRelation.PARTNER: _is_partner,
    CaseRelation.WARNED: _is_warned,
    CaseRelation.SURVEYOR: _is_surveyor,
    CaseRelation.SIGNER: _is_signer,
    CaseRelation.LAST: _did_last_act,
    CaseRelation.TIME: lambda _session, actor, _case: actor.person is None,
}

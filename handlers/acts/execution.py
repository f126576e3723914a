"""The one door through which a case changes.

    permission ─> state ─> needs ─> effect ─> event + row ─> announcements

All in the caller's transaction: either the whole act happens, with everything it says, or nothing.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.acts import approvals, supervision
from handlers.acts.effects import EFFECTS, ActInput, ActContext
from handlers.cases import assignments, event_log, merged, permissions
from handlers.cases.actors import PROGRAM, Actor
from handlers.cases.privacy import shown_actor
from handlers.clocks import case_clocks
from handlers.environment.snapshot import Environment
from handlers.errors import MissingNeed, NotAllowed, NotFound, WrongState
from handlers.notifications import audience_rules
from handlers.wording import refusals as say
from models.cases import Case, Event
from models.workflow import ACTS, Act, Audience, Need, Status, Step


def perform(
    session: Session,
    key: str,
    case: Case,
    actor: Actor,
    given: ActInput | None = None,
    *,
    office: Environment,
    now: datetime,
    origin: str | None = None,
    inbox_id: int | None = None,
    quiet_to: Sequence[Audience] = (),
    here: int | None = None,
    redrawn: int | None = None,
    opening: ActContext | None = None,
) -> Event:
    """Perform an act on a case, or raise Refused with the reason in the person's language.

    `origin` names the cause: repeating it answers with the event of the first time. `opening`: the
    case was opened in this very transaction, so that nobody else knows it yet.
    """
    if opening is None:
        case = _locked(session, case)
    scene = ActContext(
        session=session,
        act=ACTS[key],
        case=case,
        actor=merged.standing(session, ACTS[key], actor, case),
        given=given or ActInput(),
        office=office,
        now=now,
        origin=origin,
        inbox_id=inbox_id,
        quiet_to=frozenset(quiet_to),
        here=here,
        redrawn=redrawn,
        fresh=opening is not None,
        words_only=opening is not None and opening.words_only,
    )
    return _done_before(scene) or _perform(scene)


def _perform(scene: ActContext) -> Event:
    _check(scene)
    if Status(scene.case.status) not in scene.act.before:
        _confirm_grid_work(scene)
    event = event_log.write(scene, EFFECTS[scene.act.key](scene))
    approvals.lapse(scene, event)
    supervision.lapse(scene)
    case_clocks.settle(scene, event)
    audience_rules.tell(scene, event)
    _go_on(scene)
    return event


def _go_on(scene: ActContext) -> None:
    """What the program adds by itself: a case that bounced twice is raised (requirements A19)."""
    if scene.act.key == "return" and scene.case.arbitration and scene.case.level < supervision.TOP:
        perform(
            scene.session, "raise", scene.case, PROGRAM, ActInput(text=say.bounced(scene.case.returns)),
            office=scene.office, now=scene.now,
        )  # fmt: skip


def find(session: Session, number: str) -> Case:
    """The case of this full number; NotFound where there is none."""
    case = session.scalar(select(Case).where(Case.number == number))
    if case is None:
        raise NotFound(say.no_such_case(number))
    return case


def allows(act: Act, case: Case) -> bool:
    """Whether the case is where this act can happen.

    What a grid officer solved, the reporter may rate at once: their word is its check.
    """
    status = Status(case.status)
    return status in act.before or (act.key == "rate" and case.in_grid and status is Status.SUBMITTED)


def _confirm_grid_work(scene: ActContext) -> None:
    """The check that comes with the reporter's rating; they just saw the result, so nobody is told."""
    perform(
        scene.session, "verify", scene.case, scene.actor, ActInput(passed=True),
        office=scene.office, now=scene.now, origin=scene.origin and f"{scene.origin}:verify",
        inbox_id=scene.inbox_id, quiet_to=ACTS["verify"].tells,
    )  # fmt: skip


def _locked(session: Session, case: Case) -> Case:
    """The row as it is now, kept from others until the transaction ends (PostgreSQL)."""
    session.flush()
    return session.get_one(Case, case.id, with_for_update=True, populate_existing=True)


def _done_before(scene: ActContext) -> Event | None:
    if scene.origin is None:
        return None
    return scene.session.scalar(
        select(Event).where(Event.case_id == scene.case.id, Event.origin == scene.origin)
    )


def _check(scene: ActContext) -> None:
    act, case = scene.act, scene.case
    if not permissions.may_see(scene.office.restricted_to, scene.actor, case):
        raise NotFound(say.no_such_case(case.number))
    # State first: "it is already signed for, by X at 9:10" explains more than "you may not".
    if not allows(act, case):
        mover = event_log.newest(scene.session, case, event_log.MOVED)
        who = shown_actor(mover, case) if mover else ""
        raise WrongState(say.wrong_state(act, case, mover, who, zone=scene.office.zone))
    if not permissions.may(scene.session, act, scene.actor, case):
        raise NotAllowed(say.not_allowed(act, case, acts_of(scene.session, scene.actor, case)))
    for need in act.needs:
        if not _MET[need](scene.given):
            raise MissingNeed(say.missing(act, need, case.number))
    if scene.given.passed is False and not scene.given.text:
        raise MissingNeed(say.missing(act, Need.REASON, case.number))


def acts_of(session: Session, actor: Actor, case: Case) -> list[Act]:
    """What this person could do with the case as it stands."""
    return [a for a in ACTS.values() if could(session, a, actor, case)]


def could(session: Session, act: Act, actor: Actor, case: Case) -> bool:
    """Whether it is this person's to do now, and there is something for it to be done to."""
    if not allows(act, case) or not permissions.may(session, act, actor, case):
        return False
    there_is = _THERE_IS.get(act.key)
    return there_is is None or there_is(session, case, actor)


def _undoable(session: Session, case: Case, _actor: Actor) -> bool:
    last = event_log.newest(session, case)
    return last is not None and ACTS[last.act].undo


_ASKING = ("extend", "ask_suspend", "complicate", "void")
_THERE_IS: dict[str, Callable[[Session, Case, Actor], bool]] = {
    **dict.fromkeys(("approve", "decline"), lambda _session, case, _actor: case.requested is not None),
    **dict.fromkeys(_ASKING, lambda _session, case, _actor: case.requested is None),
    "arbitrate": lambda _session, case, _actor: case.arbitration,
    "assign": lambda _session, case, _actor: not case.arbitration,
    "check_in": lambda session, case, actor: not assignments.has_arrived(session, case, [actor.unit_id]),
    "return": lambda session, case, _actor: assignments.may_return(session, case),
    "raise": lambda _session, case, _actor: case.level < supervision.TOP,
    "answer_order": lambda session, case, _actor: supervision.open_order(session, case) is not None,
    "stage": lambda session, case, _actor: case_clocks.runs(session, case, Step.STAGE),
    "undo": _undoable,
}
"""Acts that need something to be done to, and whether it is there."""


_MET: dict[Need, Any] = {
    Need.TEXT: lambda given: bool(given.text),
    Need.REASON: lambda given: bool(given.text),
    Need.UNIT: lambda given: given.unit is not None,
    Need.UNITS: lambda given: bool(given.units),
    Need.PARENT: lambda given: given.parent is not None,
    Need.LENGTH: lambda given: given.limit is not None,
    Need.CLASS: lambda given: given.class_id is not None,
    Need.PLACE: lambda given: bool(given.place or given.text),
    Need.EVIDENCE: lambda given: bool(given.text or given.media),
    Need.VERDICT: lambda given: given.passed is not None,
    Need.ANSWER: lambda given: given.solved is not None,
}

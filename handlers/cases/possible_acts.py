"""Which acts a case allows now, and which of them a person could perform."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from handlers.cases import act_details, assignments, event_log, open_items, permissions
from handlers.cases.actors import Actor
from models.cases import Case
from models.workflow import ACTS, Act, Status, Step


def allows(act: Act, case: Case) -> bool:
    """Whether the case is where this act can happen.

    What a grid officer solved, the reporter may rate at once: their word is its check.
    """
    status = Status(case.status)
    return status in act.from_states or (act.key == "rate" and case.in_grid and status is Status.SUBMITTED)


def available_acts(session: Session, actor: Actor, case: Case) -> list[Act]:
    """What this person could do with the case as it stands."""
    return [a for a in ACTS.values() if can_perform(session, a, actor, case)]


def can_perform(session: Session, act: Act, actor: Actor, case: Case) -> bool:
    """Whether it is this person's to do now, and there is something for it to be done to."""
    if not allows(act, case) or not permissions.may_perform(session, act, actor, case):
        return False
    there_is = _CONDITIONS.get(act.key)
    return there_is is None or there_is(session, case, actor)


def _is_undoable(session: Session, case: Case, _actor: Actor) -> bool:
    last = event_log.latest(session, case)
    return last is not None and ACTS[last.act].undoable


_ASKING = ("extend", "ask_suspend", "complicate", "void")


_CONDITIONS: dict[str, Callable[[Session, Case, Actor], bool]] = {
    **dict.fromkeys(("approve", "decline"), lambda _session, case, _actor: case.requested is not None),
    **dict.fromkeys(_ASKING, lambda _session, case, _actor: case.requested is None),
    "arbitrate": lambda _session, case, _actor: case.arbitration,
    "assign": lambda _session, case, _actor: not case.arbitration,
    "check_in": lambda session, case, actor: not assignments.has_arrived(session, case, [actor.unit_id]),
    "return": lambda session, case, _actor: assignments.may_return(session, case),
    "raise": lambda _session, case, _actor: case.level < act_details.TOP_LEVEL,
    "answer_order": lambda session, case, _actor: open_items.open_order(session, case) is not None,
    "stage": lambda session, case, _actor: open_items.is_clock_running(session, case, Step.STAGE),
    "undo": _is_undoable,
}
"""Acts that need something to be done to, and whether it is there."""

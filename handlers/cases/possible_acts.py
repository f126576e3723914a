"""Which acts a case allows now, and which of them a person could perform."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases import assignments, event_log, links, open_items, permissions
from handlers.cases.actors import Actor
from handlers.cases.ending import sign_offs
from handlers.environment.levels.heads import TOP_LEVEL
from handlers.errors import WrongState
from handlers.wording import adoption as say_suggestions
from handlers.wording import charges
from handlers.wording import levels as say_levels
from handlers.wording import meetings as say_meetings
from handlers.wording import rechecks as say_rechecks
from handlers.wording import refusals as say
from handlers.wording import sign_off as say_signing
from handlers.wording import voices as say_voices
from models import case_links
from models.cases import Case, Event
from models.organisation import NON_HANDLERS
from models.suggestions import SUGGESTION, Adoption
from models.workflow import ACTS, Act, CaseRelation, Condition, Status, Step, Turn, Withdrawal


def allows(act: Act, case: Case) -> bool:
    """Whether the case is in a state in which this act can happen.

    A case that a grid officer solved also allows an act that includes the check it waits for.
    """
    return Status(case.status) in act.from_states or brings_check(act, case)


def brings_check(act: Act, case: Case) -> bool:
    """Whether a grid officer solved the case, nobody checked it yet, and the act includes that check."""
    checked_by = act.stands_in_for
    return checked_by is not None and case.in_grid and Status(case.status) in ACTS[checked_by].from_states


def available_acts(session: Session, actor: Actor, case: Case) -> list[Act]:
    """The acts that this actor could perform on the case now, in the order of the act table."""
    return [a for a in ACTS.values() if can_perform(session, a, actor, case)]


def can_perform(session: Session, act: Act, actor: Actor, case: Case) -> bool:
    """Whether the case allows the act now, the actor may perform it, and what it requires is there.

    Not where the same word would mean another act (`find_meant_act`).
    """
    if not allows(act, case) or not permissions.may_perform(session, act, actor, case):
        return False
    if act.requires is not None and not _CONDITIONS[act.requires].holds(session, case, actor):
        return False
    return find_meant_act(session, act, actor, case) is act


def can_mean(session: Session, act: Act, actor: Actor, case: Case) -> bool:
    """Whether this actor may say the word of the act of this case now, whatever it means there."""
    return can_perform(session, find_meant_act(session, act, actor, case), actor, case)


def find_meant_act(session: Session, act: Act, actor: Actor, case: Case) -> Act:
    """The act that the word of this one means on the case as it stands, said by this actor; mostly itself."""
    if act.becomes is None:
        return act
    turn, key = act.becomes
    if not allows(ACTS[key], case) or not _TURNS[turn](session, case, actor):
        return act
    return find_meant_act(session, ACTS[key], actor, case)


def find_way_back(session: Session, actor: Actor, case: Case, event: Event) -> Act | None:
    """The act by which this actor may take this event of the case back now; None where there is none.

    How long that is possible, the act itself says.
    """
    done = ACTS[event.act]
    for act in ACTS.values():
        undoes = done.undoable and CaseRelation.LAST in act.relations and event.number == case.version
        takes_back = done.recallable and act.takes_back_task
        if (undoes or takes_back) and can_perform(session, act, actor, case):
            return act
    return None


def name_doers(session: Session, act: Act, case: Case) -> str:
    """Who may do it, by name, where those are few people whom somebody named; else ""."""
    return sign_offs.name_signers(session, case) if CaseRelation.SIGNER in act.relations else ""


def explain_refusal(session: Session, act: Act, actor: Actor, case: Case) -> str:
    """Why this actor could not perform the act on the case now, in a few words; "": they could.

    Whose act it is comes before when, and when before what else it requires.
    """
    if not permissions.may_perform(session, act, actor, case):
        return say.whose_act(act, who=name_doers(session, act, case))
    if not allows(act, case):
        return say.when_possible(act)
    if act.requires is not None and not _CONDITIONS[act.requires].holds(session, case, actor):
        return _CONDITIONS[act.requires].refuse(session, case)
    meant = find_meant_act(session, act, actor, case)
    return "" if meant is act else say.means_another(meant)


def check_condition(session: Session, act: Act, actor: Actor, case: Case) -> None:
    """Raise WrongState, with the reason in Chinese, where what the act requires beside the state fails."""
    if act.requires is None:
        return
    condition = _CONDITIONS[act.requires]
    if not condition.holds(session, case, actor):
        raise WrongState(condition.refuse(session, case))


@dataclass(frozen=True, slots=True)
class _ConditionCheck:
    holds: Callable[[Session, Case, Actor], bool]
    refuse: Callable[[Session, Case], str]
    """The sentence for whoever tried all the same."""


def _check_column(holds: Callable[[Case], bool], refuse: Callable[[str], str]) -> _ConditionCheck:
    """A condition that the case's own row tells; `refuse` takes the case's number."""
    return _ConditionCheck(
        lambda _session, case, _actor: holds(case), lambda _session, case: refuse(case.number)
    )


def _last_act(session: Session, case: Case) -> Act:
    """What was done to the case last: opening it, where nothing else was."""
    done = select(Event.act).where(Event.case_id == case.id).order_by(Event.number.desc()).limit(1)
    return ACTS[session.scalars(done).one()]


def _refuse_unrestricting(_session: Session, case: Case) -> str:
    return say.another_request(case.number) if case.restricted else say.not_restricted(case.number)


def _is_matter_answered(session: Session, case: Case) -> bool:
    """Of a joined case: whether the result of the one that is worked on was told."""
    if case.status != Status.DUPLICATE:
        return True
    root = links.root_case(session, case)
    by_grid = root.in_grid and root.status == Status.SUBMITTED
    return by_grid or root.status in (Status.CALLBACK, Status.CLOSED)


def _refuse_return(_session: Session, case: Case) -> str:
    return say.final_assignment(case.number) if case.final else say.already_returned(case.number)


def _has_nothing_to_undo(session: Session, case: Case, actor: Actor) -> bool:
    """Of who reported the case: their last act was no step of staff, and none that can be taken back."""
    if actor.id is None or not permissions.is_own(session, actor, case):
        return False
    last = event_log.latest(session, case)
    if last is None or last.actor_id != actor.id:
        return True
    as_reporter = {CaseRelation.REPORTER, CaseRelation.ANYONE} & set(ACTS[last.act].relations)
    return bool(as_reporter) and not ACTS[last.act].undoable


def _waits_for_signature(case: Case) -> bool:
    return case.signoff_asked_at is not None


_TURNS: Mapping[Turn, Callable[[Session, Case, Actor], bool]] = {
    Turn.RESULT_ASKED: lambda _session, case, _actor: (
        case.status == Status.CALLBACK or (case.in_grid and case.status == Status.SUBMITTED)
    ),
    Turn.WITHDRAWN: lambda _session, case, _actor: case.withdrawal == Withdrawal.STOPS,
    Turn.SIGNATURE_ASKED: lambda _session, case, _actor: (
        _waits_for_signature(case) and case.requested is None
    ),
    Turn.NOTHING_TO_UNDO: _has_nothing_to_undo,
}
_CONDITIONS: Mapping[Condition, _ConditionCheck] = {
    Condition.REQUEST_PENDING: _check_column(lambda case: case.requested is not None, say.nothing_asked),
    Condition.NO_REQUEST_PENDING: _check_column(lambda case: case.requested is None, say.another_request),
    Condition.RESTRICTED: _ConditionCheck(
        lambda _session, case, _actor: case.restricted and case.requested is None, _refuse_unrestricting
    ),
    Condition.IN_ARBITRATION: _check_column(lambda case: case.arbitration, say.nothing_to_arbitrate),
    Condition.NOT_IN_ARBITRATION: _check_column(lambda case: not case.arbitration, say.must_arbitrate),
    Condition.BELOW_TOP_LEVEL: _check_column(lambda case: case.level < TOP_LEVEL, say.highest_level),
    Condition.NOT_RAISED: _check_column(
        lambda case: not case.level and case.raise_proposed_at is None, say_levels.raised_already
    ),
    Condition.NOT_URGENT: _check_column(lambda case: not case.urgent, say.urgent_already),
    Condition.SIGNATURE_ASKED: _check_column(_waits_for_signature, say_signing.nothing_to_sign),
    Condition.NO_SIGNATURE_ASKED: _ConditionCheck(
        lambda _session, case, _actor: not _waits_for_signature(case),
        lambda session, case: say_signing.waits_for_signer(
            case.number, sign_offs.name_signers(session, case)
        ),
    ),
    Condition.NOT_ARRIVED: _ConditionCheck(
        lambda session, case, actor: (
            not assignments.has_arrived(
                session, case, [one.unit_id for one in actor.capacities if not one.is_one_of(NON_HANDLERS)]
            )
        ),
        lambda _session, case: say.already_there(case.number),
    ),
    Condition.RECHECK_PLANNED: _check_column(
        lambda case: case.recheck_at is not None, say_rechecks.nothing_planned
    ),
    Condition.NOT_ON_AGENDA: _check_column(
        lambda case: case.meeting_asked_at is None, say_meetings.on_agenda_already
    ),
    Condition.RECALLABLE: _ConditionCheck(
        lambda session, case, _actor: assignments.find_recallable(session, case) is not None,
        lambda _session, case: say.not_recallable(case.number),
    ),
    Condition.RETURNABLE: _ConditionCheck(
        lambda session, case, _actor: assignments.may_return(session, case), _refuse_return
    ),
    Condition.ORDER_OPEN: _ConditionCheck(
        lambda session, case, _actor: open_items.open_order(session, case) is not None,
        lambda _session, case: say.no_order(case.number),
    ),
    Condition.IN_CHARGE: _check_column(lambda case: case.charged_at is not None, charges.not_in_charge),
    Condition.NOT_IN_CHARGE: _check_column(lambda case: case.charged_at is None, charges.charged_already),
    Condition.NO_ORDER_OPEN: _ConditionCheck(
        lambda session, case, _actor: open_items.open_order(session, case) is None,
        lambda _session, case: say.order_waiting(case.number),
    ),
    Condition.STAGE_RUNNING: _ConditionCheck(
        lambda session, case, _actor: open_items.is_clock_running(session, case, Step.STAGE),
        lambda _session, case: say.no_more_stages(case.number),
    ),
    Condition.IS_SUGGESTION: _check_column(
        lambda case: case.nature == SUGGESTION, say_suggestions.not_suggestion
    ),
    Condition.ADOPTED: _check_column(
        lambda case: case.adoption in (Adoption.FULL, Adoption.PARTIAL), say_suggestions.not_adopted
    ),
    Condition.ANSWERED_SUGGESTION: _check_column(
        lambda case: case.adoption is not None and not case.restricted, say_suggestions.not_answered
    ),
    Condition.MILESTONE_AHEAD: _ConditionCheck(
        lambda session, case, _actor: open_items.find_next_milestone(session, case) is not None,
        lambda _session, case: say_suggestions.no_milestone(case.number),
    ),
    Condition.PUBLICATION_PROPOSED: _ConditionCheck(
        lambda session, case, _actor: open_items.is_published(session, case) is False,
        lambda _session, case: say_suggestions.nothing_to_publish(case.number),
    ),
    Condition.PUBLISHED: _ConditionCheck(
        lambda session, case, _actor: open_items.is_published(session, case) is True,
        lambda _session, case: say_suggestions.not_public(case.number),
    ),
    Condition.HAS_VOICE: _ConditionCheck(
        lambda session, case, _actor: open_items.has_voice(session, case),
        lambda _session, case: say_voices.no_voice(case.number),
    ),
    Condition.HAS_PAGE_LINK: _ConditionCheck(
        lambda session, case, _actor: case_links.has_link(session, case),
        lambda _session, case: say.no_page_link(case.number),
    ),
    Condition.MATTER_ANSWERED: _ConditionCheck(
        lambda session, case, _actor: _is_matter_answered(session, case),
        lambda session, case: say.matter_not_answered(case.number, links.root_case(session, case).number),
    ),
    Condition.NOT_WITHDRAWN: _check_column(lambda case: case.withdrawal is None, say.already_withdrawn),
    Condition.WITHDRAWN: _check_column(lambda case: case.withdrawal == Withdrawal.STOPS, say.not_withdrawn),
    Condition.LAST_ACT_UNDOABLE: _ConditionCheck(
        lambda session, case, _actor: _last_act(session, case).undoable,
        lambda session, case: say.cannot_undo(_last_act(session, case), case.number),
    ),
}

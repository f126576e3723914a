"""From the steps that are planned for a message to what is done: the first of them that can be."""

from collections.abc import Sequence
from dataclasses import replace

from handlers.cases import merged, possible_acts
from handlers.cases.context import ActInput
from handlers.chat.inbound import InboundMessage
from handlers.commands import run
from handlers.talk import unfitting, utterances
from handlers.talk.dialogue import PlannedStep
from handlers.talk.planning import PlannedSteps
from handlers.talk.referents import Candidate
from handlers.talk.situation import find_numbers_of, strip_number
from handlers.talk.steps import case_questions, certainty, planned_acts, spoken_answers, unit_orders
from handlers.talk.understanding import Interpretation
from models.cases import Case
from models.messages import Part, PartKind
from models.workflow import ACTS


def carry_out(inbound: InboundMessage, read: Interpretation, planned: PlannedSteps) -> str | None:
    """Do what is planned for a message as it was understood; returns a slug, None: it is left to intake.

    Raises Refused.
    """
    meant, steps = planned.meant, planned.steps
    step = next((each for each in steps if _is_possible(inbound, each, meant)), steps[-1])
    if step.verb == "intake":
        return None
    if step.verb == "answer":
        shown = read.candidates if step.detail == "list" else meant
        return spoken_answers.answer(inbound, step.detail, shown)
    if step.verb in spoken_answers.ANSWERS:
        return spoken_answers.ANSWERS[step.verb](inbound, step, meant)
    is_clear = len(meant) == 1 and not certainty.is_doubtful(inbound, step, meant[0], read)
    if planned_acts.is_double(step) and is_clear and _is_possible(inbound, step, meant):
        return _perform_both(inbound, step, meant[0])
    is_doable = len(meant) > 1 or _is_possible(inbound, step, meant)
    if step.verb == "offer" and is_doable and not certainty.is_plain_offer(read, meant):
        return case_questions.offer(inbound, step, meant)
    return _perform(inbound, step, meant, read)


def _is_possible(inbound: InboundMessage, step: PlannedStep, meant: Sequence[Candidate]) -> bool:
    """Whether the act that is planned can be performed by this person on the case as it stands."""
    act = planned_acts.find_act(step)
    if act is None:
        return step.verb in spoken_answers.ANSWERS or step.verb in ("answer", "intake")
    said = strip_number(inbound.incoming.text)
    if planned_acts.needs_time(step) and planned_acts.find_limit(inbound, said) is None:
        return False
    case = inbound.session.get_one(Case, meant[0].case.id)
    target = merged.target_case(inbound.session, act, inbound.actor, case)
    actor = merged.as_reporter(inbound.session, act, inbound.actor, target)
    return possible_acts.can_perform(inbound.session, act, actor, target)


def _perform(
    inbound: InboundMessage, step: PlannedStep, meant: Sequence[Candidate], read: Interpretation
) -> str:
    """Perform the act on the case that is meant, or on each that is named; else ask which."""
    if len(meant) == 1:
        if certainty.is_doubtful(inbound, step, meant[0], read):
            return case_questions.ask_which(inbound, step, meant)
        if certainty.is_of_moment(step, meant[0], read):
            return case_questions.confirm(inbound, step, meant[0])
        return _perform_on(inbound, step, meant[0], read)
    if not (certainty.are_all_named(meant) or certainty.are_all_meant(read, meant)):
        if certainty.is_of_none(inbound, step, meant, read):
            return unfitting.answer_unknown_task(inbound)
        return case_questions.ask_which(inbound, step, meant)
    results = [
        _perform_on(_say_of(inbound, number, each, meant), step, each, read)
        for number, each in enumerate(meant)
    ]
    return results[0]


def _say_of(
    inbound: InboundMessage, number: int, each: Candidate, meant: Sequence[Candidate]
) -> InboundMessage:
    """The message as it is said of one of several cases: its own clauses, and the pictures with each."""
    text = inbound.incoming.text
    numbers = find_numbers_of(text, [one.case for one in meant])
    if numbers:
        files = [part for part in inbound.incoming.parts if part.kind is not PartKind.TEXT]
        words = Part(PartKind.TEXT, utterances.say_of_each(text, numbers, each.case.number))
        inbound = replace(inbound, incoming=replace(inbound.incoming, parts=(words, *files)))
    return replace(inbound, part=f"{number}:", is_stored=number > 0, copy=number)


def _perform_on(inbound: InboundMessage, step: PlannedStep, each: Candidate, read: Interpretation) -> str:
    case = inbound.session.get_one(Case, each.case.id)
    if step.detail == "unit":
        return unit_orders.perform_order(inbound, step, case, read)
    given = planned_acts.build_input(inbound, step, case, read)
    act = planned_acts.choose_act(step, given)
    target = merged.target_case(inbound.session, act, inbound.actor, case)
    return run.perform_said(inbound, act, target, given)


def _perform_both(inbound: InboundMessage, step: PlannedStep, each: Candidate) -> str:
    """Perform the first act without a word, and the second with what was said and sent."""
    case = inbound.session.get_one(Case, each.case.id)
    done = run.perform_said(
        replace(inbound, part="first:", is_stored=True), ACTS[step.verb], case, ActInput()
    )
    if not done.startswith("act."):
        return done
    said = strip_number(inbound.incoming.text)
    limit = (
        planned_acts.find_limit(inbound, said, since=case.due_at) if planned_acts.needs_time(step) else None
    )
    return run.perform_said(inbound, ACTS[step.detail], case, ActInput(text=said, limit=limit))

"""Units that the words of a desk call: which gets the case, which helps, and what each is to do.

0010交城管局，两天内 ──> the act of the step, with the unit and the limit it gets
公安再去, which has it ──> it is pressed, or it signs
请交警协助 ──> whoever has the case keeps it
喊应急分队马上去 ──> likewise, and in a danger they are called to come at once
给海棠镇, returned twice ──> the desk rules that they have it
市场监管局也去现场 ──> the unit that was suggested gets it, the one that is named helps
城管局去，街道配合 ──> units after the first help, each with its own words
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from handlers.cases import assignments, merged
from handlers.cases.context import ActInput
from handlers.chat.inbound import InboundMessage
from handlers.commands import run
from handlers.environment.spoken_units import UnitOrder, asks_to_help, find_spoken_unit, list_unit_orders
from handlers.errors import Refused
from handlers.talk.dialogue import PlannedStep, plan_steps
from handlers.talk.situation import strip_number
from handlers.talk.steps import planned_acts
from handlers.talk.understanding import Interpretation
from handlers.talk.utterances import split_clauses
from models.cases import Case
from models.organisation import Unit
from models.workflow import ACTS, UNASSIGNED, Act, Audience

_ALSO = re.compile("也(?:去|来|到|派|要|得|一起|参加|出)")
"""A unit that is called beside another."""
_SENDS = re.compile(
    r"\A(?!.*(?:[改转换]|不[是归用]|接手|负责|牵头|主办)).*[喊叫让请派][^，。！!]{2,12}(?:[去过]|到场|到现场)",
    re.DOTALL,
)
"""How a unit is sent to a danger, whoever has the case: 喊应急分队马上去."""


def perform_order(inbound: InboundMessage, step: PlannedStep, case: Case, read: Interpretation) -> str:
    """Perform a step whose detail is `unit`, and call those that are to help; returns a slug.

    Raises Refused for the case itself; where only a helper is refused, that is answered.
    """
    orders = _list_orders(inbound)
    act, given = _choose_act(inbound, step, case, read, orders)
    target = merged.target_case(inbound.session, act, inbound.actor, case)
    suggested = _find_suggested_unit(inbound, case, given)
    if given.unit is not None and suggested is not None:
        done = run.perform_said(inbound, act, target, replace(given, unit=suggested))
        _call_helpers(inbound, target, [UnitOrder(given.unit, given.text)])
        return done
    holder = target.unit_id
    rest = [order for order in orders if given.unit is None or order.unit.id != given.unit.id]
    # Whoever had the case and is to help does not hear first that they need not do anything any more.
    stays = any(order.unit.id == holder for order in rest)
    done = run.perform_said(inbound, act, target, given, quiet_to=(Audience.FORMER,) if stays else ())
    _call_helpers(inbound, target, [order for order in rest if target.unit_id != order.unit.id])
    return done


def _list_orders(inbound: InboundMessage) -> Sequence[UnitOrder]:
    """What the words order units to do, without the time they get: 0010交城管局，注意举报人要保密，两天内."""
    first, *others = split_clauses(strip_number(inbound.incoming.text)) or [""]
    minded = [clause for clause in others if planned_acts.find_limit(inbound, clause) is None]
    return list_unit_orders(inbound.session, [first, *minded])


def _choose_act(
    inbound: InboundMessage,
    step: PlannedStep,
    case: Case,
    read: Interpretation,
    orders: Sequence[UnitOrder],
) -> tuple[Act, ActInput]:
    """The act that the order comes to on the case as it stands, and what is given with it."""
    given = _build_input(inbound, step, case, read, orders)
    act = planned_acts.choose_act(step, given)
    if given.unit is None or case.unit_id is None:
        return act, given
    if given.unit.id == case.unit_id and (known := _find_act_of_holder(inbound, case)) is not None:
        return known, ActInput(text=strip_number(inbound.incoming.text))
    helps = ActInput(unit=given.unit, units=(given.unit,), text=given.text)
    plan = inbound.env.classifier.pack.dialogue.plan
    if (
        case.urgent
        and _SENDS.search(inbound.incoming.text)
        and (sent := plan_steps(plan, "send", case.status))
    ):
        return planned_acts.require_act(sent[0]), helps
    if _is_to_help(inbound, orders):
        return ACTS["assist"], helps
    return act, given


def _build_input(
    inbound: InboundMessage,
    step: PlannedStep,
    case: Case,
    read: Interpretation,
    orders: Sequence[UnitOrder],
) -> ActInput:
    """The unit that the order names first, what it is to do, and by when."""
    text = strip_number(inbound.incoming.text)
    unit = orders[0].unit if orders else find_spoken_unit(inbound.session, text)
    if unit is None and "overrules" in read.sign_names:
        unit = assignments.find_last_lead(inbound.session, case)
    words = orders[0].words if orders else "，".join(split_clauses(text)[1:]).rstrip("，。")
    if step.verb == "assist":
        return ActInput(unit=unit, units=(unit,) if unit is not None else (), text=words)
    return ActInput(unit=unit, limit=planned_acts.find_limit(inbound, text), text=words)


def _find_act_of_holder(inbound: InboundMessage, case: Case) -> Act | None:
    """What an order to the unit that has the case already comes to; None: nothing is planned for that.

    0010又响了，公安再去 presses them, and with 0003街道接了 they sign.
    """
    is_own = case.unit_id in [one.unit_id for one in inbound.person.in_each_post]
    plan = inbound.env.classifier.pack.dialogue.plan
    steps = plan_steps(plan, "take" if is_own else "press", case.status)
    return planned_acts.require_act(steps[0]) if steps else None


def _is_to_help(inbound: InboundMessage, orders: Sequence[UnitOrder]) -> bool:
    """Whether the first unit that is named is to help whoever has the case: 请交警协助.

    转给公安局，城管局配合一下 gives the case to another.
    """
    first = split_clauses(strip_number(inbound.incoming.text))[:1]
    clause = next(iter(split_clauses(orders[0].words)), "") if orders and orders[0].words else "".join(first)
    return asks_to_help(clause)


def _find_suggested_unit(inbound: InboundMessage, case: Case, given: ActInput) -> Unit | None:
    """The unit that was suggested, where the one that is named comes in addition: 市场监管局也去现场.

    None: nobody else was to have it.
    """
    if (
        case.status not in UNASSIGNED
        or not _ALSO.search(inbound.incoming.text)
        or case.suggested_unit_id is None
    ):
        return None
    is_other = given.unit is not None and given.unit.id != case.suggested_unit_id
    return inbound.session.get(Unit, case.suggested_unit_id) if is_other else None


def _call_helpers(inbound: InboundMessage, case: Case, orders: Sequence[UnitOrder]) -> None:
    """Ask units to help, each with its own words."""
    for number, order in enumerate(orders):
        part = replace(inbound, part=f"{inbound.part}help{number}:", is_stored=True, copy=0)
        try:
            run.perform_said(part, ACTS["assist"], case, ActInput(units=(order.unit,), text=order.words))
        except Refused as refused:
            part.reply(refused.sentence)

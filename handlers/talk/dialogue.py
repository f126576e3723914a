"""Which dialogue act a message is, by the table of `rules/dialogue.yaml`; pure.

Every row adds the points of the signs that speak for it and takes those that speak against it. The best
row that reaches its own least wins; the runner-up says how clear it was.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from handlers.talk.situation import Side
from handlers.triage.rules.schema import ALWAYS, DialogueActRule, DialogueRules
from models.workflow import Status


@dataclass(frozen=True, slots=True)
class DialogueAct:
    """What a message does in the conversation, and why it was taken for that."""

    act: str
    side: Side
    points: int
    ahead: int
    """Points before the next best act."""
    because: tuple[tuple[str, int], ...]
    """The signs that counted, with their points."""
    recent: bool = False
    """Of several cases that fit, the one that was just spoken of is meant."""


def choose_act(
    rules: DialogueRules, side: Side, signs: frozenset[str], statuses: Collection[Status]
) -> DialogueAct | None:
    """The act that the signs amount to when said by this side; None: none reaches its least.

    `statuses`: where the cases stand that may be meant; an act that leads to nothing there does not count.
    """
    reached = sorted(
        (
            (points, -number, rule)
            for number, rule in _list_spoken_for(rules, side, signs)
            if (not rule.needs or not signs.isdisjoint(rule.needs))
            and (points := _score(rule, signs)) >= rule.least
            and _leads_somewhere(rules, rule.act, statuses)
        ),
        key=lambda row: row[:2],
    )
    if not reached:
        return None
    points, _, rule = reached[-1]
    second = reached[-2][0] if len(reached) > 1 else 0
    return DialogueAct(rule.act, side, points, points - second, tuple(_explain(rule, signs)), rule.recent)


def _list_spoken_for(
    rules: DialogueRules, side: Side, signs: Collection[str]
) -> Iterable[tuple[int, DialogueActRule]]:
    """The rows of this side that some sign speaks for, each once, with their numbers."""
    rows = (rules.rows_by_sign.get((side, sign), ()) for sign in (ALWAYS, *signs))
    return dict(chain.from_iterable(rows)).items()


def _leads_somewhere(rules: DialogueRules, act: str, statuses: Collection[Status]) -> bool:
    states = planned_states(rules.plan, act)
    return states is None or not set(states).isdisjoint(statuses)


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """What is to be done: an act of the workflow, or `answer`, `ask`, `desk`, `silence`, `intake`."""

    verb: str
    detail: str = ""


def plan_steps(plan: Mapping[str, Mapping[str, str]], act: str, status: str) -> Sequence[PlannedStep]:
    """What is to be done, the first that can be: `rate solved / add`; nothing where nothing is planned."""
    steps = plan.get(act, {})
    planned = steps.get(status, steps.get("*", ""))
    return [PlannedStep(*each.split()) for each in planned.split("/") if each.strip()]


def planned_states(plan: Mapping[str, Mapping[str, str]], act: str) -> Sequence[str] | None:
    """The states in which the act leads to something; None: in every one."""
    steps = plan.get(act, {})
    return None if "*" in steps else tuple(steps)


def _score(rule: DialogueActRule, signs: frozenset[str]) -> int:
    return sum(map(rule.weights.__getitem__, rule.weights.keys() & signs))


def _explain(rule: DialogueActRule, signs: Collection[str]) -> list[tuple[str, int]]:
    return [(sign, points) for sign in sorted(signs) if (points := rule.weights.get(sign, 0))]

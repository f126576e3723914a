"""What a dialogue act comes to: the case that is meant and the steps the table plans for it; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.talk import dialogue, referents
from handlers.talk.dialogue import DialogueAct, PlannedStep
from handlers.talk.referents import Candidate
from handlers.talk.understanding import Interpretation
from handlers.triage.rules.schema import DialogueRules
from models.workflow import Status

_ALL = "all_of_them"
"""The sign that every case is meant: 两件都, 全部."""


@dataclass(frozen=True, slots=True)
class PlannedSteps:
    """What is to be done with which case."""

    meant: Sequence[Candidate]
    """Several: it is not clear which one."""
    steps: Sequence[PlannedStep]
    """In the order in which they are tried: the first that can be done is."""


def plan_act(act: DialogueAct, read: Interpretation, rules: DialogueRules) -> PlannedSteps:
    """What the table plans for the act of a message, on the case that is meant among its candidates."""
    states = dialogue.planned_states(rules.plan, act.act)
    meant = referents.choose(
        read.candidates, None if states is None else [Status(state) for state in states], recent=act.recent
    )
    if states is not None and _ALL in {sign.name for sign in read.signs}:
        meant = [each for each in read.candidates if each.case.status in states]
    steps = dialogue.plan_steps(rules.plan, act.act, meant[0].case.status if meant else "*")
    return PlannedSteps(meant, steps)

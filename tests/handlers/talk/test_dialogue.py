"""Dialogue acts: points of signs, by a table, and what is planned by the state of the case."""

from typing import Any

import pytest

from handlers.talk.dialogue import PlannedStep, choose_act, plan_steps, planned_states
from handlers.talk.situation import Side
from handlers.triage.rules.packs import Pack
from handlers.triage.rules.schema import DialogueRules
from models.workflow import ACTS, Status

PLAN = {"confirm": {"CALLBACK": "rate solved", "NEW": "withdraw / add"}, "praise": {"*": "answer thanks"}}


def rules(*acts: dict[str, Any]) -> DialogueRules:
    return DialogueRules.model_validate({"acts": acts, "plan": PLAN})


CONFIRM = {
    "act": "confirm",
    "who": "reporter",
    "least": 5,
    "for": {"solved": 6, "thanks": 1},
    "against": {"again": 3},
}
PRAISE = {"act": "praise", "who": "reporter", "least": 3, "for": {"thanks": 4}}


def choose(signs: str, *acts: dict[str, Any], status: str = "CALLBACK") -> tuple[str, int, int] | None:
    found = choose_act(rules(*acts), Side.REPORTER, frozenset(signs.split()), {Status(status)})
    return (found.act, found.points, found.ahead) if found else None


def test_signs_for_and_against_add_up_and_the_runner_up_is_told() -> None:
    assert choose("solved thanks", CONFIRM, PRAISE) == ("confirm", 7, 3)
    assert choose("solved again", CONFIRM) is None


def test_of_equal_acts_the_first_of_the_table_wins() -> None:
    twin = {**CONFIRM, "act": "praise"}
    assert choose("solved", CONFIRM, twin) == ("confirm", 6, 0)
    assert choose("solved", twin, CONFIRM) == ("praise", 6, 0)


def test_an_act_counts_only_for_its_side_and_with_what_it_needs() -> None:
    assert choose("solved", {**CONFIRM, "who": "unit"}) is None
    assert choose("solved", {**CONFIRM, "needs": "photo place_same"}) is None
    assert choose("solved photo", {**CONFIRM, "needs": "photo place_same"}) is not None


def test_only_acts_count_that_lead_somewhere_in_the_state_of_a_case() -> None:
    assert choose("solved thanks", CONFIRM, PRAISE, status="VOID") == ("praise", 4, 4)


def test_an_act_says_which_signs_led_to_it() -> None:
    found = choose_act(
        rules(CONFIRM), Side.REPORTER, frozenset({"solved", "thanks", "photo"}), {Status.CALLBACK}
    )
    assert found is not None
    assert found.because == (("solved", 6), ("thanks", 1))


def test_steps_are_planned_by_the_state_and_tried_in_turn() -> None:
    assert plan_steps(PLAN, "confirm", "NEW") == [PlannedStep("withdraw"), PlannedStep("add")]
    assert plan_steps(PLAN, "confirm", "CALLBACK") == [PlannedStep("rate", "solved")]
    assert plan_steps(PLAN, "praise", "VOID") == [PlannedStep("answer", "thanks")]
    assert plan_steps(PLAN, "confirm", "VOID") == []
    assert planned_states(PLAN, "confirm") == ("CALLBACK", "NEW")
    assert planned_states(PLAN, "praise") is None


@pytest.mark.parametrize("act", ["confirm", "dispute", "nudge", "withdraw", "take", "finish", "give", "pass"])
def test_every_act_of_the_shipped_table_plans_acts_of_the_workflow_in_states_of_it(
    pack: Pack, act: str
) -> None:
    plan = pack.dialogue.plan
    assert act in {rule.act for rule in pack.dialogue.acts}
    assert plan[act].keys() <= {"*", *Status}
    answers = {"answer", "ask", "desk", "silence", "intake", "correct"}
    verbs = {step.verb for state in plan[act] for step in plan_steps(plan, act, state)}
    assert verbs - answers <= ACTS.keys()

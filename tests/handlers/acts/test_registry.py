"""The act table and the definitions agree: whom a row names, somebody tells; what a row needs, is there."""

import pytest

from handlers.acts import approvals
from handlers.acts.definition import ActDefinition
from handlers.acts.registry import DEFINITIONS, find_definition, program_reason, register_act
from models.workflow import ACTS, OPEN, Act, ActField, Audience, CaseRelation, Condition, Step

LOOK = Act("look", "看看", OPEN, (), (CaseRelation.DUTY,), audiences=(Audience.DUTY,))


def test_every_audience_of_every_act_is_told() -> None:
    untold = {key: set(act.audiences) - set(find_definition(act).notify) for key, act in ACTS.items()}
    assert {key: audiences for key, audiences in untold.items() if audiences} == {}


def test_nobody_is_told_whom_the_row_does_not_name() -> None:
    told = {key: set(one.notify) - set(ACTS[key].audiences) for key, one in DEFINITIONS.items()}
    assert {key: audiences for key, audiences in told.items() if audiences} == {}


def test_no_definition_is_empty() -> None:
    assert [key for key, one in DEFINITIONS.items() if one == ActDefinition()] == []


def test_what_only_asks_follows_from_its_row() -> None:
    asking = [act for act in ACTS.values() if act.request is not None]
    assert asking
    assert all(find_definition(act) is approvals.REQUEST for act in asking)
    assert {act.requires for act in asking} == {Condition.NO_REQUEST_PENDING}


def test_what_decides_needs_something_to_decide() -> None:
    assert {act.requires for act in ACTS.values() if act.grants is not None} == {Condition.REQUEST_PENDING}


def test_the_program_has_a_reason_wherever_it_needs_one() -> None:
    for act in ACTS.values():
        if act.is_for_program and ActField.REASON in act.required_fields:
            assert program_reason(act, Step.FINISH), act.key


def test_an_act_whose_audience_nobody_tells_is_not_added() -> None:
    with pytest.raises(ValueError, match="no notifier for duty"), register_act(LOOK, ActDefinition()):
        pass
    assert LOOK.key not in ACTS


def test_an_act_is_not_added_under_the_word_of_another() -> None:
    taken = Act("look", "看看", OPEN, (), (CaseRelation.DUTY,), aliases=("签收",))
    with pytest.raises(ValueError, match="签收 is an act already"), register_act(taken, ActDefinition()):
        pass
    assert (LOOK.key in ACTS, LOOK.key in DEFINITIONS) == (False, False)

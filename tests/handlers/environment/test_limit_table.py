"""What the limit table may leave to the program."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from handlers.environment.limit_table import EscalationRule, LimitTable
from models.workflow import ACTS, Step

ROOT = Path(__file__).resolve().parents[3]


def build_rule(act: str) -> EscalationRule:
    return EscalationRule(step=Step.FINISH, mark="late", share=1, late=None, act=act)


@pytest.mark.parametrize("act", [key for key, act in ACTS.items() if act.is_for_program])
def test_a_rule_may_do_what_the_act_table_leaves_to_the_program(act: str) -> None:
    assert build_rule(act).act == act


@pytest.mark.parametrize("act", ["sign", "assign", "merge", "提级", "no_such_act", ""])
def test_a_rule_may_do_nothing_else(act: str) -> None:
    """Neither what only people do, nor what needs a unit or another case."""
    with pytest.raises(ValidationError, match="one of unsign, resume, nudge, raise, close"):
        build_rule(act)


def test_the_table_that_comes_along_is_read() -> None:
    table = LimitTable.load(ROOT / "rules" / "limits.yaml")
    assert {rule.act for rule in table.ladder} == {None, "raise", "unsign", "close"}

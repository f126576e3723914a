"""rules/spot_checks.yaml: the shipped one is read, and a mistake is told with its line."""

from decimal import Decimal
from pathlib import Path

import pytest

from handlers.environment.tables.rule_tables import TableError
from handlers.environment.tables.spot_check_rules import SpotCheckRules
from models.cases import Case

SHIPPED = Path(__file__).resolve().parents[3] / "rules" / "spot_checks.yaml"


def test_the_shipped_table_calls_one_in_ten() -> None:
    rules = SpotCheckRules.load(SHIPPED)
    assert (rules.share, rules.rules, rules.callers) == (Decimal("0.1"), (), ())
    assert rules.find_rule(Case(class_id="other", source="chat"), "") is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("share: 10", "2: share: 应当是 0 到 1 的比例"),
        ("share: many", "2: share"),
        ("rules: [{share: 0.2}]", "class、unit、source 至少要写一个"),
        ("rules: [{clas: other, share: 0.2}]", "clas"),
        ("caller: [duty1]", "caller"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, wrong: str, said: str) -> None:
    path = tmp_path / "spot_checks.yaml"
    path.write_text(f'version: "1"\n{wrong}\n', encoding="utf-8")
    with pytest.raises(TableError) as refused:
        SpotCheckRules.load(path)
    assert said in str(refused.value)


def test_the_first_rule_that_fits_holds() -> None:
    rows = [
        {"class": "env.spill", "source": "12345", "share": 0.5},
        {"unit": "HM-GA", "share": 0.3},
        {"source": "12345", "share": 0.2},
    ]
    rules = SpotCheckRules.model_validate({"version": "1", "rules": rows})
    spill, other = Case(class_id="env.spill", source="12345"), Case(class_id="other", source="chat")
    assert [rules.find_rule(spill, ""), rules.find_rule(other, "/HM/HM-GA/HM-GA-JJ/")] == [0, 1]
    assert rules.find_rule(Case(class_id="other", source="12345"), "/HM/HM-GAX/") == 2
    assert rules.find_unknown_classes({"other"}) == [("rules", 0, "env.spill")]

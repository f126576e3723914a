"""The limit table: what it refuses, with file, line and path, in Chinese."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from handlers.environment.limit_table import EscalationRule, LimitTable
from handlers.environment.tables.rule_tables import TableError
from models.workflow import ACTS, Step

SHIPPED = Path(__file__).resolve().parents[3] / "rules" / "limits.yaml"


def refusal(folder: Path, old: str, new: str) -> tuple[str, ...]:
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    path = folder / "limits.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(TableError) as refused:
        LimitTable.load(path)
    return refused.value.sentences


MISTAKES = {
    (
        "accept: {normal: 4wh",
        "accept: {normal: soon",
    ): "10: steps.accept.normal: 应当是时限，如 30min、4h、3d、1wd、4wh",
    (
        "accept: {normal: 4wh",
        "accept: {normal: 4",
    ): "10: steps.accept.normal: 应当是时限，如 30min、4h、3d、1wd、4wh",
    ("accept: {normal", "acept: {normal"): (
        "10: steps.acept: 只能是 accept、sign、contact、arrive、progress、stage、finish、verify、signoff、callback、order、action"
    ),
    ("  verify: {normal: 2wd, urgent: 12h}\n", ""): "9: steps: 还缺 verify",
    ("08:30-12:00", "8点半"): '6: office_hours.0: 应当是起止时间，如 "08:30-12:00"',
    ("08:30-12:00", "12:00-08:30"): "6: office_hours.0: 开始应当早于结束",
    ("complex: 30d\n", ""): "1: complex: 缺少这一项",
    ("share: 0.8, tell: [duty]", "share: 1.8, tell: [duty]"): "47: ladder.0.share: 应当不大于 1",
    (
        "share: 0.8, tell: [duty]",
        "shar: 0.8, tell: [duty]",
    ): "47: ladder.0.shar: 不认识的键（是不是 share？）",
    ("share: 0.8, tell: [duty]", "tell: [duty]"): "47: ladder.0: share 和 late 要写一个，只写一个",
    (
        "tell: [duty]",
        "tell: [dutty]",
    ): "47: ladder.0.tell.0: 只能是 handling、duty、leader、unit、signer、above、reporter",
    ('version: "1.0"', "version: 1.0"): "4: version: 应当是文字，数字请加引号",
    ("complex: 30d", "complex: 30d\ncomplex: 3d"): "26: YAML 写法不对：“complex”写了两次",
}


@pytest.mark.parametrize(("old", "new"), MISTAKES)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str) -> None:
    assert f"{tmp_path}/limits.yaml:{MISTAKES[old, new]}" in refusal(tmp_path, old, new)


def test_no_word_of_english_reaches_people(tmp_path: Path) -> None:
    for old, new in MISTAKES:
        for sentence in refusal(tmp_path, old, new):
            said = sentence.rpartition(": ")[2]
            assert re.search(r"(?i)\b(input|should|valid|field|required|error|value)\b", said) is None


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    assert (
        len(refusal(tmp_path, "accept: {normal: 4wh, urgent: 10min}", "accept: {normal: x, urgent: y}")) == 2
    )


def test_an_empty_file_and_none_at_all_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("", encoding="utf-8")
    for name, told in (("empty.yaml", r"empty\.yaml:1: version: 缺少这一项"), ("none.yaml", "没有这个文件")):
        with pytest.raises(TableError, match=told):
            LimitTable.load(tmp_path / name)


def test_rows_for_a_class_that_is_no_more_are_found() -> None:
    unknown = LimitTable.load(SHIPPED).find_unknown_classes({"other"})
    assert unknown == [("limits", 0, "street.illegal_build")]


def build_rule(act: str) -> EscalationRule:
    return EscalationRule(step=Step.FINISH, mark="late", share=1, late=None, act=act)


@pytest.mark.parametrize("act", [key for key, act in ACTS.items() if act.is_for_program])
def test_a_rule_may_do_what_the_act_table_leaves_to_the_program(act: str) -> None:
    assert build_rule(act).act == act


@pytest.mark.parametrize("act", ["sign", "assign", "merge", "提级", "no_such_act", ""])
def test_a_rule_may_do_nothing_else(act: str) -> None:
    """Neither what only people do, nor what needs a unit or another case."""
    with pytest.raises(
        ValidationError, match="只能是 unsign、resume、nudge、raise、propose_raise、carry_on、close"
    ):
        build_rule(act)


def test_the_table_that_comes_along_is_read() -> None:
    table = LimitTable.load(SHIPPED)
    assert {rule.act for rule in table.ladder} == {None, "raise", "propose_raise", "unsign", "close"}

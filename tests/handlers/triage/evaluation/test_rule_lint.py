"""Each kind of planted mistake is found on its line."""

from pathlib import Path

import pytest

from handlers.triage.evaluation import rule_lint
from handlers.triage.evaluation.rule_lint import Finding
from handlers.triage.rules import pack_source, packs

HEADER = "id,name,group,event_code,hotline_code,nature,unit,limit,urgent,covers\n"
TABLE = "a.b,甲,组,0101,030301,投诉,城管局,1wd,no,\nc.d,乙,组,0101,030301,投诉,城管局,1wd,no,\n"
RULES = Path(__file__).parents[4] / "rules" / "default.yaml"


def findings(tmp_path: Path, *files: str) -> list[Finding]:
    (tmp_path / "classes.csv").write_text(HEADER + TABLE, encoding="utf-8")
    paths = [tmp_path / f"{number}.yaml" for number in range(len(files))]
    for path, text in zip(paths, files, strict=True):
        path.write_text("classes: classes.csv\n" + text, encoding="utf-8")
    return rule_lint.check(packs.load_pack(paths), pack_source.read_sources(paths))


def told(found: list[Finding]) -> list[tuple[str, bool, int]]:
    return [(each.kind, each.grave, each.line) for each in found]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("rules:\n  a.b:\n    words: {4: 甲乙}\n  a.b:\n    words: {4: 丙丁}\n", ("duplicate", True, 5)),
        ("rules:\n  a.b:\n    words:\n      4: 甲乙\n      4: 丙丁\n", ("duplicate", True, 6)),
        ("rules:\n  a.b:\n    words:\n      4: 甲乙 丙 甲乙\n", ("duplicate", False, 5)),
        ("rules:\n  a.b:\n    words:\n      4: 甲乙\n      2: 丙 甲乙\n", ("contradictory", True, 6)),
        ("rules:\n  a.b:\n    words:\n      4: 甲乙\n      -2: 甲乙\n", ("contradictory", True, 6)),
        ("rules:\n  a.b:\n    words:\n      4: >-\n        丙\n        甲乙\n    not: 甲乙\n", ("contradictory", True, 7)),
        ("idioms: 甲乙\nrules:\n  a.b:\n    words: {4: 甲乙 丙}\n", ("unreachable", True, 5)),
        ("rules:\n  a.b:\n    words:\n      4: 甲乙\n      0: 丙\n", ("unreachable", True, 6)),
        ("rules:\n  a.b:\n    words: {1: 甲乙}\n", ("unreachable", True, 3)),
        ("groups:\n  x: 子\n  y: 丑\nrules:\n  a.b: {words: {4: $x}}\n", ("unreachable", False, 4)),
        ("things: 丁\nrules:\n  a.b: {words: {4: 甲}}\n", ("unreachable", False, 2)),
        ("rules:\n  a.b:\n    words:\n      4: 甲乙\n      2: 甲乙丙\n", ("shadowed", False, 6)),
        ("labels:\n  甲:\n    words:\n      4: 子丑\n      -3: 寅 子丑\n", ("contradictory", True, 6)),
    ],
)  # fmt: skip
def test_a_planted_mistake_is_found_on_its_line(
    tmp_path: Path, rules: str, expected: tuple[str, bool, int]
) -> None:
    assert told(findings(tmp_path, rules)) == [expected]


def test_a_rule_that_a_later_file_replaces_is_told_where_it_stands(tmp_path: Path) -> None:
    first = "rules:\n  a.b: {words: {4: 甲}}\n  c.d: {words: {4: 乙}}\n"
    found = findings(tmp_path, first, "rules:\n  a.b: {words: {4: 丙}}\n")
    assert told(found) == [("shadowed", False, 3)]
    assert found[0].file.endswith("0.yaml")
    assert "1.yaml:3" in found[0].message


def test_rules_without_a_mistake_give_no_finding(tmp_path: Path) -> None:
    rules = (
        "groups: {x: 子 丑}\nrules:\n  a.b:\n    words: {4: 甲 $x, -2: 乙}\n    near: [{of: $x, with: 丙}]\n"
    )
    assert findings(tmp_path, rules) == []


def test_a_word_may_stand_in_several_pairs_and_sides(tmp_path: Path) -> None:
    rules = "rules:\n  a.b:\n    near: [{of: 甲, with: 乙}, {of: 甲, with: 丙}]\n  c.d: {words: {4: 甲}}\n"
    assert findings(tmp_path, rules) == []


def test_short_words_of_a_label_count_inside_longer_ones(tmp_path: Path) -> None:
    assert findings(tmp_path, "labels:\n  甲: {words: {4: 子, 2: 子丑}}\n") == []


def test_the_shipped_pack_has_no_grave_mistake() -> None:
    found = rule_lint.check(packs.load_pack([RULES]), pack_source.read_sources([RULES]))
    assert [str(each) for each in found if each.grave] == []


def test_hints_of_other_examples_are_told_to_be_learned_again(tmp_path: Path) -> None:
    (tmp_path / "said.txt").write_text("a.b 甲坏了\n", encoding="utf-8")
    found = findings(tmp_path, "examples: said.txt\nhints:\n  of: yesterday\n")
    assert ("stale", False, 3) in told(found)

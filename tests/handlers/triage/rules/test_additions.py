"""An office's own words on top of the shipped rules."""

from pathlib import Path

import pytest

from handlers.triage import engine
from handlers.triage.evaluation import rule_lint
from handlers.triage.rules import pack_files, pack_source, packs
from handlers.triage.types import Facts
from tests.rule_packs import SPECIAL

HEADER = "id,name,group,event_code,hotline_code,nature,unit,limit,urgent,covers\n"
TABLE = "".join(f"{name},{name},组,0101,030301,投诉,城管局,1wd,no,\n" for name in ("a.b", "c.d", "other"))
BASE = "classes: classes.csv\nrules:\n  a.b: {words: {4: 甲乙, 2: 丙丁}}\n  c.d: {words: {4: 戊己}}\n"


def paths(tmp_path: Path, added: str) -> list[Path]:
    (tmp_path / "classes.csv").write_text(HEADER + TABLE, encoding="utf-8")
    (tmp_path / "base.yaml").write_text(BASE + SPECIAL, encoding="utf-8")
    (tmp_path / "local.yaml").write_text(added, encoding="utf-8")
    return [tmp_path / "base.yaml", tmp_path / "local.yaml"]


def load(tmp_path: Path, added: str) -> packs.Pack:
    return packs.load_pack(paths(tmp_path, added))


def test_an_added_word_leaves_the_words_of_its_class_be(tmp_path: Path) -> None:
    pack = load(tmp_path, "add:\n  - {class: a.b, words: {4: 庚辛}}\n")
    assert pack.rules["a.b"].words == {4: ("甲乙", "庚辛"), 2: ("丙丁",)}
    assert pack.rules["c.d"].words == {4: ("戊己",)}


def test_a_word_added_again_has_its_new_weight_only(tmp_path: Path) -> None:
    pack = load(tmp_path, "add:\n  - {class: a.b, words: {6: 丙丁}}\n")
    assert pack.rules["a.b"].words == {4: ("甲乙",), 2: (), 6: ("丙丁",)}


def test_a_class_without_a_rule_may_be_given_words(tmp_path: Path) -> None:
    assert load(tmp_path, "add:\n  - {class: other, words: {4: 庚辛}}\n").rules["other"].words == {
        4: ("庚辛",)
    }


def test_an_added_exclusion_keeps_a_phrase_from_counting(tmp_path: Path) -> None:
    before = engine.build_classifier(load(tmp_path, ""), ())
    after = engine.build_classifier(load(tmp_path, "add:\n  - {class: a.b, not: 甲乙戊}\n"), ())
    said = [each.triage("甲乙戊，戊己，丙丁", facts=Facts()).class_id for each in (before, after)]
    assert said == ["a.b", "c.d"]


@pytest.mark.parametrize(
    ("added", "told"),
    [
        ("add:\n  - {class: no.such, words: {4: 庚}}\n", "local.yaml:2: add.0.class: 类别表里没有 no.such"),
        ("add:\n  - {class: a.b, words: {4: $nobody}}\n", "local.yaml:2: add.0.words.4: 没有词组 $nobody"),
        ("add:\n  - {class: a.b, wrds: {4: 庚}}\n", "local.yaml:2: add.0.wrds"),
        ("add:\n  - {words: {4: 庚}}\n", "add.0.class"),
    ],
)
def test_a_mistake_in_an_addition_names_its_file(tmp_path: Path, added: str, told: str) -> None:
    with pytest.raises(packs.PackError) as error:
        load(tmp_path, added)
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ("add:\n  - class: a.b\n    not: 甲乙\n", ("contradictory", "base.yaml", 3)),
        ("idioms: 庚辛\nadd:\n  - class: a.b\n    words: {4: 庚辛}\n", ("unreachable", "local.yaml", 4)),
        (
            "add:\n  - {class: a.b, words: {4: 庚辛}}\n  - {class: a.b, words: {2: 庚辛}}\n",
            ("contradictory", "local.yaml", 3),
        ),
    ],
)
def test_an_addition_that_loses_somebodys_word_is_found(
    tmp_path: Path, added: str, expected: tuple[str, str, int]
) -> None:
    both = paths(tmp_path, added)
    found = [
        each for each in rule_lint.check(packs.load_pack(both), pack_source.read_sources(both)) if each.grave
    ]
    assert [(each.kind, Path(each.file).name, each.line) for each in found] == [expected]


def test_the_files_of_a_pack_are_known_even_where_one_is_broken(tmp_path: Path) -> None:
    both = paths(tmp_path, "include: [more.yaml, none.yaml]\n")
    (tmp_path / "more.yaml").write_text("rules: [\n", encoding="utf-8")
    names = [path.name for path in pack_files.list_pack_files(both)]
    assert names == ["base.yaml", "local.yaml", "classes.csv", "more.yaml", "none.yaml"]

from pathlib import Path

import pytest

from handlers.triage.rules import packs
from handlers.triage.rules.examples import TALK, Example
from handlers.triage.rules.packs import Pack

HEADER = "id,name,group,event_code,hotline_code,nature,unit,limit,urgent,covers\n"


def folder(tmp_path: Path, rules: str, table: str = "a.b,甲,组,0101,030301,投诉,城管局,1wd,no,\n") -> Path:
    (tmp_path / "classes.csv").write_text(HEADER + table, encoding="utf-8")
    (tmp_path / "pack.yaml").write_text("classes: classes.csv\n" + rules, encoding="utf-8")
    return tmp_path / "pack.yaml"


def test_the_default_pack_has_a_rule_for_every_class(pack: Pack) -> None:
    assert set(pack.rules) == set(pack.classes)


def test_a_class_keeps_its_codes_as_text_with_leading_zeros(pack: Pack) -> None:
    assert pack.classes["env.rubble"].hotline_code == "030301"


def test_the_version_changes_with_the_content(tmp_path: Path) -> None:
    path = folder(tmp_path, "version: '7'\nrules: {a.b: {words: {4: 甲乙}}}\n")
    before = packs.load_pack([path]).version
    path.write_text(path.read_text(encoding="utf-8").replace("甲乙", "甲丙"), encoding="utf-8")
    after = packs.load_pack([path]).version
    assert before != after
    assert before.startswith("7+")


def test_a_table_may_be_given_as_a_path_of_its_own(tmp_path: Path) -> None:
    folder(tmp_path, "")
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules: {a.b: {words: {4: 甲乙}}}\n", encoding="utf-8")
    assert "a.b" in packs.load_pack([tmp_path / "classes.csv", rules]).rules


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ("rules:\n  a.b:\n    wrds: {4: 甲}\n", "pack.yaml:4: rules.a.b.wrds"),
        (
            "rules:\n  a.b:\n    near:\n      - {of: 甲, with: 乙, within: -1}\n",
            "pack.yaml:5: rules.a.b.near.0.within",
        ),
        ("rules: {no.such: {words: {4: 甲}}}\n", "pack.yaml:2: rules.no.such: 类别表里没有 no.such"),
        ("rules: {a.b: {words: {4: $nobody}}}\n", "pack.yaml:2: rules.a.b.words.4: 没有词组 $nobody"),
        (
            "rules: {a.b: {cause: {of: no.such, words: {3: 甲}}}}\n",
            "pack.yaml:2: rules.a.b.cause.of: 类别表里没有 no.such",
        ),
        (
            "danger: {fire: {words: {6: 着火}}}\nharmless: {smoke: {of: fier, words: {9: 烟}}}\n",
            "pack.yaml:3: harmless.smoke.of: 没有这种危险 fier（是不是 fire？）",
        ),
        ("natures: {怒骂: {words: {4: 甲}}}\n", "pack.yaml:2: natures.怒骂: 性质只能是"),
        ("rules: [\n", "YAML 写法不对"),
        ("misheard: {电梯: 电题门}\n", "pack.yaml:2: misheard: 电梯 和 电题门 字数不一样"),
    ],
)
def test_a_mistake_names_the_file_and_the_path(tmp_path: Path, rules: str, told: str) -> None:
    with pytest.raises(packs.PackError) as error:
        packs.load_pack([folder(tmp_path, rules)])
    assert "pack.yaml" in str(error.value)
    assert told in str(error.value)


@pytest.mark.parametrize(
    "row",
    [
        "a.b,甲,组,,,怒骂,城管局,1wd,no,\n",
        "a.b,甲,组,,,投诉,城管局,1wd,maybe,\n",
        "a.b,甲,组,,,投诉,城管局,1wd,no,\n" * 2,
    ],
)
def test_a_wrong_row_of_the_table_is_refused_with_its_line(tmp_path: Path, row: str) -> None:
    with pytest.raises(packs.PackError, match=r"classes\.csv:[23]: a\.b"):
        packs.load_pack([folder(tmp_path, "", row)])


def test_a_file_that_is_not_there_is_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(packs.PackError, match=r"nothing\.yaml: 读不到这个文件"):
        packs.load_pack([tmp_path / "nothing.yaml"])


def test_an_example_of_no_class_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "said.txt").write_text("# 说明\na.b 甲坏了\nno.such 乙坏了\n", encoding="utf-8")
    with pytest.raises(packs.PackError, match=r"said\.txt:3: no\.such"):
        packs.load_pack([folder(tmp_path, "examples: said.txt\n")])


def test_sentences_of_talk_stand_among_the_examples(tmp_path: Path) -> None:
    (tmp_path / "said.txt").write_text("a.b 甲坏了\nchatter 今晚吃什么\n", encoding="utf-8")
    pack = packs.load_pack([folder(tmp_path, "examples: said.txt\n")])
    assert pack.examples[TALK] == (Example("今晚吃什么"),)

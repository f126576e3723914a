"""`gridbot rules …` as a person at the keyboard uses it."""

import gzip
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.cli.tree import app
from tests.handlers.triage import addresses
from tests.rule_packs import SPECIAL, rename_classes

RULES = Path(__file__).parents[4] / "rules" / "default.yaml"
WORDS = {"灯": "路灯不亮 灯杆歪了", "水": "水管爆裂 自来水停了"}
ROWS = [
    {"id": number, "title": said, "text": f"第{number}封，{said}，请处理", "label": label}
    for label, several in WORDS.items()
    for number, said in enumerate(several.split() * 4)
]


def rules(*words: object) -> Result:
    return CliRunner().invoke(app, ["rules", *map(str, words)])


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    path = tmp_path / "letters.jsonl.gz"
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS)
    path.write_bytes(gzip.compress(lines.encode()))
    return path


def test_words_learned_from_a_file_label_the_file(letters: Path, tmp_path: Path) -> None:
    pack = tmp_path / "pack.yaml"
    assert told(rules("learn", letters, "-o", pack, "--words", 20, "--json"))["messages"] == len(ROWS)
    assert told(rules("eval", letters, "--pack", pack, "--json"))["scores"]["label"]["macro_f1"] == 1


def test_learning_twice_writes_the_same_bytes(letters: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    for path in (first, second):
        rules("learn", letters, "-o", path)
    assert first.read_bytes() == second.read_bytes()


def test_learning_may_be_measured_without_writing_anything(letters: Path) -> None:
    found = told(rules("learn", letters, "--folds", 2, "--json"))
    assert found["scores"]["label"]["rows"] == len(ROWS)
    assert len(found["scores"]["label"]["by_fold"]) == 2


def test_a_sentence_is_explained_by_learned_words(letters: Path, tmp_path: Path) -> None:
    pack = tmp_path / "pack.yaml"
    rules("learn", letters, "-o", pack)
    assert told(rules("test", "水管又爆了", "--pack", pack, "--json"))["label"] == "水"


def test_the_classes_of_a_pack_are_scored_without_a_configuration(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"text": "解放路28号路灯不亮", "report": True, "class": "fac.lamp"}), "utf-8")
    scores = told(rules("eval", path, "--pack", RULES, "--json"))["scores"]
    assert (scores["class"]["macro_f1"], scores["report"]["recall"]) == (1, 1)


def test_a_line_that_is_no_message_is_refused_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "谢谢"}\n[1]\n', encoding="utf-8")
    result = rules("eval", path, "--pack", RULES)
    assert (result.exit_code, f"{path}:2" in result.stderr) == (1, True)


def test_a_learned_pack_with_grave_mistakes_is_refused_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text("labels:\n  水:\n    words:\n      3: 水管\n      -3: 水管\n", encoding="utf-8")
    result = rules("check", path)
    assert (result.exit_code, f"{path}:5: label:水" in result.stdout) == (1, True)


def test_the_shipped_pack_is_found_right(tmp_path: Path) -> None:
    findings = told(rules("check", RULES, "--json"))["findings"]
    assert not any(finding["grave"] for finding in findings)


@pytest.fixture
def labelled_addresses(tmp_path: Path) -> Path:
    path = tmp_path / "addresses.jsonl"
    lines = (json.dumps(row, ensure_ascii=False) for row in addresses.rows(120))
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_parts_learned_from_addresses_read_the_addresses(labelled_addresses: Path, tmp_path: Path) -> None:
    pack = tmp_path / "pack.yaml"
    learned = told(rules("learn", labelled_addresses, "-o", pack, "--words", 200, "--json"))
    assert (learned["addresses"], learned["types"]) == (120, 8)
    assert told(rules("check", pack, "--json"))["findings"] == []
    scores = told(rules("eval", labelled_addresses, "--pack", pack, "--json"))["scores"]["spans"]
    assert scores["rows"] == 120
    assert min(scores["micro_f1"], scores["town"]["f1"], scores["road"]["recall"]) >= 0.98


def test_learning_parts_may_be_measured_without_writing_anything(labelled_addresses: Path) -> None:
    found = told(rules("learn", labelled_addresses, "--folds", 2, "--json"))
    assert len(found["scores"]["spans"]["by_fold"]) == 2


def test_an_address_is_explained_by_learned_marks(labelled_addresses: Path, tmp_path: Path) -> None:
    pack = tmp_path / "pack.yaml"
    rules("learn", labelled_addresses, "-o", pack)
    found = told(rules("test", "双塔镇石榴路7号", "--pack", pack, "--json"))["parts"]
    assert [part["type"] for part in found] == ["town", "road", "roadno"]
    assert any("镇" in reason["word"] for reason in found[0]["reasons"])


def test_parts_that_overlap_are_refused_by_their_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "a7", "text": "长风路", "spans": [["road", 0, 3], ["town", 1, 2]]}\n', "utf-8")
    result = rules("learn", path, "--folds", 2)
    assert (result.exit_code, "a7" in result.stderr) == (1, True)


def test_the_shipped_pack_scores_addresses(labelled_addresses: Path) -> None:
    scores = told(rules("eval", labelled_addresses, "--pack", RULES, "--json"))["scores"]["spans"]
    assert min(scores["town"]["f1"], scores["road"]["f1"], scores["roadno"]["f1"]) >= 0.8


def test_a_wrong_limit_table_is_found_too(tmp_path: Path) -> None:
    (tmp_path / "limits.yaml").write_text("version: '1'\n", encoding="utf-8")
    config = tmp_path / "config.yaml"
    config.write_text("rules: {limits: limits.yaml}\n", encoding="utf-8")
    result = rules("check", "--config", config)
    assert (result.exit_code, "limits.yaml:1: office_hours: 缺少这一项" in result.stderr) == (1, True)


def test_learning_without_an_aim_is_refused(letters: Path) -> None:
    assert rules("learn", letters).exit_code == 1


HEADER = "id,name,group,event_code,hotline_code,nature,unit,limit,urgent,covers\n"
TABLE = "lamp,照明,组,0101,030301,求助,城管局,1wd,no,\nbin,垃圾桶,组,0101,030301,求助,城管局,1wd,no,\nother,其他,组,0101,030301,求助,街道,1wd,no,\n"
STREETS = ("长江", "人民", "解放", "和平", "建设", "朝阳")
SAID = "".join(
    f"lamp 〔{name}路〕灯瞎了黑得很\nbin 〔{name}路〕桶又满了\nchatter 今晚{name}路吃什么\n"
    for name in STREETS
)


@pytest.fixture
def own_pack(tmp_path: Path) -> Path:
    (tmp_path / "classes.csv").write_text(HEADER + TABLE, encoding="utf-8")
    (tmp_path / "said.txt").write_text(SAID, encoding="utf-8")
    pack = tmp_path / "own.yaml"
    included = f"include: [hints.yaml, {RULES.with_name('places.yaml')}]"
    pack.write_text(f"classes: classes.csv\nexamples: said.txt\n{included}\n{SPECIAL}", encoding="utf-8")
    (tmp_path / "hints.yaml").write_text("{}\n", encoding="utf-8")
    return pack


def test_hints_are_learned_from_the_examples_of_a_pack_until_these_change(own_pack: Path) -> None:
    done = rules("hints", "-o", own_pack.with_name("hints.yaml"), "--pack", own_pack)
    assert done.exit_code == 0, done.output
    assert "18 条例句" in done.stdout
    assert _stale(own_pack) == []
    own_pack.with_name("said.txt").write_text(f"{SAID}bin 桶翻了\n", encoding="utf-8")
    assert _stale(own_pack) == ["hints.yaml"]


def _stale(pack: Path) -> list[str]:
    found = told(rules("check", pack, "--json"))["findings"]
    return [Path(each["file"]).name for each in found if each["kind"] == "stale"]


def test_a_pack_without_examples_has_nothing_to_learn_hints_from(own_pack: Path) -> None:
    own_pack.write_text("classes: classes.csv\n", encoding="utf-8")
    refused = rules("hints", "-o", own_pack.with_name("hints.yaml"), "--pack", own_pack)
    assert refused.exit_code != 0
    assert "没有例句" in refused.output


def test_a_class_is_told_in_every_system_with_its_version() -> None:
    [found] = told(rules("codes", "env.rubbish", "--pack", RULES, "--json"))
    assert (found["class"], found["name"], found["kind"]) == ("env.rubbish", "暴露垃圾", "event")
    assert [(code["system"], code["version"], code["code"]) for code in found["codes"]] == [
        ("cjt214", "2007", "0102"), ("gbt47678-5", "2026", "06010"), ("db44-2479", "2024", "030302"),
    ]  # fmt: skip


@pytest.mark.parametrize("system", ["db44-2479", "db44-2479-2024"])
def test_codes_may_be_asked_of_one_system_with_or_without_its_version(system: str) -> None:
    [found] = told(rules("codes", "路灯不亮", "--system", system, "--pack", RULES, "--json"))
    assert [(code["kind"], code["code"]) for code in found["codes"]] == [("appeal", "030501")]


def test_without_a_class_every_class_is_told_and_what_has_no_code_says_so() -> None:
    lines = rules("codes", "--pack", RULES).stdout.splitlines()
    assert sum(not line.startswith(" ") for line in lines) == 75
    assert "fac.lamp  路灯不亮（部件）" in lines
    assert "  CJ/T 214-2007 部件  0141  路灯" in lines
    assert lines[lines.index("praise  表扬感谢（诉求）") + 1] == "  没有编码"


def test_an_unknown_class_or_system_is_refused_with_what_there_is() -> None:
    wrong_class = rules("codes", "env.rubish", "--pack", RULES)
    wrong_system = rules("codes", "env.rubbish", "--system", "cjt215", "--pack", RULES)
    assert (wrong_class.exit_code, wrong_system.exit_code) == (1, 1)
    assert "env.rubbish" in wrong_class.stderr
    assert "cjt214-2007" in wrong_system.stderr


def own_rules(folder: Path, old: str, new: str) -> Path:
    """The shipped classes and codes, with one piece of the class table replaced."""
    shutil.copytree(RULES.parent / "codes", folder / "codes")
    table = (RULES.parent / "classes.csv").read_text(encoding="utf-8")
    assert old in table
    (folder / "classes.csv").write_text(table.replace(old, new, 1), encoding="utf-8")
    (folder / "own.yaml").write_text(f"classes: classes.csv\ncodes: codes\n{SPECIAL}", encoding="utf-8")
    return folder / "own.yaml"


def test_a_class_without_a_code_is_told_by_the_check_and_refuses_nothing(tmp_path: Path) -> None:
    found = told(rules("check", own_rules(tmp_path, "080508", ""), "--json"))["findings"]
    assert [(each["kind"], each["grave"], each["side"]) for each in found] == [
        ("uncoded", False, "labor.wage")
    ]


def test_a_code_that_does_not_exist_is_refused_by_the_check_with_file_and_line(tmp_path: Path) -> None:
    result = rules("check", own_rules(tmp_path, "080508", "080598"))
    assert result.exit_code == 1
    assert re.search(r"classes\.csv:\d+: labor\.wage: .*080598", result.stderr)


def test_a_pack_that_does_not_name_its_special_classes_is_refused_by_the_check(own_pack: Path) -> None:
    text = own_pack.read_text(encoding="utf-8")
    own_pack.write_text(text.replace("rumour_class: other\n", ""), encoding="utf-8")
    result = rules("check", own_pack)
    assert (result.exit_code, result.stderr.splitlines()) == (
        1,
        [f"{own_pack}: rumour_class: 没有写明打听传言真假的归哪一类"],
    )


def test_a_special_class_that_the_table_has_not_is_refused_by_the_check(own_pack: Path) -> None:
    text = own_pack.read_text(encoding="utf-8")
    own_pack.write_text(text.replace("rumour_class: other", "rumour_class: othr"), encoding="utf-8")
    result = rules("check", own_pack)
    assert result.exit_code == 1
    assert re.search(r"own\.yaml:\d+: rumour_class: 类别表里没有 othr（是不是 other？）", result.stderr)


def test_the_shipped_pack_is_right_under_other_class_names_too(tmp_path: Path) -> None:
    found = told(rules("check", rename_classes(tmp_path), "--json"))["findings"]
    assert [each for each in found if each["grave"]] == []

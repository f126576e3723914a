"""`gridbot rules …` as a person at the keyboard uses it."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app

RULES = Path(__file__).parents[3] / "rules" / "default.yaml"
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


def test_a_wrong_limit_table_is_found_too(tmp_path: Path) -> None:
    (tmp_path / "limits.yaml").write_text("version: '1'\n", encoding="utf-8")
    config = tmp_path / "config.yaml"
    config.write_text("rules: {limits: limits.yaml}\n", encoding="utf-8")
    result = rules("check", "--config", config)
    assert (result.exit_code, "limits.yaml: office_hours" in result.stderr) == (1, True)


def test_learning_without_an_aim_is_refused(letters: Path) -> None:
    assert rules("learn", letters).exit_code == 1

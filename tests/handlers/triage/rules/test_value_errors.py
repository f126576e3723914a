"""What is wrong with a value of a rule file, in Chinese."""

import re
from pathlib import Path

import pytest

from handlers.triage.rules import packs

MISTAKES = {
    "fallbak_class: x\n": "fallbak_class: 不认识的键（是不是 fallback_class？）",
    "rules:\n  a.b:\n    near: [{of: 甲, with: 乙, wthin: 3}]\n": "rules.a.b.near.0.wthin: 不认识的键（是不是 within？）",
    "rules:\n  a.b:\n    nature:\n      投诉: {not_: 甲}\n": "rules.a.b.nature.投诉.not_: 不认识的键（是不是 not？）",
    "add: [{class: a.b, zzz: 甲}]\n": "add.0.zzz: 不认识的键（这里可以写 words、near、not、class）",
    "rules: {a.b: {words: {x: 甲}}}\n": "rules.a.b.words.x: 应当是整数",
    "rules: {a.b: {words: {4: 5}}}\n": "rules.a.b.words.4: 应当是列表",
    "rules: {a.b: 甲}\n": "rules.a.b: 应当是一组键值",
    "rules: []\n": "rules: 应当是一组键值",
    "rules: {a.b: {needs_place: 甲}}\n": "rules.a.b.needs_place: 应当是 true 或 false",
    "rules: {a.b: {near: [{of: 甲}]}}\n": "rules.a.b.near.0.with: 缺少这一项",
    "rules: {a.b: {near: [{of: 甲, with: ''}]}}\n": "rules.a.b.near.0.with: 不能为空",
    "score: {repeat: twice}\n": "score.repeat: 只能是 log、sqrt、once",
    "score: {title: x}\n": "score.title: 应当是数字",
    "score: {length: 2}\n": "score.length: 应当不大于 1",
    "limits: {min_class: 0}\n": "limits.min_class: 应当大于 0",
    "parts: {types: {road: {next: {4: raod}}}}\n": "parts: road.next 里的部件 raod 没有写",
    "version: 1\n": "version: 应当是文字，数字请加引号",
    "- a\n": "应当是一组键值",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_wrong_value_is_told_in_chinese_with_its_line_and_path(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(packs.PackError) as refused:
        packs.load_pack([path])
    [sentence] = refused.value.sentences
    assert re.match(rf"{re.escape(str(path))}:\d+: ", sentence)
    assert sentence.partition(": ")[2] == MISTAKES[text]


def test_every_mistake_of_a_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text("version: 1\nrules:\n  a.b:\n    wrds: {4: 甲}\nlimits: {x: -1}\n", encoding="utf-8")
    with pytest.raises(packs.PackError) as refused:
        packs.load_pack([path])
    lines = [int(sentence.split(":")[1]) for sentence in refused.value.sentences]
    assert lines == [1, 4, 5]

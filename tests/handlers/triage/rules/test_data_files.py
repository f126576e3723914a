"""Reading what people wrote: mistakes of YAML in Chinese, and the line of everything."""

import re
from pathlib import Path

import pytest

from handlers.triage.rules.data_files import UnreadableFile, YAMLDocument

LATIN = re.compile(r"[A-Za-z]{4,}")


def read(folder: Path, text: str, *, only_text: bool = False, repeated_keys: bool = False) -> YAMLDocument:
    path = folder / "x.yaml"
    path.write_text(text, encoding="utf-8")
    return YAMLDocument.read(path, only_text=only_text, repeated_keys=repeated_keys)


SYNTAX = {
    "a: 1\nb: x: y\n": (2, "冒号"),
    "a: [1, 2\n": (2, "逗号"),
    "a: {b: 1\nc: 2\n": (2, "逗号"),
    "a:\n\t- b\n": (2, "缩进要用空格"),
    "a: 1\nb\n": (3, "缺少冒号"),
    "a: @b\n": (1, "加引号"),
    "a: 'b\n": (2, "引号没有写完"),
    "a: *b\n": (1, "没有定义过"),
    'a: "\\q"\n': (1, "反斜杠"),
    "a:\n  - b\n c: d\n": (3, "缩进"),
    "- a\nb: c\n": (2, "缩进"),
    "? [a]\n: b\n": (1, ""),
    "a: !x b\n": (1, "! 标记"),
    "a: 1\na: 2\n": (2, "“a”写了两次"),
}


@pytest.mark.parametrize("text", SYNTAX)
def test_a_syntax_error_is_told_in_chinese_with_its_line(tmp_path: Path, text: str) -> None:
    line, words = SYNTAX[text]
    with pytest.raises(UnreadableFile) as refused:
        _ = read(tmp_path, text).value
    assert (refused.value.line, words in refused.value.message) == (line, True), refused.value
    assert LATIN.search(refused.value.message.replace("YAML", "")) is None
    assert str(refused.value) == f"{tmp_path}/x.yaml:{line}: {refused.value.message}"


@pytest.mark.parametrize("text", ["a: \x07\n", "a: 2026-02-30\n"])
def test_what_no_parser_accepts_is_refused_too(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableFile, match=r"x\.yaml: YAML 写法不对"):
        _ = read(tmp_path, text).value


def test_a_file_that_is_not_there_a_folder_or_no_text_is_told_plainly(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for name, told in (("none", "没有这个文件"), ("", "文件夹"), ("bytes", "UTF-8")):
        with pytest.raises(UnreadableFile, match=told):
            YAMLDocument.read(tmp_path / name)


def test_values_may_stay_text_and_keys_be_repeated(tmp_path: Path) -> None:
    assert read(tmp_path, "a: 0102\nb: no\n", only_text=True).value == {"a": "0102", "b": "no"}
    assert read(tmp_path, "a: 1\na: 2\n", repeated_keys=True).value == {"a": 2}
    assert read(tmp_path, "").value is None


def test_the_line_is_that_of_the_deepest_thing_found(tmp_path: Path) -> None:
    document = read(tmp_path, "a:\n  - b: 1\n    c: 2\n  -\n    b: 3\nd: {4: x}\n")
    paths = {(): 1, ("a",): 1, ("a", 0, "c"): 3, ("a", "1", "b"): 5, ("a", 1, "z"): 5, ("d", 4): 6, ("e",): 1}
    assert {steps: document.find_line(steps) for steps in paths} == paths
    assert document.describe(("a", 0, "c"), "不对") == f"{tmp_path}/x.yaml:3: a.0.c: 不对"

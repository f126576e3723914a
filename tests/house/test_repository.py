"""House rules about the files of the repository: what must not be committed, and how long is too long."""

import ast
import re
from pathlib import Path

from tests.house.sources import ROOT, python_files, tracked

MAX_FILE = 500
"""Where one subject needs it; a function is held by its complexity (C901, PLR0915 in pyproject.toml)."""

# Written in halves, so that this file is not its own first finding.
ADDRESSES = re.compile(
    "|".join(
        re.escape(first + second)
        for first, second in (
            ("pypi.", "org"),
            ("pythonhosted.", "org"),
            ("registry.npmjs.", "org"),
            ("registry.", "npmmirror"),
            ("deb.", "debian.org"),
            ("--index", "-url "),
            ("--extra-index", "-url"),
            ("--find", "-links"),
        )
    )
)
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|root|home|Users|opt/wheels)/\w")
SECRETS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bghp_[A-Za-z0-9]{36}\b")
LEFT_OVER = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
PATCHES = re.compile(r"\bmock\.patch|monkeypatch\.setattr")
VENDORED = (".min.js", ".min.css", ".whl", ".so", ".dll", ".jar", ".woff2", ".ttf", ".otf", ".ttc")


def lines(pattern: re.Pattern[str], *, ending: str = "") -> list[str]:
    """Where the pattern stands, as `path:line`."""
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        if path.name.endswith(ending) and path != Path(__file__)
        for number, line in enumerate(_text(path).splitlines(), start=1)
        if pattern.search(line)
    ]


def _text(path: Path) -> str:
    """Nothing for photos and sounds."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_no_registry_address_is_committed() -> None:
    assert lines(ADDRESSES) == []


def test_no_path_of_somebodys_machine_is_committed() -> None:
    assert lines(MACHINE_PATHS) == []


def test_no_key_is_committed() -> None:
    assert lines(SECRETS) == []


def test_nothing_is_left_for_later() -> None:
    assert lines(LEFT_OVER, ending=".py") == []


def test_tests_replace_ports_not_names() -> None:
    assert lines(PATCHES, ending=".py") == []


def test_no_third_party_file_is_committed() -> None:
    assert [str(path.relative_to(ROOT)) for path in tracked() if path.name.endswith(VENDORED)] == []


def test_files_are_short() -> None:
    counts = {name: len(text.splitlines()) for name, text in python_files() if not _is_test(name)}
    assert {name: count for name, count in counts.items() if count > MAX_FILE} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name for name, text in python_files() if text.strip() and not ast.get_docstring(ast.parse(text))
    ]
    assert [name for name in silent if not _is_test(name)] == []


def _is_test(name: str) -> bool:
    """A table of cases may be as long as there are cases."""
    return name.startswith("tests/")

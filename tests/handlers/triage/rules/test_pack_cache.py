from pathlib import Path

import pytest

from handlers.triage.rules import pack_cache
from handlers.triage.rules.data_files import YAMLDocument, read_text
from handlers.triage.rules.schema import PackFile
from tests.rule_packs import SHIPPED

FILES = ("default", "danger", "dialogue", "alarm", "sayings")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "gridbot" / "rules"


def _read(name: str) -> tuple[str, PackFile]:
    path = SHIPPED / f"{name}.yaml"
    return read_text(path), PackFile.model_validate(YAMLDocument.read(path, repeated_keys=True).value)


@pytest.mark.parametrize("name", FILES)
def test_what_was_kept_is_what_was_written(folder: Path, name: str) -> None:
    text, content = _read(name)

    pack_cache.keep(text, content)

    assert pack_cache.load(text) == content


def test_another_text_is_read_anew(folder: Path) -> None:
    text, content = _read("dialogue")
    pack_cache.keep(text, content)

    assert pack_cache.load(f"{text}\n") is None


def test_nobody_else_can_read_what_is_kept(folder: Path) -> None:
    pack_cache.keep(*_read("dialogue"))

    (kept,) = folder.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_what_is_damaged_is_not_used_and_is_kept_anew(folder: Path) -> None:
    text, content = _read("dialogue")
    pack_cache.keep(text, content)
    (kept,) = folder.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2])

    assert pack_cache.load(text) is None
    pack_cache.keep(text, content)
    assert pack_cache.load(text) == content


def test_a_folder_that_others_may_write_to_is_not_used(folder: Path) -> None:
    text, content = _read("dialogue")
    pack_cache.keep(text, content)
    folder.chmod(0o777)

    assert pack_cache.load(text) is None


def test_where_no_folder_can_be_made_rules_are_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    (tmp_path / "file").write_text("")
    text, content = _read("dialogue")

    pack_cache.keep(text, content)

    assert pack_cache.load(text) is None

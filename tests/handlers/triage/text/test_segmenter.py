"""jieba's cache: where it lies, and who else can put one there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

_HARNESS = """
from handlers.triage.text.segmenter import build_tokenizer
print(len(build_tokenizer().lcut("路灯不亮")))
"""


def segment(tmp_path: Path, cache: Path) -> str:
    """Runs in a process of its own, with a temporary folder and a cache folder of its own."""
    shared = tmp_path / "shared"
    shared.mkdir(exist_ok=True)
    environment = os.environ | {"TMPDIR": str(shared), "XDG_CACHE_HOME": str(cache)}
    ended = subprocess.run(
        [sys.executable, "-c", _HARNESS],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert list(shared.iterdir()) == []
    return ended.stdout.strip()


def test_the_cache_lies_in_a_folder_of_our_own(tmp_path: Path) -> None:
    assert segment(tmp_path, tmp_path / "cache") == "2"
    folder = tmp_path / "cache" / "gridbot"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in folder.iterdir()] == ["jieba.cache"]


@pytest.mark.parametrize("spoiled", ["file", "link"])
def test_without_such_a_folder_nothing_is_left_behind(tmp_path: Path, spoiled: str) -> None:
    cache, elsewhere = tmp_path / "cache", tmp_path / "elsewhere"
    cache.mkdir()
    elsewhere.mkdir()
    if spoiled == "file":
        (cache / "gridbot").write_text("")
    else:
        (cache / "gridbot").symlink_to(elsewhere)
    assert segment(tmp_path, cache) == "2"
    assert list(elsewhere.iterdir()) == []

"""The files a pack consists of are found however the naming of them is laid out."""

from pathlib import Path

import pytest

from handlers.triage.rules.pack_files import list_pack_files
from handlers.triage.rules.packs import load_pack
from tests.handlers.triage.conftest import RULES

LAYOUTS = {
    "a list below": "version: 1\ninclude:\n  - a.yaml\n  - b.yaml\nidioms: [x]\n",
    "a list at the margin": "include:\n- a.yaml\n# one more\n\n- b.yaml\nidioms: [x]\n",
    "a list in brackets": "idioms: [x]\ninclude: [a.yaml,\n  b.yaml]",
    "all in braces": "{include: [a.yaml, b.yaml], idioms: [x]}",
    "all further in": "  idioms: [x]\n  include: [a.yaml, b.yaml]\n",
    "after a comment": "# ours\n---\n\ninclude: [a.yaml, b.yaml]\n",
    "with a quoted key": "idioms: [x]\n'include': [a.yaml, b.yaml]\n",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_a_file_includes_is_found(tmp_path: Path, layout: str) -> None:
    (tmp_path / "all.yaml").write_text(LAYOUTS[layout], encoding="utf-8")
    named = [tmp_path / name for name in ("all.yaml", "a.yaml", "b.yaml")]
    assert list_pack_files([named[0]]) == named


def test_the_files_watched_are_the_files_read() -> None:
    assert set(list_pack_files([RULES])) == set(load_pack([RULES]).files)

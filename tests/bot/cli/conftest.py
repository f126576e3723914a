"""Commands find the database of `gridbot.db` made already: migrating takes longer than most of them."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _migrated_file(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "gridbot.db")

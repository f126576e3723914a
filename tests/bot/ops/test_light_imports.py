"""A library loaded without another that it would use."""

import importlib
import sys
from pathlib import Path

import pytest

from bot.ops.light_imports import import_without

USER = """
try:
    import ornament
except ImportError:
    ornament = None
"""


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module that uses `ornament` where it is there, which it is."""
    (tmp_path / "plain_user.py").write_text(USER)
    (tmp_path / "ornament.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("plain_user", "ornament"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return "plain_user"


def test_what_is_unused_is_not_loaded_and_can_be_later(user: str) -> None:
    import_without(user, "ornament")
    assert sys.modules[user].ornament is None
    assert "ornament" not in sys.modules
    assert importlib.import_module("ornament").__name__ == "ornament"


def test_what_was_loaded_before_stays(user: str) -> None:
    before = importlib.import_module("ornament")
    import_without(user, "ornament")
    assert sys.modules["ornament"] is before
    assert user not in sys.modules

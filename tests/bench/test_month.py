"""A few days of a small county over the sandbox's door: no figure differs, and nothing is given up."""

from pathlib import Path

import pytest

from bench.month.play import play_month
from bench.month.recount import recount
from models import schema
from models.database import Database

MARCH = {
    "begins": "2026-02-28 16:00:00.000000", "ends": "2026-03-31 16:00:00.000000",
    "now": "2026-03-31 16:00:00.000000", "first": "2026-03-01", "last": "2026-03-31",
}  # fmt: skip


@pytest.mark.slow
def test_the_figures_of_some_days_are_those_of_the_recount() -> None:
    done = play_month(30, 3, 34, seed=14, days=3)
    assert (done.differences, done.dead) == ([], [])
    assert done.figures > 80
    assert done.acts["report"] == 30
    assert set(done.acts) >= {"assign", "sign", "feedback", "verify", "rate", "deliver_answer"}


def test_a_database_where_nothing_happened_has_no_figures(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    database.dispose()
    assert recount(path, MARCH) == {}

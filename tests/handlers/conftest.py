"""The sample district of examples/haimen with the shipped rules, on both databases."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.organisation import Organisation, import_org, parse
from handlers.limits import LimitTable
from handlers.office import Office, areas, unit_facts
from handlers.triage import engine
from handlers.triage.packs import load_pack
from models.database import Database
from tests.calendars import calendar
from tests.conftest import filled, sqlite_engine
from tests.handlers.district import District

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def haimen() -> Organisation:
    return parse(ROOT / "examples" / "haimen" / "org.yaml")


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
def office(haimen_file: Path) -> Office:
    database = Database(f"sqlite:///{haimen_file}")
    with database.read() as session:
        facts, outlines = unit_facts(session), areas(session)
    database.dispose()
    return Office(
        understanding=engine.build(load_pack([ROOT / "rules" / "default.yaml"]), facts),
        zone=ZoneInfo("Asia/Shanghai"),
        calendar=calendar(ZoneInfo("Asia/Shanghai")),
        limits=LimitTable.load(ROOT / "rules" / "limits.yaml"),
        case_prefix="WG",
        base_url="http://127.0.0.1:8000",
        bot_name="网格助手",
        auto_dispatch="urgent",
        join_within=timedelta(seconds=90),
        ask_after=timedelta(minutes=2),
        areas=outlines,
    )


@pytest.fixture(scope="session")
def haimen_engine() -> Iterator[Database]:
    with sqlite_engine() as database:
        yield database


@pytest.fixture
def sqlite_district(haimen_engine: Database, haimen_file: Path, office: Office) -> Iterator[District]:
    """Where the database cannot matter, one is enough."""
    people = District(filled(haimen_engine, haimen_file), office)
    people.hurry()
    yield people
    haimen_engine.dispose()


@pytest.fixture
def postgres_district(postgres_database: Database, office: Office, haimen: Organisation) -> District:
    people = District(postgres_database, office)
    people.hurry()
    with postgres_database.write() as session:
        import_org(session, haimen)
    return people


@pytest.fixture(params=["sqlite", "postgres"])
def district(request: pytest.FixtureRequest) -> District:
    found: District = request.getfixturevalue(f"{request.param}_district")
    return found

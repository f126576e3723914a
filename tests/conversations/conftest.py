"""The invented districts in which conversations are played, each new for every conversation."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from bot.imports import import_org, parse_organisation
from handlers.environment.limit_table import LimitTable
from handlers.environment.snapshot import Environment, load_areas, load_unit_facts
from handlers.triage import engine
from handlers.triage.text import common_words
from models.database import Database
from tests.calendars import build_calendar
from tests.conversations.days import Line, ThreeDays, to_organisation
from tests.databases import copy_template, open_sqlite
from tests.district import District
from tests.rule_packs import load_shipped_pack

ROOT = Path(__file__).resolve().parents[2]


THREE_DAYS = ROOT / "tests" / "data" / "three_days.jsonl"


def _build_environment(file: Path) -> Environment:
    database = Database(f"sqlite:///{file}")
    with database.read() as session:
        facts, outlines = load_unit_facts(session), load_areas(session)
    database.dispose()
    zone = ZoneInfo("Asia/Shanghai")
    return Environment(
        classifier=engine.build_classifier(load_shipped_pack(), facts, common=common_words.load_short_words),
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


def _import_district(template: Path, organisation: Path, folder: Path) -> Path:
    """A SQLite database with this organisation in it, to be copied."""
    path = folder / "district.db"
    shutil.copy(template, path)
    database = Database(f"sqlite:///{path}")
    with database.write() as session:
        import_org(session, parse_organisation(organisation))
    database.dispose()
    return path


@pytest.fixture(scope="session")
def talk_engine() -> Iterator[Database]:
    """One for all conversations: it remembers how its questions are put."""
    with open_sqlite() as database:
        yield database


@pytest.fixture(scope="session")
def xingsha_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The district of tests/data/xingsha.yaml."""
    organisation = ROOT / "tests" / "data" / "xingsha.yaml"
    return _import_district(sqlite_template, organisation, tmp_path_factory.mktemp("xingsha"))


@pytest.fixture(scope="session")
def xingsha_env(xingsha_file: Path) -> Environment:
    return _build_environment(xingsha_file)


@pytest.fixture
def xingsha(talk_engine: Database, xingsha_file: Path, xingsha_env: Environment) -> Callable[[], District]:
    """Makes an empty district, anew at each call."""
    return lambda: _open_district(talk_engine, xingsha_file, xingsha_env)


@pytest.fixture
def three_days(talk_engine: Database, sqlite_template: Path, tmp_path: Path) -> tuple[ThreeDays, list[Line]]:
    """The district of the first line of tests/data/three_days.jsonl, and the lines that are said in it."""
    head, *lines = map(json.loads, THREE_DAYS.read_text(encoding="utf-8").splitlines())
    district = _open_town(talk_engine, sqlite_template, head, tmp_path)
    return ThreeDays(district, lines), lines


def _open_town(database: Database, template: Path, head: dict[str, Any], folder: Path) -> District:
    organisation = folder / "org.yaml"
    organisation.write_text(yaml.safe_dump(to_organisation(head), allow_unicode=True), encoding="utf-8")
    file = _import_district(template, organisation, folder)
    env = replace(_build_environment(file), auto_dispatch=head["config"]["auto_dispatch"])
    return _open_district(database, file, env)


def _open_district(database: Database, file: Path, env: Environment) -> District:
    district = District(copy_template(database, file), env)
    district.disable_disk_sync()
    return district

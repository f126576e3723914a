"""The doctor: what is well is called so, and each thing that is not, with what to do."""

import socket
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.config.settings import Settings
from bot.ops.nightly_backup import NightlyBackup
from bot.process.doctor import Diagnosis, Level, examine
from bot.process.doctor.diagnoses import Installation
from bot.process.doctor.server import check_clock
from models import upkeep
from models.cases import Case
from models.database import Database
from models.processes import Process
from tests.conftest import NOON
from tests.district import District


@pytest.fixture
def port() -> int:
    """One on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture
def office(sqlite_district: District, tmp_path: Path, port: int) -> Installation:
    """Backed up, cleaned and closed; not running."""
    database = sqlite_district.database
    sqlite_district.close_case()
    (tmp_path / "media").mkdir(mode=0o700)
    config = tmp_path / "config.yaml"
    config.write_text("site: {name: 海门}\n", "utf-8")
    settings = Settings.parse(
        {
            "database": {"url": database.url}, "media": {"folder": tmp_path / "media"},
            "backup": {"folder": tmp_path / "backups"}, "server": {"port": port},
        }
    )  # fmt: skip
    now = datetime.now(NOON.tzinfo)
    NightlyBackup(
        database,
        tmp_path / "backups",
        keep=timedelta(days=9),
        secrets=False,
        zone=settings.zone,
        clock=lambda: now,
    ).run()
    with database.write() as session:
        upkeep.record_run(session, upkeep.RETENTION, now=now)
    return Installation(settings, config, database, now)


def look(office: Installation) -> dict[str, Diagnosis]:
    """The gravest finding of each name."""
    grave = sorted(examine(office), key=lambda finding: list(Level).index(finding.level))
    return {finding.name: finding for finding in grave}


def test_a_sound_installation_has_nothing_wrong_but_that_it_stands_still(office: Installation) -> None:
    found = look(office)
    assert found.keys() == {
        "disk", "rights", "backup", "version", "clock", "schema", "processes", "retention", "ledger",
            "figures",
    }  # fmt: skip
    assert found["processes"].level is Level.WARN
    # How full the disk of the tests is, nobody knows.
    ill = [
        one.text for name, one in found.items() if name not in ("processes", "disk") and one.level != Level.OK
    ]
    assert ill == []


def test_missed_nights_are_named(office: Installation) -> None:
    later = Installation(office.settings, office.config, office.database, office.now + timedelta(days=4))
    found = look(later)
    assert found["backup"].level is found["retention"].level is Level.BAD
    assert "漏了一夜" in found["backup"].text


def test_what_others_may_read_is_named_with_the_command_that_closes_it(office: Installation) -> None:
    office.settings.media.folder.chmod(0o755)
    found = look(office)["rights"]
    assert found.level is Level.BAD
    assert found.text.endswith(f"chmod 700 {office.settings.media.folder}")


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("channels: {grid: {secret: abcdefgh12}}", Level.BAD),
        ('channels: {grid: {secret: "${GRID}"}}', Level.OK),
    ],
)
def test_a_configuration_with_a_key_in_it_is_for_its_owner(
    office: Installation, words: str, level: Level
) -> None:
    office.config.write_text(words, "utf-8")
    office.config.chmod(0o644)
    assert look(office)["rights"].level is level


def test_a_history_that_does_not_add_up_is_found(office: Installation) -> None:
    with office.database.write() as session:
        case = session.get_one(Case, 1)
        case.place = "别处"
        number = case.number
    found = look(office)["ledger"]
    assert found.level is Level.BAD
    assert number in found.text


def test_an_outdated_schema_is_said_and_nothing_is_asked_of_its_tables(office: Installation) -> None:
    with office.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0038'"))
    found = look(office)
    assert found["schema"].level is Level.BAD
    assert "ledger" not in found


def test_somebody_elses_port_and_a_process_that_does_not_answer_are_told_apart(office: Installation) -> None:
    with socket.create_server(("127.0.0.1", office.settings.server.port)) as other:
        other.settimeout(0)
        assert "别的程序" in look(office)["processes"].text
    with office.database.write() as session:
        now = datetime.now(NOON.tzinfo)
        session.add(Process(name="p", host="h", pid=1, started_at=now, beat_at=now))
    assert "却没有回答" in look(office)["ready"].text


def test_a_database_that_is_away_is_one_finding(office: Installation) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/none")
    found = list(examine(Installation(office.settings, office.config, away, office.now)))
    away.dispose()
    assert [one.level for one in found if one.name == "database"] == [Level.BAD]
    assert "version" not in {one.name for one in found}


def test_a_clock_that_differs_from_the_databases(office: Installation, postgres_database: Database) -> None:
    for seconds, level in ((0, Level.OK), (10, Level.WARN), (-3600, Level.BAD)):
        now = datetime.now(NOON.tzinfo) + timedelta(seconds=seconds)
        [found] = check_clock(Installation(office.settings, office.config, postgres_database, now))
        assert found.level is level

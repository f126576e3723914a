"""What whoever looks after the machine types: doctor, backups, the archive, copies."""

import json
from pathlib import Path

from sqlalchemy import text

from models.database import Database
from models.upkeep import SchemaFloor
from tests.bot.cli.command_line import ROOT, gridbot
from tests.district import District


def write_settings(folder: Path, database: Database) -> Path:
    """A configuration of this database, everything else in the folder."""
    path = folder / "config.yaml"
    rules = f"{{packs: ['{ROOT}/rules/default.yaml'], limits: '{ROOT}/rules/limits.yaml'}}"
    lines = [
        f"database: {{url: '{database.url}'}}",
        "media: {folder: data/media}",
        "backup: {folder: backups}",
        f"rules: {rules}",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_the_archive_is_filled_asked_and_emptied_by_commands(
    sqlite_district: District, tmp_path: Path
) -> None:
    config = write_settings(tmp_path, sqlite_district.database)
    number = sqlite_district.close_case().number
    sqlite_district.report_case("江海路9号井盖没了")
    future = gridbot(config, "db", "archive", "--closed-before", 2090)
    assert (future.exit_code, "已经过去的年份" in future.output) == (1, True)
    # The district lives in March 2026, and the year is not over yet for the command.
    with sqlite_district.database.write() as session:
        for table, columns in (("events", ("at", "fields")), ("cases", ("opened_at", "closed_at", "due_at",
                               "replied_at", "submitted_at", "contacted_at"))):  # fmt: skip
            for column in columns:
                older = f"{column} = replace({column}, '2026-', '2023-')"
                session.execute(text(f"UPDATE {table} SET {older}"))  # noqa: S608 - our own names
    counted = gridbot(config, "db", "archive", "--closed-before", 2024, "--dry-run", "--json")
    assert json.loads(counted.stdout) == {"cases": 1, "left": {}, "file": None, "dry_run": True}
    assert gridbot(config, "case", "show", number).exit_code == 0, "only counted"

    moved = gridbot(config, "db", "archive", "--closed-before", 2024, "--json")
    file = tmp_path / "data" / "archives" / "closed-before-2024.db"
    assert json.loads(moved.stdout) == {"cases": 1, "left": {}, "file": str(file), "dry_run": False}
    asked = gridbot(config, "case", "show", number)
    assert (asked.exit_code, "在档案里" in asked.output) == (1, True)
    assert gridbot(config, "db", "restore-archive", file, "--list").stdout.splitlines()[0] == number
    back = gridbot(config, "db", "restore-archive", file, number)
    assert back.stdout.splitlines() == [number, "已取回 1 件，与流水一致"]
    assert "与流水一致" in gridbot(config, "case", "show", number).stdout
    strange = gridbot(config, "db", "restore-archive", config)
    assert (strange.exit_code, "不是 gridbot 的档案文件" in strange.output) == (1, True)


def test_doctor_sees_the_backup_that_was_just_made(sqlite_district: District, tmp_path: Path) -> None:
    config = write_settings(tmp_path, sqlite_district.database)
    before = json.loads(gridbot(config, "doctor", "--json").stdout)
    assert {one["name"]: one["level"] for one in before["findings"]}["backup"] == "warn"
    assert gridbot(config, "db", "backup").exit_code == 0
    after = json.loads(gridbot(config, "doctor", "--json").stdout)
    assert {one["name"]: one["level"] for one in after["findings"]}["backup"] == "ok"


def test_the_cleaning_of_the_night_by_hand_names_all_it_did(
    sqlite_database: Database, tmp_path: Path
) -> None:
    config = write_settings(tmp_path, sqlite_database)
    with config.open("a", encoding="utf-8") as more:
        more.write("\nkeep: {media: P3Y}\n")
    for words, ending in ((("--dry-run",), "将删除 0"), ((), "已删除 0")):
        told = gridbot(config, "db", "retention", *words)
        assert told.exit_code == 0
        assert {line.split("：")[1] for line in told.stdout.splitlines()} == {ending}
    assert "居民网页的链接" in told.stdout
    found = json.loads(gridbot(config, "doctor", "--json").stdout)["findings"]
    assert {one["name"]: one["level"] for one in found}["retention"] == "ok"


def test_doctor_makes_no_database_where_there_is_none(tmp_path: Path) -> None:
    config = write_settings(tmp_path, Database(f"sqlite:///{tmp_path}/none.db"))
    told = gridbot(config, "doctor")
    assert (told.exit_code, "gridbot db upgrade" in told.output) == (1, True)
    assert not (tmp_path / "none.db").exists()


def test_an_older_program_leaves_an_upgraded_database_alone(
    sqlite_database: Database, tmp_path: Path
) -> None:
    config = write_settings(tmp_path, sqlite_database)
    with sqlite_database.write() as session:
        session.get_one(SchemaFloor, 1).revision = "0043"
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    told = gridbot(config, "db", "upgrade")
    assert (told.exit_code, "不用再升级" in told.output) == (1, True)
    assert gridbot(config, "case", "list").exit_code == 0, "and goes on with it"


def test_a_copy_to_what_is_no_postgres_is_refused(sqlite_district: District, tmp_path: Path) -> None:
    config = write_settings(tmp_path, sqlite_district.database)
    for target in (f"sqlite:///{tmp_path}/other.db", "nonsense"):
        assert gridbot(config, "db", "copy", "--to", target).exit_code == 1

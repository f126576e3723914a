"""A filled SQLite database copied into PostgreSQL, and gridbot going on there."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.ops.table_copy import CopyRefused, copy_database
from handlers.environment.snapshot import Environment
from models.cases import Case
from models.database import Base, Database
from models.processes import Process
from tests.conftest import NOON
from tests.district import LAMP, District


@pytest.fixture
def stories(sqlite_district: District) -> District:
    """Cases in every state that stories bring about: closed, joined, withdrawn, dispatched, with a photo."""
    sqlite_district.close_case()
    sqlite_district.report_case(LAMP, photos=1)
    sqlite_district.say("wrINTAKE", "liay", LAMP)
    sqlite_district.tick(sqlite_district.advance(minutes=2))
    sqlite_district.dispatch_case()
    return sqlite_district


def count_rows(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
            if table.name != "schema_floor"
        }


def test_every_row_is_there_and_the_loop_goes_on(
    stories: District, postgres_database: Database, env: Environment
) -> None:
    before, numbers = count_rows(stories.database), [case.number for case in stories.cases()]
    counts = copy_database(stories.database, postgres_database, now=stories.now)
    assert {name: pair[1] for name, pair in counts.items()} == before == count_rows(postgres_database)
    assert len(numbers) >= 3

    there = District(postgres_database, env, now=stories.now + timedelta(minutes=5))
    there.message_count = 1000
    assert [case.number for case in there.cases()] == numbers
    assert [(event.number, event.at, event.fields) for event in there.list_events()] == [
        (event.number, event.at, event.fields) for event in stories.list_events()
    ]
    assert there.say("wrCG", "cg1", f"/签收 {there.case().number}") == "act.sign"
    assert there.report_case("江海路9号井盖没了").number.endswith(f"{int(numbers[-1][-4:]) + 1:04d}")
    assert there.find_drift() == {}


def test_a_target_with_rows_is_refused_and_stays_as_it_is(
    stories: District, postgres_district: District
) -> None:
    before = count_rows(postgres_district.database)
    with pytest.raises(CopyRefused, match="已经有数据"):
        copy_database(stories.database, postgres_district.database, now=NOON)
    assert count_rows(postgres_district.database) == before


def test_what_does_not_fit_is_named_and_nothing_is_copied(
    stories: District, postgres_database: Database
) -> None:
    """PostgreSQL takes no NUL in a text; SQLite does."""
    with stories.database.write() as session:
        session.get_one(Case, stories.case().id).text = "家里\0停水"
    with pytest.raises(CopyRefused, match="表 cases") as refused:
        copy_database(stories.database, postgres_database, now=NOON)
    assert "停水" not in str(refused.value)
    assert set(count_rows(postgres_database).values()) == {0}


def test_a_running_program_is_stopped_first(stories: District, postgres_database: Database) -> None:
    with stories.database.write() as session:
        session.add(Process(name="p", host="h", pid=1, started_at=NOON, beat_at=NOON))
    with pytest.raises(CopyRefused, match="还在运行"):
        copy_database(stories.database, postgres_database, now=NOON)


def test_postgres_is_copied_nowhere(stories: District, postgres_database: Database) -> None:
    with pytest.raises(CopyRefused, match="只能从 SQLite"):
        copy_database(postgres_database, stories.database, now=NOON)

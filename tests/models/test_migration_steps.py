"""Each migration by itself, on a filled office: up and down again, every row as it was in every column it had.

`gridbot` only ever upgrades; the way down is for whoever has to go back by hand, with Alembic.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from itertools import pairwise
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from models import schema
from models.database import Database
from tests.models.conftest import REVISION, copy_office, list_columns, read_rows


def build_config() -> Config:
    config = Config()
    config.set_main_option("script_location", "models:migrations")
    return config


def list_revisions() -> list[str]:
    """From that of the filled office to the newest."""
    script = ScriptDirectory.from_config(build_config())
    walked = [each.revision for each in script.iterate_revisions("head", REVISION)]
    return [REVISION, *reversed(walked)]


STEPS = list(pairwise(list_revisions()))
BEGINNINGS = {schema.PREVIOUS_RELEASE, *(old for old, _ in STEPS[1::6])}
"""Versions whose office is brought up to date in one go; that every version's rows come through all later
steps is seen where these are taken one by one.
"""


def downgrade(database: Database, revision: str) -> None:
    with (
        database.engine.execution_options(gridbot_immediate=True).connect() as connection,
        schema.loose_references(connection) if database.sqlite else nullcontext(),
    ):
        config = build_config()
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
        connection.commit()


def keep(database: Database) -> tuple[dict[str, list[str]], dict[str, list[tuple[Any, ...]]]]:
    """The columns of every table, and every row in them."""
    columns = list_columns(database)
    return columns, read_rows(database, columns)


def test_the_chain_has_no_fork() -> None:
    assert ScriptDirectory.from_config(build_config()).get_heads() == [STEPS[-1][1]]


@pytest.fixture(scope="module")
def reach(kept_office: Database) -> Iterator[Callable[[str], Database]]:
    """Brings the office to a version; the tests take them in turn, so that each goes on where one ended."""
    with ExitStack() as running:
        growing: list[Database] = []

        def reach_revision(revision: str) -> Database:
            if not growing or is_past(growing[0], revision):
                running.close()
                growing[:] = [running.enter_context(copy_office(kept_office, "growing"))]
            schema.upgrade(growing[0], revision)
            return growing[0]

        yield reach_revision


def is_past(office: Database, revision: str) -> bool:
    with office.engine.connect() as connection:
        return schema.read_revision(connection) > revision


@pytest.mark.parametrize("begin", [old for old, _ in STEPS if old in BEGINNINGS])
def test_an_office_of_a_version_in_between_loses_nothing_in_one_go(
    reach: Callable[[str], Database], begin: str
) -> None:
    with copy_office(reach(begin), "grown") as office:
        columns, rows = keep(office)
        assert schema.read_state(office) is schema.SchemaState.OUTDATED
        schema.upgrade(office)
        assert read_rows(office, columns) == rows
        assert schema.read_state(office) is schema.SchemaState.CURRENT


def test_every_step_keeps_every_row_up_and_down_and_up_again(office: Database) -> None:
    """Up: those of the beginning, and those that a step in between has added and filled. Down: what the
    older version knew.
    """
    kept = {REVISION: keep(office)}
    assert len(kept[REVISION][1]["cases"]) == 12
    for old, new in STEPS:
        schema.upgrade(office, new)
        columns, rows = kept[old]
        assert read_rows(office, columns) == rows, new
        kept[new] = keep(office)
    assert schema.read_state(office) is schema.SchemaState.CURRENT
    assert schema.list_differences(office) == []
    for version, (columns, rows) in kept.items():
        assert read_rows(office, columns) == rows, version
    for old, _ in reversed(STEPS):
        downgrade(office, old)
        columns, rows = kept[old]
        assert list_columns(office).keys() == columns.keys(), old
        assert read_rows(office, columns) == rows, old
    schema.upgrade(office)
    newest, rows = kept[STEPS[-1][1]]
    assert {table: len(each) for table, each in read_rows(office, newest).items()} == {
        table: len(each) for table, each in rows.items()
    }
    assert schema.list_differences(office) == []

"""One district and one server for all tests of a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.environment.snapshot import Environment
from tests.console.office import Office, serve_office
from tests.databases import copy_template, open_sqlite
from tests.district import District


@pytest.fixture(scope="module")
def office(haimen_file: Path, env: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_sqlite() as database:
        district = District(copy_template(database, haimen_file), env)
        district.disable_disk_sync()
        with serve_office(district, tmp_path_factory.mktemp("files")) as running:
            yield running

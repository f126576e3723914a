"""`gridbot case show` tells by which rules a case was understood."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from models.cases import Case
from models.database import Database
from tests.conftest import NOON


@pytest.fixture
def config(sqlite_database: Database, tmp_path: Path) -> Path:
    with sqlite_database.write() as session:
        session.add(
            Case(
                number="WG261121-0031", tail="0031", class_id="fac.lamp", nature="投诉", text="路灯不亮",
                opened_at=NOON, rules_version="1.0+0badcafe",
            )
        )  # fmt: skip
    path = tmp_path / "config.yaml"
    path.write_text('database: {url: "sqlite:///gridbot.db"}\n', encoding="utf-8")
    return path


def test_a_case_shows_the_version_of_the_rules_that_understood_it(config: Path) -> None:
    command = ["case", "show", "WG261121-0031", "--config", str(config)]
    assert "识别规则版本 1.0+0badcafe" in CliRunner().invoke(app, command).stdout
    assert json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)["rules_version"] == "1.0+0badcafe"

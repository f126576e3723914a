"""`gridbot case …` as a person or a program at the terminal uses it."""

import json
from pathlib import Path

import yaml
from sqlalchemy import select
from typer.testing import CliRunner

from bot.cli.tree import app
from bot.config.settings import Settings
from bot.imports import import_org, parse_organisation
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from handlers.intake.case_opening import open_case
from handlers.triage.types import Facts
from models.database import Database
from models.organisation import Chat, Person
from tests.conftest import NOON

ROOT = Path(__file__).resolve().parents[3]
SAID = "解放路12号门口垃圾成堆，好几天没人清"


def opened(database: Database, settings: Settings) -> str:
    """One case in the sample district; its number."""
    with database.write() as session:
        import_org(session, parse_organisation(ROOT / "examples/haimen/org.yaml"))
    env = EnvironmentBuilder(database, settings)()
    with database.write() as session:
        case = open_case(
            session,
            text=SAID,
            triage=env.classifier.triage(SAID, facts=Facts(chat_unit="HM-HM")),
            person=session.scalars(select(Person).where(Person.code == "zhangsf")).one(),
            chat=session.scalars(select(Chat).where(Chat.code == "intake-hm")).one(),
            env=env,
            now=NOON,
            origin=None,
        )
        return case.number


def test_a_case_carries_its_codes_and_the_version_of_the_rules(
    sqlite_database: Database, tmp_path: Path
) -> None:
    data = {
        "database": {"url": sqlite_database.url},
        "rules": {
            "packs": [str(ROOT / "rules/default.yaml")], "limits": str(ROOT / "rules/limits.yaml"),
        },
    }  # fmt: skip
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    number = opened(sqlite_database, Settings.parse(data))
    told = CliRunner().invoke(
        app, ["case", "show", number, "--config", str(tmp_path / "config.yaml"), "--json"]
    )
    codes = json.loads(told.stdout)["codes"]
    shown = CliRunner().invoke(app, ["case", "show", number, "--config", str(tmp_path / "config.yaml")])
    assert f"识别规则版本 {json.loads(told.stdout)['rules_version']}" in shown.stdout
    assert [(code["system"], code["version"], code["code"]) for code in codes] == [
        ("cjt214", "2007", "0102"), ("gbt47678-5", "2026", "06010"), ("db44-2479", "2024", "030302"),
    ]  # fmt: skip

"""`gridbot case …` as a person or a program at the terminal uses it."""

import json
from decimal import Decimal
from pathlib import Path

import yaml
from sqlalchemy import delete, select, update
from typer.testing import CliRunner

from bot.cli.tree import app
from bot.config.settings import Settings
from bot.imports import import_org, parse_organisation
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from handlers.cases.calls.spot_draw import DrawGroup, draw_cases
from handlers.intake.case_opening import open_case
from handlers.triage.types import Facts
from models.cases import Case
from models.database import Database
from models.organisation import Chat, Person
from models.spot_checks import SpotCheck, SpotDraw
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


def test_a_draw_is_repeated_from_its_seed_and_a_changed_list_is_found_out(
    sqlite_database: Database, tmp_path: Path
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump({"database": {"url": sqlite_database.url}}), encoding="utf-8")
    number = opened(sqlite_database, Settings())
    pool = [number, *(f"WG261121-{n:04d}" for n in range(9000, 9009))]
    group = DrawGroup(Decimal("0.1"), pool)
    seed = next(f"{n:032x}" for n in range(999) if draw_cases(f"{n:032x}", [group]) == [number])
    with sqlite_database.write() as session:
        draw = SpotDraw(day=NOON.date(), seed=seed, groups=[group.to_json()], drawn_at=NOON)
        session.add(draw)
        session.flush()
        case_id = session.scalars(select(Case.id)).one()
        session.add(SpotCheck(draw_id=draw.id, case_id=case_id))
    ask = ["case", "spot-check", f"{NOON:%Y-%m-%d}", "--config", str(config)]
    shown = CliRunner().invoke(app, ask)
    assert (shown.exit_code, number in shown.stdout, seed in shown.stdout) == (0, True, True), shown.output
    assert json.loads(CliRunner().invoke(app, [*ask, "--json"]).stdout)["agrees"]
    with sqlite_database.write() as session:
        session.execute(update(SpotDraw).values(seed="0" * 31 + "x"))
        session.execute(delete(SpotCheck))
    changed = CliRunner().invoke(app, ask)
    assert (changed.exit_code, "不一样" in changed.stderr) == (1, True)

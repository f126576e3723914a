"""`gridbot rules suggest|adopt|noise`: learned from corrections, adopted by a person, in force while it runs."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from bot.cli.tree import app
from bot.config.settings import Settings
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from handlers.triage.types import Facts
from models.cases import Case, Event
from models.database import Database
from models.organisation import Person
from models.workflow import Status
from tests.conftest import NOON
from tests.rule_packs import SPECIAL

HEADER = "id,name,group,event_code,hotline_code,nature,unit,limit,urgent,covers\n"
NAMES = {"food.smoke": "餐饮油烟", "env.rubbish": "垃圾", "other": "其他"}
TABLE = "".join(f"{each},{name},组,0101,030301,投诉,城管局,1wd,no,\n" for each, name in NAMES.items())
SAID = ["隔壁泔水漏到路上", "饭店泔水倒下水道", "后门天天泔水流出来"]


@pytest.fixture
def config(sqlite_database: Database, tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "classes.csv").write_text(HEADER + TABLE, encoding="utf-8")
    base = SPECIAL + (
        "classes: classes.csv\nrules:\n  food.smoke: {words: {4: 油烟}}\n  env.rubbish: {words: {4: 垃圾}}\n"
    )
    (tmp_path / "rules" / "base.yaml").write_text(base, encoding="utf-8")
    with sqlite_database.write() as session:
        for number, text in enumerate(SAID):
            correct(session, number, text)
    return configured(tmp_path, sqlite_database, "rules/base.yaml")


def configured(folder: Path, database: Database, *packs: str) -> Path:
    path = folder / "config.yaml"
    packs_line = f"rules: {{packs: [{', '.join(packs)}]}}\n"
    path.write_text(f'database: {{url: "{database.url}"}}\n{packs_line}', encoding="utf-8")
    return path


def correct(session: Session, number: int, text: str) -> None:
    """A case the rules called 其他 and the desk moved to 餐饮油烟."""
    desk = Person(code=f"duty{number}", name="值班员", role="duty")
    case = Case(
        number=f"WG261121-{number:04d}", tail=f"{number:04d}", status=Status.ACCEPTED, version=2,
        class_id="food.smoke", nature="投诉", text=text, opened_at=NOON,
    )  # fmt: skip
    session.add_all([desk, case])
    session.flush()
    for at, (act, actor, class_id) in enumerate(
        [("report", None, "other"), ("classify", desk.id, "food.smoke")], 1
    ):
        session.add(
            Event(
                case_id=case.id, number=at, act=act, actor_id=actor, actor_name="", status_to=Status.ACCEPTED,
                fields={"class_id": class_id}, at=NOON + timedelta(minutes=at),
            )
        )  # fmt: skip


def rules(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["rules", *words, "--config", str(config)])


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def suggested(config: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = told(rules(config, "suggest", "--json"))["suggestions"]
    return found


def test_suggestions_tell_their_effect_and_change_nothing(config: Path) -> None:
    (found,) = suggested(config)
    assert (found["text"], found["class"], found["name"]) == ("泔水", "food.smoke", "餐饮油烟")
    assert found["effect"] == {"changed": 3, "right": 3, "wrong": 0, "spoiled": 0}
    assert not (config.parent / "rules" / "local.yaml").exists()


def test_suggestions_are_readable(config: Path) -> None:
    said = rules(config, "suggest").stdout
    assert "词「泔水」→ 餐饮油烟（food.smoke）4 分，3 件改过类的事件里有" in said
    assert "改对 3，改错 0" in said
    assert "隔壁" not in said


def test_adopting_writes_it_down_and_says_what_the_configuration_lacks(config: Path) -> None:
    (found,) = suggested(config)
    result = rules(config, "adopt", found["id"], "--by", "值班一号")
    assert result.exit_code == 0, result.output
    assert "还没有生效" in result.stdout
    assert "packs: [rules/base.yaml, rules/local.yaml]" in result.stdout
    written = (config.parent / "rules" / "local.yaml").read_text(encoding="utf-8")
    assert f"值班一号 采纳 {found['id']}" in written
    assert suggested(config) == []


def test_a_running_process_takes_up_what_was_adopted(config: Path, sqlite_database: Database) -> None:
    folder = config.parent
    local = folder / "rules" / "local.yaml"
    local.write_text("idioms: 又涨了\n", encoding="utf-8")
    configured(folder, sqlite_database, "rules/base.yaml", "rules/local.yaml")
    packs = [str(folder / "rules" / "base.yaml"), str(local)]
    keeper = EnvironmentBuilder(sqlite_database, Settings.parse({"rules": {"packs": packs}}))
    before = keeper().classifier.triage("泔水倒在路上", facts=Facts())
    (found,) = suggested(config)
    assert told(rules(config, "adopt", found["id"], "--json"))["in_force"]
    after = keeper.refresh().classifier.triage("泔水倒在路上", facts=Facts())
    assert (before.class_id, after.class_id) == ("other", "food.smoke")
    assert before.rules_version != after.rules_version


def test_what_would_make_the_rules_wrong_is_not_written(config: Path, sqlite_database: Database) -> None:
    folder = config.parent
    local = folder / "rules" / "local.yaml"
    wrong = "rules:\n  env.rubbish:\n    words:\n      4: 果皮\n      2: 果皮\n"
    local.write_text(wrong, encoding="utf-8")
    configured(folder, sqlite_database, "rules/base.yaml", "rules/local.yaml")
    (found,) = suggested(config)
    result = rules(config, "adopt", found["id"])
    assert result.exit_code == 1
    assert f"没有采纳：{local}:5" in result.stderr
    assert local.read_text(encoding="utf-8") == wrong
    assert sorted(path.name for path in local.parent.iterdir()) == ["base.yaml", "classes.csv", "local.yaml"]


def test_a_file_laid_out_in_its_own_way_is_left_alone(config: Path) -> None:
    local = config.parent / "rules" / "local.yaml"
    local.write_text("{idioms: 又涨了}\n", encoding="utf-8")
    (found,) = suggested(config)
    result = rules(config, "adopt", found["id"])
    assert (result.exit_code, "请自己加上" in result.stderr) == (1, True)
    assert local.read_text(encoding="utf-8") == "{idioms: 又涨了}\n"


def test_an_id_nobody_suggested_is_refused(config: Path) -> None:
    result = rules(config, "adopt", "abcdef")
    assert (result.exit_code, "没有编号为 abcdef 的建议" in result.stderr) == (1, True)


def test_without_corrections_there_is_nothing_to_suggest(config: Path, sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        session.execute(delete(Event))
    assert "没有规则建议" in rules(config, "suggest").stdout


def test_noise_of_no_groups_is_none(config: Path) -> None:
    assert told(rules(config, "noise", "--json")) == {"days": 7, "groups": []}
    assert "没有消息" in rules(config, "noise", "--days", "3").stdout

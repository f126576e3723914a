"""`gridbot db retention` and `gridbot person …` as an administrator uses them."""

import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from sqlalchemy import insert, select
from typer.testing import CliRunner, Result

from bot.cli.tree import app
from models.inbox import InboxRow, InboxState
from models.organisation import Role
from models.personal_data import DataRequest
from tests.district import RUBBLE, District


@pytest.fixture
def config(sqlite_district: District, tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    data = {"database": {"url": sqlite_district.database.url}, "media": {"folder": str(tmp_path / "media")}}
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


def run(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--config", str(config)])


def test_what_is_over_is_counted_before_it_is_deleted(sqlite_district: District, config: Path) -> None:
    old = datetime.now(UTC) - timedelta(days=31)
    row = {
        "channel": "grid", "sender": "li", "message_id": "m1", "lane": "l", "raw": "{}", "received_at": old,
        "not_before": old, "state": InboxState.DONE,
    }  # fmt: skip
    with sqlite_district.database.write() as session:
        session.execute(insert(InboxRow).values(row))
    counted = run(config, "db", "retention", "--dry-run", "--json")
    assert json.loads(counted.stdout) == {
        "dry_run": True, "payloads": 1, "handles": 0, "audit": 0, "links": 0, "forms": 0, "doors": 0, "files": 0,
    }  # fmt: skip
    assert "消息原文：已删除 1" in run(config, "db", "retention").stdout
    assert "消息原文：将删除 0" in run(config, "db", "retention", "--dry-run").stdout


def test_an_export_wants_two_people_and_is_written_once(
    sqlite_district: District, config: Path, tmp_path: Path
) -> None:
    people = sqlite_district
    for admin in ("admin1", "admin2"):
        people.hire(admin, Role.ADMIN, "HM")
    assert people.say("wrINTAKE", "chendy", RUBBLE) == "case.opened"
    number = people.case().number
    assert (
        people.say("admin1", "admin1", f"/导出个人信息 {number} 申请", direct=True) == "personal_data.asked"
    )
    with people.database.read() as session:
        request = session.scalars(select(DataRequest.number)).one()
    target = tmp_path / "chen.zip"
    refused = run(config, "person", "export", request, str(target))
    assert (refused.exit_code, target.exists()) == (1, False)
    assert "还没有第二个人同意" in refused.stderr
    people.say("admin2", "admin2", f"/同意个人信息 {request}", direct=True)
    assert run(config, "person", "export", request, str(target)).exit_code == 0
    with zipfile.ZipFile(target) as archive:
        assert json.loads(archive.read("data.json"))["cases"][0]["number"] == number
    assert "已经导出过" in run(config, "person", "export", request, str(tmp_path / "again.zip")).stderr
    assert "已办" in run(config, "person", "list").stdout
    assert json.loads(run(config, "person", "list", "--json").stdout)[0]["counts"]["cases"] == 1

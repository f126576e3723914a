"""`gridbot contacts`: the list of members read on demand, and a group of a unit's staff."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner, Result

from bot.cli.tree import app
from bot.config.loader import PACKAGE_ROOT
from sandbox.server import SandboxServer
from tests.bot.channels.vectors import KEY
from tests.stories.town import WORLD

ORG = PACKAGE_ROOT / "examples/haimen/org.yaml"


@pytest.fixture
def box() -> Iterator[SandboxServer]:
    with SandboxServer(WORLD) as server:
        yield server


@pytest.fixture
def config(box: SandboxServer, tmp_path: Path) -> Path:
    found = box.world.apps["1000002"]
    path = tmp_path / "config.yaml"
    path.write_text(
        f'database: {{url: "sqlite:///{tmp_path}/gridbot.db"}}\n'
        "site: {base_url: 'https://grid.example'}\n"
        "channels:\n"
        "  rings: {kind: webhook}\n"
        f"  staff: {{kind: app, corp_id: {found.corp_id}, agent_id: 1000002, secret: {found.secret}, "
        f"token: {found.token}, aes_key: {KEY}, api_base: '{box.url}'}}\n",
        encoding="utf-8",
    )
    assert run("org", "import", str(ORG), "--config", str(path)).exit_code == 0
    return path


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def read(config: Path, query: str) -> list[tuple[object, ...]]:
    engine = create_engine(f"sqlite:///{config.parent}/gridbot.db")
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return rows


def test_what_changed_is_handed_to_whoever_handles_messages(config: Path) -> None:
    result = run("contacts", "sync", "staff", "--config", str(config))
    assert (result.exit_code, result.stdout) == (0, "通讯录有变化，已交给 gridbot 处理\n"), result.stderr
    assert read(config, "SELECT channel, sender, state FROM inbox") == [("staff", "sys", "ready")]


def test_a_units_staff_get_a_group(config: Path, box: SandboxServer) -> None:
    result = run("contacts", "group", "staff", "HM-CG", "--config", str(config))
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("群已建好：城管局处置群")
    assert {"cg1", "cg2"} <= {*box.world.groups["HMCG"].members}
    assert read(config, "SELECT name, use, channel FROM chats WHERE chat_id = 'HMCG'") == [
        ("城管局处置群", "handling", "staff")
    ]
    again = run("contacts", "group", "staff", "HM-CG", "--config", str(config))
    assert (again.exit_code, "errcode_40058" in again.stderr) == (1, True)


def test_what_cannot_be_is_said(config: Path) -> None:
    for words, told in (
        (["sync", "other"], "配置里没有渠道 other"),
        (["sync", "rings"], "rings 没有通讯录"),
        (["group", "rings", "HM-CG"], "rings 不能建群"),
        (["group", "staff", "NOWHERE"], "没有编码为 NOWHERE 的单位"),
    ):
        result = run("contacts", *words, "--config", str(config))
        assert (result.exit_code, told in result.stderr) == (1, True)

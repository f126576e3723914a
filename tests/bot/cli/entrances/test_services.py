"""`gridbot account links`: the grids' links to customer service, and how `gridbot check` reads its settings."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.config.loader import PACKAGE_ROOT
from sandbox.server import SandboxServer
from tests.bot.channels.vectors import KEY
from tests.bot.cli.entrances.test_accounts import run

ORG = PACKAGE_ROOT / "examples/haimen/org.yaml"
WORLD = {
    "apps": [{"id": "1000002", "name": "网格", "corp_id": "wwCORP1", "secret": "kf-secret"}],
    "services": [{"id": "wkDESK1", "name": "网格服务", "app_id": "1000002"}],
}


@pytest.fixture(scope="module")
def box() -> Iterator[SandboxServer]:
    with SandboxServer(WORLD) as server:
        yield server


def write_config(folder: Path, url: str, more: str = "") -> Path:
    path = folder / "config.yaml"
    path.write_text(
        f'database: {{url: "sqlite:///{folder}/gridbot.db"}}\n'
        "site: {base_url: 'https://grid.example'}\n"
        "channels:\n"
        "  rings: {kind: webhook}\n"
        f"  service: {{kind: kf, corp_id: wwCORP1, secret: kf-secret, token: KFtoken01, aes_key: {KEY}, "
        f"api_base: {url}{more}}}\n",
        encoding="utf-8",
    )
    return path


def test_each_grid_gets_its_link(box: SandboxServer, tmp_path: Path) -> None:
    config = write_config(tmp_path, box.url)
    assert run("org", "import", str(ORG), "--config", str(config)).exit_code == 0
    file = tmp_path / "links.csv"
    result = run("account", "links", "service", str(file), "--unit", "HM-HM", "--config", str(config))
    assert result.exit_code == 0, result.stderr
    with file.open(encoding="utf-8-sig", newline="") as rows:
        head, *made = csv.reader(rows)
    assert head == ["网格编码", "网格", "链接"]
    assert result.stdout == f"{len(made)} 个链接，在 {file}\n"
    by_code = {code: link for code, _, link in made}
    assert by_code["HM-HM-JF-2"].endswith("?enc_scene=grid&scene_param=HM-HM-JF-2")
    box.arm_faults(errcodes={"kf/account/list": [48002, 1]})
    refused = run("account", "links", "service", str(file), "--config", str(config))
    assert (refused.exit_code, "可调用接口的应用" in refused.stderr) == (1, True)


CHECKS = {
    ", hand_over: ''": "channels.service.hand_over：",
    ", windows: {message_length: P30D}": "channels.service.windows.message_length：",
    ", agent_id: 1000002": "channels.service.agent_id：不认识的键",
    ", accounts: [网格服务]": "channels.service.accounts：（提醒）客服账号 ID 一般以 wk 开头",
    ", poll: PT5S": "channels.service.poll：（提醒）没有回调就来取，平台限得很严",
    "": "",
}


@pytest.mark.parametrize("more", CHECKS)
def test_what_is_wrong_or_may_not_be_meant_is_said(tmp_path: Path, more: str) -> None:
    result = run("check", "--config", str(write_config(tmp_path, "https://api.example", more)))
    if more:
        assert CHECKS[more] in result.stdout
    else:
        assert "channels.service" not in result.stdout

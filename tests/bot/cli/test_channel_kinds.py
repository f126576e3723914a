"""A configured channel that this version cannot run stops `gridbot check` and `gridbot serve`."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.tree import app
from tests.bot.channels.vectors import KEY

SECRETS = f"secret: s, token: t, aes_key: {KEY}"
COMING = {
    "official_account": f"{{kind: official_account, app_id: a, {SECRETS}}}",
}


def write_config(folder: Path, channel: str) -> str:
    path = folder / "config.yaml"
    path.write_text(
        f'database: {{url: "sqlite:///gridbot.db"}}\nchannels: {{door: {channel}}}\n', encoding="utf-8"
    )
    return str(path)


def refusal(kind: str) -> str:
    return f"channels.door.kind：这个版本还不能运行 {kind} 渠道，请先去掉这个渠道"


@pytest.mark.parametrize("kind", COMING)
def test_a_channel_that_cannot_be_run_stops_the_check(tmp_path: Path, kind: str) -> None:
    config = write_config(tmp_path, COMING[kind])
    result = CliRunner().invoke(app, ["check", "--config", config])
    assert result.exit_code == 1
    assert refusal(kind) in result.stdout.splitlines()
    told = json.loads(CliRunner().invoke(app, ["check", "--json", "--config", config]).stdout)
    assert [m["path"] for m in told["mistakes"] if m["grave"]] == ["channels.door.kind"]


@pytest.mark.parametrize("kind", COMING)
def test_a_channel_that_cannot_be_run_stops_the_start(tmp_path: Path, kind: str) -> None:
    result = CliRunner().invoke(app, ["serve", "--config", write_config(tmp_path, COMING[kind])])
    assert (result.exit_code, result.stderr.splitlines()) == (1, [refusal(kind)])
    assert not (tmp_path / "gridbot.db").exists()

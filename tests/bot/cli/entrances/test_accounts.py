"""`gridbot account`: the menu and the grids' codes of an official account, and how `gridbot check` reads its settings."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.tree import app
from bot.config.loader import PACKAGE_ROOT
from sandbox.server import SandboxServer
from tests.bot.channels.vectors import KEY
from tests.sandbox.conftest import small_world

ACCOUNT = {"id": "wxAPP1", "name": "海门网格", "secret": "oa-secret", "token": "t", "aes_key": KEY}
ORG = PACKAGE_ROOT / "examples/haimen/org.yaml"


@pytest.fixture
def box() -> Iterator[SandboxServer]:
    with SandboxServer({**small_world(), "accounts": [ACCOUNT]}) as server:
        yield server


def write_config(folder: Path, url: str, more: str = "", *, proof: str = "oa-secret") -> Path:
    path = folder / "config.yaml"
    path.write_text(
        f'database: {{url: "sqlite:///{folder}/gridbot.db"}}\n'
        "site: {base_url: 'https://grid.example'}\n"
        "channels:\n"
        "  rings: {kind: webhook}\n"
        f"  public: {{kind: official_account, app_id: wxAPP1, secret: {proof}, token: t, aes_key: {KEY}, "
        f"api_base: {url}/wechat, qr_base: {url}/wechat{more}}}\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def config(box: SandboxServer, tmp_path: Path) -> Path:
    path = write_config(tmp_path, box.url)
    assert run("org", "import", str(ORG), "--config", str(path)).exit_code == 0
    return path


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_the_menu_is_published(box: SandboxServer, config: Path) -> None:
    result = run("account", "menu", "public", "--config", str(config))
    assert (result.exit_code, result.stdout) == (0, "菜单已发布：我要反映、我的事项、帮助\n")
    menu = box.world.accounts["wxAPP1"].menu
    assert [(entry["name"], entry["key"]) for entry in menu] == [
        ("我要反映", "hello"), ("我的事项", "/我的"), ("帮助", "/帮助"),
    ]  # fmt: skip


def test_each_grid_gets_its_code(box: SandboxServer, config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "codes"
    result = run("account", "codes", "public", str(folder), "--config", str(config))
    assert result.exit_code == 0, result.stderr
    drawn = sorted(path.stem for path in folder.iterdir())
    assert "HM-HM-JF-2" in drawn
    assert result.stdout.startswith(f"{len(drawn)} 张二维码")
    assert all(path.read_bytes().startswith(b"\xff\xd8") for path in folder.iterdir())
    under = tmp_path / "town"
    assert (
        run("account", "codes", "public", str(under), "--unit", "HM-HM", "--config", str(config)).exit_code
        == 0
    )
    below = {path.stem for path in under.iterdir()}
    assert below == {code for code in drawn if code.startswith("HM-HM-")}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["menu", "other"], "配置里没有渠道 other"),
        (["menu", "rings"], "rings 没有菜单和二维码，公众号才有"),
        (["links", "public", "links.csv"], "public 没有链接，微信客服才有"),
        (["codes", "public", "codes", "--unit", "NOWHERE"], "没有编码为 NOWHERE 的单位"),
    ],
)
def test_what_cannot_be_done_is_said(config: Path, words: list[str], told: str) -> None:
    result = run("account", *words, "--config", str(config))
    assert (result.exit_code, result.stderr) == (1, f"{told}\n")


def test_a_platform_that_refuses_says_what_to_mend(box: SandboxServer, config: Path, tmp_path: Path) -> None:
    box.arm_faults(errcodes={"wechat/menu/create": [48001, 1]})
    result = run("account", "menu", "public", "--config", str(config))
    assert result.exit_code == 1
    assert (
        "channels.public：平台没有答应，这个公众号没有这项权限，要认证的服务号（errcode_48001）"
        in result.stderr
    )
    (tmp_path / "wrong").mkdir()
    wrong = write_config(tmp_path / "wrong", box.url, proof="wrong")
    assert "secret 不对" in run("account", "menu", "public", "--config", str(wrong)).stderr
    (tmp_path / "away").mkdir()
    away = write_config(tmp_path / "away", "http://127.0.0.1:9")
    assert "连不上平台" in run("account", "menu", "public", "--config", str(away)).stderr


CHECKS = {
    ", template: {id: T, fields: {}}": "至少写一个字段",
    ", template: {id: T, fields: {what: 内容}}": "应当是公众号后台这个模板里的键，如 thing2",
    ", template: {id: T, fields: {wat: thing2}}": "不认识的键（是不是 what？）",
    ", template: {fields: {what: thing2}}": "channels.public.template.id：缺少这一项",
    ", mode: safest": "channels.public.mode：",
    ", windows: {message_length: P30D}": "channels.public.windows.message_length：",
    ", api_base: 'ftp://x'": "channels.public.api_base：格式不对",
}


@pytest.mark.parametrize("more", CHECKS)
def test_a_badly_configured_account_is_told_so(tmp_path: Path, more: str) -> None:
    path = write_config(tmp_path, "https://api.example", more)
    text = path.read_text(encoding="utf-8")
    if "api_base: 'ftp" in more:
        path.write_text(text.replace("api_base: https://api.example/wechat, ", ""), encoding="utf-8")
    result = run("check", "--config", str(path))
    assert result.exit_code == 1
    assert CHECKS[more] in result.stdout


def test_what_works_and_may_not_be_meant_is_named(tmp_path: Path) -> None:
    path = write_config(tmp_path, "https://api.example", ", mode: plain")
    result = run("check", "--config", str(path))
    assert (
        "channels.public.template：（提醒）没有模板消息：居民超过 2 天没有来消息，结果只能由值班员打电话告诉"
        in result.stdout
    )
    assert "channels.public.mode：（提醒）明文模式" in result.stdout
    whole = write_config(tmp_path, "https://api.example", ", template: {id: T, fields: {what: thing2}}")
    assert "channels.public" not in run("check", "--config", str(whole)).stdout

"""config.yaml to settings: what wins over what, and how a mistake is told."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.channels.aibot.settings import AibotSettings
from bot.config import loader
from bot.config.settings import Settings

AIBOT = "{kind: aibot, bot_id: AIB1, bot_name: 网格助手, secret: s1}"


def load(folder: Path, text: str, **environ: str) -> Settings:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return loader.load(path, environ=environ)


def told(folder: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(loader.ConfigError) as refused:
        load(folder, text, **environ)
    return [str(mistake) for mistake in refused.value.problems]


def secret_of(settings: Settings) -> str:
    channel = settings.channels["grid"]
    assert isinstance(channel, AibotSettings)
    assert isinstance(channel.secret, SecretStr)
    return channel.secret.get_secret_value()


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path, "").site.case_prefix == "WG"


def test_the_file_in_the_repository_is_right() -> None:
    assert loader.load(Path("config.yaml"), environ={}).server.port == 8000


def test_a_missing_file_is_a_clear_mistake(tmp_path: Path) -> None:
    with pytest.raises(loader.ConfigError, match="没有这个配置文件"):
        loader.load(tmp_path / "config.yaml", environ={})


def test_the_demo_may_go_without_a_file(tmp_path: Path) -> None:
    settings = loader.load(tmp_path / "config.yaml", environ={}, missing_ok=True)
    assert settings.media.folder == tmp_path / "data/media"


def test_a_variable_is_put_in_its_place(tmp_path: Path) -> None:
    channel = AIBOT.replace("s1", "'a-${KEY}-b'")
    assert secret_of(load(tmp_path, f"channels:\n  grid: {channel}", KEY="k")) == "a-k-b"


def test_a_missing_variable_is_told_with_the_key_that_wants_it(tmp_path: Path) -> None:
    assert told(tmp_path, 'api: {tokens: {harness: "${NOPE}"}}') == [
        f"{tmp_path}/config.yaml:1：api.tokens.harness：没有环境变量 NOPE；例：export NOPE=…"
    ]


def test_an_empty_variable_is_no_secret(tmp_path: Path) -> None:
    assert told(tmp_path, 'api: {tokens: {harness: "${BLANK}"}}', BLANK="")[0].startswith(
        f"{tmp_path}/config.yaml:1：api.tokens.harness：不能为空"
    )


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    text = f"channels: {{grid: {AIBOT}}}"
    assert secret_of(load(tmp_path, text, GRIDBOT_CHANNELS__GRID__SECRET="s2")) == "s2"


def test_the_environment_does_not_mind_capitals_in_a_channels_name(tmp_path: Path) -> None:
    settings = load(tmp_path, f"channels: {{Grid: {AIBOT}}}", GRIDBOT_CHANNELS__GRID__BOT_NAME="小格")
    assert [getattr(channel, "bot_name", None) for channel in settings.channels.values()] == ["小格"]


def test_the_environment_may_bring_a_section_of_its_own(tmp_path: Path) -> None:
    assert load(tmp_path, "", gridbot_server__port="9000").server.port == 9000


def test_the_environment_writes_lists_as_json(tmp_path: Path) -> None:
    settings = load(tmp_path, "", GRIDBOT_MEDIA__HOSTS='["127.0.0.1:9100"]')
    assert settings.media.hosts == ("127.0.0.1:9100",)


def test_variables_without_a_section_are_somebody_elses(tmp_path: Path) -> None:
    assert load(tmp_path, "", GRIDBOT_API_TOKEN="x") == load(tmp_path, "")


def test_a_variable_below_a_plain_value_is_a_mistake(tmp_path: Path) -> None:
    assert "不是一组键值" in told(tmp_path, "site: {name: 海门}", GRIDBOT_SITE__NAME__X="y")[0]


def test_relative_paths_are_counted_from_the_files_folder(tmp_path: Path) -> None:
    settings = load(tmp_path, "database: {url: 'sqlite:///db/x.db'}\nmedia: {folder: m}")
    assert settings.database.url == f"sqlite:///{tmp_path}/db/x.db"
    assert settings.media.folder == tmp_path / "m"


def test_absolute_paths_and_other_databases_stay(tmp_path: Path) -> None:
    settings = load(tmp_path, "database: {url: 'postgresql://u@h/d'}\nmedia: {folder: /srv/m}")
    assert (settings.database.url, settings.media.folder) == ("postgresql://u@h/d", Path("/srv/m"))


def test_a_pack_beside_the_file_wins_over_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    own = tmp_path / "rules/default.yaml"
    own.write_text("")
    assert load(tmp_path, "").rules.packs == (own,)


def test_the_shipped_pack_is_used_where_there_is_no_own(tmp_path: Path) -> None:
    shipped = loader.PACKAGE_ROOT / "examples/haimen/org.yaml"
    settings = load(tmp_path, "rules: {packs: [examples/haimen/org.yaml]}")
    assert settings.rules.packs == (shipped,)


MISTAKES = {
    "channels: {grid: {kind: aibot, bot_id: A, bot_name: b, secert: s}}": (
        'channels.grid.secert：不认识的键（是不是 secret？）；例：secret: "…"'
    ),
    "channels: {grid: {kind: aibot, bot_id: A, bot_name: b}}": "channels.grid：mode 为 socket 时还需要 secret",
    "channels: {grid: {kind: aibott}}": "channels.grid：kind 只能是 aibot、webhook、app、official_account",
    "channels: {rings: {}}": "channels.rings：缺少 kind",
    "channels: {网格: {kind: webhook}}": "channels.网格：名字只能用字母、数字、- 和 _",
    "channels: {s: {kind: official_account, secret: a, token: b, aes_key: short}}": "channels.s.app_id：缺少这一项",
    "chanels: {}": "chanels：不认识的键（是不是 channels？）",
    "server: {port: 80000}": "server.port：应当不大于 65535；例：port: 8000",
    "server: {port: x}": "server.port：应当是整数；例：port: 8000",
    "site: 海门": "site：应当是一组键值；例：site: {name: 网格接诉中心}",
    "site: {base_url: 'ftp://x'}": "site.base_url：格式不对；例：base_url: http://127.0.0.1:8000",
    "site: {timezone: Asia/Shangai}": "site.timezone：没有这个时区；例：timezone: Asia/Shanghai",
    "site: {case_prefix: wg}": "site.case_prefix：格式不对；例：case_prefix: WG",
    "database: {url: 'mysql://x'}": "database.url：格式不对；例：url:",
    "media: {max_photo: 10XB}": "media.max_photo：大小写成 10MB 这样；例：max_photo: 10MB",
    "media: {max_photo: 0}": "media.max_photo：应当大于 0",
    "media: {hosts: a}": 'media.hosts：应当是列表；例：hosts: ["*.myqcloud.com"]',
    "intake: {join_within: 九十秒}": "intake.join_within：应当是时长；例：join_within: PT90S",
    "intake: {ask_after: -3}": "intake.ask_after：应当大于 0；例：ask_after: PT2M",
    "rules: {packs: []}": "rules.packs：不能为空；例：packs: [rules/default.yaml]",
    "rules: {auto_dispatch: always}": "rules.auto_dispatch：只能是 never、urgent、confident；例：auto_dispatch: never",
    "- a": "最外层应当是一组键值",
    "site: {name: a, name: b}": "“name”写了两次",
    "site: {": "YAML 写法不对",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_told_with_its_path_and_a_right_value(tmp_path: Path, text: str) -> None:
    assert MISTAKES[text] in "\n".join(told(tmp_path, text))


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = 'server: {port: x}\nintake: {ask_after: y}\napi: {tokens: {a: "${NOPE}"}}'
    assert len(told(tmp_path, text)) == 3


def test_no_mistake_repeats_a_secret(tmp_path: Path) -> None:
    text = "channels: {s: {kind: app, corp_id: c, agent_id: hush, secret: hush, token: hush, aes_key: hush}}"
    assert "hush" not in "".join(told(tmp_path, text))


def test_settings_printed_show_no_secret(tmp_path: Path) -> None:
    assert "s1" not in repr(load(tmp_path, f"channels: {{grid: {AIBOT}}}"))


def test_a_mistake_is_told_with_its_line_and_a_variable_has_none(tmp_path: Path) -> None:
    text = "site:\n  name: 海门\nserver:\n  prot: 1\nintake:\n  ask_after: y\n"
    lines = [sentence.partition("：")[0] for sentence in told(tmp_path, text)]
    assert lines == [f"{tmp_path}/config.yaml:4", f"{tmp_path}/config.yaml:6"]
    assert told(tmp_path, text, GRIDBOT_INTAKE__ASK_AFTER="z")[1].startswith("intake.ask_after：应当是时长")


def test_a_copy_and_a_way_to_listen_are_of_postgresql(tmp_path: Path) -> None:
    url = "postgresql://gridbot@db/gridbot"
    found = load(tmp_path, f"database: {{url: '{url}', listen_url: '{url}', read_url: '{url}'}}")
    assert (found.database.listen_url, found.database.read_url) == (url, url)
    (mistake,) = told(tmp_path, f"database: {{read_url: '{url}'}}")
    assert "PostgreSQL" in mistake

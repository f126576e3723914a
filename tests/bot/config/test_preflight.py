"""`gridbot check`: what is wrong with a configuration and with the data it leads to."""

import socket
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import imports
from bot.config import loader, preflight
from bot.config.problems import ConfigProblem
from bot.config.settings import Settings
from handlers.notifications.subscribers import chats
from models.database import Database
from models.organisation import Chat, ChatUse
from tests.bot.channels.vectors import KEY
from tests.bot.posting import OutboxHarness
from tests.conftest import NOON
from tests.rule_packs import SPECIAL

CHANNELS = {
    "grid": {"kind": "aibot", "bot_id": "AIB1", "bot_name": "网格助手", "secret": "s"},
    "rings": {"kind": "webhook"},
}


def settings_for(database: Database, folder: Path, /, **changes: Any) -> Settings:
    pack = folder / "pack.yaml"
    pack.write_text(f"classes: {loader.PACKAGE_ROOT / 'rules/classes.csv'}\n{SPECIAL}", encoding="utf-8")
    data: dict[str, Any] = {
        "database": {"url": database.url},
        "media": {"folder": folder},
        "channels": CHANNELS,
        "rules": {"packs": [pack]},
    }
    return Settings.parse(data | changes)


def sample(database: Database, *, old: str = "", new: str = "", folder: Path) -> None:
    """The sample district, with one piece of its text replaced."""
    text = Path("examples/haimen/org.yaml").read_text(encoding="utf-8")
    assert old in text
    path = folder / "org.yaml"
    path.write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
    with database.write() as session:
        imports.import_org(session, imports.parse_organisation(path))


def paths(mistakes: list[ConfigProblem], *, grave: bool | None = None) -> list[str]:
    return [mistake.path for mistake in mistakes if grave is None or mistake.grave is grave]


def test_the_sample_district_has_no_grave_mistake(database: Database, tmp_path: Path) -> None:
    sample(database, folder=tmp_path)
    assert paths(preflight.check_settings(settings_for(database, tmp_path)), grave=True) == []


def test_every_class_of_the_shipped_table_has_its_unit_in_the_sample(
    sqlite_database: Database, tmp_path: Path
) -> None:
    sample(sqlite_database, folder=tmp_path)
    found = paths(preflight.check_settings(settings_for(sqlite_database, tmp_path)))
    assert [path for path in found if path.startswith("classes/")] == []


def test_a_mistake_in_the_file_is_told_and_nothing_else_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("server: {port: x}")
    assert paths(preflight.check(path, environ={})) == ["server.port"]


def test_grave_mistakes_come_first(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"rules: {{packs: [none.yaml]}}\nmedia: {{folder: '{tmp_path}'}}")
    found = preflight.check(path, environ={})
    assert [mistake.grave for mistake in found] == sorted((mistake.grave for mistake in found), reverse=True)
    assert "rules.packs" in paths(found, grave=True)


def test_a_pack_that_does_not_load_says_why(sqlite_database: Database, tmp_path: Path) -> None:
    pack = tmp_path / "own.yaml"
    pack.write_text("rules: [", encoding="utf-8")
    found = preflight.check_settings(settings_for(sqlite_database, tmp_path, rules={"packs": [pack]}))
    assert str(pack) in next(mistake.message for mistake in found if mistake.path == "rules.packs")


def test_a_media_folder_that_is_a_file_is_a_mistake(sqlite_database: Database, tmp_path: Path) -> None:
    (tmp_path / "media").write_text("")
    settings = settings_for(sqlite_database, tmp_path, media={"folder": tmp_path / "media"})
    assert "media.folder" in paths(preflight.check_settings(settings), grave=True)


def test_a_media_folder_that_can_be_made_is_no_mistake(sqlite_database: Database, tmp_path: Path) -> None:
    settings = settings_for(sqlite_database, tmp_path, media={"folder": tmp_path / "a/b"})
    assert "media.folder" not in paths(preflight.check_settings(settings))


def test_a_database_that_is_not_there_yet_is_only_a_reminder(
    sqlite_database: Database, tmp_path: Path
) -> None:
    missing = tmp_path / "none/gridbot.db"
    settings = settings_for(sqlite_database, tmp_path, database={"url": f"sqlite:///{missing}"})
    assert "database.url" in paths(preflight.check_settings(settings), grave=False)
    assert not missing.parent.exists()


def test_a_database_of_somebody_else_is_a_mistake(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/other.db")
    with database.engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE cases (id INTEGER)")
        connection.commit()
    found = preflight.check_settings(settings_for(database, tmp_path))
    database.dispose()
    assert "database.url" in paths(found, grave=True)


def test_a_file_that_is_no_database_is_a_mistake(sqlite_database: Database, tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("certainly not a database, only words" * 9)
    settings = settings_for(sqlite_database, tmp_path, database={"url": f"sqlite:///{tmp_path}/x.db"})
    assert "database.url" in paths(preflight.check_settings(settings), grave=True)


def test_a_server_that_does_not_answer_is_a_mistake(sqlite_database: Database, tmp_path: Path) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        port = unheard.getsockname()[1]
        url = f"postgresql://u:hush@127.0.0.1:{port}/d"
        found = preflight.check_settings(settings_for(sqlite_database, tmp_path, database={"url": url}))
    assert "数据库用不了" in next(mistake.message for mistake in found if mistake.path == "database.url")
    assert "hush" not in "".join(map(str, found))


def test_an_empty_organisation_is_a_reminder(sqlite_database: Database, tmp_path: Path) -> None:
    assert "units" in paths(preflight.check_settings(settings_for(sqlite_database, tmp_path)), grave=False)


WRONG = {
    "chats/duty.channel": ("channel: grid, chat_id: wrDUTY", "channel: grd, chat_id: wrDUTY"),
    "chats/cg.channel": ("channel: grid, chat_id: wrCG", "channel: rings, chat_id: wrCG"),
    "chats/zj.webhook.channel": ("{channel: rings, key: key-zj}", "{channel: ring, key: key-zj}"),
}


@pytest.mark.parametrize("path", WRONG)
def test_a_chat_no_channel_reaches_is_a_mistake(sqlite_database: Database, tmp_path: Path, path: str) -> None:
    old, new = WRONG[path]
    sample(sqlite_database, old=old, new=new, folder=tmp_path)
    found = preflight.check_settings(settings_for(sqlite_database, tmp_path))
    assert paths(found, grave=True) == [path]


DOUBTFUL = {
    "units/HM-SL.lead": ("lead: sl1", "lead: nobody"),
    "chats/cg.webhook": (", webhook: {channel: rings, key: key-cg}", ""),
    "units/HM-ZJ": ("use: handling, unit: HM-ZJ", "use: handling, unit: HM-CG"),
    "classes/env.dust.unit": ("short: 住建局", "short: 建设局"),
}


@pytest.mark.parametrize("path", DOUBTFUL)
def test_what_somebody_should_look_at_is_a_reminder(
    sqlite_database: Database, tmp_path: Path, path: str
) -> None:
    old, new = DOUBTFUL[path]
    sample(sqlite_database, old=old, new=new, folder=tmp_path)
    found = paths(preflight.check_settings(settings_for(sqlite_database, tmp_path)), grave=False)
    assert path in found


def test_a_unit_nobody_leads_but_somebody_handles_for_is_fine(
    sqlite_database: Database, tmp_path: Path
) -> None:
    sample(sqlite_database, old="parent: HM, lead: zj1", new="parent: HM", folder=tmp_path)
    found = preflight.check_settings(settings_for(sqlite_database, tmp_path))
    assert "units/HM-ZJ.lead" not in paths(found)


def test_groups_nobody_bound_are_not_looked_at(sqlite_database: Database, tmp_path: Path) -> None:
    sample(sqlite_database, folder=tmp_path)
    with sqlite_database.write() as session:
        session.add(Chat(code="x", name="", use=ChatUse.UNBOUND, channel="gone", chat_id="wr9"))
    assert paths(preflight.check_settings(settings_for(sqlite_database, tmp_path)), grave=True) == []


def test_a_class_that_nobody_gave_a_code_is_doubted_and_a_code_that_is_none_is_grave(tmp_path: Path) -> None:
    database = {"url": f"sqlite:///{tmp_path / 'none.db'}"}
    for old, new, grave in (("080508", "", False), ("080508", "080598", True)):
        rules = loader.PACKAGE_ROOT / "rules"
        table = (rules / "classes.csv").read_text(encoding="utf-8").replace(old, new, 1)
        (tmp_path / "classes.csv").write_text(table, encoding="utf-8")
        pack = tmp_path / "pack.yaml"
        pack.write_text(f"classes: classes.csv\ncodes: {rules / 'codes'}\n{SPECIAL}", encoding="utf-8")
        settings = Settings.parse(
            {
                "rules": {"packs": [pack]},
                "media": {"folder": tmp_path},
                "channels": CHANNELS,
                "database": database,
            }
        )
        [found] = [each for each in preflight.check_settings(settings) if each.path == "rules.packs"]
        assert (found.grave, "classes.csv:" in found.message) == (grave, True)


def test_a_group_the_bot_was_taken_out_of_is_a_reminder_with_what_did_not_arrive(
    database: Database, tmp_path: Path
) -> None:
    sample(database, folder=tmp_path)
    post = OutboxHarness(database)
    with database.write() as session:
        gone, quiet = session.scalars(
            select(Chat).where(Chat.code.in_(("cg", "duty"))).order_by(Chat.id)
        ).all()
        quiet.gone_at = NOON
        codes = {gone.id: gone.code, quiet.id: quiet.code}
    for chat in codes:
        post.add_push("一", chat=chat, state="dead")
        post.add_push("二", chat=chat, state="dead")
    found = {each.path: each for each in preflight.check_settings(settings_for(database, tmp_path))}
    first, second = (found[f"chats/{code}"] for code in codes.values())
    assert (first.message, first.grave) == ("2 条消息没有送到", False)
    assert second.message == "机器人已不在这个群里，2 条消息没有送到"


def test_residents_who_left_are_no_reminder(sqlite_database: Database, tmp_path: Path) -> None:
    sample(sqlite_database, folder=tmp_path)
    post = OutboxHarness(sqlite_database)
    chat = post.add_chat(
        "oRESIDENT", code="public:oRESIDENT", use=ChatUse.UNBOUND, channel="public", gone_at=NOON
    )
    post.add_push("一", chat=chat, state="dead", channel="public")
    account = {"kind": "official_account", "app_id": "a", "secret": "s", "token": "t", "aes_key": KEY}
    site = {"base_url": "https://grid.example"}
    settings = settings_for(sqlite_database, tmp_path, site=site, channels={**CHANNELS, "public": account})
    found = paths(preflight.check_settings(settings))
    assert [path for path in found if "public" in path] == ["channels.public.template"]


# Restricted cases have a reader ----------------------------------------------------------------

LEAD = "aliases: [值班室, 区值班室], lead: leader1}"


def readers_problems(database: Database, folder: Path, *listed: str) -> list[tuple[bool, str]]:
    settings = settings_for(database, folder)
    rules = settings.rules.model_copy(update={"restricted_to": listed})
    found = preflight.check_settings(settings.model_copy(update={"rules": rules}))
    return [(one.grave, one.message) for one in found if one.path == "rules.restricted_to"]


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ((), ["没有指定谁看限阅事件，默认给 leader1", "限阅事件现在送不到任何人：请周主任先私聊一次"]),
        (
            ("nobody", "duty2"),
            ["没有代码为 nobody 的人员", "限阅事件现在送不到任何人：请值班二号先私聊一次"],
        ),
        (("nobody",), ["没有代码为 nobody 的人员", "默认给 leader1", "限阅事件现在送不到任何人"]),
    ],
)
def test_restricted_cases_that_would_reach_nobody_are_told_of(
    sqlite_database: Database, tmp_path: Path, listed: tuple[str, ...], told: list[str]
) -> None:
    sample(sqlite_database, folder=tmp_path)
    found = readers_problems(sqlite_database, tmp_path, *listed)
    assert len(found) == len(told)
    assert all(words in message for words, (_, message) in zip(told, found, strict=True))
    assert not any(grave for grave, _ in found)


def test_an_organisation_in_which_nobody_could_read_one_is_a_mistake(
    sqlite_database: Database, tmp_path: Path
) -> None:
    text = (
        Path("examples/haimen/org.yaml")
        .read_text(encoding="utf-8")
        .replace("lead: leader1", "lead: hmjd1", 1)
    )
    text = text.replace("lead: hmjd1}", "}", 1).replace("role: leader", "role: observer")
    path = tmp_path / "org.yaml"
    path.write_text(text, encoding="utf-8")
    with sqlite_database.write() as session:
        imports.import_org(session, imports.parse_organisation(path))
    assert readers_problems(sqlite_database, tmp_path) == [
        (True, "限阅事件没有人可以看，请写上人员代码，或指定最上级单位的负责人")
    ]


def test_an_empty_database_needs_no_reader_yet(sqlite_database: Database, tmp_path: Path) -> None:
    assert readers_problems(sqlite_database, tmp_path) == []


def test_a_token_that_can_be_guessed_is_refused() -> None:
    tokens = {"short": "x" * 23, "long": "x" * 24, "board": {"secret": "y" * 23}}
    settings = Settings.parse({"api": {"tokens": tokens}, "monitor": {"token": "z" * 23}})
    problems = list(preflight.check_tokens(settings))
    assert [each.path for each in problems] == ["api.tokens.short", "api.tokens.board", "monitor.token"]
    assert all(each.grave for each in problems)


def test_the_contracts_example_of_a_token_is_read() -> None:
    board = {
        "secret": "s" * 24, "scopes": ["read", "report", "acts"], "units": ["HM"], "as": ["duty1"],
        "second_person": False, "leader": False, "reveal": False, "restricted": False,
    }  # fmt: skip
    (token,) = Settings.parse({"api": {"tokens": {"board": board}}}).api.tokens.values()
    assert (token.units, token.people) == (("HM",), ("duty1",))


STAFF = {
    "kind": "app", "corp_id": "ww0123456789abcdef", "agent_id": 1000002, "secret": "app-secret",
    "token": "APPtoken01", "aes_key": KEY,
}  # fmt: skip
SITE = {"base_url": "https://grid.example"}


def check_app(database: Database, folder: Path, **changes: Any) -> dict[str, ConfigProblem]:
    channels = {**CHANNELS, "staff": {**STAFF, **changes.pop("staff", {})}}
    settings = settings_for(database, folder, channels=channels, **{"site": SITE, **changes})
    found = preflight.check_settings(settings)
    return {each.path: each for each in found if "staff" in f"{each.path}{each.message}"}


def test_a_well_configured_app_is_not_talked_about(sqlite_database: Database, tmp_path: Path) -> None:
    assert check_app(sqlite_database, tmp_path) == {}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"staff": {"corp_id": "1000002"}}, "channels.staff.corp_id"),
        ({"staff": {"token": "含中文的口令"}}, "channels.staff.token"),
        ({"staff": {"secret": "APPtoken01"}}, "channels.staff.secret"),
        ({"site": {"base_url": "http://127.0.0.1:8000"}}, "channels.staff"),
        ({"site": {"base_url": "http://localhost:8000"}}, "channels.staff"),
    ],
)
def test_an_app_that_will_hardly_work_is_a_reminder(
    sqlite_database: Database, tmp_path: Path, changes: dict[str, Any], path: str
) -> None:
    found = check_app(sqlite_database, tmp_path, **changes)
    assert (list(found), found[path].grave) == ([path], False)


def test_a_bot_that_is_called_at_an_address_of_this_machine_is_a_reminder(
    sqlite_database: Database, tmp_path: Path
) -> None:
    called = {
        "kind": "aibot",
        "mode": "callback",
        "bot_id": "AIB2",
        "bot_name": "网格助手",
        "token": "t1",
        "aes_key": KEY,
    }
    settings = settings_for(sqlite_database, tmp_path, channels={**CHANNELS, "called": called})
    found = [path for path in paths(preflight.check_settings(settings), grave=False) if "channels" in path]
    assert found == ["channels.called"]


@pytest.mark.parametrize(
    ("site", "warned"), [({}, True), ({"base_url": "http://localhost:8000"}, True), (SITE, False)]
)
def test_links_that_only_this_machine_opens_are_a_reminder(
    sqlite_database: Database, tmp_path: Path, site: dict[str, Any], warned: bool
) -> None:
    settings = settings_for(sqlite_database, tmp_path, channels=CHANNELS, site=site)
    found = paths(preflight.check_settings(settings), grave=False)
    assert ("site.base_url" in found) is warned


@pytest.mark.parametrize(("use", "grave"), [("intake", True), ("handling", False)])
def test_a_group_of_an_app_is_no_place_to_report(
    sqlite_database: Database, tmp_path: Path, use: str, grave: bool
) -> None:
    sample(sqlite_database, folder=tmp_path)
    with sqlite_database.write() as session:
        session.add(Chat(code="x", name="", use=use, channel="staff", chat_id="grid5"))
    found = check_app(sqlite_database, tmp_path)
    assert found["chats/x.channel"].grave is grave


def test_another_system_is_told_of_units_that_exist_and_outside_of_the_network(
    sqlite_database: Database, tmp_path: Path
) -> None:
    sample(sqlite_database, folder=tmp_path)
    jiesu = {"kind": "subscriber", "url": "http://10.0.0.8/x", "secret": "s" * 24, "units": ["HM", "HM-CGG"]}
    settings = settings_for(sqlite_database, tmp_path, channels={**CHANNELS, "jiesu": jiesu})
    with sqlite_database.write() as session:
        chats.seed_chats(session, ["jiesu"], provider="subscriber")
    grave = paths(preflight.check_settings(settings), grave=True)
    assert grave == ["channels.jiesu.url", "channels.jiesu.units"]


def test_a_provider_of_single_sign_on_is_reached_where_nobody_can_step_between(
    sqlite_database: Database, tmp_path: Path
) -> None:
    def check(issuer: str) -> list[str]:
        oidc = {"issuer": issuer, "client_id": "gridbot", "client_secret": "s"}
        settings = settings_for(sqlite_database, tmp_path, console={"oidc": oidc})
        return [path for path in paths(preflight.check_settings(settings)) if path.startswith("console")]

    assert check("http://sso.example.gov.cn") == ["console.oidc.issuer"]
    assert check("https://sso.example.gov.cn") == check("http://127.0.0.1:9000") == []

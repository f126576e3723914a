"""`gridbot check` reads every file that `gridbot serve` reads, and both refuse with the same sentences."""

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.tree import app
from models import schema
from models.database import Database
from models.organisation import Chat, Person, Unit

RULES = Path(__file__).resolve().parents[3] / "rules"
ENGLISH = re.compile(r"(?i)\b(input|should|field|required|error|expected|traceback|no such)\b")


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with a configuration and rules of its own; the configuration's path."""
    shutil.copytree(RULES, tmp_path / "rules")
    config = tmp_path / "config.yaml"
    config.write_text("server: {port: 0}\nrules:\n  packs: [rules/default.yaml]\n", encoding="utf-8")
    return config


def run(command: str, config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [command, "--config", str(config), *words])


def spoil(office: Path, name: str, old: str, new: str) -> None:
    path = office.parent / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


BROKEN = {
    "config.yaml": ("port: 0", "port: x", r"config\.yaml:1：server\.port：应当是整数"),
    "rules/limits.yaml": ("4wh, urgent", "soon, urgent", r"rules\.limits：.*limits\.yaml:10: steps\.accept\.normal: 应当是时限"),
    "rules/default.yaml": ("risk_class", "rsk_class", r"rules\.packs：.*default\.yaml:\d+: rsk_class: 不认识的键（是不是 risk_class？）"),
    "rules/classes.csv": ("投诉,城管局,1wd", "投拆,城管局,1wd", r"classes\.csv:2: env\.rubbish: nature 应当是"),
    "rules/codes/bridge.csv": ("env.", "evn.", r"bridge\.csv:\d+: evn\.\S+: 类别表里没有这一类"),
    "rules/codes/systems.csv": ("14/99/515", "14/99/516", r"systems\.csv:\d+: "),
    "rules/talk.yaml": ("talk:", "talk: [", r"talk\.yaml:\d+: YAML 写法不对"),
    "rules/places.yaml": ("places:", "palces:", r"places\.yaml:\d+: palces: 不认识的键（是不是 places？）"),
    "rules/addresses.yaml": ("parts:", "part:", r"addresses\.yaml:\d+: part: 不认识的键（是不是 parts？）"),
    "rules/hints.yaml": ("hints:", "hint:", r"hints\.yaml:\d+: hint: 不认识的键（是不是 hints？）"),
    "rules/examples.txt": ("env.rubbish ", "env.rubish ", r"examples\.txt:\d+: env\.rubish: 没有这个类别"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_stops_check_and_start_up_with_the_same_sentence(office: Path, name: str) -> None:
    old, new, told = BROKEN[name]
    spoil(office, name, old, new)
    checked, served = run("check", office), run("serve", office)
    assert (checked.exit_code, served.exit_code) == (1, 1), served.output
    [sentence] = served.stderr.splitlines()
    assert re.search(told, sentence)
    assert sentence in checked.stdout.splitlines()
    assert ENGLISH.search(sentence.replace(str(office.parent), "")) is None
    assert isinstance(served.exception, SystemExit)


@pytest.mark.parametrize(
    "name", ["rules/limits.yaml", "rules/classes.csv", "rules/codes/bridge.csv", "rules/talk.yaml"]
)
def test_a_missing_file_is_told_by_both(office: Path, name: str) -> None:
    (office.parent / name).unlink()
    if name == "rules/limits.yaml":  # else the shipped one is used
        spoil(office, "config.yaml", "rules:", "rules:\n  limits: own/limits.yaml")
    checked, served = run("check", office), run("serve", office)
    assert (checked.exit_code, served.exit_code) == (1, 1)
    assert "读不到这个文件（没有这个文件）" in served.stderr
    assert served.stderr.strip() in checked.stdout


def test_packs_and_limits_are_told_of_together(office: Path) -> None:
    spoil(office, "rules/limits.yaml", "complex: 30d", "")
    spoil(office, "rules/default.yaml", "rumour_class: rumor.check", "")
    told = run("serve", office).stderr
    assert "rumour_class: 没有写明" in told
    assert "complex: 缺少这一项" in told


def test_a_media_folder_that_is_none_stops_both(office: Path) -> None:
    (office.parent / "media").write_text("", encoding="utf-8")
    spoil(office, "config.yaml", "rules:", "media: {folder: media}\nrules:")
    served = run("serve", office)
    assert (served.exit_code, "不是文件夹" in served.stderr) == (1, True)
    assert served.stderr.strip() in run("check", office).stdout


def test_a_limit_that_no_clock_understands_is_found_in_the_class_table(office: Path) -> None:
    spoil(office, "rules/classes.csv", "城管局,1wd,no,生活", "城管局,soon,no,生活")
    for command in ("check", "serve"):
        result = run(command, office)
        assert result.exit_code == 1
        assert re.search(r"classes\.csv:2: env\.rubbish: limit 应当是时限", result.output)


def test_a_limit_for_a_class_that_is_no_more_is_a_reminder(office: Path) -> None:
    spoil(office, "rules/limits.yaml", "class: street.illegal_build", "class: street.illegal")
    checked = run("check", office)
    assert re.search(
        r"（提醒）.*limits\.yaml:\d+: limits\.0\.class: 类别表里没有 street\.illegal", checked.stdout
    )


def test_own_rules_beside_the_configuration_are_read_before_they_are_named(office: Path) -> None:
    local = office.parent / "rules/local.yaml"
    local.write_text("add:\n  - {class: fac.lmp, words: {4: 灯}}\n", encoding="utf-8")
    told = run("check", office).stdout
    assert re.search(
        r"（提醒）.*local\.yaml:2: add\.0\.class: 类别表里没有 fac\.lmp（是不是 fac\.lamp？）", told
    )
    local.write_text("add:\n  - {class: fac.lamp, words: {4: 灯}}\n", encoding="utf-8")
    assert "local.yaml 没有写在 packs 里" in run("check", office).stdout
    spoil(office, "config.yaml", "packs: [", "packs: [rules/local.yaml, ")
    assert "local.yaml" not in run("check", office).stdout


def test_own_rules_that_are_named_are_read_like_any_other(office: Path) -> None:
    spoil(office, "config.yaml", "rules/default.yaml", "rules/default.yaml, rules/local.yaml")
    (office.parent / "rules/local.yaml").write_text("add: [\n", encoding="utf-8")
    for command in ("check", "serve"):
        result = run(command, office)
        assert (result.exit_code, "local.yaml:2: YAML 写法不对" in result.output) == (1, True)


def test_the_line_of_a_mistake_is_told_to_programs_too(office: Path) -> None:
    spoil(office, "config.yaml", "port: 0", "port: x")
    [row] = json.loads(run("check", office, "--json").stdout)["mistakes"]
    assert (row["path"], row["file"], row["line"]) == ("server.port", str(office), 1)


@pytest.mark.parametrize(
    "command",
    [
        ["rules", "check"],
        ["rules", "test", "灯坏了"],
        ["rules", "codes"],
        ["rules", "suggest"],
        ["case", "list"],
        ["report", "month", "2026-11"],
    ],
)
def test_no_command_ends_in_a_traceback_over_a_broken_file(office: Path, command: list[str]) -> None:
    spoil(office, "rules/default.yaml", "risk_class", "rsk_class")
    spoil(office, "rules/limits.yaml", "complex: 30d", "")
    result = CliRunner().invoke(app, [*command, "--config", str(office)])
    assert isinstance(result.exception, SystemExit), result.exception
    assert (result.exit_code, "default.yaml" in result.stderr) == (1, True), result.output


def test_an_office_in_which_nobody_reads_restricted_cases_does_not_start(office: Path) -> None:
    database = give_database(office)
    with database.write() as session:
        session.add(Unit(code="HM", name="海门区", kind="district", path="/HM/"))
    database.dispose()
    checked, served = run("check", office), run("serve", office)
    assert (checked.exit_code, served.exit_code) == (1, 1)
    assert "rules.restricted_to：限阅事件没有人可以看" in served.stderr
    assert "rules.restricted_to：限阅事件没有人可以看" in checked.stdout


def give_database(office: Path) -> Database:
    """An up-to-date database of the office's own."""
    spoil(office, "config.yaml", "server:", f"database: {{url: 'sqlite:///{office.parent}/g.db'}}\nserver:")
    database = Database(f"sqlite:///{office.parent}/g.db")
    schema.upgrade(database)
    return database


def staff_office(office: Path, **chat: str) -> None:
    """One unit, whose lead reads restricted cases, and its duty group."""
    database = give_database(office)
    with database.write() as session:
        unit = Unit(code="HM", name="海门区", kind="district", path="/HM/", lead="lead")
        session.add(unit)
        session.flush()
        session.add(Person(code="lead", name="区负责人", role="duty", unit_id=unit.id))
        session.add(Chat(code="duty", name="值班群", use="duty", unit_id=unit.id, chat_id="wrDUTY", **chat))
    database.dispose()


WRONG: dict[str, tuple[str, dict[str, str], str]] = {
    "a token that can be guessed": ("api: {tokens: {board: short}}", {}, "api.tokens.board：口令太短"),
    "a monitor token that can be guessed": ("monitor: {token: short}", {}, "monitor.token：口令太短"),
    "a unit that nobody knows": (
        "api: {tokens: {board: {secret: long-enough-to-be-no-guess, units: [XX]}}}", {}, "api.tokens.board.units",
    ),
    "a person whom nobody knows": (
        "api: {tokens: {board: {secret: long-enough-to-be-no-guess, as: [xx]}}}", {}, "api.tokens.board.as",
    ),
    "a group on no channel": ("", {"channel": "gird"}, "chats/duty.channel：配置里没有渠道 gird"),
    "a webhook without a channel": (
        "", {"webhook_channel": "rigns", "webhook_key": "k"}, "chats/duty.webhook.channel",
    ),
}  # fmt: skip
GRID = "channels: {grid: {kind: aibot, bot_id: AIB1, bot_name: 网格助手, secret: s}}"


@pytest.mark.parametrize("wrong", WRONG)
def test_serve_refuses_whatever_check_refuses(office: Path, wrong: str) -> None:
    more, chat, told = WRONG[wrong]
    staff_office(office, **{"channel": "grid"} | chat)
    spoil(office, "config.yaml", "server:", f"{GRID}\n{more}\nserver:")
    checked, served = run("check", office), run("serve", office)
    assert (checked.exit_code, served.exit_code) == (1, 1), served.output
    refusals = [line for line in checked.stdout.splitlines()[:-1] if "（提醒）" not in line]
    assert served.stderr.splitlines() == refusals
    assert any(line.startswith(told) for line in refusals)

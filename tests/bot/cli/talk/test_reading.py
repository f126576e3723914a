"""`gridbot talk test` as a person at the terminal uses it, and that the live bot does what it says."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.cli.tree import app
from models.database import Database
from tests.district import LAMP, District

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def config(sqlite_database: Database, tmp_path: Path) -> Path:
    return configure(tmp_path, sqlite_database)


def configure(folder: Path, database: Database) -> Path:
    path = folder / "config.yaml"
    rules = f"{{packs: ['{ROOT / 'rules/default.yaml'}'], limits: '{ROOT / 'rules/limits.yaml'}'}}"
    path.write_text(f'database: {{url: "{database.url}"}}\nrules: {rules}\n', encoding="utf-8")
    return path


def talk_test(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["talk", "test", *words, "--config", str(config)])


def read_json(config: Path, *words: str) -> Any:
    result = talk_test(config, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_sentence_is_shown_with_its_act_the_words_that_led_to_it_and_what_is_done(config: Path) -> None:
    shown = talk_test(config, "还是没修好", "--case", "CALLBACK:解放路15号路灯不亮").stdout
    assert "对话行为：dispute（报事人）" in shown
    assert "「没修好」" in shown
    assert "要办：rate unsolved  WG260105-0001" in shown
    assert "比第二名多" in shown
    assert "识别：" in shown


def test_the_same_words_mean_another_thing_in_another_state(config: Path) -> None:
    for state, step in {"待回访": "rate unsolved", "CLOSED": "reopen", "in_progress": "nudge"}.items():
        assert read_json(config, "还是没修好", "--case", f"{state}:路灯不亮")["steps"] == [step]


def test_a_number_or_a_quote_names_the_case(config: Path) -> None:
    cases = ("--case", "CALLBACK:路灯不亮:解放路", "--case", "CALLBACK:垃圾成堆:长江路")
    assert read_json(config, "0001搞好了", *cases)["meant"] == ["WG260105-0001"]
    assert read_json(config, "搞好了", *cases, "--quote")["meant"] == ["WG260105-0001"]


def test_staff_speak_in_their_own_capacity(config: Path) -> None:
    found = read_json(config, "签收", "--as", "handler", "--case", "DISPATCHED:路灯不亮")
    assert (found["act"]["side"], found["steps"]) == ("unit", ["sign"])
    found = read_json(config, "0001 通过", "--as", "duty", "--case", "SUBMITTED:路灯不亮")
    assert (found["act"]["side"], found["steps"]) == ("desk", ["verify passed"])


def test_what_is_no_answer_is_left_to_intake(config: Path) -> None:
    found = read_json(config, "静海路井盖没了")
    assert (found["steps"], found["meant"], found["triage"]["report"]) == (["intake"], [], True)


@pytest.mark.parametrize("flags", [("--case", "DONE:路灯不亮"), ("--as", "mayor")])
def test_a_flag_that_nobody_knows_is_wrong_usage(config: Path, flags: tuple[str, ...]) -> None:
    assert talk_test(config, "好了", *flags).exit_code == 2


@pytest.mark.parametrize(
    "words", ["修好了", "还是没修好", "0001 修好了，谢谢", "修好了吗", "好的", "什么时候来修", "人工"]
)
@pytest.mark.parametrize("state", ["DISPATCHED", "IN_PROGRESS", "CALLBACK", "CLOSED"])
def test_the_live_bot_does_what_is_shown(
    sqlite_district: District, tmp_path: Path, state: str, words: str
) -> None:
    """The district's own case, and the same case on the command line."""
    district = sqlite_district
    case = district.report_case(LAMP)
    steps = (
        ("wrDUTY", "duty1", f"/交办 {case.number} 住建局"),
        ("wrZJ", "zj1", f"/签收 {case.number}"),
        ("wrZJ", "zj1", f"/反馈 {case.number} 已换灯"),
        ("wrDUTY", "duty1", f"/核查 {case.number} 通过"),
        ("wrINTAKE", "zhangsf", f"/评价 {case.number} 已解决"),
    )
    for chat, who, command in steps:
        if district.case().status == state:
            break
        photos = int(command.startswith("/反馈"))
        assert district.say(chat, who, command, photos=photos).startswith("act."), command
        district.deliver_results()
    assert district.case().status == state
    config = configure(tmp_path, district.database)
    found = read_json(config, words, "--as", "informant", "--case", f"{state}:{LAMP}:解放路15号")
    slug = district.say("wrINTAKE", "zhangsf", words)
    assert slug in {_slug_of(step) for step in found["steps"]}


def _slug_of(step: str) -> str:
    verb, _, detail = step.partition(" ")
    match verb:
        case "answer":
            return {"status": "talk.progress"}.get(detail, f"talk.{detail}")
        case "ask":
            return f"talk.ask_{detail}"
        case "silence":
            return "talk.courtesy"
        case "desk":
            return "desk.line"
        case _:
            return f"act.{verb}"

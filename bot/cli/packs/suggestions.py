"""`gridbot rules suggest|adopt|noise`: rules learned from the desk's corrections, and false alarms.

A suggestion takes effect only when somebody adopts it.
"""

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from bot.cli.common import CONFIG, Config, Json, load_settings, open_database, refuse
from bot.cli.output import say, say_json, say_table
from bot.config.settings import Settings
from bot.rule_snapshots.file_watch import UnusableRules
from bot.rule_snapshots.local_rules import LocalRules
from handlers.environment.snapshot import load_unit_facts
from handlers.insight import false_alarms as counting
from handlers.insight import rule_corrections
from handlers.triage.learning import local_pack, rule_suggestions
from handlers.triage.learning.rule_candidates import Proposer
from handlers.triage.learning.rule_suggestions import Suggestion
from handlers.triage.rules.data_files import UnreadableFile
from handlers.triage.rules.packs import Pack, load_pack
from handlers.wording import reports
from handlers.wording import suggestions as wording

Cases = Annotated[int, typer.Option("--cases", min=1, max=100_000, help="用最近多少件事件来量")]


def suggest(
    cases: Cases = rule_corrections.RECENT,
    most: Annotated[int, typer.Option(min=1, max=50, help="最多几条")] = rule_suggestions.MOST,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """值班员改过的类里能学到什么词：每条都在过去的消息上量过；只是建议，不会自己生效。"""
    settings = load_settings(config)
    pack, measured, found = _find_suggestions(
        settings, LocalRules.from_settings(settings, config), cases, most
    )
    if as_json:
        answer = [each.to_json() | {"name": _class_name(pack, each)} for each in found]
        say_json({"version": pack.version, "measured": measured, "suggestions": answer})
        return
    for each in found:
        say(wording.suggestion(each, _class_name(pack, each)))
    say(wording.total(len(found), measured, pack.version) if found else wording.NOTHING)


def adopt(
    number: Annotated[str, typer.Argument(metavar="ID", help="rules suggest 里的编号")],
    by: Annotated[str, typer.Option(help="谁采纳的，写进文件；不写用登录名")] = "",
    cases: Cases = rule_corrections.RECENT,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """采纳一条建议：写进本单位的 rules/local.yaml，写之前先检查；有错不写，说明为什么。"""
    settings = load_settings(config)
    rules = LocalRules.from_settings(settings, config)
    pack, _, suggestions = _find_suggestions(settings, rules, cases, rule_suggestions.TRIED)
    found = next((each for each in suggestions if each.id == number), None)
    if found is None:
        refuse(wording.no_such(number))
    today = datetime.now(UTC).astimezone(settings.zone).date()
    try:
        rules.adopt(found, by=by or _get_login(), on=today)
    except local_pack.NotWritable as error:
        refuse(wording.manual_edit(str(error), str(rules.path)))
    except (UnusableRules, UnreadableFile, OSError) as error:
        refuse(f"没有采纳：{error}")
    _report_adoption(rules, found, _class_name(pack, found), as_json=as_json)


def _get_login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        # In a container the user id may have no name.
        return "未具名"


def _report_adoption(rules: LocalRules, found: Suggestion, name: str, *, as_json: bool) -> None:
    if as_json:
        line = None if rules.is_configured else rules.config_line()
        answer = {
            "adopted": found.to_json(),
            "file": rules.path,
            "in_force": rules.is_configured,
            "add_to_config": line,
        }
        say_json(answer)
        return
    say(wording.adoption(found, name, str(rules.path)))
    say(wording.IN_FORCE if rules.is_configured else wording.not_in_force(rules.config_line()))


def _find_suggestions(
    settings: Settings, rules: LocalRules, cases: int, most: int
) -> tuple[Pack, int, list[Suggestion]]:
    """The rules with everything adopted so far, how many cases were measured, and the open suggestions."""
    pack = load_pack(rules.packs)
    with open_database(settings) as database, database.read() as session:
        past = rule_corrections.load_past_cases(session, most=cases)
        names, units = rule_corrections.load_local_names(session), load_unit_facts(session)
    if not any(each.corrected for each in past):
        return pack, len(past), []
    return pack, len(past), rule_suggestions.suggest(pack, units, past, Proposer(names), most=most)


def _class_name(pack: Pack, found: Suggestion) -> str:
    return pack.classes[found.class_id].name


def noise(
    days: Annotated[int, typer.Option(min=1, max=counting.MOST_DAYS, help="最近几天")] = 7,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """各群每天听到多少、立案多少、追问多少，其中误开（后来作废或不予受理）多少。"""
    settings = load_settings(config)
    with open_database(settings) as database, database.read() as session:
        found = counting.load_figures(session, settings.zone, days=days, now=datetime.now(UTC))
    if as_json:
        say_json({"days": days, "groups": [each.to_json() for each in found]})
        return
    say_table(
        ("日期", "群", "听到", "闲聊", "立案", "误开", "追问"),
        [(each.day, each.name, each.heard, each.talk, each.opened, each.false, each.asked) for each in found],
    )
    say(reports.FALSE_ALARM_NOTE if found else reports.no_messages(days))


def register(app: typer.Typer) -> None:
    """Add these commands to `gridbot rules`."""
    app.command()(suggest)
    app.command()(adopt)
    app.command()(noise)

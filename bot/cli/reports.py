"""`gridbot report …`: the monthly report, for people and for programs."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy import select

from bot.cli.common import CONFIG, Config, Json, load_settings, open_database, refuse
from bot.cli.output import say, say_json
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from handlers.commands.figures.monthly_report import parse_month
from handlers.insight import monthly_report
from handlers.wording import reports as wording
from models.organisation import Unit

app = typer.Typer(help="报表", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """报表。"""


@app.command()
def month(
    which: Annotated[str, typer.Argument(metavar="MONTH", help="哪个月，如 2026-03")],
    unit: Annotated[str | None, typer.Option(help="只看这个单位和它下面的，写编码")] = None,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """各单位一个月的回应率、解决率、满意率、按时率、名次，和上个月比。"""
    settings = load_settings(config)
    now = datetime.now(UTC)
    this = now.astimezone(settings.zone).date().replace(day=1)
    first = parse_month(which, this)
    if first is None:
        refuse(wording.month_usage())
    with open_database(settings) as database:
        env = EnvironmentBuilder(database, settings)()
        with database.read() as session:
            scope = session.scalar(select(Unit).where(Unit.code == unit)) if unit else None
            if unit and scope is None:
                refuse(f"没有编码为 {unit} 的单位")
            report = monthly_report.build_report(session, env, first, scope, now=now)
    if as_json:
        say_json(report.to_json())
    else:
        say(wording.monthly_report(report))

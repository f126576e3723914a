"""`gridbot org …`."""

from pathlib import Path
from typing import Annotated

import typer

from bot.commands.common import CONFIG, Config, Json, load, opened, refuse_for, say, say_json
from bot.mistakes import MistakesFound
from bot.organisation import ImportReport, import_org, parse

app = typer.Typer(help="组织、人员和群", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """组织、人员和群。"""


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="org.yaml 或 .xlsx")],
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """导入组织文件：按编码新增或更新，要么全部成功，要么一行不动。"""
    settings = load(config)
    with opened(settings) as database:
        try:
            organisation = parse(file)
            with database.write() as session:
                report = import_org(session, organisation)
        except MistakesFound as found:
            refuse_for(found.mistakes)
    _tell(report, as_json=as_json)


def _tell(report: ImportReport, *, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "added": report.added,
                "changed": report.changed,
                "unchanged": len(report.unchanged),
                "orphaned": report.orphaned,
                "doubtful": [str(mistake) for mistake in report.doubtful],
            }
        )
        return
    for name, rows in (
        ("新增", report.added),
        ("更新", report.changed),
        ("文件里没有、仍保留", report.orphaned),
    ):
        say(f"{name} {len(rows)}：{'、'.join(rows[:20])}{'…' if len(rows) > 20 else ''}")
    say(f"未变 {len(report.unchanged)}")
    for mistake in report.doubtful:
        say(str(mistake))

"""All commands as one tree. Exit codes: 0 done, 1 refused with a reason, 2 wrong usage."""

import logging
from typing import Any

import typer
from typer.core import TyperGroup

from bot.cli import (
    bench,
    calendar,
    database,
    dead_letters,
    notices,
    organisation,
    reports,
    serving,
)
from bot.cli.cases import commands as cases
from bot.cli.common import refuse, refuse_with_problems
from bot.cli.entrances import accounts, console, contacts
from bot.cli.packs import rules
from bot.cli.privacy import people
from bot.cli.talk import commands as talk
from bot.cli.upkeep import doctor
from bot.config.problems import ConfigProblemsFound
from bot.ops import log_setup
from handlers.triage.rules.data_files import DataFileError


class _Commands(TyperGroup):
    """Every command; a file that one of them cannot use is a refusal with sentences, never a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigProblemsFound as found:
            refuse_with_problems(found.problems)
        except DataFileError as error:
            refuse(*error.sentences)


app = typer.Typer(
    cls=_Commands,
    help="网格群里说一句，件件有着落。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def _configure_logging() -> None:
    """网格群里说一句，件件有着落。"""
    # Commands log warnings only, to stderr; `serve` sets up a lower level for itself.
    log_setup.configure(level=logging.WARNING)


app.command("demo")(serving.demo)
app.command("serve")(serving.serve)
app.command("check")(serving.check)
app.command("doctor")(doctor.doctor)
app.add_typer(database.app, name="db")
app.add_typer(organisation.app, name="org")
app.add_typer(rules.app, name="rules")
app.add_typer(talk.app, name="talk")
app.add_typer(cases.app, name="case")
app.add_typer(calendar.app, name="calendar")
app.add_typer(notices.app, name="notices")
app.add_typer(reports.app, name="report")
app.add_typer(dead_letters.app, name="letters")
app.add_typer(people.app, name="person")
app.add_typer(contacts.app, name="contacts")
app.add_typer(accounts.app, name="account")
app.add_typer(console.app, name="console")
app.add_typer(bench.app, name="bench")

"""Putting the commands together: all of them, or the one that was asked for with what it needs.

`serve` would else load what every other command works with, 10 MB for as long as it runs.
"""

import logging
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from bot.cli.common import refuse, refuse_with_problems
from bot.config.problems import ConfigProblemsFound
from bot.ops import log_setup
from handlers.triage.rules.data_files import DataFileError

_SINGLE = {
    "demo": "bot.cli.serving", "serve": "bot.cli.serving", "check": "bot.cli.serving",
    "doctor": "bot.cli.upkeep.doctor",
}  # fmt: skip
"""Commands by name, each the function of that name in its module."""
_GROUPS = {
    "db": "bot.cli.database", "org": "bot.cli.organisation", "rules": "bot.cli.packs.rules",
    "talk": "bot.cli.talk.commands", "case": "bot.cli.cases.commands", "calendar": "bot.cli.calendar",
    "notices": "bot.cli.notices", "report": "bot.cli.reports", "letters": "bot.cli.dead_letters",
    "person": "bot.cli.privacy.people", "contacts": "bot.cli.entrances.contacts",
    "account": "bot.cli.entrances.accounts", "console": "bot.cli.entrances.console", "bench": "bot.cli.bench",
}  # fmt: skip
"""Groups of commands by name, each the `app` of its module."""


class _Commands(TyperGroup):
    """Every command; a file that one of them cannot use is a refusal with sentences, never a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigProblemsFound as found:
            refuse_with_problems(found.problems)
        except DataFileError as error:
            refuse(*error.sentences)


def build_app(words: Sequence[str] = ()) -> typer.Typer:
    """The commands; where `words`, what was typed, begin with the name of one, that one alone."""
    only = words[0] if words and words[0] in {*_SINGLE, *_GROUPS} else None
    app = typer.Typer(
        cls=_Commands,
        help="网格群里说一句，件件有着落。",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_configure_logging)
    for name, module in _SINGLE.items():
        if only in (None, name):
            app.command(name)(getattr(import_module(module), name))
    for name, module in _GROUPS.items():
        if only in (None, name):
            app.add_typer(import_module(module).app, name=name)
    return app


def _configure_logging() -> None:
    """网格群里说一句，件件有着落。"""
    # Commands log warnings only, to stderr; `serve` sets up a lower level for itself.
    log_setup.configure(level=logging.WARNING)

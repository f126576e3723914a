"""The `gridbot` command: what the console script calls. `bot.cli.loading` puts the commands together."""

import sys

from bot.process.gc_tuning import freeze_startup_objects


def main() -> None:
    """Load the command that was asked for and run it."""
    with freeze_startup_objects():
        from bot.cli.loading import build_app

        app = build_app(sys.argv[1:])
    app()

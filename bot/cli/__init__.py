"""The `gridbot` command: what the console script calls. The commands are in `bot.cli.tree`."""

from bot.process.gc_tuning import freeze_startup_objects


def main() -> None:
    """Load the commands and run the one that was asked for."""
    with freeze_startup_objects():
        from bot.cli.tree import app
    app()

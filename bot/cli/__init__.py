"""The `gridbot` command: what the console script calls. The commands are in `bot.cli.tree`."""

from bot.process.gc_tuning import lasting


def main() -> None:
    """Load the commands and run the one that was asked for."""
    with lasting():
        from bot.cli.tree import app
    app()

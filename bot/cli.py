"""The `gridbot` command: what the console script calls. The commands are in `bot.commands.tree`."""

from bot.lasting import lasting


def main() -> None:
    """Load the commands and run the one that was asked for."""
    with lasting():
        from bot.commands.tree import app
    app()

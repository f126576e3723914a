"""All commands as one tree. Exit codes: 0 done, 1 refused with a reason, 2 wrong usage."""

from bot.cli.loading import build_app

app = build_app()

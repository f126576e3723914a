"""`python -m sandbox`: the sandbox on its own, for a browser and a bot that runs elsewhere."""

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog
import uvicorn

from sandbox.app import build_app
from sandbox.loading import load_default_world, load_world
from sandbox.options import Options
from sandbox.world import Mode, World

log = structlog.get_logger()


def build_parser() -> argparse.ArgumentParser:
    """The command line: every field of `Options` is a flag of the same name."""
    made = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, default=8100)
    made.add_argument("--world", type=Path, help="YAML file; the sample district by default")
    made.add_argument(
        "--callback-url",
        action="append",
        default=[],
        metavar="BOT=URL",
        help="switches a bot to callbacks; of an app, its address",
    )
    for field in dataclasses.fields(Options):
        flag = "--" + field.name.replace("_", "-")
        default: Any = field.default
        if isinstance(default, bool):
            made.add_argument(flag, action=argparse.BooleanOptionalAction, default=default)
        else:
            made.add_argument(flag, type=type(default), default=default)
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the sandbox until interrupted."""
    given = build_parser().parse_args(arguments)
    world = load_world(given.world) if given.world else load_default_world()
    for pair in given.callback_url:
        _set_callback(world, pair)
    options = {field.name: getattr(given, field.name) for field in dataclasses.fields(Options)}
    app = build_app(world, **options)
    log.info("sandbox.serving", page=f"http://{given.host}:{given.port}/")
    uvicorn.run(app, host=given.host, port=given.port, log_level="warning", ws="websockets-sansio")


def _set_callback(world: World, pair: str) -> None:
    name, separator, url = pair.partition("=")
    app = next((one for one in world.apps.values() if name in (one.app_id, one.name)), None)
    if separator and app is not None:
        app.callback_url = url
        return
    found = [bot for bot in world.bots.values() if name in (bot.bot_id, bot.name)]
    if not separator or not found:
        raise SystemExit(f"--callback-url {pair}: want BOT=URL with one of {', '.join(world.bots)}")
    found[0].mode, found[0].callback_url = Mode.CALLBACK, url


if __name__ == "__main__":
    main()

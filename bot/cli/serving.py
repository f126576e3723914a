"""`gridbot serve`, `gridbot demo`, `gridbot check`."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import structlog
import typer

from bot.cli.common import (
    CONFIG,
    Config,
    Json,
    load_settings,
    open_database,
    refuse,
    refuse_with_problems,
)
from bot.cli.output import say, say_json
from bot.config import loader, preflight
from bot.config.problems import ConfigProblem
from bot.media.stores.checking import check_store
from bot.ops import log_setup
from bot.process.gc_tuning import freeze_startup_objects
from bot.process.roles import ALL_ROLES, ProcessRole

Roles = Annotated[
    list[ProcessRole] | None, typer.Option("--role", help="这个进程做哪些事，可写多次；不写就是全部")
]


def serve(config: Config = CONFIG, role: Roles = None) -> None:
    """运行 gridbot。"""
    with freeze_startup_objects():
        from bot.app import build_app
        from bot.process.http_server import run_server

        settings = load_settings(config)
        log_setup.configure()
        _require_sound(preflight.check_settings(settings))
        # An outdated or foreign database is refused before anything is received, an empty one made.
        with open_database(settings):
            app = build_app(settings, roles=frozenset(role) if role else ALL_ROLES)
    run_server(app, host=settings.server.host, port=settings.server.port)


def _require_sound(problems: Sequence[ConfigProblem]) -> None:
    """Refuse whatever `check` calls wrong; say loudly where nobody can read restricted cases yet."""
    if grave := [problem for problem in problems if problem.grave]:
        refuse_with_problems(grave)
    for problem in problems:
        if problem.path == preflight.RESTRICTED_TO:
            structlog.get_logger().warning("restricted.readers", problem=str(problem))
            sys.stderr.write(f"{problem}\n")


def demo(
    port: Annotated[int, typer.Option(help="gridbot 的端口")] = 8000,
    sandbox_port: Annotated[int, typer.Option(help="沙盒页面的端口")] = 8100,
    folder: Annotated[Path, typer.Option(help="演示数据放在哪里；已有的会接着用")] = Path("data/demo"),
    browser: Annotated[bool, typer.Option(help="打开浏览器")] = True,
) -> None:
    """在本机演示：沙盒里的企业微信、样例区和 gridbot 一起运行，什么都不用配置。"""
    from bot import demo as demonstration

    try:
        demonstration.run(folder, port=port, sandbox_port=sandbox_port, browser=browser)
    except demonstration.PortTaken as taken:
        refuse(str(taken))


def _list_problems(config: Path) -> list[ConfigProblem]:
    """Everything that is wrong, the grave first; also what does not keep the program from starting."""
    problems = preflight.check(config, environ=os.environ)
    try:
        settings = loader.load(config, environ=os.environ)
    except loader.ConfigError:
        return problems
    problems += check_store(settings.storage, settings.media.folder)
    return sorted(problems, key=lambda problem: not problem.grave)


def check(config: Config = CONFIG, as_json: Json = False) -> None:
    """检查配置和数据，每个问题都说明在哪里、怎么改。"""
    problems = _list_problems(config)
    grave = [problem for problem in problems if problem.grave]
    if as_json:
        rows = [
            {
                "path": problem.path,
                "problem": problem.message,
                "example": problem.example,
                "grave": problem.grave,
                "file": problem.file,
                "line": problem.line,
            }
            for problem in problems
        ]
        say_json({"ok": not grave, "mistakes": rows})
    else:
        for problem in problems:
            say(str(problem))
        say(f"{len(grave)} 个问题，{len(problems) - len(grave)} 个提醒" if problems else "没有问题")
    if grave:
        refuse()

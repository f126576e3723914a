"""The processes: which live, whether the port is theirs, and whether the bots are connected."""

import socket
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import select

from bot.process.doctor.diagnoses import Diagnosis, Installation, Level
from models.processes import DEAD_AFTER, Process

_PATIENCE = 3.0
"""Seconds; /readyz answers within two."""


def check_processes(installation: Installation) -> Iterator[Diagnosis]:
    """Whether somebody works, and how they are."""
    # The heart beats by the database's clock.
    since = installation.database.read_clock() - DEAD_AFTER
    with installation.database.read() as session:
        beats = session.execute(select(Process.name, Process.beat_at)).all()
    alive = [name for name, at in beats if at >= since - timedelta(seconds=1)]
    answer = _ask_ready(installation)
    host, port = _find_address(installation)
    if not alive:
        if answer is not None or _is_taken(host, port):
            yield Diagnosis("processes", Level.BAD, f"gridbot 没有在运行，端口 {port} 被别的程序占着")
        else:
            yield Diagnosis("processes", Level.WARN, f"gridbot 没有在运行，端口 {port} 空着")
        return
    yield Diagnosis("processes", Level.OK, f"{len(alive)} 个进程在运行")
    yield from _judge_answer(answer, port)


def _judge_answer(answer: Mapping[str, Any] | None, port: int) -> Iterator[Diagnosis]:
    if answer is None:
        yield Diagnosis("ready", Level.BAD, f"进程在运行，端口 {port} 却没有回答")
    elif answer.get("ready"):
        yield Diagnosis("ready", Level.OK, f"端口 {port} 回答：一切就绪")
    else:
        parts = [f"{part}（{state}）" for part, state in answer.get("parts", {}).items()
                 if state not in ("ok", "standby")]  # fmt: skip
        yield Diagnosis("ready", Level.BAD, f"还没有就绪：{'、'.join(parts) or '口令不对，看不到细节'}")


def _find_address(installation: Installation) -> tuple[str, int]:
    server = installation.settings.server
    return "127.0.0.1" if server.host in ("0.0.0.0", "::") else server.host, server.port  # noqa: S104 - compared


def _ask_ready(installation: Installation) -> Mapping[str, Any] | None:
    """What /readyz of this machine says; None where nobody answers as gridbot does."""
    host, port = _find_address(installation)
    token = installation.settings.monitor.token
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token is not None else {}
    try:
        found = httpx.get(f"http://{host}:{port}/readyz", headers=headers, timeout=_PATIENCE, trust_env=False)
        body = found.json()
    except (httpx.HTTPError, ValueError):
        return None
    return body if isinstance(body, dict) and "ready" in body else None


def _is_taken(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(_PATIENCE)
        return probe.connect_ex((host, port)) == 0

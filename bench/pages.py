"""List pages of the console: 50 people with a page a second each, on SQLite with 100,000 cases.

`python -m bench.pages FOLDER` is the server, on one core: the console, and beside it the floor, a page of
FastAPI and Jinja2 that renders a constant list of the same size and packs it.
"""

import gzip
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from jinja2 import Environment
from sqlalchemy import select
from starlette.responses import HTMLResponse

from bench import archive, district, load, servers
from bot.app import build_app
from bot.process.roles import ProcessRole
from console.sign_in import sessions
from models.database import Database
from models.organisation import OUTSIDERS, Person

PATHS = (
    "/", "/?folder=late", "/?folder=mine", "/cases", "/cases?status=IN_PROGRESS", "/cases?status=CLOSED",
    "/cases?unit=HM-CG", "/cases?unit=HM-HM", "/cases?class=env.rubble&urgent=1",
    "/cases?q=%E9%95%BF%E6%B1%9F%E8%B7%AF", "/cases?own=1", "/due", "/map",
)  # fmt: skip
"""Lists as people open them; the word that is looked for is a road's name."""
_OF_THE_DESK = "/topics"
"""A list that not everybody may read; whoever is measured alone may."""
_FLOOR = "/bench/floor"
_CPU = "/bench/cpu"
_ALONE = 40
"""Requests one after the other, of which the cost of each single page is told."""
_COLUMNS = 12
_ROWS = 30
_SIZE = 60_000
"""Bytes of a full page of `/cases`, unpacked."""


def measure(
    seconds: int = 20,
    people: int = 50,
    cases: int = 100_000,
    paths: Sequence[str] = PATHS,
    warm_up: int = 3,
) -> Mapping[str, Any]:
    """CPU of the server for a page in milliseconds (bar: 15) beside the floor's, and the wait at p95 in
    milliseconds (bar: 300), `people` asking once a second after so many seconds of the same; then the CPU
    of each page alone.
    """
    with tempfile.TemporaryDirectory(prefix="gridbot-bench-") as name:
        folder = Path(name)
        database = Database(district.build_settings(folder).database.url)
        district.prepare_database(database)
        archive.fill(database, cases)
        tokens = _sign_in(database, people)
        database.dispose()
        with servers.run_module("bench.pages", str(folder)) as port:
            _browse(port, tokens, paths, warm_up)
            spent, answered = _browse(port, tokens, paths, seconds)
            floor, bare = _browse(port, tokens, [_FLOOR], seconds // 2)
            alone = {
                f"cpu_ms {path}": _measure_page(port, tokens[0], path) for path in (*paths, _OF_THE_DESK)
            }
    return {
        "pages": answered.answers,
        "refused": answered.refused + bare.refused,
        "pages_per_s": answered.per_second,
        "cpu_ms": spent,
        "floor_cpu_ms": floor,
        "floors": spent / floor,
        "p50_ms": load.percentile(answered.waits, 0.50) * 1000,
        "p95_ms": load.percentile(answered.waits, 0.95) * 1000,
        "floor_p95_ms": load.percentile(bare.waits, 0.95) * 1000,
        **alone,
    }


def _sign_in(database: Database, count: int) -> list[str]:
    """The tokens of so many sessions; the staff in turn, the desk of the district first."""
    now = datetime.now(UTC)
    with database.write() as session:
        staff = session.scalars(select(Person).where(Person.role.not_in(OUTSIDERS))).all()
        first = sorted(staff, key=lambda person: person.code != "duty1")
        return [
            sessions.open_session(session, first[at % len(first)], "demo", now=now, lasts=timedelta(days=1))
            for at in range(count)
        ]


def _browse(
    port: int, tokens: Sequence[str], paths: Sequence[str], seconds: int
) -> tuple[float, load.LoadResult]:
    """Everybody opens these pages in turn, each beginning with another one; CPU of a page in ms, and the
    answers.
    """
    turns = [
        [_build_request(paths[(at + turn) % len(paths)], token) for turn in range(seconds)]
        for at, token in enumerate(tokens)
    ]
    before = _read_cpu(port)
    answered = load.run_paced(port, turns)
    return (_read_cpu(port) - before) * 1000 / sum(map(len, turns)), answered


def _measure_page(port: int, token: str, path: str) -> float:
    """CPU of one page in ms, for one person who opens it again and again."""
    before = _read_cpu(port)
    answered = load.run(port, [_build_request(path, token)] * _ALONE, connections=1, seconds=60)
    assert answered.answers == _ALONE, f"{path}: {answered.refused} refused"
    return (_read_cpu(port) - before) * 1000 / _ALONE


def _build_request(path: str, token: str) -> bytes:
    head = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\nCookie: gridbot={token}\r\n\r\n"
    )
    return head.encode()


def _read_cpu(port: int) -> float:
    return float(httpx.get(f"http://127.0.0.1:{port}{_CPU}", trust_env=False, timeout=60).text)


# The server ----------------------------------------------------------------------------------


def _add_bench_routes(app: FastAPI) -> None:
    template = Environment(autoescape=True).from_string(_write_floor())
    rows = [[f"{district.place_name(row)}{column}" for column in range(_COLUMNS)] for row in range(_ROWS)]

    def show_floor() -> HTMLResponse:
        data = template.render(rows=rows).encode()
        return HTMLResponse(gzip.compress(data, 6), headers={"Content-Encoding": "gzip"})

    async def tell_cpu() -> HTMLResponse:
        return HTMLResponse(str(time.process_time()))

    for path, endpoint in ((_FLOOR, show_floor), (_CPU, tell_cpu)):
        app.add_api_route(path, endpoint, include_in_schema=False)
        # In front of the page for every address that there is not.
        app.router.routes.insert(0, app.router.routes.pop())


def _write_floor() -> str:
    """The template of a list whose rows are as long as those of a list of cases."""
    cell = '<p class="soft small facts"><span>{{ row[%d] }}</span></p>'
    cells = "".join(cell % column for column in range(_COLUMNS))
    filling = "".join(f'<i data-{at}="{at * at}"></i>' for at in range(200))
    row = cells + filling[: _SIZE // _ROWS - len(cells)]
    return f"<!doctype html><ul>{{% for row in rows %}}<li>{row}</li>{{% endfor %}}</ul>"


def main(folder: str) -> None:
    """Run the server on a free port, on one core, until it is terminated."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    app = build_app(district.build_settings(Path(folder)), roles=frozenset({ProcessRole.CONSOLE}))
    _add_bench_routes(app)
    servers.serve(app)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The servers of the benches: `python -m bench.servers durable|floor|whole|platform FOLDER`.

The floor is a plain route of FastAPI: it checks, decrypts and parses the envelope, and then answers without
storing anything. `whole` plays every role; `platform` takes what gridbot sends and is content with it. The
port is printed to stdout.
"""

import logging
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request, Response

from bench import callbacks as sent
from bot.app import Application
from bot.callbacks import CallbackDoor
from bot.config.loader import PACKAGE_ROOT
from bot.ops import log_setup
from bot.process.roles import ALL_ROLES, ProcessRole
from bot.process.runtime import Runtime

DURABLE, FLOOR, WHOLE, PLATFORM = "durable", "floor", "whole", "platform"


def build_platform() -> FastAPI:
    """What answers every call of gridbot as the platform does when all is well."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/{path:path}")
    async def answer() -> dict[str, int]:
        return {"errcode": 0}

    return app


def build_app(kind: str, folder: Path) -> FastAPI:
    """The intake of gridbot (`durable`), the floor, or all of gridbot (`whole`)."""
    roles = ALL_ROLES if kind == WHOLE else frozenset({ProcessRole.INTAKE})
    runtime = Runtime(sent.build_settings(folder), roles=roles)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with runtime:
            yield

    app = Application(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    if kind == FLOOR:
        _add_bare_route(app, runtime)
    else:
        app.door = CallbackDoor(runtime)
    return app


def _add_bare_route(app: FastAPI, runtime: Runtime) -> None:
    @app.post("/callback/{name}")
    async def receive(name: str, request: Request) -> Response:
        callback = runtime.channels()[name].callback
        assert callback is not None
        callback.open(dict(request.query_params), await request.body())
        return Response()


@contextmanager
def run_server(kind: str, folder: Path) -> Iterator[int]:
    """One of the servers in a process of its own; yields its port."""
    with run_module("bench.servers", kind, str(folder)) as port:
        yield port


@contextmanager
def run_module(*arguments: str) -> Iterator[int]:
    """A module that prints its port and serves, in a process of its own; yields the port."""
    command = [sys.executable, "-m", *arguments]
    with subprocess.Popen(command, cwd=PACKAGE_ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ourselves
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()
            process.wait(30)


def main(kind: str, folder: str) -> None:
    """Run one of the servers on a free port until it is terminated."""
    serve(build_platform() if kind == PLATFORM else build_app(kind, Path(folder)))


def serve(app: FastAPI) -> None:
    """Serve this application on a free port, which is printed to stdout, until it is terminated."""
    log_setup.configure(level=logging.WARNING)
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(app, log_level="warning", access_log=False, loop="asyncio")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A program of ours that holds an engine: asked one thing at a time, given up when it hangs, begun anew."""

import json
import os
import socket
import subprocess
from collections.abc import Callable
from typing import IO, Any, cast

import structlog

from bot.channels.child_process import end_with_parent, start_child

log = structlog.get_logger()

_NICE = 10


class EngineDied(Exception):
    """The engine's process ended, or hung and was ended."""


class EngineProcess:
    """One process, started with the first question; `ask` is called from one thread, `close` from any."""

    def __init__(self, program: str, *options: str, patience: float) -> None:
        """`program`: a module of ours; `patience`: seconds until a question is given up, and the process."""
        self._program = program
        self._options = options
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def ask(self, question: object) -> Any:
        """The answer to a question, both as JSON. Raises EngineDied."""
        if self._process is None or self._socket is None:
            self._process, self._socket = start_child(self._program, *self._options, patience=self._patience)
            log.info("engine.started", program=self._program)
        connection = self._socket
        try:
            connection.sendall(json.dumps(question).encode() + b"\n")
            with connection.makefile("rb") as stream:
                answer = stream.readline()
        except OSError as error:
            self.close()
            raise EngineDied(type(error).__name__) from error
        if not answer.endswith(b"\n"):
            self.close()
            raise EngineDied("ended")
        return json.loads(answer)

    def close(self) -> None:
        """End the process, whatever it does."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(timeout=30)
        connection, self._socket = self._socket, None
        if connection is not None:
            connection.close()


def serve(number: str, answer: Callable[[Any], object]) -> None:
    """In the child: answer what comes on the socket of this number until the other side is gone."""
    with socket.socket(fileno=int(number)) as connection, connection.makefile("rwb") as stream:
        for line in cast("IO[bytes]", stream):
            stream.write(json.dumps(answer(json.loads(line))).encode() + b"\n")
            stream.flush()


def step_back() -> None:
    """In the child: end with whoever started it, and leave the processor to everybody else."""
    end_with_parent()
    os.nice(_NICE)

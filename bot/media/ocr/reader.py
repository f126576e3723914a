"""Asks the engine's process for the lines on a photo, one photo at a time; begun anew after its death."""

import json
import socket
import subprocess
from pathlib import Path

import structlog

from bot.channels.child_process import start_child
from bot.media.errors import PhotoUnread

log = structlog.get_logger()

_PROGRAM = "bot.media.ocr.engine_process"


class PhotoReader:
    """One engine, started with the first photo; `read` is called from one thread, `close` from any."""

    def __init__(self, *, patience: float, program: str = _PROGRAM) -> None:
        """`patience`: seconds until a photo is given up, and the process with it."""
        self._patience = patience
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def read(self, path: Path) -> list[str]:
        """The lines on the photo, top to bottom. Raises PhotoUnread."""
        if self._process is None or self._socket is None:
            self._process, self._socket = start_child(self._program, patience=self._patience)
            log.info("ocr.started")
        connection = self._socket
        try:
            connection.sendall(json.dumps(str(path)).encode() + b"\n")
            with connection.makefile("rb") as stream:
                answer = stream.readline()
        except OSError as error:
            self.close()
            raise PhotoUnread(type(error).__name__) from error
        if not answer.endswith(b"\n"):
            self.close()
            raise PhotoUnread("ended")
        lines = json.loads(answer)
        if lines is None:
            raise PhotoUnread("unopened")
        return [str(line) for line in lines]

    def close(self) -> None:
        """End the process, whatever it does."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(timeout=30)
        connection, self._socket = self._socket, None
        if connection is not None:
            connection.close()

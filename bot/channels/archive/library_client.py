"""The C library as the puller asks it: in a process of its own, begun anew after its death.

What is known to abort the library is not handed to it; what aborts it all the same costs that message only.
"""

import base64
import binascii
import json
import socket
import subprocess
from dataclasses import dataclass
from typing import Any

import structlog

from bot.channels.archive.library import Answer
from bot.channels.archive.library_process import NO_LIBRARY
from bot.channels.archive.settings import ArchiveSettings
from bot.channels.child_process import start_child

log = structlog.get_logger()

LEAST_CIPHERTEXT = 13
"""Characters; the real library aborts its process on fewer (wecom-archive.md, tried on the real library)."""
_CALL_TIMEOUT = 10
"""Seconds that the library may wait for the platform."""
_PATIENCE = 40.0
"""Seconds until a call that does not return is given up."""
_PROGRAM = "bot.channels.archive.library_process"


class LibraryRefused(Exception):
    """The library answered with an error; `code` is one of wecom-archive.md §2."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code


class LibraryDied(Exception):
    """The library's process ended, or hung and was ended, during a call."""


class BadCiphertext(Exception):
    """What came is no ciphertext: the library is not asked."""


@dataclass(frozen=True, slots=True)
class FileSlice:
    """A piece of a file."""

    data: bytes
    next_index: str
    is_last: bool


class LibraryClient:
    """Asks the library, one call at a time, from one thread; `close` may come from any."""

    def __init__(self, settings: ArchiveSettings, *, patience: float = _PATIENCE) -> None:
        self._settings = settings
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        password = settings.proxy_password.get_secret_value() if settings.proxy_password else ""
        self._way = {"proxy": settings.proxy, "password": password, "timeout": _CALL_TIMEOUT}

    def get_chat_data(self, seq: int, limit: int) -> bytes:
        """The messages after `seq`, as JSON. Raises LibraryRefused, LibraryDied."""
        return self._ask({"op": "chat", "seq": seq, "limit": limit, **self._way}).data

    def decrypt(self, key: str, message: str) -> bytes:
        """A message in the clear. Raises BadCiphertext, LibraryRefused, LibraryDied."""
        check_ciphertext(message)
        return self._ask({"op": "decrypt", "key": key, "message": message}).data

    def get_media(self, index: str, file_id: str) -> FileSlice:
        """The next slice of a file. Raises LibraryRefused, LibraryDied."""
        answer = self._ask({"op": "media", "index": index, "file_id": file_id, **self._way})
        return FileSlice(answer.data, answer.next_index, answer.is_last)

    def close(self) -> None:
        """End the process, whatever it does."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(timeout=30)
        connection, self._socket = self._socket, None
        if connection is not None:
            connection.close()

    def _ask(self, request: dict[str, Any]) -> Answer:
        if self._process is None:
            self._start()
        answer = self._exchange(request)
        if answer.code != 0:
            raise LibraryRefused(answer.code)
        return answer

    def _start(self) -> None:
        self._process, self._socket = start_child(_PROGRAM, patience=self._patience)
        opened = self._exchange(
            {
                "op": "open",
                "path": str(self._settings.library),
                "corp_id": self._settings.corp_id,
                "secret": self._settings.secret.get_secret_value(),
            }
        )
        if opened.code != 0:
            self.close()
            raise LibraryRefused(opened.code, opened.data.decode("utf-8", "replace"))
        log.info("archive.library_started")

    def _exchange(self, request: dict[str, Any]) -> Answer:
        connection = self._socket
        if connection is None:
            raise LibraryDied("closed")
        try:
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as stream:
                head = json.loads(stream.readline() or b"null")
                data = stream.read(head["length"]) if head else b""
        except OSError as error:
            self.close()
            raise LibraryDied(type(error).__name__) from error
        if head is None or len(data) < head["length"]:
            self.close()
            raise LibraryDied("ended")
        return Answer(head["code"], data, head["next"], head["last"])


def check_ciphertext(message: str) -> None:
    """Raises BadCiphertext for what the library cannot take, or dies of."""
    if len(message) < LEAST_CIPHERTEXT:
        raise BadCiphertext("short")
    try:
        base64.b64decode(message, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadCiphertext("base64") from error


def is_library_missing(refused: LibraryRefused) -> bool:
    """Whether there is no library, or another one, where the settings say."""
    return refused.code == NO_LIBRARY

"""The process in which the C library lives: it may abort, and takes nothing with it.

    python -m bot.channels.archive.library_process FD

Requests and answers are lines of JSON on the socket with that number; the bytes of an answer follow its
line. Ends when the other side is gone.
"""

import json
import socket
import sys
from typing import IO, Any, cast

from bot.channels.archive.library import Answer, FinanceLibrary
from bot.channels.child_process import end_with_parent

NO_LIBRARY = -1
"""The code of an answer where there is no library that could be asked."""


def run(stream: IO[bytes]) -> None:
    """Answer requests until there are no more."""
    library: FinanceLibrary | None = None
    for line in stream:
        request = json.loads(line)
        if request["op"] == "open":
            library, answer = _open(request)
        else:
            answer = Answer(NO_LIBRARY) if library is None else _call(library, request)
        head = {
            "code": answer.code, "length": len(answer.data), "next": answer.next_index,
            "last": answer.is_last,
        }  # fmt: skip
        stream.write(json.dumps(head).encode() + b"\n" + answer.data)
        stream.flush()


def _open(request: dict[str, Any]) -> tuple[FinanceLibrary | None, Answer]:
    try:
        library = FinanceLibrary(request["path"], request["corp_id"], request["secret"])
    except (OSError, AttributeError) as error:
        return None, Answer(NO_LIBRARY, str(error).encode("utf-8", "replace"))
    return library, Answer(library.code)


def _call(library: FinanceLibrary, request: dict[str, Any]) -> Answer:
    if request["op"] == "decrypt":
        return library.decrypt(request["key"], request["message"])
    way = {name: request[name] for name in ("proxy", "password", "timeout")}
    if request["op"] == "chat":
        return library.get_chat_data(request["seq"], request["limit"], **way)
    return library.get_media(request["index"], request["file_id"], **way)


def main() -> None:
    """Serve the socket whose number is the only argument."""
    end_with_parent()
    with socket.socket(fileno=int(sys.argv[1])) as connection, connection.makefile("rwb") as stream:
        run(cast("IO[bytes]", stream))


if __name__ == "__main__":
    main()

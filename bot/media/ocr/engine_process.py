"""The process in which the engine lives: it takes 400 MB and a second of one core a photo.

    python -m bot.media.ocr.engine_process FD

Requests and answers are lines of JSON on the socket with that number: the path of a photo, the lines on it
from top to bottom; null where the photo cannot be read. Ends when the other side is gone.
"""

import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

from PIL import Image

from bot.channels.child_process import end_with_parent

LONGEST_SIDE = 1280
"""Pixels: more takes five times as long and finds no more."""
_LEAST_SURE = 0.6
_NICE = 10

Read = Callable[[Image.Image], list[str]]


def load_engine() -> Read:
    """The engine with the models that its package brings. Raises ImportError where it is not installed."""
    import numpy as np
    from rapidocr import RapidOCR
    from rapidocr.utils.output import RapidOCROutput

    options = {"Global.log_level": "critical", "EngineConfig.onnxruntime.intra_op_num_threads": 1}
    engine = RapidOCR(params=options)

    def read(photo: Image.Image) -> list[str]:
        # Its arrays hold blue first, as OpenCV's do.
        found = engine(np.asarray(photo)[:, :, ::-1])
        if not isinstance(found, RapidOCROutput):
            raise TypeError("text and scores are wanted")
        rows = zip(found.txts or (), found.scores or (), strict=True)
        return [str(text) for text, sure in rows if sure >= _LEAST_SURE]

    return read


def read_photo(path: Path, read: Read) -> list[str] | None:
    """The lines on the photo; None where it cannot be opened."""
    try:
        with Image.open(path) as photo:
            photo.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            small = photo.convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return read(small)


def run(stream: IO[bytes], read: Read) -> None:
    """Answer requests until there are no more."""
    for line in stream:
        stream.write(json.dumps(read_photo(Path(json.loads(line)), read)).encode() + b"\n")
        stream.flush()


def main() -> None:
    """Serve the socket whose number is the only argument."""
    end_with_parent()
    os.nice(_NICE)
    with socket.socket(fileno=int(sys.argv[1])) as connection, connection.makefile("rwb") as stream:
        run(cast("IO[bytes]", stream), load_engine())


if __name__ == "__main__":
    main()

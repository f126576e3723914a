"""The process that reads photos: it takes 400 to 600 MB and a second of one core a photo.

    python -m bot.media.engines.photo_program FD

It is given the path of a photo and answers the lines on it from top to bottom; null where it cannot be read.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from bot.media.engines.child import serve, step_back

LONGEST_SIDE = 1280
"""Pixels: more takes five times as long and finds no more."""
_LEAST_SURE = 0.6

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


def main() -> None:
    """Serve the socket whose number is the only argument."""
    step_back()
    read = load_engine()
    serve(sys.argv[1], lambda path: read_photo(Path(path), read))


if __name__ == "__main__":
    main()

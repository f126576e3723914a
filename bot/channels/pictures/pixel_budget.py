"""One bound on the pixels being decoded in the whole process, however many photos come at once.

A small file may unpack to hundreds of megabytes, and each upload, message and push decodes in a thread of
its own: 36 small PNGs took 13 GB. So whoever decodes takes as many pixels as the picture has
from one budget, and waits, in order of arrival, while others hold them.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

MAX_PIXELS = 89_478_485
"""Most pixels that are decoded of one picture: the size from which Pillow warns."""
MAX_CAMERA_PIXELS = 200_000_000
"""Most pixels of a JPEG that is scaled down as it is decoded: what the largest sensors of phones have."""

# Pillow judges by the size in the header, before anybody can ask for less; whoever opens judges afterwards.
Image.MAX_IMAGE_PIXELS = MAX_CAMERA_PIXELS


class PixelBudget:
    """So many pixels at once. A picture larger than the whole budget is decoded alone."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._free = limit
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for their pixels."""
        return len(self._queue)

    @contextmanager
    def take(self, pixels: int) -> Iterator[None]:
        """Hold so many pixels while the block runs. Not reentrant: a block must not take more."""
        wanted = min(max(pixels, 1), self._limit)
        turn = object()
        with self._changed:
            self._queue.append(turn)
            # In order: small pictures must not starve a large one.
            self._changed.wait_for(lambda: self._queue[0] is turn and self._free >= wanted)
            self._queue.popleft()
            self._free -= wanted
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._free += wanted
                self._changed.notify_all()


DECODING = PixelBudget(MAX_PIXELS)
"""The process's one budget: memory is shared by everything in it."""

"""A photo made small enough for a route that takes little.

Most are small enough: what reads and writes pictures is loaded for the first that is not.
"""

import math
from pathlib import Path

_LONGEST = 65_500
"""Pixels: a longer side does not go into a JPEG."""
_STRIP = 6
"""A long picture has at most so many times the pixels of a square one."""
_STEPS = ((2048, 85), (1600, 80), (1280, 75), (1024, 70), (800, 60))
"""Side (see `scale_size`) and JPEG quality, tried in turn; the first already fits nearly every photo."""


def scale_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Width and height of a picture of this size (pixels) that is to have `side` pixels on its longer side.

    Of a long one, as a screenshot of a whole conversation, the shorter side keeps half of `side`, so that
    it can still be read. Nothing is made larger.
    """
    short, long = sorted(size)
    factor = max(side / long, side / 2 / short)
    factor = min(1.0, factor, _LONGEST / long, side * math.sqrt(_STRIP / (short * long)))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def fit(path: Path, limit: int) -> bytes | None:
    """The file as JPEG or PNG of at most `limit` bytes; None when it is no photo or cannot be made so."""
    raw = path.read_bytes()
    if len(raw) <= limit and raw.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return raw
    from bot.channels.pictures import encoding

    for side, quality in _STEPS:
        small = encoding.encode(raw, side=side, quality=quality)
        if small is None or len(small) <= limit:
            return small
    return None


def fit_pair(before: Path, after: Path, limit: int) -> bytes | None:
    """Two photos side by side, of one height, as a JPEG of at most `limit` bytes.

    The second one alone where the first cannot be opened; None where neither can be used.
    """
    from bot.channels.pictures import encoding

    for side, quality in _STEPS:
        halves = [encoding.open_small(path.read_bytes(), side=side // 2) for path in (before, after)]
        if halves[0] is None or halves[1] is None:
            return fit(after, limit)
        joined = encoding.encode_pair(halves[0], halves[1], quality=quality)
        if len(joined) <= limit:
            return joined
    return None

"""A photo made small enough for a route that takes little."""

import io
import math
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from bot.channels.pixel_budget import DECODING, MAX_PIXELS

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
    for side, quality in _STEPS:
        small = _encode(raw, side=side, quality=quality)
        if small is None or len(small) <= limit:
            return small
    return None


def _encode(raw: bytes, *, side: int, quality: int) -> bytes | None:
    try:
        with Image.open(io.BytesIO(raw)) as image:
            if image.width * image.height > MAX_PIXELS:
                return None
            with DECODING.take(image.width * image.height):
                return _encode_jpeg(image, side=side, quality=quality)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError):
        return None


def _encode_jpeg(image: Image.Image, *, side: int, quality: int) -> bytes:
    size = scale_size(image.size, side)
    image.draft("RGB", size)
    image.thumbnail(size)
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=quality)
    return out.getvalue()

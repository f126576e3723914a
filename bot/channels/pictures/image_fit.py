"""A photo made small enough for a route that takes little."""

import io
import math
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from bot.channels.pictures.pixel_budget import DECODING, MAX_PIXELS

_LONGEST = 65_500
"""Pixels: a longer side does not go into a JPEG."""
_STRIP = 6
"""A long picture has at most so many times the pixels of a square one."""
_GAP = 8
"""Pixels between two photos in one picture."""
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


def fit_pair(before: Path, after: Path, limit: int) -> bytes | None:
    """Two photos side by side, of one height, as a JPEG of at most `limit` bytes.

    The second one alone where the first cannot be opened; None where neither can be used.
    """
    for side, quality in _STEPS:
        halves = [_open_small(path.read_bytes(), side=side // 2) for path in (before, after)]
        if halves[0] is None or halves[1] is None:
            return fit(after, limit)
        joined = _encode_pair(halves[0], halves[1], quality=quality)
        if len(joined) <= limit:
            return joined
    return None


def _open_small(raw: bytes, *, side: int) -> Image.Image | None:
    small = _encode(raw, side=side, quality=90)
    return Image.open(io.BytesIO(small)) if small is not None else None


def _encode_pair(left: Image.Image, right: Image.Image, *, quality: int) -> bytes:
    height = min(left.height, right.height)
    shown = [half.resize((max(1, half.width * height // half.height), height)) for half in (left, right)]
    pair = Image.new("RGB", (shown[0].width + _GAP + shown[1].width, height), "white")
    pair.paste(shown[0], (0, 0))
    pair.paste(shown[1], (shown[0].width + _GAP, 0))
    out = io.BytesIO()
    pair.save(out, "JPEG", quality=quality)
    return out.getvalue()


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

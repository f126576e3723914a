"""A photo made small enough for a route that takes little."""

import io
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from bot.channels.pixel_budget import DECODING

_STEPS = ((2048, 85), (1600, 80), (1280, 75), (1024, 70), (800, 60))
"""Longest side and JPEG quality, tried in turn; the first already fits nearly every photo."""


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
        with Image.open(io.BytesIO(raw)) as image, DECODING.take(image.width * image.height):
            image.draft("RGB", (side, side))
            image.thumbnail((side, side))
            out = io.BytesIO()
            image.convert("RGB").save(out, "JPEG", quality=quality)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError):
        return None
    return out.getvalue()

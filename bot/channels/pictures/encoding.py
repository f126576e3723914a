"""Photos decoded, made smaller, joined and written as JPEG."""

import io

from PIL import Image, UnidentifiedImageError

from bot.channels.pictures.image_fit import scale_size
from bot.channels.pictures.pixel_budget import DECODING, MAX_PIXELS

_GAP = 8
"""Pixels between two photos in one picture."""


def open_small(raw: bytes, *, side: int) -> Image.Image | None:
    """The photo with this side (see `scale_size`); None where it cannot be opened."""
    small = encode(raw, side=side, quality=90)
    return Image.open(io.BytesIO(small)) if small is not None else None


def encode_pair(left: Image.Image, right: Image.Image, *, quality: int) -> bytes:
    """Both side by side, of one height, as a JPEG."""
    height = min(left.height, right.height)
    shown = [half.resize((max(1, half.width * height // half.height), height)) for half in (left, right)]
    pair = Image.new("RGB", (shown[0].width + _GAP + shown[1].width, height), "white")
    pair.paste(shown[0], (0, 0))
    pair.paste(shown[1], (shown[0].width + _GAP, 0))
    out = io.BytesIO()
    pair.save(out, "JPEG", quality=quality)
    return out.getvalue()


def encode(raw: bytes, *, side: int, quality: int) -> bytes | None:
    """The photo as a JPEG with this side (see `scale_size`); None where it cannot be opened."""
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

"""Photos made fit to be shown: upright, small, without metadata; position and time are read before."""

import io
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from PIL import ExifTags, Image

from bot.channels.pixel_budget import DECODING, MAX_PIXELS
from bot.media import heif
from bot.media.errors import MediaBroken, MediaRefused

CLEAN_SIDE = 2048
THUMB_SIDE = 480
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By EXIF orientation. Pillow's own function also rewrites the EXIF, and fails on damaged ones."""
_SIDEWAYS = {_TURNS[orientation] for orientation in (5, 6, 7, 8)}


@dataclass(frozen=True, slots=True)
class PreparedPhoto:
    """The copies of a photo, and what its metadata says.

    `clean` is a JPEG of at most CLEAN_SIDE pixels a side, `thumb` a WebP of at most THUMB_SIDE; `width`
    and `height` are the upright original's. `phash` is a dhash, see `compute_dhash`.
    """

    clean: bytes
    thumb: bytes
    width: int
    height: int
    phash: str
    gps: tuple[float, float] | None
    """Latitude and longitude, WGS-84."""
    taken_at: datetime | None


def prepare_photo(path: Path, zone: ZoneInfo, *, heic: bool = False) -> PreparedPhoto:
    """Make the copies of the photo in this file; `zone` is the time zone of the camera's clock.

    Raises MediaRefused for more than MAX_PIXELS pixels, MediaBroken for what does not decode.
    """
    try:
        if heic:
            return _prepare_heic(path, zone)
        with Image.open(path, formats=_FORMATS) as image:
            return _prepare_image(image, zone)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise MediaRefused("pixels") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise MediaBroken("image") from error


def make_thumbnail(image: Image.Image) -> bytes:
    """The picture as WebP bytes, at most THUMB_SIDE pixels a side."""
    small = image.copy()
    small.thumbnail((THUMB_SIDE, THUMB_SIDE))
    out = io.BytesIO()
    small.save(out, "WEBP", quality=75)
    return out.getvalue()


def compute_dhash(image: Image.Image) -> str:
    """A difference hash: 64 bits of 'is this pixel brighter than its right neighbour', as 16 hex digits.

    Hashes that differ in less than about 10 bits are of one picture, whatever size or quality.
    """
    small = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS).tobytes()
    rows = [small[at : at + 9] for at in range(0, 72, 9)]
    bits = "".join("1" if row[x] > row[x + 1] else "0" for row in rows for x in range(8))
    return f"{int(bits, 2):016x}"


def _prepare_heic(path: Path, zone: ZoneInfo) -> PreparedPhoto:
    with heif.open_photo(path, max_pixels=MAX_PIXELS) as found:
        found.image.info["exif"] = found.exif
        # Upright already: `heif.open_photo` has applied the turns that the EXIF orientation only repeats.
        return _make_copies(found.image, replace(_read_facts(found.image, zone), turn=None))


def _prepare_image(image: Image.Image, zone: ZoneInfo) -> PreparedPhoto:
    if image.width * image.height > MAX_PIXELS:
        raise MediaRefused("pixels")
    with DECODING.take(image.width * image.height):
        return _make_copies(image, _read_facts(image, zone))


def _make_copies(image: Image.Image, facts: "_CameraFacts") -> PreparedPhoto:
    width, height = image.size
    if facts.turn in _SIDEWAYS:
        width, height = height, width
    # Lets the decoder scale a JPEG down to about the wanted size.
    image.draft("RGB", (CLEAN_SIDE, CLEAN_SIDE))
    small = _shrink(image)
    upright = _to_opaque_rgb(small if facts.turn is None else small.transpose(facts.turn))
    clean = io.BytesIO()
    upright.save(clean, "JPEG", quality=85)
    return PreparedPhoto(
        clean.getvalue(),
        make_thumbnail(upright),
        width,
        height,
        compute_dhash(upright),
        facts.gps,
        facts.taken_at,
    )


@dataclass(frozen=True, slots=True)
class _CameraFacts:
    turn: Image.Transpose | None = None
    gps: tuple[float, float] | None = None
    taken_at: datetime | None = None


def _read_facts(image: Image.Image, zone: ZoneInfo) -> _CameraFacts:
    """What the camera wrote. Damaged facts do not spoil a sound picture."""
    try:
        exif = image.getexif()
        return _CameraFacts(
            _TURNS.get(exif.get(ExifTags.Base.Orientation, 1)),
            _read_gps(exif.get_ifd(ExifTags.IFD.GPSInfo)),
            _read_taken_at(exif.get_ifd(ExifTags.IFD.Exif), zone),
        )
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, OverflowError, struct.error):
        return _CameraFacts()


def _shrink(image: Image.Image) -> Image.Image:
    """At most CLEAN_SIDE pixels a side. First of all: each later step makes a copy of every pixel."""
    if image.mode not in {"L", "LA", "RGB", "RGBA"} or "transparency" in image.info:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((CLEAN_SIDE, CLEAN_SIDE))
    return image


def _to_opaque_rgb(image: Image.Image) -> Image.Image:
    """A new image in plain RGB, with nothing of the old one's metadata; transparent turns white."""
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        image = image.convert("RGBA")
        plain = Image.new("RGB", image.size, "white")
        plain.paste(image, mask=image.getchannel("A"))
        return plain
    plain = image.convert("RGB")
    plain.info = {}
    return plain


def _read_gps(ifd: Mapping[int, Any]) -> tuple[float, float] | None:
    latitude = _read_degrees(ifd, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, limit=90)
    longitude = _read_degrees(ifd, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, limit=180)
    # 0, 0 is what cameras without a fix write.
    if latitude is None or longitude is None or (latitude, longitude) == (0.0, 0.0):
        return None
    return latitude, longitude


def _read_degrees(ifd: Mapping[int, Any], tag: int, ref: int, *, limit: float) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in ifd[tag])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value) or not 0 <= value <= limit:
        return None
    return round(-value if ifd.get(ref) in {"S", "W"} else value, 7)


def _read_taken_at(ifd: Mapping[int, Any], zone: ZoneInfo) -> datetime | None:
    """Cameras write local time; the offset is often missing."""
    text = f"{ifd.get(ExifTags.Base.DateTimeOriginal, '')}".strip("\x00 ")
    offset = f"{ifd.get(ExifTags.Base.OffsetTimeOriginal, '')}".strip("\x00 ")
    for candidate, form in ((f"{text} {offset}", "%Y:%m:%d %H:%M:%S %z"), (text, "%Y:%m:%d %H:%M:%S")):
        try:
            found = datetime.strptime(candidate, form)  # noqa: DTZ007 - the zone is set just below
        except ValueError:
            continue
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    return None

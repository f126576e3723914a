"""Photos made fit to be shown: upright, small, without metadata; position and time are read before."""

import io
import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from PIL import ExifTags, Image, ImageFile

from bot.channels.pictures.image_fit import scale_size
from bot.channels.pictures.pixel_budget import DECODING, MAX_CAMERA_PIXELS, MAX_PIXELS
from bot.media import heif
from bot.media.errors import MediaBroken, MediaTooDetailed

T = TypeVar("T")

CLEAN_SIDE = 2048
THUMB_SIDE = 480
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP")
_END_OF_JPEG = b"\xff\xd9"
_EMPTY = 0.99
"""Of a file without its end: a picture with so much of one shade shows nothing."""
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

    `clean` is a JPEG of CLEAN_SIDE pixels at most, where a long picture is larger (`scale_size`), `thumb` a
    WebP of at most THUMB_SIDE a side; `width` and `height` are the upright original's. `phash` is a dhash,
    see `compute_dhash`; None of what was cut off, since any two of these look alike where they are empty.
    """

    clean: bytes
    thumb: bytes
    width: int
    height: int
    phash: str | None
    gps: tuple[float, float] | None
    """Latitude and longitude, WGS-84."""
    taken_at: datetime | None


def prepare_photo(path: Path, zone: ZoneInfo, *, heic: bool = False) -> PreparedPhoto:
    """Make the copies of the photo in this file; `zone` is the time zone of the camera's clock.

    A file without its end is decoded as far as it goes. Raises MediaTooDetailed for more than MAX_PIXELS
    pixels (of a JPEG that is scaled down as it is decoded, MAX_CAMERA_PIXELS), MediaBroken for what does
    not decode.
    """
    try:
        if heic:
            return _prepare_heic(path, zone)
        try:
            with Image.open(path, formats=_FORMATS) as image:
                return _prepare_image(image, zone)
        except (OSError, SyntaxError, EOFError):
            return _prepare_cut_off(path, zone)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise MediaTooDetailed("pixels") from error
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

    How many bits may differ is measured in `handlers.triage.similarity.photo_hash`.
    """
    small = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS).tobytes()
    rows = [small[at : at + 9] for at in range(0, 72, 9)]
    bits = "".join("1" if row[x] > row[x + 1] else "0" for row in rows for x in range(8))
    return f"{int(bits, 2):016x}"


def _prepare_heic(path: Path, zone: ZoneInfo) -> PreparedPhoto:
    with heif.open_photo(path, max_pixels=MAX_PIXELS) as found:
        found.image.info["exif"] = found.exif
        # Upright already: `heif.open_photo` has applied the turns that the EXIF orientation only repeats.
        facts = replace(_read_facts(found.image, zone), turn=None)
        return _make_copies(found.image, facts, size=found.image.size)


def _prepare_image(image: ImageFile.ImageFile, zone: ZoneInfo) -> PreparedPhoto:
    size = image.size
    with DECODING.take(_draft_pixels(image)):
        return _make_copies(image, _read_facts(image, zone), size=size)


def _prepare_cut_off(path: Path, zone: ZoneInfo) -> PreparedPhoto:
    """The copies of a file that ends too early. Raises MediaBroken where no picture comes of it."""
    # Ended as it should have been, a JPEG is decoded with grey for what is missing, a progressive one too.
    with Image.open(io.BytesIO(path.read_bytes() + _END_OF_JPEG), formats=_FORMATS) as image:
        size = image.size
        with DECODING.take(_draft_pixels(image)):
            facts = _read_facts(image, zone)
            try:
                image.load()
            except OSError:
                # What was decoded before the end stays; nothing more is to be read.
                image.tile = []
            small = _shrink(image)
            if max(_to_opaque_rgb(small).convert("L").histogram()) >= _EMPTY * small.width * small.height:
                raise MediaBroken("nothing_decoded")
            return replace(_make_copies(small, facts, size=size), phash=None)


def _draft_pixels(image: ImageFile.ImageFile) -> int:
    """How many pixels will be decoded, after the decoder of a JPEG was told the wanted size.

    Raises MediaTooDetailed. A progressive JPEG is held as a whole, whatever size comes out.
    """
    whole = image.width * image.height
    drafted = image.draft("RGB", scale_size(image.size, CLEAN_SIDE)) is not None
    pixels = image.width * image.height if drafted and "progressive" not in image.info else whole
    if pixels > MAX_PIXELS or whole > MAX_CAMERA_PIXELS:
        raise MediaTooDetailed("pixels")
    return pixels


def _make_copies(image: Image.Image, facts: "_CameraFacts", *, size: tuple[int, int]) -> PreparedPhoto:
    """The copies; `size` is the original's, which a JPEG may have been scaled down from."""
    width, height = size
    if facts.turn in _SIDEWAYS:
        width, height = height, width
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
    """What the camera wrote. A damaged fact spoils neither the picture nor the other facts."""
    exif = _read_if_sound(image.getexif)
    if exif is None:
        return _CameraFacts()
    return _CameraFacts(
        _read_if_sound(lambda: _TURNS.get(exif.get(ExifTags.Base.Orientation, 1))),
        _read_if_sound(lambda: _read_gps(exif.get_ifd(ExifTags.IFD.GPSInfo))),
        _read_if_sound(lambda: _read_taken_at(exif.get_ifd(ExifTags.IFD.Exif), zone)),
    )


def _read_if_sound(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, OverflowError, struct.error):
        return None


def _shrink(image: Image.Image) -> Image.Image:
    """At the size of the clean copy. First of all: each later step makes a copy of every pixel."""
    if image.mode.startswith("I"):
        # Pillow cuts off above 255, which is nearly white, instead of keeping the upper eight bits.
        image = image.point(lambda value: value / 256).convert("L")
        image.info.pop("transparency", None)
    if image.mode not in {"L", "LA", "RGB", "RGBA"} or "transparency" in image.info:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail(scale_size(image.size, CLEAN_SIDE))
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

"""Photos as phones really send them: cut off, huge, long, grey in 16 bits, with nonsense for a date."""

import io
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, PngImagePlugin

from bot.channels.pictures.image_fit import fit, scale_size
from bot.channels.pictures.pixel_budget import MAX_CAMERA_PIXELS
from bot.media import images
from bot.media.errors import MediaBroken, MediaTooDetailed
from bot.media.images import PreparedPhoto
from tests.bot.media.conftest import SHANGHAI, Keep
from tests.bot.media.heics import heic
from tests.bot.media.test_storing import camera_exif
from tests.conftest import ROOT


def noise(size: tuple[int, int] = (800, 600)) -> Image.Image:
    return Image.effect_noise(size, 90).convert("RGB")


def encode(image: Image.Image, form: str, **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def prepare(data: bytes, folder: Path) -> PreparedPhoto:
    path = folder / "photo"
    path.write_bytes(data)
    return images.prepare_photo(path, SHANGHAI)


def shown(made: PreparedPhoto) -> Image.Image:
    return Image.open(io.BytesIO(made.clean))


def grey_at(image: Image.Image, x: float, y: float) -> int:
    """Brightness, 0 to 255, at a place given in parts of width and height."""
    grey = image.convert("L")
    return grey.tobytes()[int(image.height * y) * image.width + int(image.width * x)]


# Cut off ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.999])
@pytest.mark.parametrize(
    ("form", "more"),
    [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("GIF", {}), ("BMP", {})],
)
def test_a_photo_without_its_end_is_shown_as_far_as_it_goes(
    tmp_path: Path, form: str, more: dict[str, object], kept: float
) -> None:
    data = encode(noise(), form, **more)
    made = prepare(data[: int(len(data) * kept)], tmp_path)
    assert (made.width, made.height) == (800, 600)
    # A bitmap begins with its last line.
    first = (0, 540, 800, 600) if form == "BMP" else (0, 0, 800, 60)
    seen = shown(made).convert("L").crop(first).tobytes()
    assert max(seen) - min(seen) > 40


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_header_alone_is_no_photo(tmp_path: Path, form: str) -> None:
    data = encode(noise(), form)
    header = data[: data.index(b"\xff\xda") + 14] if form == "JPEG" else data[:45]
    with pytest.raises(MediaBroken):
        prepare(header, tmp_path)


def test_a_photo_without_its_end_keeps_its_facts(tmp_path: Path) -> None:
    data = encode(noise(), "JPEG", exif=camera_exif())
    made = prepare(data[:-400], tmp_path)
    assert (made.width, made.height, made.gps) == (600, 800, (31.89, 121.16))


def test_two_photos_without_their_ends_are_not_taken_for_one(tmp_path: Path) -> None:
    for colour in ("sienna", "teal"):
        photo = noise()
        photo.paste(colour, (0, 0, 800, 30))
        assert prepare(encode(photo, "JPEG")[:20_000], tmp_path).phash is None


# Huge, and long --------------------------------------------------------------------------------

_MEMORY = """
import resource, sys
from pathlib import Path
from zoneinfo import ZoneInfo
from bot.media import images

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
made = images.prepare_photo(Path(sys.argv[1]), ZoneInfo("Asia/Shanghai"))
print(made.width, made.height, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.fixture(scope="module")
def huge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of 108 megapixels."""
    path = tmp_path_factory.mktemp("huge") / "huge.jpg"
    Image.linear_gradient("L").resize((12_000, 9_000)).convert("RGB").save(path, "JPEG", exif=camera_exif())
    return path


def test_a_photo_of_108_megapixels_is_shown_and_takes_little_memory(huge: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", _MEMORY, str(huge)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    width, height, megabytes = map(int, ended.stdout.split())
    assert (width, height) == (9_000, 12_000)
    assert megabytes < 120  # all its pixels are 324 MB


def test_a_huge_photo_that_is_held_as_a_whole_is_not_opened(tmp_path: Path) -> None:
    image = Image.new("L", (10_000, 9_000))
    with pytest.raises(MediaTooDetailed):
        prepare(encode(image, "JPEG", progressive=True), tmp_path)


def test_no_camera_makes_a_photo_larger_than_that(tmp_path: Path) -> None:
    side = int(MAX_CAMERA_PIXELS**0.5) + 100
    data = bytearray(encode(Image.new("L", (64, 64)), "JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = side.to_bytes(2) * 2
    with pytest.raises(MediaTooDetailed):
        prepare(bytes(data), tmp_path)


@pytest.mark.parametrize("size", [(1080, 20_000), (1170, 9_000), (20_000, 1080)])
def test_a_long_screenshot_can_still_be_read(tmp_path: Path, size: tuple[int, int]) -> None:
    made = prepare(encode(Image.new("RGB", size, "white"), "PNG"), tmp_path)
    assert (made.width, made.height) == size
    clean = shown(made)
    assert min(clean.size) >= 720
    assert clean.width / clean.height == pytest.approx(size[0] / size[1], rel=0.01)


def test_a_long_screenshot_is_readable_in_a_group_robots_two_megabytes_too(tmp_path: Path) -> None:
    path = tmp_path / "long.jpg"
    path.write_bytes(encode(noise((1000, 12_000)), "JPEG", quality=95))
    small = fit(path, 2 * 1024**2)
    assert small is not None
    with Image.open(io.BytesIO(small)) as image:
        assert min(image.size) >= 400


@given(st.integers(1, 100_000), st.integers(1, 100_000), st.sampled_from([800, 2048]))
def test_every_size_is_made_to_fit(width: int, height: int, side: int) -> None:
    small = scale_size((width, height), side)
    assert all(1 <= made <= given for made, given in zip(small, (width, height), strict=True))
    assert max(small) <= 65_500
    assert small[0] * small[1] <= 6.1 * side**2
    if 2 * min(width, height) >= max(width, height):
        assert max(small) <= side


# Facts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "date",
    [
        "0000:00:00 00:00:00",
        "0001:01:01 00:00:00",
        "9999:99:99 99:99:99",
        "    :  :     :  :  ",
        "昨天",
        b"\xff\xfe",
    ],
)
def test_an_odd_date_costs_neither_rotation_nor_position(tmp_path: Path, date: object) -> None:
    exif = camera_exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = date
    made = prepare(encode(noise((60, 40)), "JPEG", exif=exif), tmp_path)
    assert (made.width, made.height, made.gps, made.taken_at) == (40, 60, (31.89, 121.16), None)


def test_a_date_to_come_is_what_the_camera_says(tmp_path: Path) -> None:
    exif = camera_exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2099:12:31 08:00:00"
    made = prepare(encode(noise((60, 40)), "JPEG", exif=exif), tmp_path)
    assert (made.width, made.gps) == (40, (31.89, 121.16))
    assert made.taken_at == datetime(2099, 12, 31, tzinfo=UTC)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # damaged EXIF
@given(st.data())
def test_whatever_stands_in_the_facts_the_photo_is_shown(tmp_path_factory: Any, data: st.DataObject) -> None:
    exif = bytearray(camera_exif().tobytes())
    for _ in range(data.draw(st.integers(1, 6))):
        exif[data.draw(st.integers(6, len(exif) - 1))] = data.draw(st.integers(0, 255))
    photo = encode(Image.new("RGB", (60, 40)), "JPEG", exif=bytes(exif))
    made = prepare(photo, tmp_path_factory.mktemp("odd"))
    assert sorted(shown(made).size) == [40, 60]


# Colours ---------------------------------------------------------------------------------------


def test_sixteen_bit_grey_is_not_white(tmp_path: Path) -> None:
    image = Image.new("I;16", (64, 64), 0x4000)
    assert grey_at(shown(prepare(encode(image, "PNG"), tmp_path)), 0.5, 0.5) == pytest.approx(0x40, abs=3)


def test_the_inks_of_a_printed_photo_are_not_inverted(tmp_path: Path) -> None:
    image = Image.new("CMYK", (64, 64), (0, 255, 255, 0))
    red = shown(prepare(encode(image, "JPEG", quality=95), tmp_path)).getpixel((32, 32))
    assert isinstance(red, tuple)
    assert red[0] > 200
    assert max(red[1:]) < 60


def test_a_palette_with_a_hole_is_white_there(tmp_path: Path) -> None:
    image = Image.new("P", (64, 64), 0)
    image.putpalette([10, 10, 10, 200, 30, 30])
    image.paste(1, (32, 0, 64, 64))
    clean = shown(prepare(encode(image, "PNG", transparency=0), tmp_path))
    assert grey_at(clean, 0.2, 0.5) > 245
    assert grey_at(clean, 0.8, 0.5) < 120


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "MPO", "AVIF"])
def test_of_several_pictures_in_a_file_the_first_is_shown(tmp_path: Path, form: str) -> None:
    first, second = Image.new("RGB", (64, 64), (200, 30, 30)), Image.new("RGB", (64, 64), (30, 30, 200))
    data = encode(first, form, save_all=True, append_images=[second])
    red = shown(prepare(data, tmp_path)).getpixel((32, 32))
    assert isinstance(red, tuple)
    assert red[0] > 150 > red[2]


# What leaves -----------------------------------------------------------------------------------

SECRET = "SECRETCAMERA"


def secretive_exif() -> Image.Exif:
    exif = camera_exif()
    exif[ExifTags.Base.Make] = exif[ExifTags.Base.ImageDescription] = SECRET
    return exif


def photos_with_secrets() -> dict[str, bytes]:
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Comment", SECRET)
    chunks.add_itxt("XML:com.adobe.xmp", SECRET)
    image, exif, xmp = noise((64, 64)), secretive_exif().tobytes(), f"<x>{SECRET}</x>".encode()
    return {
        "jpeg": encode(image, "JPEG", exif=exif, xmp=xmp, comment=SECRET.encode(), icc_profile=xmp),
        "jpeg cut off": encode(image, "JPEG", exif=exif, comment=SECRET.encode())[:-60],
        "grey": encode(image.convert("L"), "JPEG", exif=exif, comment=SECRET.encode()),
        "png": encode(image, "PNG", exif=exif, pnginfo=chunks),
        "png with alpha": encode(image.convert("RGBA"), "PNG", exif=exif, pnginfo=chunks),
        "gif": encode(image, "GIF", comment=SECRET),
        "webp": encode(image, "WEBP", exif=exif, xmp=xmp, icc_profile=xmp),
        "avif": encode(image, "AVIF", exif=exif, xmp=xmp),
        "mpo": encode(image, "MPO", exif=exif, save_all=True, append_images=[image]),
        "heic": heic(image, exif=secretive_exif()),
    }


@pytest.mark.parametrize("name", photos_with_secrets())
def test_no_copy_of_any_format_says_what_the_camera_wrote(keep: Keep, tmp_path: Path, name: str) -> None:
    data = photos_with_secrets()[name]
    assert SECRET.encode() in data
    media = keep(data)
    for copy in (media.clean_path, media.thumb_path):
        left = (tmp_path / str(copy)).read_bytes()
        assert SECRET.encode() not in left
        assert not any(mark in left for mark in (b"Exif\0", b"EXIF", b"ns.adobe", b"ICC_PROFILE", b"XMP "))
        with Image.open(io.BytesIO(left)) as image:
            assert dict(image.getexif()) == {}

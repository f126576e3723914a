"""HEIC and AVIF photos are photos: upright, small, and without what they should not tell."""

import io
import random
import struct
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from bot.channels.pictures.pixel_budget import MAX_PIXELS
from bot.media import MediaError, MediaRefused, StoredMedia, heif, images
from models.messages import PartKind
from tests.bot.media.conftest import SHANGHAI, Keep
from tests.bot.media.heics import box, heic
from tests.bot.media.test_storing import camera_exif, differing

DATA = Path(__file__).with_name("data")
"""Photos that libheif made; how is told there."""
ANTICLOCKWISE = {number: (b"irot", bytes([number])) for number in (1, 2, 3)}
TOP_DOWN, LEFT_RIGHT = (b"imir", b"\0"), (b"imir", b"\1")


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    """No two of its corners are alike, so that every turn shows."""
    image = Image.radial_gradient("L").resize((400, 300)).convert("RGB")
    image.paste("black", (0, 0, 200, 60))
    return image


def avif(image: Image.Image, exif: Image.Exif | None = None) -> bytes:
    out = io.BytesIO()
    image.save(out, "AVIF", exif=(exif or Image.Exif()).tobytes())
    return out.getvalue()


def cleaned(media: StoredMedia, folder: Path) -> Image.Image:
    with Image.open(folder / str(media.clean_path)) as clean:
        clean.load()
        return clean


@pytest.mark.parametrize("tile", [None, 128])
def test_a_heic_photo_is_a_photo(keep: Keep, tmp_path: Path, picture: Image.Image, tile: int | None) -> None:
    media = keep(heic(picture, tile=tile))
    assert (media.kind, media.mime, media.width, media.height) == (PartKind.PHOTO, "image/heic", 400, 300)
    clean = cleaned(media, tmp_path)
    assert (clean.format, clean.size) == ("JPEG", (400, 300))
    assert differing(images.compute_dhash(clean), images.compute_dhash(picture)) <= 2


def corner_black(size: tuple[int, int]) -> Image.Image:
    """What the photos of libheif show."""
    image = Image.radial_gradient("L").resize((64, 48)).convert("RGB")
    image.paste("black", (0, 0, 32, 10))
    return image.resize(size)


@pytest.mark.parametrize(
    ("name", "size", "turn"),
    [
        ("held-1", (64, 48), None),
        ("held-2", (64, 48), Image.Transpose.FLIP_LEFT_RIGHT),
        ("held-3", (64, 48), Image.Transpose.ROTATE_180),
        ("held-4", (64, 48), Image.Transpose.FLIP_TOP_BOTTOM),
        ("held-5", (64, 48), Image.Transpose.TRANSPOSE),
        ("held-6", (64, 48), Image.Transpose.ROTATE_270),
        ("held-7", (64, 48), Image.Transpose.TRANSVERSE),
        ("held-8", (64, 48), Image.Transpose.ROTATE_90),
        ("tiled", (160, 120), Image.Transpose.ROTATE_270),
    ],
)
def test_what_libheif_made_is_opened_upright_with_its_facts(
    keep: Keep, tmp_path: Path, name: str, size: tuple[int, int], turn: Image.Transpose | None
) -> None:
    media = keep((DATA / f"{name}.heic").read_bytes())
    expected = corner_black(size) if turn is None else corner_black(size).transpose(turn)
    clean = cleaned(media, tmp_path)
    assert (media.width, media.height) == clean.size == expected.size
    assert differing(images.compute_dhash(clean), images.compute_dhash(expected)) <= 2
    assert (media.gps, media.taken_at) == ((31.89, 121.16), datetime(2026, 11, 21, 0, 30, tzinfo=UTC))


def claiming(name: str, size: tuple[int, int]) -> bytes:
    """A photo of libheif that says it is of another size; of a tiled one, the whole says so."""
    data = bytearray((DATA / f"{name}.heic").read_bytes())
    struct.pack_into(">II", data, data.index(b"ispe") + 8, *size)
    if (plan := data.find(b"idat")) > 0:
        struct.pack_into(">HH", data, plan + 8, *size)
    return bytes(data)


@pytest.mark.parametrize("name", ["held-1", "tiled"])
def test_a_bomb_of_libheif_is_refused(keep: Keep, name: str) -> None:
    assert keep(claiming(name, (20_000, 20_000))).unopened == "too_detailed"


@pytest.mark.parametrize("name", ["held-1", "tiled"])
def test_a_picture_smaller_than_it_says_is_not_filled_up_with_black(keep: Keep, name: str) -> None:
    assert keep(claiming(name, (9_000, 9_000))).kind is PartKind.FILE


def test_an_avif_photo_is_a_photo(keep: Keep, tmp_path: Path, picture: Image.Image) -> None:
    media = keep(avif(picture))
    assert (media.kind, media.mime, media.width, media.height) == (PartKind.PHOTO, "image/avif", 400, 300)
    clean = cleaned(media, tmp_path)
    assert (clean.format, clean.size) == ("JPEG", (400, 300))
    assert differing(images.compute_dhash(clean), images.compute_dhash(picture)) <= 2


@pytest.mark.parametrize("make", [avif, lambda image, exif: heic(image, exif=exif)], ids=["avif", "heic"])
def test_where_and_when_are_read_but_do_not_leave(
    keep: Keep, tmp_path: Path, picture: Image.Image, make: Callable[[Image.Image, Image.Exif], bytes]
) -> None:
    media = keep(make(picture, camera_exif()))
    assert media.gps == (31.89, 121.16)
    assert media.taken_at == datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
    for name in (media.clean_path, media.thumb_path):
        with Image.open(tmp_path / str(name)) as copy:
            assert dict(copy.getexif()) == {}


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ([ANTICLOCKWISE[1]], [Image.Transpose.ROTATE_90]),
        ([ANTICLOCKWISE[2]], [Image.Transpose.ROTATE_180]),
        ([ANTICLOCKWISE[3]], [Image.Transpose.ROTATE_270]),
        ([TOP_DOWN], [Image.Transpose.FLIP_TOP_BOTTOM]),
        ([LEFT_RIGHT], [Image.Transpose.FLIP_LEFT_RIGHT]),
        ([ANTICLOCKWISE[1], LEFT_RIGHT], [Image.Transpose.ROTATE_90, Image.Transpose.FLIP_LEFT_RIGHT]),
    ],
)
def test_a_heic_photo_comes_out_upright(
    tmp_path: Path,
    picture: Image.Image,
    turns: list[tuple[bytes, bytes]],
    expected: list[Image.Transpose],
) -> None:
    path = tmp_path / "held.heic"
    # The camera repeats the turn in the EXIF, where it must not count again.
    path.write_bytes(heic(picture, tile=128, turns=turns, exif=camera_exif()))
    made = images.prepare_photo(path, SHANGHAI, heic=True)
    upright = picture
    for turn in expected:
        upright = upright.transpose(turn)
    with Image.open(io.BytesIO(made.clean)) as clean:
        assert (made.width, made.height) == clean.size == upright.size
        assert differing(images.compute_dhash(clean), images.compute_dhash(upright)) <= 2


def cut(box: tuple[int, int, int, int], size: tuple[int, int]) -> tuple[bytes, bytes]:
    """The property that keeps only this box of a picture."""
    left, top, right, bottom = box
    # The shift of the middle, in halves.
    shifts = left + right - size[0], 2, top + bottom - size[1], 2
    return b"clap", struct.pack(">IIIIiIiI", right - left, 1, bottom - top, 1, *shifts)


def test_what_the_sender_cut_off_does_not_come_back(tmp_path: Path, picture: Image.Image) -> None:
    box = (30, 61, 331, 250)
    path = tmp_path / "cut.heic"
    path.write_bytes(heic(picture, turns=[cut(box, picture.size), ANTICLOCKWISE[1]]))
    with heif.open_photo(path, max_pixels=MAX_PIXELS) as found:
        opened = found.image
    expected = picture.crop(box).transpose(Image.Transpose.ROTATE_90)
    assert opened.size == expected.size
    assert differing(images.compute_dhash(opened), images.compute_dhash(expected)) <= 2


@pytest.mark.parametrize("box", [(-1, 0, 400, 300), (0, 0, 401, 300), (9, 9, 9, 20)])
def test_a_cut_that_leaves_the_picture_is_not_opened(
    keep: Keep, picture: Image.Image, box: tuple[int, int, int, int]
) -> None:
    assert keep(heic(picture, turns=[cut(box, picture.size)])).kind is PartKind.FILE


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_avif_photo_comes_out_upright(tmp_path: Path, picture: Image.Image, orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    (tmp_path / "held.avif").write_bytes(avif(picture, exif))
    made = images.prepare_photo(tmp_path / "held.avif", SHANGHAI)
    assert (made.width, made.height) == ((300, 400) if orientation > 4 else (400, 300))


def test_a_size_of_a_bomb_is_refused_before_anything_is_decoded(keep: Keep, picture: Image.Image) -> None:
    assert keep(heic(picture, told=(20_000, 20_000))).unopened == "too_detailed"


def test_a_picture_larger_than_it_says_is_not_opened_and_stays_a_file(
    keep: Keep, tmp_path: Path, picture: Image.Image
) -> None:
    media = keep(heic(picture, told=(40, 30)))
    assert (media.kind, media.clean_path, media.thumb_path) == (PartKind.FILE, None, None)
    assert (tmp_path / media.path).suffix == ".heic"


@pytest.mark.parametrize("start", [b"\0\0\0\x18ftypheic", b"\0\0\0\x18ftypavif"])
def test_what_we_cannot_open_stays_a_file(keep: Keep, start: bytes) -> None:
    assert keep(start + bytes(200)).kind is PartKind.FILE


def test_extents_that_add_up_to_more_than_the_file_are_refused(tmp_path: Path, picture: Image.Image) -> None:
    path = tmp_path / "greedy.heic"
    data = heic(picture)
    length = data.index(b"iloc") + 4 + 8 + 12
    path.write_bytes(data[:length] + b"\x7f\xff\xff\xff" + data[length + 4 :])
    with pytest.raises(ValueError, match="places"):
        heif.open_photo(path, max_pixels=MAX_PIXELS).__enter__()


def nothing_in_pieces(items: int, pieces: int) -> bytes:
    """An iloc of this many items in this many pieces each, none of which takes a byte to name."""
    places = struct.pack(">B3xBBH", 1, 0, 0, items) + struct.pack(">HHHH", 1, 0, 0, pieces) * items
    return box(b"iinf", bytes(6)) + box(b"iloc", places)


@pytest.mark.parametrize(
    "inside",
    [
        nothing_in_pieces(1, 65_535),
        nothing_in_pieces(4_000, 4_000),
        nothing_in_pieces(65_535, 0),
        box(b"free") * 5_000,
    ],
    ids=["pieces of one", "pieces of many", "items", "boxes"],
)
def test_a_file_that_names_more_than_a_photo_has_is_refused_at_once(tmp_path: Path, inside: bytes) -> None:
    path = tmp_path / "endless.heic"
    path.write_bytes(box(b"ftyp", b"heic", bytes(4)) + box(b"meta", bytes(4), inside))
    started = time.process_time()
    with pytest.raises(MediaRefused, match="heif_pieces"):
        heif.open_photo(path, max_pixels=MAX_PIXELS).__enter__()
    assert time.process_time() - started < 1


def test_a_photo_that_turns_without_end_is_refused_before_anything_is_decoded(
    keep: Keep, picture: Image.Image
) -> None:
    # Of this size it does not decode.
    assert keep(heic(picture, turns=[ANTICLOCKWISE[1]] * 9, told=(40, 30))).unopened == "refused"


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # damaged EXIF
@pytest.mark.parametrize("ours", [True, False], ids=["ours", "libheif"])
def test_a_damaged_heic_is_a_photo_a_file_or_refused_and_never_anything_else(
    keep: Keep, picture: Image.Image, ours: bool
) -> None:
    chance = random.Random(44)
    tiled = heic(picture.resize((160, 120)), tile=96, exif=camera_exif()) if ours else None
    whole = tiled or (DATA / "tiled.heic").read_bytes()
    for _ in range(150):
        data = bytearray(whole[: chance.choice((len(whole), chance.randrange(64, len(whole))))])
        for _ in range(chance.randrange(4)):
            data[chance.randrange(24, min(len(data), 900))] = chance.randrange(256)
        try:
            assert keep(bytes(data)).kind in (PartKind.PHOTO, PartKind.FILE)
        except MediaError:
            continue

"""Copies of a photo are told from other photos, also from one of the same spot (issue 12, 8)."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image, ImageEnhance

from bot.media.images import compute_dhash
from handlers.triage.similarity.photo_hash import is_one_picture, parse_hash
from sandbox import samples

KEYS = list(samples.SAMPLES)


def draw(key: str) -> Image.Image:
    return Image.open(io.BytesIO(samples.render(key))).convert("RGB")


def read_hash(image: Image.Image) -> int:
    number = parse_hash(compute_dhash(image))
    assert number is not None
    return number


def encode(image: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(io.BytesIO(out.getvalue()))


def make_copies(image: Image.Image) -> Iterator[Image.Image]:
    width, height = image.size
    yield encode(image, 20)
    yield encode(image.resize((width // 3, height // 3)), 60)
    yield encode(ImageEnhance.Brightness(image).enhance(1.15), 80)
    x, y = width // 100, height // 100
    yield encode(image.crop((x, y, width - x, height - y)), 80)
    yield encode(image.crop((2 * x, 2 * y, width, height)), 80)


@pytest.mark.parametrize("key", KEYS)
def test_a_copy_that_is_smaller_coarser_brighter_or_cut_is_the_same_picture(key: str) -> None:
    own = read_hash(draw(key))
    assert all(is_one_picture(own, read_hash(copy)) for copy in make_copies(draw(key)))


def test_no_two_photos_are_one_not_even_of_one_spot_before_and_after() -> None:
    hashes = {key: read_hash(draw(key)) for key in KEYS}
    alike = [(one, other) for one in KEYS for other in KEYS if one < other
             and is_one_picture(hashes[one], hashes[other])]  # fmt: skip
    assert alike == []


def test_an_empty_picture_is_like_no_other() -> None:
    assert parse_hash(compute_dhash(Image.new("RGB", (640, 480), "black"))) is None
    assert parse_hash("") is None

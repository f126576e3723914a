"""The engine for what stands on photos: the real one on a photo with a watermark, and ones that hang and die."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.media.engines.photo_reader import PhotoReader
from bot.media.errors import PhotoUnread
from handlers.intake.files.watermarks import read_watermark

PHOTO = Path(__file__).parents[2] / "data" / "watermark.jpg"
NOW = datetime(2026, 3, 30, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def reader() -> Iterator[PhotoReader]:
    engine = PhotoReader(patience=120)
    yield engine
    engine.close()


def test_a_watermark_is_read_with_no_network_and_no_model_but_the_packages_own(reader: PhotoReader) -> None:
    lines = reader.read(PHOTO)
    assert "便民超市" in lines
    watermark = read_watermark(lines, ZoneInfo("Asia/Shanghai"), now=NOW)
    assert watermark is not None
    assert watermark.taken_at == datetime(2026, 3, 30, 0, 12, tzinfo=UTC)
    assert watermark.place == "南通市海门区解放路15号"


def test_what_is_no_photo_is_said_to_be_none_and_the_next_is_read(
    reader: PhotoReader, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"PK\x03\x04 no photo")
    with pytest.raises(PhotoUnread, match="unopened"):
        reader.read(broken)
    assert reader.read(PHOTO)


@pytest.mark.parametrize(
    ("photo", "patience", "problem"),
    [("hang.jpg", 0.2, "TimeoutError"), ("other.jpg", 60, "ended|Reset|Pipe")],
)
def test_an_engine_that_hangs_or_dies_is_ended_and_begun_anew(
    tmp_path: Path, photo: str, patience: float, problem: str
) -> None:
    engine = PhotoReader(patience=patience, program="tests.bot.media.deaf_engine")
    try:
        for _ in range(2):
            with pytest.raises(PhotoUnread, match=problem):
                engine.read(tmp_path / photo)
    finally:
        engine.close()

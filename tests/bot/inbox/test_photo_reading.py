"""Photos are read beside all other work; an engine that is slow, dead or wrong costs nobody anything."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.inbox.photo_reading import PhotoReadingTask
from bot.media.errors import PhotoUnread
from bot.media.stores import FolderStore
from models.photo_readings import PhotoReading
from models.reports import Media
from tests.district import RUBBLE, District

pytestmark = pytest.mark.anyio


class Reader:
    """Answers as the test says."""

    def __init__(self, answer: Callable[[Path], Sequence[str]]) -> None:
        self.read = answer
        self.closed = False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def town(district: District, tmp_path: Path) -> District:
    """Somebody reported rubble with a photo, and an engine is configured."""
    district.env = replace(district.env, reads_photos=True)
    assert district.say("wrINTAKE", "zhangsf", RUBBLE, photos=1) == "case.opened"
    with district.database.write() as session:
        media = session.scalars(select(Media)).one()
        (tmp_path / "photo.jpg").write_bytes(b"photo")
        media.clean_path = "photo.jpg"
    return district


def build(town: District, folder: Path, answer: Callable[[Path], Sequence[str]]) -> PhotoReadingTask:
    return PhotoReadingTask(
        town.database, Reader(answer), timeout=timedelta(seconds=10), store=FolderStore(folder),
        env=lambda: town.env, clock=lambda: town.now, wake=lambda: None,
    )  # fmt: skip


def waiting(town: District) -> int:
    with town.database.read() as session:
        return len(session.scalars(select(PhotoReading)).all())


async def test_the_words_of_a_photo_are_kept_with_it(town: District, tmp_path: Path) -> None:
    reading = build(town, tmp_path, lambda path: [path.read_text(), "便民超市"])
    assert await reading.step()
    with town.database.read() as session:
        assert session.scalars(select(Media.text)).one() == "photo\n便民超市"
    assert not await reading.step()


async def test_an_engine_that_fails_is_asked_three_times_and_the_case_goes_on(
    town: District, tmp_path: Path
) -> None:
    asked: list[Path] = []

    def fail(path: Path) -> Sequence[str]:
        asked.append(path)
        raise PhotoUnread("TimeoutError")

    reading = build(town, tmp_path, fail)
    for _ in range(3):
        assert await reading.step()
        assert not await reading.step()
        town.advance(minutes=5)
    assert (len(asked), waiting(town)) == (3, 0)
    assert town.case().text == RUBBLE

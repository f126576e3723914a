"""The bucket with the files falls silent while people go on: words arrive, photos later, nothing is lost."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from models.database import Database
from tests.bot.media.s3_server import S3Server, s3_server
from tests.bot.media.test_stores import bucket_settings
from tests.stories.town import MovableClock, StoryHarness, make_photo, run_story


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[S3Server]:
    with s3_server(tmp_path / "s3") as server:
        yield server


@pytest.fixture
def haimen(
    sqlite_database: Database, clock: MovableClock, tmp_path: Path, bucket: S3Server
) -> Iterator[StoryHarness]:
    storage = bucket_settings(bucket.url)
    with run_story(tmp_path, str(sqlite_database.engine.url), clock, config={"storage": storage}) as people:
        yield people


def test_words_go_ahead_of_photos_that_the_bucket_does_not_give(
    haimen: StoryHarness, bucket: S3Server, clock: MovableClock
) -> None:
    bucket.is_broken = True
    number = haimen.report("wrINTAKE", "zhangsf", "长江路静海路口工地门口建筑垃圾", photos=[make_photo()])
    assert bucket.names() == []
    bucket.is_broken = False
    haimen.wait_until(lambda: len(bucket.names()) == 3, "the original and its copies in the bucket")
    shown = haimen.case(number)["photos"][0]["url"]
    assert haimen.api.get(shown).content.startswith(b"\xff\xd8\xff")

    bucket.is_broken = True
    assert haimen.api.get(shown).status_code == 503
    haimen.say("wrDUTY", "duty1", f"/交办 {number} 城管局")
    haimen.wait_for_message("wrCG", number, "新任务")
    haimen.say("wrCG", "cg1", f"/签收 {number}")
    haimen.wait_for_status(number, "IN_PROGRESS")
    haimen.wait_for_message("wrCG", number, "已签收")
    assert haimen.count_photos("wrCG") == 0
    bucket.is_broken = False
    clock.move_to(clock.now + timedelta(seconds=11))
    haimen.wait_until(lambda: haimen.count_photos("wrCG") == 1, "the photo with the task")
    assert haimen.box.stats()["refusals"] == {}

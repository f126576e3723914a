"""Trouble around the program: two at once, files that cannot be had or kept, a database that goes away."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, text

from models.database import Database
from models.inbox import InboxRow
from tests.stories.hostile import CallbackClient, build_message, callback_settings
from tests.stories.town import StoryHarness, make_photo, run_story, serve_gridbot

RUBBLE = "长江路静海路口工地门口建筑垃圾"


def now() -> datetime:
    return datetime.now(UTC)


# People ---------------------------------------------------------------------------------------


def test_of_two_who_press_at_once_one_acts_and_the_other_is_told_who_and_when(haimen: StoryHarness) -> None:
    haimen.say("wrINTAKE", "zhangsf", RUBBLE)
    desk = haimen.wait_for_card("wrDUTY", "长江路静海路口")
    number = haimen.cases()[0]["number"]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda who: haimen.press_button(desk, who, "受理"), ["duty1", "duty2"]))
    told = haimen.wait_for_message("wrDUTY", "已于", "受理")
    assert [event["act"] for event in haimen.case(number)["events"]] == ["report", "accept"]
    actor = haimen.case(number)["events"][1]["actor"]
    assert actor in told["text"]
    assert "09:05" in told["text"]


# Files ----------------------------------------------------------------------------------------


def reports_with_a_photo(people: StoryHarness) -> None:
    people.say("wrINTAKE", "zhangsf", RUBBLE, photos=[make_photo()])
    people.wait_for_message("wrINTAKE", "没能收到", "请再发一次")
    people.wait_for_message("wrINTAKE", "已收到", "长江路静海路口")
    (case,) = people.cases()
    assert people.case(case["number"])["photos"] == []


def test_an_expired_photo_is_asked_for_again_and_the_case_opens(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with run_story(tmp_path, sqlite_database.url, now, media_ttl=0.0) as people:
        reports_with_a_photo(people)


def test_a_photo_that_cannot_be_kept_is_asked_for_again_and_the_case_opens(
    sqlite_database: Database, tmp_path: Path
) -> None:
    (tmp_path / "media").write_text("a file stands where the folder should be")
    with run_story(tmp_path, sqlite_database.url, now) as people:
        reports_with_a_photo(people)


def test_of_twelve_photos_nine_are_taken_and_the_rest_are_said(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with run_story(tmp_path, sqlite_database.url, now) as people:
        people.say("wrINTAKE", "zhangsf", RUBBLE, photos=[make_photo() for _ in range(12)])
        people.wait_for_message("wrINTAKE", "最多收 9 张照片，后面 3 张没有收")
        people.wait_for_message("wrINTAKE", "已收到", "长江路静海路口")
        (case,) = people.cases()
        assert len({photo["url"] for photo in people.case(case["number"])["photos"]}) <= 9


# The database ---------------------------------------------------------------------------------


@pytest.fixture
def door(database: Database, tmp_path: Path) -> Iterator[CallbackClient]:
    with (
        serve_gridbot(callback_settings(database, tmp_path), now) as url,
        closing(CallbackClient(url)) as door,
    ):
        yield door


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def results(database: Database) -> list[str | None]:
    with database.read() as session:
        return list(session.scalars(select(InboxRow.result).order_by(InboxRow.id)))


def rename(database: Database, old: str, new: str) -> None:
    with database.write() as session:
        session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


def test_without_its_database_nothing_is_acknowledged_and_after_it_all_goes_on(
    door: CallbackClient, database: Database
) -> None:
    before, during = build_message("长江路1号门口有建筑垃圾"), build_message("长江路2号门口有建筑垃圾")
    assert door.post_message(before).status_code == 200
    rename(database, "inbox", "away")
    assert door.post_message(during).status_code == 503
    time.sleep(1.2)  # the loops look, fail and rest
    assert door.post_message(during).status_code == 503
    rename(database, "away", "inbox")
    assert door.post_message(during).status_code == 200
    until(lambda: results(database) == ["case.opened", "case.opened"])


def test_a_locked_database_is_refused_while_the_platform_still_listens(
    door: CallbackClient, database: Database
) -> None:
    message = build_message("长江路3号门口有建筑垃圾")
    with database.write() as session:
        lock = "SELECT 1" if database.sqlite else "LOCK TABLE inbox, write_probes IN ACCESS EXCLUSIVE MODE"
        session.execute(text(lock))
        # The promises are 4 and 2 seconds; without limits of their own both would wait for SQLite's 30.
        began = time.monotonic()
        assert door.post_message(message).status_code == 503
        assert door.client.get("/readyz").status_code == 503
        assert time.monotonic() - began < 25
    assert door.post_message(message).status_code == 200
    until(lambda: results(database) == ["case.opened"])


def test_what_was_being_handled_when_the_database_failed_is_handled_after_it(
    door: CallbackClient, database: Database
) -> None:
    rename(database, "people", "away")
    assert door.post_message(build_message()).status_code == 200
    time.sleep(0.5)
    rename(database, "away", "people")
    until(lambda: results(database) == ["case.opened"])


def test_a_locked_database_delays_and_loses_nothing(tmp_path: Path, sqlite_database: Database) -> None:
    with (
        serve_gridbot(callback_settings(sqlite_database, tmp_path), now) as url,
        closing(CallbackClient(url)) as door,
    ):
        with ThreadPoolExecutor(1) as pool, sqlite_database.write() as session:
            session.execute(text("SELECT 1"))  # a transaction begins with its first statement
            waiting = pool.submit(door.post_message, build_message())
            time.sleep(0.5)
            assert not waiting.done()
        assert waiting.result().status_code == 200
        until(lambda: results(sqlite_database) == ["case.opened"])


def test_cut_connections_are_made_anew(tmp_path: Path, postgres_database: Database) -> None:
    with (
        serve_gridbot(callback_settings(postgres_database, tmp_path), now) as url,
        closing(CallbackClient(url)) as door,
    ):
        for number in range(1, 6):
            with postgres_database.write() as session:
                session.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE pid <> pg_backend_pid() AND datname = current_database()"
                    )
                )
            said = build_message(f"长江路{number}号门口有建筑垃圾")
            until(partial(_acknowledged, door, said))
        until(lambda: results(postgres_database) == ["case.opened"] * 5)


def _acknowledged(door: CallbackClient, said: dict[str, object]) -> bool:
    return door.post_message(said).status_code == 200
